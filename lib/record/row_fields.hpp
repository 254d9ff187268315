// The fields of one row that were asked for, the same for NDJSON and CSV.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "record/csv_row.hpp"
#include "record/json_row.hpp"
#include "record/reader.hpp"

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

  // Parses the row at `begin`. JSON: the line must be complete. Returns what is wrong, or "".
  std::string scan_json(std::string_view line);
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
  // The series' name proper, without the value column.
  SeriesKey key() const;

  // The names of the key's fields (CSV: that the header has), in canonical order; labels of NDJSON are not
  // known.
  std::vector<std::string> key_columns() const;

  // Text with its encoding resolved.
  std::string decode(const Cell& cell) const;

 private:
  Cell cell(int slot) const;
  Cell json_cell(const JsonValue& value) const;
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
