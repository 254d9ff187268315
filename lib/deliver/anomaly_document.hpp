// A scored record as a document for a search engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "record/csv_row.hpp"
#include "record/reader.hpp"

namespace aiops::deliver {

// What a document is made of, beside its line.
struct AnomalySource {
  std::string_view line;  // as it came
  Nanos time = kNoTime;
  std::string_view series;    // as text
  std::string_view detector;  // "": not told
  // Of events, which may share a series and an instant; "" where there is none.
  std::string_view trace_id, span_id, record_id, message;
  bool has_timestamp = false, has_series = false;  // the record has a field @timestamp, or series, already
};

// The same record gives the same id, whenever it is scored: 32 hex digits of series, time, detector and what
// tells events apart.
std::string anomaly_id(const AnomalySource& source);

// Writes documents: {"@timestamp":…,"series":…, and all fields of the record}. One thread.
class AnomalyDocuments {
 public:
  // CSV: the header, and which of its columns hold numbers beside those that are known (value columns of the
  // user's). prefix: what stands in front of the names of scores.
  AnomalyDocuments(record::Format format, std::string_view header, const std::vector<std::string>& numbers,
                   const std::string& prefix);

  // Appends a JSON object without a line break in it.
  void append(std::string& out, const AnomalySource& source);

 private:
  void append_csv(std::string& out, std::string_view line);
  void append_cell(std::string& out, std::size_t column, std::string_view text);
  bool split(std::string_view line);

  record::Format format_;
  struct Column {
    std::string name;
    bool number = false, list = false;
  };
  std::vector<Column> columns_;
  record::CsvRow row_;
  std::string scratch_;
};

}  // namespace aiops::deliver
