#include "source/trace_reader.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "record/text_arena.hpp"

namespace aiops::source {
namespace {

using Array = simdjson::dom::array;
using Element = simdjson::dom::element;
using Object = simdjson::dom::object;

std::string_view text_of(Element value) {
  std::string_view text;
  return value.get_string().get(text) ? std::string_view() : text;
}

std::string_view member(Element object, std::string_view name) {
  Element value;
  return object[name].get(value) ? std::string_view() : text_of(value);
}

bool is_true(std::string_view text) { return !text.empty() && text != "false"; }

std::string_view kind_of(std::string_view text) {
  for (const std::string_view known : {"server", "client", "producer", "consumer", "internal"}) {
    if (std::equal(text.begin(), text.end(), known.begin(), known.end(),
                   [](char a, char b) { return (a | 0x20) == b; }))
      return known;
  }
  return {};
}

// Microseconds, as a number, or as a string in what JavaScript wrote.
bool read_micros(Element object, std::string_view name, Nanos& nanos) {
  Element value;
  std::int64_t micros = 0;
  if (object[name].get(value) || value.get_int64().get(micros)) return false;
  if (micros < 0 || micros > std::numeric_limits<Nanos>::max() / kMicrosecond) return false;
  nanos = micros * kMicrosecond;
  return true;
}

}  // namespace

void fill_span(const OtlpOrigin& origin, const OtlpSpan& span, const Keep& keep, SpanRecord& record) {
  static constexpr std::string_view kKinds[] = {"", "internal", "server", "client", "producer", "consumer"};
  static constexpr std::string_view kStatuses[] = {"unset", "ok", "error"};
  record.time = span.start;
  record.duration = span.end - span.start;
  record.trace_id = span.trace_id;
  record.span_id = span.span_id;
  record.parent_span_id = span.parent_span_id;
  record.service = origin.service;
  record.operation = span.name;
  record.kind = span.kind > 0 && span.kind < 6 ? kKinds[span.kind] : std::string_view();
  record.status = span.status >= 0 && span.status < 3 ? kStatuses[span.status] : std::string_view();
  record.labels.clear();
  keep.add(span.attributes, record.labels);
  keep.add(origin.scope, record.labels);
  keep.add(origin.resource, record.labels);
}

struct TraceReader::Impl : OtlpReceiver {
  explicit Impl(const Keep& keep) : keep_(keep) {}

  std::size_t any(Element root);
  std::size_t list(Array items);
  void jaeger_trace(Element trace);
  void jaeger_span(Element span, Element processes);
  std::string_view jaeger_parent(Element span, std::string_view trace);
  void add_tags(Element of, OtlpAttributes& out);
  void zipkin_span(Element span);
  std::string_view id(std::string_view text);

  void refuse(std::string_view what) {
    if (refused_++ == 0) reason_ = what;
  }

  // OTLP.
  void span(const OtlpOrigin& origin, const OtlpSpan& span) override {
    fill_span(origin, span, keep_, record_);
    (*take_)(record_);
  }
  void log(const OtlpOrigin&, const OtlpLog&) override {}
  void point(const OtlpOrigin&, const OtlpMetric&, const OtlpPoint&) override {}
  void reject(Signal, std::string_view what) override { refuse(what); }

