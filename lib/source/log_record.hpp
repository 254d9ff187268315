// One record as it was read from a line of a log, and its way out.
//
// Everything in a LogRecord points into the line or into its reader's scratch and is valid until the next
// line is read. One thread.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "record/writer.hpp"

namespace aiops::source {

struct LogRecord {
  Nanos time = kNoTime;
  std::string_view service, metric, severity_text, message, method, endpoint, trace_id, span_id,
      record_id;                                                  // "": missing
  std::int64_t status_code = 0;                                   // 0: missing
  double duration_ms = std::numeric_limits<double>::quiet_NaN();  // NaN: missing
  double value = std::numeric_limits<double>::quiet_NaN();        // samples; NaN: missing
  std::vector<std::string_view> labels;                           // one for each label name of the writer
  std::string_view more_labels;                                   // further members of labels: "a":1,"b":"x"

  void clear() {
    std::vector<std::string_view> kept = std::move(labels);  // its memory is used again
    kept.clear();
    *this = LogRecord();
    labels = std::move(kept);
  }
};

enum class RecordKind { automatic, log, sample };

// The header of CSV, without its newline. with_ids: log records have record_id.
std::string csv_header_of(RecordKind kind, const std::vector<std::string>& labels, bool with_ids = false);

// Writes LogRecords as log or sample records in the fixed order of their columns.
class LogWriter {
 public:
  // labels: names without "labels.". with_more: the column `labels` takes any label (NDJSON only; labels by
  // name then stand in it too). with_ids: log records have record_id, by which a reader can tell repeats.
  LogWriter(record::Sink& sink, record::Format format, RecordKind kind, std::vector<std::string> labels,
            bool with_more, bool with_ids = false);

  void write(const LogRecord& record);
  // Writing goes on behind records that were written before: CSV gets no header.
  void header_is_there() { writer_.header_is_there(); }

 private:
  void write_labels(const LogRecord& record, std::size_t column);

  record::RecordWriter writer_;
  RecordKind kind_;
  std::vector<std::string> labels_;
  bool with_more_, with_ids_, csv_;
  std::string scratch_;
};

}  // namespace aiops::source
