#include "record/split_row.hpp"

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::record {
SplitRow::SplitRow(const Columns& columns, Format format, std::vector<std::string> key_columns)
    : columns_(columns), format_(format), key_columns_(std::move(key_columns)) {
  std::erase(key_columns_, field::kMetric);
}

std::string SplitRow::header() const {
  std::string out;
  append_csv_field(out, columns_.time);
  for (const auto& name : key_columns_) append_csv_field(out += ',', name);
  return out += ",metric,value";
}

void SplitRow::append(const RowFields& fields, std::size_t column, std::string& out) const {
  SeriesKey key = fields.key();
  name_by_value(key, columns_.values[column]);
  const std::string_view value = fields.value(column).raw;
  if (format_ == Format::ndjson) {
    append_json(fields.time(), key, value, out);
    return;
  }
  append_csv_field(out, fields.time().raw);
  for (const auto& key_column : key_columns_) append_csv_field(out += ',', key.get(key_column));
  append_csv_field(out += ',', key.get(field::kMetric));
  append_csv_field(out += ',', value);
}

void SplitRow::append_json(const Cell& time, const SeriesKey& key, std::string_view value,
                           std::string& out) const {
  out.push_back('{');
  append_json_string(out, columns_.time);
  out.push_back(':');
  time.type == Cell::Type::number ? void(out += time.raw) : append_json_string(out, time.raw);
  append_json_members(out, key);
  double number;
  out += ",\"value\":";
  out += parse_number(value, number) == Number::ok ? value : std::string_view("null");
  out.push_back('}');
}

}  // namespace aiops::record
