// One span of a trace, and its way out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "record/writer.hpp"

namespace aiops::source {

// What it points to is valid until the next span is read.
struct SpanRecord {
  Nanos time = kNoTime;       // when it began
  Nanos duration = 0;         // never negative
  std::string_view trace_id;  // hex digits in lower case, as the other fields of ids
  std::string_view span_id, parent_span_id;
  std::string_view service, operation;
  std::string_view kind;    // server, client, producer, consumer, internal; "": not told
  std::string_view status;  // ok, error, unset
  std::vector<std::pair<std::string_view, std::string_view>> labels;
};

// Writes spans. NDJSON takes any label; CSV has a column for each of the names.
class SpanWriter {
 public:
  // The sink must outlive the writer. labels: the columns of CSV, without "labels.".
  SpanWriter(record::Sink& sink, record::Format format, std::vector<std::string> labels);

  // environment: one more label; "" for none.
  void write(const SpanRecord& span, std::string_view environment);
  // Writing goes on behind records that were written before: CSV gets no header.
  void header_is_there() { writer_.header_is_there(); }

  static std::string csv_header(const std::vector<std::string>& labels);

 private:
  record::RecordWriter writer_;
  std::vector<std::string> labels_;
  bool csv_;
  std::string scratch_;
};

}  // namespace aiops::source
