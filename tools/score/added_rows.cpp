#include "added_rows.hpp"

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::tools {

void AddedRows::begin(record::Format format, std::string_view header) {
  csv_ = format == record::Format::csv;
  if (csv_) columns_ = split(header, ',');
}

bool AddedRows::lacks(std::string_view field) const {
  return csv_ && std::find(columns_.begin(), columns_.end(), field) == columns_.end();
}

std::string_view AddedRows::line(const record::SeriesKey& key, Nanos time, double value) {
  line_.clear();
  if (csv_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line_ += ',';
      append_csv_field(line_, cell(key, time, value, columns_[i]));
    }
    return line_;
  }
  line_ = "{";
  append_json_string(line_, time_);
  line_ += ":\"" + format_time(time) + '"';
  record::append_json_members(line_, key);
  line_ += ",\"value\":";
  if (std::isfinite(value)) {
    append_6(line_, value);
  } else {
    line_ += "null";
  }
  line_ += '}';
  return line_;
}

std::string AddedRows::cell(const record::SeriesKey& key, Nanos time, double value,
                            const std::string& column) const {
  if (column == time_) return format_time(time);
  if (column != field::kValue) return std::string(key.get(column));
  return text_6(value);
}

}  // namespace aiops::tools
