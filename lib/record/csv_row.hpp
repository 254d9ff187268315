// One record of CSV (RFC 4180): split into fields where it stands.
//
// The bytes must be followed by '\n' and 64 readable bytes. A quoted field may hold line breaks, so the end
// of a record is known only after splitting. A quote inside a field that does not begin with one is an
// ordinary byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aiops::record {

struct CsvField {
  const char* begin = nullptr;  // quoted: behind the quote
  std::uint32_t size = 0;
  bool doubled = false;  // quoted and has doubled quotes, to be read with undouble()
  bool quoted = false;
  std::string_view text() const { return {begin, size}; }
};

struct CsvRow {
  enum class Result { row, incomplete, bad };

  // Splits the record that begins at `begin`; `end` is behind the last byte there is, and *end is '\n'.
  // row: fields and next are set. incomplete: a quote is open at `end`. bad: text after a closing quote.
  Result split(const char* begin, const char* end);

  std::vector<CsvField> fields;
  const char* line_end = nullptr;  // behind the record's last byte, before its line ending
  const char* next = nullptr;      // where the next record begins (may be end + 1)
  std::uint32_t breaks = 0;        // line breaks inside quotes
};

// Appends a quoted field's text with doubled quotes made single.
void undouble(std::string_view text, std::string& out);

}  // namespace aiops::record
