#include "source/known_paths.hpp"

#include <array>

#include "record/fields.hpp"

namespace aiops::source {
namespace {

constexpr TimeUnit kS = TimeUnit::seconds, kMs = TimeUnit::milliseconds, kUs = TimeUnit::microseconds,
                   kNs = TimeUnit::nanoseconds;
constexpr Reading kStrict = Reading::strict, kLenient = Reading::lenient, kNumber = Reading::number;

// Sources: ECS 8 field reference; OpenTelemetry logs data model and semantic conventions, old and new names;
// OTLP JSON; logstash-logback-encoder, log4j2, zap, slog, zerolog, logrus, pino, winston, structlog,
// python-json-logger, Serilog, Docker, Traefik, Caddy, Google Cloud.
constexpr KnownPath kPaths[] = {
    {"timestamp", Target::timestamp},
    {"@timestamp", Target::timestamp},
    {"Timestamp", Target::timestamp},
    {"time_unix_nano", Target::timestamp, kStrict, kNs},
    {"timeUnixNano", Target::timestamp, kStrict, kNs},
    {"time", Target::timestamp},
    {"ts", Target::timestamp},
    {"@t", Target::timestamp},
    {"datetime", Target::timestamp},
    {"asctime", Target::timestamp},
    {"date", Target::timestamp},
    {"timeMillis", Target::timestamp, kStrict, kMs},
    {"StartUTC", Target::timestamp},
    {"time_iso8601", Target::timestamp},
    {"time_local", Target::timestamp},
    {"event.created", Target::timestamp},
    {"t", Target::timestamp},
    {"observed_time_unix_nano", Target::timestamp, kStrict, kNs},
    {"observedTimeUnixNano", Target::timestamp, kStrict, kNs},
    {"ObservedTimestamp", Target::timestamp},

    {"service", Target::service},
    {"service.name", Target::service},
    {"service_name", Target::service},
    {"serviceName", Target::service},
    {"ServiceName", Target::service},
    {"spring.application.name", Target::service},
    {"application", Target::service},
    {"app", Target::service},

    {"metric", Target::metric},
    {"metric_name", Target::metric},
    {"value", Target::value, kLenient},

    {"severity_text", Target::severity_text},
    {"SeverityText", Target::severity_text},
    {"severityText", Target::severity_text},
    {"log.level", Target::severity_text},
    {"level", Target::severity_text},
    {"severity", Target::severity_text},
    {"levelname", Target::severity_text},
    {"loglevel", Target::severity_text},
    {"log_level", Target::severity_text},
    {"LogLevel", Target::severity_text},
    {"lvl", Target::severity_text},
    {"@l", Target::severity_text},
    {"severity_number", Target::severity_text, kNumber},
    {"severityNumber", Target::severity_text, kNumber},
    {"SeverityNumber", Target::severity_text, kNumber},

    {"formattedMessage", Target::message},
    {"message", Target::message},
    {"Body", Target::message},
    {"body", Target::message},
    {"Body.stringValue", Target::message},
    {"body.stringValue", Target::message},
    {"body.string_value", Target::message},
    {"msg", Target::message},
    {"Message", Target::message},
    {"event", Target::message},
    {"@m", Target::message},
    {"@mt", Target::message},
    {"short_message", Target::message},
    {"textPayload", Target::message},
    {"jsonPayload.message", Target::message},
    {"log", Target::message},
    {"event.original", Target::message},

    {"method", Target::method},
    {"http.request.method", Target::method},
    {"http.method", Target::method},
    {"request_method", Target::method},
    {"http_method", Target::method},
    {"request.method", Target::method},
    {"req.method", Target::method},
    {"RequestMethod", Target::method},
    {"httpRequest.requestMethod", Target::method},

    {"endpoint", Target::endpoint},
    {"http.route", Target::endpoint},
    {"url.path", Target::endpoint},
    {"http.target", Target::endpoint},
    {"route", Target::endpoint, kLenient},
    {"path", Target::endpoint, kLenient},
    {"request_uri", Target::endpoint},
    {"uri", Target::endpoint, kLenient},
    {"request_path", Target::endpoint},
    {"request.path", Target::endpoint},
    {"request.uri", Target::endpoint},
    {"req.url", Target::endpoint},
    {"RequestPath", Target::endpoint},
    {"httpRequest.requestUrl", Target::endpoint},
    {"url", Target::endpoint, kLenient},
    {"http.url", Target::endpoint},
    {"url.original", Target::endpoint},
    {"url.full", Target::endpoint},

    {"status_code", Target::status_code},
    {"http.response.status_code", Target::status_code},
    {"http.status_code", Target::status_code},
    {"http_status", Target::status_code},
    {"statusCode", Target::status_code, kLenient},
    {"res.statusCode", Target::status_code},
    {"response.status_code", Target::status_code},
    {"response.status", Target::status_code, kLenient},
    {"DownstreamStatus", Target::status_code},
    {"httpRequest.status", Target::status_code, kLenient},
    {"status", Target::status_code, kLenient},

    {"duration_ms", Target::duration_ms, kStrict, kMs},
    {"event.duration", Target::duration_ms, kStrict, kNs},
    {"http.server.request.duration", Target::duration_ms, kStrict, kS},
    {"http.server.duration", Target::duration_ms, kStrict, kMs},
    {"latency_ms", Target::duration_ms, kStrict, kMs},
    {"elapsed_ms", Target::duration_ms, kStrict, kMs},
    {"response_time_ms", Target::duration_ms, kStrict, kMs},
    {"request_duration_ms", Target::duration_ms, kStrict, kMs},
    {"durationMs", Target::duration_ms, kStrict, kMs},
    {"responseTime", Target::duration_ms, kStrict, kMs},
    {"elapsed_time", Target::duration_ms, kStrict, kMs},
    {"duration_seconds", Target::duration_ms, kStrict, kS},
    {"duration_s", Target::duration_ms, kStrict, kS},
    {"request_time", Target::duration_ms, kStrict, kS},
    {"duration_us", Target::duration_ms, kStrict, kUs},
    {"duration_ns", Target::duration_ms, kStrict, kNs},
    {"Duration", Target::duration_ms, kLenient, kNs},
    {"httpRequest.latency", Target::duration_ms, kLenient},
    {"duration", Target::duration_ms, kLenient},
    {"latency", Target::duration_ms, kLenient},
    {"elapsed", Target::duration_ms, kLenient},
    {"response_time", Target::duration_ms, kLenient},

    {"trace_id", Target::trace_id},
    {"trace.id", Target::trace_id},
    {"traceId", Target::trace_id},
    {"TraceId", Target::trace_id},
    {"traceID", Target::trace_id},
    {"otelTraceID", Target::trace_id},
    {"dd.trace_id", Target::trace_id},

    {"span_id", Target::span_id},
    {"span.id", Target::span_id},
    {"spanId", Target::span_id},
    {"SpanId", Target::span_id},
    {"spanID", Target::span_id},
    {"otelSpanID", Target::span_id},
    {"dd.span_id", Target::span_id},
};

constexpr std::array<std::string_view, static_cast<std::size_t>(Target::label)> kFields = {
    field::kTimestamp,    field::kService,    field::kMetric,  field::kValue,
    field::kSeverityText, field::kMessage,    field::kMethod,  field::kEndpoint,
    field::kStatusCode,   field::kDurationMs, field::kTraceId, field::kSpanId};

constexpr std::string_view kPrefixes[] = {
    "attributes.", "Attributes.", "resource.attributes.", "Resource.attributes.", "Resource.Attributes.",
    "resource.",   "Resource.",   "ResourceAttributes.",  "LogAttributes.",       "fields.",
    "jsonPayload."};

}  // namespace

std::string_view name_of(Target target) { return kFields[static_cast<std::size_t>(target)]; }
std::span<const KnownPath> known_paths() { return kPaths; }
std::span<const std::string_view> known_prefixes() { return kPrefixes; }

}  // namespace aiops::source
