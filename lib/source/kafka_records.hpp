// Messages of Kafka to lines of records.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/kafka.hpp"
#include "record/json_row.hpp"
#include "record/rejects.hpp"
#include "record/writer.hpp"
#include "source/log_parser.hpp"
#include "source/mapping.hpp"

namespace aiops::source {

struct KafkaRecordOptions {
  // Messages are records of ours already: they are passed on as they are, with record_id behind. Otherwise
  // they are JSON objects, whose fields are mapped as those of JSON logs.
  bool are_records = false;
  MappingOptions mapping;
  ParserOptions parser;
  std::string service, metric;      // for records that have none
  std::vector<std::string> labels;  // NAME=TEXT
  record::Format format = record::Format::ndjson;
};

class KafkaRecords : private LogParser::Receiver {
 public:
  // Throws UsageError.
  KafkaRecords(const KafkaRecordOptions& options, record::Rejects& rejects);

  // Writes one message as a record, or rejects it. Returns the record's time (kNoTime: it has none), and
  // whether it was written.
  struct Written {
    bool written = false;
    Nanos time = kNoTime;
  };
  Written write(const net::KafkaMessage& message, record::Sink& sink);

  void header_is_there() { header_there_ = true; }
  // Fields that no record has a place for, most frequent first.
  std::vector<std::pair<std::string, std::uint64_t>> left_out() const { return mapping_.left_out(); }

 private:
  void record(std::size_t file, LogRecord& record) override;
  std::string_view name(std::size_t) const override { return place_; }
  void reject(std::size_t file, std::uint64_t line, std::string_view text, std::string_view what) override;
  void pass(const net::KafkaMessage& message, record::Sink& sink);

  KafkaRecordOptions options_;
  record::Rejects& rejects_;
  Mapping mapping_;
  LogParser parser_;
  std::vector<std::string> label_names_, label_texts_;
  std::unique_ptr<LogWriter> writer_;
  record::Sink* sink_ = nullptr;
  record::JsonRow row_;
  int time_slot_;
  std::string line_, place_, id_;
  Written written_;
  bool header_there_ = false;
};

}  // namespace aiops::source
