// OTLP/JSON, by way of simdjson's document tree: members come in any order.
#include <fmt/core.h>
#include <simdjson.h>

#include <cmath>
#include <limits>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/text_arena.hpp"
#include "source/otlp.hpp"
#include "source/otlp_json_values.hpp"

namespace aiops::source {

using namespace otlp_json;

struct OtlpJson::Impl {
  simdjson::dom::parser parser;
  record::TextArena of_origin, of_item;
  OtlpOrigin origin;
  OtlpSpan a_span;
  OtlpLog a_log;
  OtlpPoint a_point;

  std::string_view any(Element value, record::TextArena& arena) {
    std::string_view text;
    if (!value["stringValue"].get_string().get(text)) return text;
    append_any(arena.scratch(), value, false, 0);
    return arena.keep();
  }
  std::string_view id(Element value, std::string_view name) {
    std::string& out = of_item.scratch();
    if (!append_id(out, text_of(value, name))) wrong(name, "hex digits, or base64 of 8 or 16 bytes");
    return out.empty() ? std::string_view() : of_item.keep();
  }
  void attributes(Element list, OtlpAttributes& out, record::TextArena& arena) {
    simdjson::dom::array items;
    if (list.is_null()) return;
    if (list.get_array().get(items)) wrong("attributes", "a list");
    for (const Element item : items) {
      Element key, value;
      if (item["key"].get(key)) wrong("attributes", "objects with key and value");
      out.emplace_back(text_of(key, "key"),
                       item["value"].get(value) ? std::string_view() : any(value, arena));
    }
  }

