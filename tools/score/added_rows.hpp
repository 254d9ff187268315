// Rows that aiops-score adds to the stream, as lines in its format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "record/reader.hpp"
#include "record/series.hpp"

namespace aiops::tools {

class AddedRows {
 public:
  // time: name of the column.
  explicit AddedRows(std::string time) : time_(std::move(time)) {}
  // Before the first line.
  void begin(record::Format format, std::string_view header);
  // True where a row has no place for the field.
  bool lacks(std::string_view field) const;
  // Time, the key's fields and the value (NaN: none), without the line's ending; in CSV the other columns are
  // empty. Good until the next call.
  std::string_view line(const record::SeriesKey& key, Nanos time, double value);

 private:
  std::string cell(const record::SeriesKey& key, Nanos time, double value, const std::string& column) const;

  std::string time_, line_;
  bool csv_ = false;
  std::vector<std::string> columns_;
};

}  // namespace aiops::tools
