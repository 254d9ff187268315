// A wide row made into samples: one line a value column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "record/row_fields.hpp"

namespace aiops::record {

class SplitRow {
 public:
  SplitRow(const Columns& columns, Format format, std::vector<std::string> key_columns);

  // The header of the CSV that the lines belong to.
  std::string header() const;
  // Appends the line of one value column, without a line ending.
  void append(const RowFields& fields, std::size_t column, std::string& out) const;

 private:
  void append_json(const Cell& time, const SeriesKey& key, std::string_view value, std::string& out) const;

  const Columns& columns_;
  Format format_;
  std::vector<std::string> key_columns_;  // without the metric
};

}  // namespace aiops::record