  void span(Element element);
  void log(Element element);
  void metric(Element element, OtlpReceiver& receiver);
  void point(Element element, const OtlpMetric& metric);
  template <typename Each>
  void list(Element element, std::string_view name, Signal signal, OtlpReceiver& receiver, Each each);
  void scopes(Element resource, Signal signal, OtlpReceiver& receiver);
  bool document(Element element, OtlpReceiver& receiver);
};

OtlpJson::OtlpJson() : impl_(std::make_unique<Impl>()) {}
OtlpJson::~OtlpJson() = default;

void OtlpJson::Impl::span(Element element) {
  a_span = OtlpSpan();
  for (const auto [key, value] : Object(element)) {
    if (key == "traceId") a_span.trace_id = id(value, key);
    if (key == "spanId") a_span.span_id = id(value, key);
    if (key == "parentSpanId") a_span.parent_span_id = id(value, key);
    if (key == "name") a_span.name = text_of(value, key);
    if (key == "startTimeUnixNano") a_span.start = time_of(value, key);
    if (key == "endTimeUnixNano") a_span.end = time_of(value, key);
    if (key == "attributes") attributes(value, a_span.attributes, of_item);
    if (key == "kind") {
      a_span.kind = enum_of(value, key, "SPAN_KIND_",
                            {"UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"});
    }
    Element code;
    if (key == "status" && !value["code"].get(code))
      a_span.status = enum_of(code, "code", "STATUS_CODE_", {"UNSET", "OK", "ERROR"});
  }
}

void OtlpJson::Impl::log(Element element) {
  a_log = OtlpLog();
  for (const auto [key, value] : Object(element)) {
    if (key == "timeUnixNano") a_log.time = time_of(value, key);
    if (key == "observedTimeUnixNano") a_log.observed = time_of(value, key);
    if (key == "severityNumber" && value.is_string()) {
      a_log.severity_number = parse_int(text_of(value, key)) ? static_cast<int>(integer_of(value, key)) : 0;
      if (a_log.severity_number == 0 && text_of(value, key).starts_with("SEVERITY_NUMBER_"))
        a_log.severity_text = text_of(value, key).substr(16);
    } else if (key == "severityNumber") {
      a_log.severity_number = static_cast<int>(integer_of(value, key));
    }
    if (key == "severityText" && !text_of(value, key).empty()) a_log.severity_text = text_of(value, key);
    if (key == "body" && !value.is_null()) a_log.body = any(value, of_item);
    if (key == "traceId") a_log.trace_id = id(value, key);
    if (key == "spanId") a_log.span_id = id(value, key);
    if (key == "eventName") a_log.event_name = text_of(value, key);
    if (key == "attributes") attributes(value, a_log.attributes, of_item);
  }
}

void OtlpJson::Impl::point(Element element, const OtlpMetric&) {
  a_point = OtlpPoint();
  a_point.no_value = false;
  for (const auto [key, value] : Object(element)) {
    if (key == "attributes") attributes(value, a_point.attributes, of_item);
    if (key == "startTimeUnixNano") a_point.start = time_of(value, key);
    if (key == "timeUnixNano") a_point.time = time_of(value, key);
    if (key == "flags") a_point.no_value = (integer_of(value, key) & 1) != 0;
    if (key == "asDouble") a_point.value = number_of(value, key);
    if (key == "asInt") {
      const std::int64_t number = integer_of(value, key);
      a_point.value = static_cast<double>(number);
      of_item.scratch() = std::to_string(number);
      a_point.exact = of_item.keep();
    }
    read_distribution(key, value, a_point);
  }
}

// Each item of a list; one that is wrong is rejected, and the others are read.
template <typename Each>
void OtlpJson::Impl::list(Element element, std::string_view name, Signal signal, OtlpReceiver& receiver,
                          Each each) {
  simdjson::dom::array items;
  if (element.is_null()) return;
  if (element.get_array().get(items)) throw OtlpError(fmt::format("{}: expected a list", name));
  for (const Element item : items) {
    if (signal != Signal::metrics || name == "dataPoints") of_item.clear();
    try {
      if (!item.is_object()) wrong(name, "objects");
      each(item);
    } catch (const Wrong& error) {
      receiver.reject(signal, error.what);
    }
  }
}

void OtlpJson::Impl::metric(Element element, OtlpReceiver& receiver) {
  static constexpr std::pair<std::string_view, OtlpMetric::Kind> kKinds[] = {
      {"gauge", OtlpMetric::Kind::gauge},
      {"sum", OtlpMetric::Kind::sum},
      {"histogram", OtlpMetric::Kind::histogram},
      {"exponentialHistogram", OtlpMetric::Kind::exponential},
      {"summary", OtlpMetric::Kind::summary}};
  OtlpMetric metric;
  Element data, member;
  bool found = false;
  for (const auto [key, value] : Object(element)) {
    if (key == "name") metric.name = text_of(value, key);
    if (key == "unit") metric.unit = text_of(value, key);
    for (const auto& [name, kind] : kKinds) {
      if (key != name || !value.is_object()) continue;
      metric.kind = kind;
      data = value;
      found = true;
    }
  }
  if (!found) wrong("metric", "gauge, sum, histogram, exponentialHistogram or summary");
  metric.cumulative = metric.kind == OtlpMetric::Kind::summary;
  if (!data["aggregationTemporality"].get(member)) {
    metric.cumulative = enum_of(member, "aggregationTemporality", "AGGREGATION_TEMPORALITY_",
                                {"UNSPECIFIED", "DELTA", "CUMULATIVE"}) == 2;
  }
  if (!data["isMonotonic"].get(member)) metric.monotonic = member.is_bool() && bool(member);
  if (data["dataPoints"].get(member)) return;
  list(member, "dataPoints", Signal::metrics, receiver, [&](Element item) {
    point(item, metric);
    if (const auto fault = fault_of(metric, a_point); !fault.empty()) throw Wrong{std::string(fault)};
    receiver.point(origin, metric, a_point);
  });
}

// The spans, log records or metrics of one resource.
void OtlpJson::Impl::scopes(Element resource, Signal signal, OtlpReceiver& receiver) {
  static constexpr std::string_view kLists[][3] = {
      {"scopeMetrics", "instrumentationLibraryMetrics", "metrics"},
      {"scopeLogs", "instrumentationLibraryLogs", "logRecords"},
      {"scopeSpans", "instrumentationLibrarySpans", "spans"}};
  const auto& names = kLists[static_cast<std::size_t>(signal)];
  Element found, scopes_list, scope, items;
  origin = OtlpOrigin();
  of_origin.clear();
  if (!resource["resource"].get(found) && !found["attributes"].get(found))
    attributes(found, origin.resource, of_origin);
  origin.service = find_attribute(origin.resource, "service.name");
  if (resource[names[0]].get(scopes_list) && resource[names[1]].get(scopes_list)) return;
  list(scopes_list, names[0], signal, receiver, [&](Element item) {
    origin.scope.clear();
    origin.scope_name = {};
    if (!item["scope"].get(scope) || !item["instrumentationLibrary"].get(scope)) {
      if (!scope["name"].get(found)) origin.scope_name = text_of(found, "name");
      if (!scope["attributes"].get(found)) attributes(found, origin.scope, of_origin);
    }
    if (item[names[2]].get(items)) return;
    list(items, names[2], signal, receiver, [&](Element each) {
      std::string_view fault;
      if (signal == Signal::metrics) {
        metric(each, receiver);
      } else if (signal == Signal::logs) {
        log(each);
        fault = fault_of(a_log);
        if (fault.empty()) receiver.log(origin, a_log);
      } else {
        span(each);
        fault = fault_of(a_span);
        if (fault.empty()) receiver.span(origin, a_span);
      }
      if (!fault.empty()) throw Wrong{std::string(fault)};
    });
  });
}

bool OtlpJson::Impl::document(Element element, OtlpReceiver& receiver) {
  static constexpr std::pair<std::string_view, Signal> kLists[] = {{"resourceSpans", Signal::traces},
                                                                   {"batches", Signal::traces},
                                                                   {"resourceLogs", Signal::logs},
                                                                   {"resourceMetrics", Signal::metrics}};
  Object object;
  if (element.get_object().get(object)) throw OtlpError("no JSON object");
  bool found = false;
  for (const auto [key, value] : object) {
    for (const auto& [name, signal] : kLists) {
      if (key != name) continue;
      found = true;
      list(value, name, signal, receiver, [&](Element item) { scopes(item, signal, receiver); });
    }
    if (key == "trace" && value.is_object()) found = document(value, receiver) || found;
  }
  return found;
}

bool OtlpJson::read(std::string_view document, OtlpReceiver& receiver) {
  Element root;
  const auto code = impl_->parser.parse(document.data(), document.size(), false).get(root);
  if (code != simdjson::SUCCESS) {
    throw OtlpError(fmt::format("no valid JSON: {}",
                                code == simdjson::CAPACITY ? "too large" : simdjson::error_message(code)));
  }
  return impl_->document(root, receiver);
}

}  // namespace aiops::source
