#include "source/span_record.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::source {
namespace {

namespace names = field;

constexpr std::size_t kFixed = 9;  // columns before the labels

std::vector<std::string> columns_of(const std::vector<std::string>& labels, bool csv) {
  std::vector<std::string> columns;
  for (const auto name :
       {names::kTimestamp, names::kTraceId, names::kSpanId, names::kParentSpanId, names::kService,
        names::kOperation, names::kKind, names::kDurationMs, names::kStatus}) {
    columns.emplace_back(name);
  }
  if (!csv) {
    columns.emplace_back(names::kLabels);
  } else {
    for (const std::string& label : labels) columns.push_back(std::string(names::kLabels) + "." + label);
  }
  return columns;
}

// Exact: a duration has at most nine digits behind its milliseconds' point that matter.
std::string milliseconds(Nanos duration) {
  std::string text = fmt::format("{}.{:06}", duration / kMillisecond, duration % kMillisecond);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

SpanWriter::SpanWriter(record::Sink& sink, record::Format format, std::vector<std::string> labels)
    : writer_(sink, format, columns_of(labels, format == record::Format::csv)),
      labels_(std::move(labels)),
      csv_(format == record::Format::csv) {}

std::string SpanWriter::csv_header(const std::vector<std::string>& labels) {
  std::string header;
  for (const std::string& column : columns_of(labels, true)) {
    if (!header.empty()) header += ',';
    append_csv_field(header, column);
  }
  return header;
}

void SpanWriter::write(const SpanRecord& span, std::string_view environment) {
  const auto text = [this](std::size_t column, std::string_view value) {
    if (!value.empty()) writer_.text(column, value);
  };
  writer_.start();
  writer_.time(0, span.time);
  text(1, span.trace_id);
  writer_.text(2, span.span_id);  // with the operation it makes the record a span, even if empty
  text(3, span.parent_span_id);
  text(4, span.service);
  writer_.text(5, span.operation);
  text(6, span.kind);
  writer_.json(7, milliseconds(std::max<Nanos>(0, span.duration)));
  text(8, span.status);
  if (csv_) {
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      std::string_view found = labels_[i] == "environment" ? environment : std::string_view();
      for (const auto& [name, value] : span.labels) {
        if (name == labels_[i] && !value.empty()) found = value;  // the last one counts
      }
      writer_.text(kFixed + i, found);
    }
  } else {
    scratch_ = "{";
    const auto add = [this](std::string_view name, std::string_view value) {
      if (scratch_.size() > 1) scratch_ += ',';
      append_json_string(scratch_, name);
      scratch_ += ':';
      append_json_string(scratch_, value);
    };
    if (!environment.empty()) add("environment", environment);
    for (const auto& [name, value] : span.labels) add(name, value);
    scratch_ += '}';
    if (scratch_.size() > 2) writer_.json(kFixed, scratch_);
  }
  writer_.end();
}

}  // namespace aiops::source
