#include "source/log_record.hpp"

#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::source {
namespace {

namespace names = field;

std::vector<std::string> columns_of(RecordKind kind, const std::vector<std::string>& labels, bool with_more,
                                    bool with_ids) {
  std::vector<std::string> columns;
  if (kind == RecordKind::sample) {
    for (const auto name : {names::kTimestamp, names::kService, names::kMetric, names::kValue}) {
      columns.emplace_back(name);
    }
  } else {
    for (const auto name :
         {names::kTimestamp, names::kService, names::kSeverityText, names::kMessage, names::kMethod,
          names::kEndpoint, names::kStatusCode, names::kDurationMs, names::kTraceId, names::kSpanId}) {
      columns.emplace_back(name);
    }
    if (with_ids) columns.emplace_back(names::kRecordId);
  }
  if (with_more) {
    columns.emplace_back(names::kLabels);
  } else {
    for (const std::string& label : labels) columns.push_back(std::string(names::kLabels) + "." + label);
  }
  return columns;
}

}  // namespace

std::string csv_header_of(RecordKind kind, const std::vector<std::string>& labels, bool with_ids) {
  std::string header;
  for (const std::string& column : columns_of(kind, labels, false, with_ids)) {
    if (!header.empty()) header += ',';
    append_csv_field(header, column);
  }
  return header;
}

LogWriter::LogWriter(record::Sink& sink, record::Format format, RecordKind kind,
                     std::vector<std::string> labels, bool with_more, bool with_ids)
    : writer_(sink, format, columns_of(kind, labels, with_more, with_ids)),
      kind_(kind),
      labels_(std::move(labels)),
      with_more_(with_more),
      with_ids_(with_ids),
      csv_(format == record::Format::csv) {}

void LogWriter::write(const LogRecord& record) {
  const auto text = [this](std::size_t column, std::string_view value) {
    if (!value.empty()) writer_.text(column, value);
  };
  writer_.start();
  writer_.time(0, record.time);
  text(1, record.service);
  if (kind_ == RecordKind::sample) {
    text(2, record.metric);
    // A missing value is there as such: without the field this would be no sample.
    if (record.value == record.value) {
      writer_.number(3, record.value);
    } else if (!csv_) {
      writer_.json(3, "null");
    }
    write_labels(record, 4);
  } else {
    text(2, record.severity_text);
    writer_.text(3, record.message);  // even if empty: the message makes it a log record
    text(4, record.method);
    text(5, record.endpoint);
    if (record.status_code != 0) writer_.integer(6, record.status_code);
    if (record.duration_ms == record.duration_ms) writer_.number(7, record.duration_ms);
    text(8, record.trace_id);
    text(9, record.span_id);
    if (with_ids_) text(10, record.record_id);
    write_labels(record, with_ids_ ? 11 : 10);
  }
  writer_.end();
}

void LogWriter::write_labels(const LogRecord& record, std::size_t column) {
  if (!with_more_) {
    for (std::size_t i = 0; i < record.labels.size(); ++i) {
      if (!record.labels[i].empty()) writer_.text(column + i, record.labels[i]);
    }
    return;
  }
  scratch_ = "{";
  for (std::size_t i = 0; i < record.labels.size(); ++i) {
    if (record.labels[i].empty()) continue;
    if (scratch_.size() > 1) scratch_ += ',';
    append_json_string(scratch_, labels_[i]);
    scratch_ += ':';
    append_json_string(scratch_, record.labels[i]);
  }
  if (!record.more_labels.empty()) {
    if (scratch_.size() > 1) scratch_ += ',';
    scratch_ += record.more_labels;
  }
  scratch_ += '}';
  if (scratch_.size() > 2) writer_.json(column, scratch_);
}

}  // namespace aiops::source
