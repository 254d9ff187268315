#include "source/kafka_records.hpp"

#include <fmt/core.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::source {
namespace {

ParserOptions json_only(ParserOptions options) {
  options.format = InputFormat::json;
  return options;
}

}  // namespace

KafkaRecords::KafkaRecords(const KafkaRecordOptions& options, record::Rejects& rejects)
    : options_(options),
      rejects_(rejects),
      mapping_(options.mapping),
      parser_(mapping_, json_only(options.parser), *this),
      time_slot_(row_.want(field::kTimestamp)) {
  row_.forbid(field::kRecordId);
  for (const std::string& label : options.labels) {
    const auto equals = label.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError(fmt::format("--label {}: expected NAME=TEXT", printable(label)));
    label_names_.push_back(label.substr(0, equals));
    label_texts_.push_back(label.substr(equals + 1));
  }
  label_names_.insert(label_names_.end(), mapping_.labels().begin(), mapping_.labels().end());
  if (mapping_.any_label() && options.format == record::Format::csv) {
    throw UsageError(
        "--keep with * and CSV: the columns must be known beforehand; name the fields, or write NDJSON");
  }
}

KafkaRecords::Written KafkaRecords::write(const net::KafkaMessage& message, record::Sink& sink) {
  written_ = {};
  place_ = fmt::format("{}/{}", message.topic, message.partition);
  line_.assign(message.payload);
  const std::size_t size = line_.size();
  line_ += '\n';
  line_.append(Tail::kPadding, ' ');
  const std::string_view text = std::string_view(line_).substr(0, size);
  sink_ = &sink;
  if (options_.are_records) {
    pass(message, sink);
    return written_;
  }
  id_ = fmt::format("{}/{}", place_, message.offset);
  TailLine line;
  line.number = static_cast<std::uint64_t>(message.offset);
  line.text = text;
  parser_.take(line);
  return written_;
}

void KafkaRecords::pass(const net::KafkaMessage& message, record::Sink& sink) {
  const std::string_view text = std::string_view(line_).substr(0, message.payload.size());
  const auto number = static_cast<std::uint64_t>(message.offset);
  if (row_.scan(text) != nullptr) return reject(0, number, text, row_.error());
  std::string_view trimmed = trim(text);
  std::string& out = sink.buffer();
  if (row_.found_forbidden().empty()) {
    trimmed.remove_suffix(1);
    out += trimmed;
    out += trim(trimmed.substr(1)).empty() ? "" : ",";
    out += fmt::format("\"{}\":", field::kRecordId);
    append_json_string(out, fmt::format("{}/{}", place_, message.offset));
    out += "}\n";
  } else {
    out += trimmed;  // it came from elsewhere before, and has its id
    out += '\n';
  }
  sink.written();
  const record::JsonValue& time = row_.value(time_slot_);
  written_.time = parse_time(time.text()).value_or(kNoTime);
  written_.written = true;
}

void KafkaRecords::record(std::size_t, LogRecord& record) {
  if (record.service.empty()) record.service = options_.service;
  if (record.metric.empty()) record.metric = options_.metric;
  record.record_id = id_;
  record.labels.insert(record.labels.begin(), label_texts_.begin(), label_texts_.end());
  if (!writer_) {
    writer_ = std::make_unique<LogWriter>(*sink_, options_.format, parser_.kind(), label_names_,
                                          mapping_.any_label(), true);
    if (header_there_) writer_->header_is_there();
  }
  writer_->write(record);
  written_.written = true;
  written_.time = record.time;
}

void KafkaRecords::reject(std::size_t, std::uint64_t line, std::string_view text, std::string_view what) {
  rejects_.reject(place_, line, text, what);
}

}  // namespace aiops::source
