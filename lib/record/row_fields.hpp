// The fields of one row that were asked for, the same for NDJSON and CSV.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "record/csv_row.hpp"
#include "record/json_row.hpp"
#include "record/reader.hpp"
#include "record/row_shapes.hpp"

namespace aiops::record {

// A field as it stands in the row.
struct Cell {
  enum class Type : std::uint8_t { absent, text, number, null, other };
  std::string_view raw;  // without quotes
  Type type = Type::absent;
  bool encoded = false;  // escapes (JSON) or doubled quotes (CSV) are to be resolved

  bool empty() const { return type == Type::absent || type == Type::null || raw.empty(); }
};

// The field names of the record that text begins with: a JSON object's members, or a CSV header's columns.
// The text need not hold more than the first line; what cannot be read has none.
std::vector<std::string> field_names(std::string_view text);

class RowFields {
 public:
  // columns must outlive this.
  explicit RowFields(const Columns& columns);

  // Parses a JSON line; true if it is one. Else scan_error() says what is wrong.
  bool scan_json(std::string_view line) { return json_.scan(line) == nullptr; }
  std::string scan_error(std::string_view line) const;
  // Takes the header; throws InputError (a column that is needed is not there) with `where` in front.
  void csv_header(const CsvRow& row, std::string_view where);
  // The row in csv() was split; returns what is wrong, or "".
  std::string check_csv() const;
  CsvRow& csv() { return csv_; }

  Cell time() const { return cell(time_); }
  Cell value(std::size_t i) const { return cell(values_[i]); }
  Cell text(std::size_t i) const { return cell(texts_[i]); }
  Kind kind() const;
  // A name that is to be appended but is there already, or "".
  std::string_view taken() const { return csv_mode_ ? std::string_view(taken_) : json_.found_forbidden(); }

  // Appends the raw bytes that name the series, the same bytes for the same series mostly.
  void raw_key(std::string& out) const;
  // Whether raw_key() would give exactly these.
  bool has_raw_key(std::string_view raw) const;
  // The series' name proper, without the value column.
  SeriesKey key() const;

  // The names of the key's fields (CSV: that the header has), in canonical order; labels of NDJSON are not
  // known.
  std::vector<std::string> key_columns() const;

  // Where the row's time, values, texts and key fields stand, in any order.
  void row_cells(std::vector<RowCell>& out) const;

  // Text with its encoding resolved.
  std::string decode(const Cell& cell) const;

 private:
  template <class Part>
  bool each_key_part(Part part) const;
  Cell cell(int slot) const {
    return slot < 0 ? Cell{} : csv_mode_ ? csv_cell(slot) : json_cell(json_.value(slot));
  }
  Cell csv_cell(int slot) const {
    const int column = column_of_slot_[static_cast<std::size_t>(slot)];
    if (column < 0) return {};
    const CsvField& f = csv_.fields[static_cast<std::size_t>(column)];
    return {f.text(), Cell::Type::text, f.doubled};
  }
  static Cell json_cell(const JsonValue& value) {
    return {value.text(), cell_type(value.type), value.escaped};
  }
  static Cell::Type cell_type(JsonValue::Type type) {
    switch (type) {
      case JsonValue::Type::absent:
        return Cell::Type::absent;
      case JsonValue::Type::string:
        return Cell::Type::text;
      case JsonValue::Type::number:
        return Cell::Type::number;
      case JsonValue::Type::null:
        return Cell::Type::null;
      default:
        return Cell::Type::other;
    }
  }
  int want(std::string_view name);

  const Columns& columns_;
  bool csv_mode_ = false;
  JsonRow json_;
  CsvRow csv_;
  std::size_t csv_columns_ = 0;
  std::vector<std::string> names_;   // of slots
  std::vector<int> column_of_slot_;  // CSV: -1 not there
  std::string taken_;

  int time_ = -1, message_, severity_text_, span_id_, operation_, members_;
  std::vector<int> values_, texts_, keys_;
  std::vector<std::string> key_names_;
  bool labels_ = false;  // every label belongs to the key
};

}  // namespace aiops::record
