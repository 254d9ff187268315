#include "source/otlp_records.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"
#include "source/trace_reader.hpp"

namespace aiops::source {
namespace {

constexpr Nanos kIdle = kHour;  // a series without a point for so long is forgotten, when there are many

}  // namespace

OtlpSampleOptions OtlpRecords::sample_options(const OtlpOptions& options, const Keep& keep) {
  return {options.rates, options.buckets, options.quantiles, &keep};
}

OtlpRecords::OtlpRecords(const OtlpOptions& options, record::Sink& sink, Manifest& manifest)
    : options_(options),
      manifest_(manifest),
      keep_(options.keep, options.format != record::Format::csv),
      parts_(3),
      samples_(sample_options(options, keep_),
               [this](SampleSeries& series, Nanos time, std::string_view text) {
                 write_sample(series, time, text);
               }),
      sample_writer_(sink, options.format),
      mapping_(MappingOptions{}),
      builder_(mapping_, RecordKind::log),
      log_writer_(sink, options.format, RecordKind::log, keep_.names(), keep_.any()),
      span_writer_(sink, options.format, keep_.names()) {
  if (options.format == record::Format::csv && options.signals.size() != 1) {
    throw UsageError("CSV holds one kind of records: expected --signal metrics, logs or traces");
  }
  for (const Signal signal : options.signals) {
    parts_[static_cast<std::size_t>(signal)] = manifest.parts.size();
    manifest.parts.emplace_back().name = name_of(signal);
  }
}

void OtlpRecords::header_is_there() {
  sample_writer_.set_columns(options_.csv_labels, false);
  log_writer_.header_is_there();
  span_writer_.header_is_there();
}

std::string OtlpRecords::csv_header() const {
  if (options_.signals.front() == Signal::traces) return SpanWriter::csv_header(keep_.names());
  return csv_header_of(options_.signals.front() == Signal::logs ? RecordKind::log : RecordKind::sample,
                       options_.signals.front() == Signal::logs ? keep_.names() : options_.csv_labels);
}

bool OtlpRecords::wants(Signal signal) {
  const bool wanted =
      std::find(options_.signals.begin(), options_.signals.end(), signal) != options_.signals.end();
  passed_over_ += !wanted;
  return wanted;
}

void OtlpRecords::count(Signal signal, Nanos time) {
  Manifest::Part& part = manifest_.parts[parts_[static_cast<std::size_t>(signal)]];
  ++part.records;
  if (part.first == kNoTime || time < part.first) part.first = time;
  part.last = std::max(part.last, time);
}

void OtlpRecords::reject(Signal signal, std::string_view what) {
  if (!wants(signal)) return;
  ++rejected_;
  if (fresh_.items++ == 0) fresh_.what = what;
}

OtlpRecords::Rejected OtlpRecords::take_rejected() { return std::exchange(fresh_, Rejected()); }

// ---- Metrics.

void OtlpRecords::point(const OtlpOrigin& origin, const OtlpMetric& metric, const OtlpPoint& point) {
  if (!wants(Signal::metrics)) return;
  samples_.point(origin, metric, point);
  newest_ = std::max(newest_, point.time);
  if (swept_ == kNoTime) swept_ = newest_;
  if (newest_ - swept_ < kIdle) return;
  samples_.forget_idle(newest_ - kIdle);
  swept_ = newest_;
}

void OtlpRecords::write_sample(SampleSeries& series, Nanos time, std::string_view text) {
  if (sample_writer_.needs_columns()) sample_writer_.set_columns(options_.csv_labels, true);
  Manifest::Part& part = manifest_.parts[parts_[0]];
  part.missing_values += text.empty();
  count(Signal::metrics, time);
  sample_writer_.write(series, time, text);
}

// ---- Logs: the known names of attributes fill the fields of a request, as in files.

void OtlpRecords::put_attributes(const OtlpAttributes& attributes) {
  constexpr std::string_view kPrefix = "attributes.";
  for (const auto& [name, text] : attributes) {
    path_.assign(kPrefix).append(name);
    builder_.put(mapping_.slot(path_), text);
  }
}

void OtlpRecords::put_log(const OtlpOrigin& origin, const OtlpLog& log) {
  const auto put = [this](std::string_view path, std::string_view text) {
    if (!text.empty()) builder_.put(mapping_.slot(path), text);
  };
  builder_.start();
  if (log.time != kNoTime) put("timeUnixNano", time_ = std::to_string(log.time));
  if (log.observed != kNoTime) put("observedTimeUnixNano", observed_ = std::to_string(log.observed));
  put("service.name", origin.service);
  put("severityText", log.severity_text);
  if (log.severity_number != 0) put("severityNumber", number_ = std::to_string(log.severity_number));
  put("body", log.body.empty() ? log.event_name : log.body);
  put("traceId", log.trace_id);
  put("spanId", log.span_id);
  put_attributes(log.attributes);
}

void OtlpRecords::log(const OtlpOrigin& origin, const OtlpLog& log) {
  if (!wants(Signal::logs)) return;
  put_log(origin, log);
  if (const std::string& wrong = builder_.finish(log_record_); !wrong.empty()) {
    return reject(Signal::logs, wrong);
  }
  kept_.clear();
  keep_.add(log.attributes, kept_);
  keep_.add(origin.scope, kept_);
  keep_.add(origin.resource, kept_);
  log_record_.labels.assign(keep_.names().size(), {});
  more_.clear();
  for (const auto& [name, text] : kept_) {
    const auto place = std::find(keep_.names().begin(), keep_.names().end(), name);
    if (place != keep_.names().end()) {
      log_record_.labels[static_cast<std::size_t>(place - keep_.names().begin())] = text;
      continue;
    }
    append_json_string(more_ += more_.empty() ? "" : ",", name);
    append_json_string(more_ += ':', text);
  }
  log_record_.more_labels = more_;
  count(Signal::logs, log_record_.time);
  log_writer_.write(log_record_);
}

// ---- Traces.

void OtlpRecords::span(const OtlpOrigin& origin, const OtlpSpan& span) {
  if (!wants(Signal::traces)) return;
  fill_span(origin, span, keep_, span_record_);
  count(Signal::traces, span.start);
  span_writer_.write(span_record_, {});
}

void OtlpRecords::tell(Diagnostics& diagnostics) const {
  if (samples_.rising() != 0) {
    diagnostics.info(fmt::format(
        "counters that rise from the start of their process are written as they are ({}); --rates makes "
        "changes a second of them",
        aiops::count(samples_.rising(), "series")));
  }
  if (samples_.old() != 0) {
    diagnostics.warn(fmt::format("{} not newer than the one before in the series, left out",
                                 aiops::count(samples_.old(), "point")));
  }
  if (!samples_.ambiguous().empty()) {
    diagnostics.warn(
        fmt::format("points of several resources or scopes have the name of one series, such as {}; --keep "
                    "service.instance.id, host.name or what else tells them apart",
                    printable(samples_.ambiguous())));
  }
}

}  // namespace aiops::source