  const Keep& keep_;
  const Take* take_ = nullptr;
  simdjson::dom::parser parser_;
  OtlpJson otlp_;
  record::TextArena arena_;
  OtlpAttributes tags_, process_tags_;
  SpanRecord record_;
  std::uint64_t refused_ = 0;
  std::string reason_;
};

// An id in lower case, padded; "" if it is none.
std::string_view TraceReader::Impl::id(std::string_view text) {
  if (!append_id(arena_.scratch(), text)) return {};
  return arena_.keep();
}

// ---- Jaeger.

// [{"key": "error", "type": "bool", "value": true}, …]
void TraceReader::Impl::add_tags(Element of, OtlpAttributes& out) {
  Array tags;
  if (of["tags"].get_array().get(tags)) return;
  for (const Element tag : tags) {
    Element value;
    if (tag["value"].get(value)) continue;
    std::string_view text = text_of(value);
    if (!value.is_string()) {
      arena_.scratch() = simdjson::minify(value);
      text = arena_.keep();
    }
    out.emplace_back(member(tag, "key"), text);
  }
}

// The first reference to a span of the same trace: of the kind CHILD_OF, else any.
std::string_view TraceReader::Impl::jaeger_parent(Element span, std::string_view trace) {
  Array references;
  std::string_view other;
  if (span["references"].get_array().get(references)) return id(member(span, "parentSpanID"));
  for (const Element reference : references) {
    if (id(member(reference, "traceID")) != trace) continue;
    if (member(reference, "refType") == "CHILD_OF") return id(member(reference, "spanID"));
    if (other.empty()) other = id(member(reference, "spanID"));
  }
  return other.empty() ? id(member(span, "parentSpanID")) : other;
}

void TraceReader::Impl::jaeger_span(Element span, Element processes) {
  arena_.clear();
  tags_.clear();
  process_tags_.clear();
  Element process;
  const bool known = !span["process"].get(process) || !processes[member(span, "processID")].get(process);
  record_.trace_id = id(member(span, "traceID"));
  record_.span_id = id(member(span, "spanID"));
  if (record_.trace_id.empty() || record_.span_id.empty()) return refuse("a span without traceID and spanID");
  if (!read_micros(span, "startTime", record_.time) || !read_micros(span, "duration", record_.duration)) {
    return refuse("a span without startTime and duration in microseconds");
  }
  record_.parent_span_id = jaeger_parent(span, record_.trace_id);
  record_.operation = member(span, "operationName");
  record_.service = known ? member(process, "serviceName") : std::string_view();
  add_tags(span, tags_);
  if (known) add_tags(process, process_tags_);
  record_.kind = kind_of(find_attribute(tags_, "span.kind"));
  const std::string_view status = find_attribute(tags_, "otel.status_code");
  record_.status = is_true(find_attribute(tags_, "error")) || status == "ERROR" ? "error"
                   : status == "OK"                                             ? "ok"
                                                                                : "unset";
  record_.labels.clear();
  keep_.add(tags_, record_.labels);
  keep_.add(process_tags_, record_.labels);
  (*take_)(record_);
}

void TraceReader::Impl::jaeger_trace(Element trace) {
  Array spans;
  Element processes;
  if (trace["spans"].get_array().get(spans)) return;
  const bool has = !trace["processes"].get(processes);
  for (const Element span : spans) {
    if (!span.is_object()) {
      refuse("a span that is no object");
      continue;
    }
    jaeger_span(span, has ? processes : span);
  }
}

// ---- Zipkin.

void TraceReader::Impl::zipkin_span(Element span) {
  arena_.clear();
  tags_.clear();
  record_.trace_id = id(member(span, "traceId"));
  record_.span_id = id(member(span, "id"));
  if (record_.trace_id.empty() || record_.span_id.empty()) return refuse("a span without traceId and id");
  if (!read_micros(span, "timestamp", record_.time)) return refuse("a span without timestamp");
  record_.duration = 0;  // left out where it is less than a microsecond, or never ended
  read_micros(span, "duration", record_.duration);
  record_.parent_span_id = id(member(span, "parentId"));
  record_.operation = member(span, "name");
  record_.kind = kind_of(member(span, "kind"));
  Element endpoint;
  record_.service =
      span["localEndpoint"].get(endpoint) ? std::string_view() : member(endpoint, "serviceName");
  Object tags;
  if (!span["tags"].get_object().get(tags))
    for (const auto [name, value] : tags) tags_.emplace_back(name, text_of(value));
  const bool failed = std::any_of(tags_.begin(), tags_.end(), [](const auto& tag) {
    return tag.first == "error" && tag.second != "false";  // the tag alone says it
  });
  record_.status = failed ? "error" : "unset";
  record_.labels.clear();
  keep_.add(tags_, record_.labels);
  (*take_)(record_);
}

// ---- Which of them it is.

std::size_t TraceReader::Impl::list(Array items) {
  std::size_t traces = 0;
  bool zipkin = false;
  for (const Element item : items) {
    Array inner;
    if (!item.get_array().get(inner)) {
      traces += list(inner);
    } else if (item.is_object() && !item["spans"].error()) {
      jaeger_trace(item);
      ++traces;
    } else if (item.is_object() && !item["traceId"].error() && !item["id"].error()) {
      zipkin_span(item);
      zipkin = true;
    } else {
      refuse("neither a trace of Jaeger's nor a span of Zipkin's");
    }
  }
  return traces + zipkin;
}

std::size_t TraceReader::Impl::any(Element root) {
  Array items;
  if (!root.get_array().get(items)) return list(items);
  if (!root.is_object()) throw OtlpError("no traces: expected a list or an object");
  if (!root["data"].get_array().get(items)) return list(items);
  if (!root["traces"].error()) {
    throw OtlpError(
        "an answer of Tempo's search, which names traces and does not hold them: aiops-collect tempo --url "
        "URL "
        "--trace-id ID fetches one");
  }
  if (root["spans"].error()) throw OtlpError("neither traces of Jaeger's or Zipkin's, nor OTLP");
  jaeger_trace(root);
  return 1;
}

TraceReader::TraceReader(const Keep& keep) : impl_(std::make_unique<Impl>(keep)) {}
TraceReader::~TraceReader() = default;

std::size_t TraceReader::read(std::string_view document, const Take& take) {
  impl_->take_ = &take;
  Element root, inner;
  const auto code = impl_->parser_.parse(document.data(), document.size(), true).get(root);
  if (code != simdjson::SUCCESS)
    throw OtlpError(fmt::format("no valid JSON: {}", simdjson::error_message(code)));
  for (const std::string_view name : {"resourceSpans", "batches", "trace", "result"}) {
    if (!root.is_object() || root[name].get(inner)) continue;
    std::string padded = name == "result" ? simdjson::minify(inner) : std::string(document);
    const std::size_t size = padded.size();
    padded.resize(size + OtlpJson::kPadding);
    impl_->otlp_.read(std::string_view(padded).substr(0, size), *impl_);
    return 0;
  }
  return impl_->any(root);
}

std::uint64_t TraceReader::refused() const { return impl_->refused_; }
const std::string& TraceReader::reason() const { return impl_->reason_; }

}  // namespace aiops::source
