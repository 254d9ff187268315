// LogParser: CSV.
#include <fmt/core.h>
#include <simdjson.h>

#include "base/text.hpp"
#include "source/log_parser.hpp"

namespace aiops::source {

using record::CsvField;
using record::CsvRow;

// Splits a line, which is followed by a newline, its '\r' included, or by anything (it is copied then).
// False if it is no whole row; `result` tells why.
bool LogParser::split_csv(std::string_view text, CsvRow::Result& result) {
  const char* end = text.data() + text.size();
  if (*end == '\r' && end[1] == '\n') ++end;
  if (*end != '\n') {
    scratch_.assign(text);
    scratch_.append(1, '\n').append(JsonLog::kPadding, '\0');
    text = {scratch_.data(), text.size()};
    end = text.data() + text.size();
  }
  result = row_.split(text.data(), end);
  return result == CsvRow::Result::row;
}

// A field's text; `used` counts the buffers for those that had doubled quotes.
std::string_view LogParser::field(const CsvField& field, std::size_t& used) {
  if (!field.doubled) return field.text();
  if (used == unescaped_.size()) unescaped_.emplace_back();
  std::string& text = unescaped_[used++];
  text.clear();
  record::undouble(field.text(), text);
  return text;
}

void LogParser::csv_header(File& file, const TailLine& line) {
  CsvRow::Result result;
  if (!split_csv(line.text, result)) {
    fail(line, fmt::format("expected the header of CSV, found \"{}\"", printable(line.text)));
  }
  file.header = line.text;
  file.columns.clear();
  bool time = false;
  std::size_t used = 0;
  for (const CsvField& column : row_.fields) {
    Slot& slot = mapping_.slot(field(column, used));
    time = time || slot.target == Target::timestamp;
    file.columns.push_back(&slot);
  }
  if (!time) {
    file.columns.clear();
    fail(line, fmt::format("no column for the time among {}; --map timestamp=COLUMN names it",
                           printable(line.text, 300)));
  }
}

void LogParser::csv(File& file, const TailLine& line) {
  if (file.columns.empty()) return csv_header(file, line);
  std::string joined;
  std::string_view text = line.text;
  std::uint64_t number = line.number;
  if (!file.held.empty()) {  // a row whose quotes were open
    for (const Held& held : file.held) joined.append(held.text).append(1, '\n');
    joined.append(text).append(1, '\n').append(JsonLog::kPadding, '\0');
    text = {joined.data(), joined.size() - 1 - JsonLog::kPadding};
    number = file.held.front().number;
  } else if (text == file.header) {
    return;  // files that were put one behind the other
  }
  CsvRow::Result result;
  const bool whole = split_csv(text, result);
  if (result == CsvRow::Result::incomplete) {
    file.held.push_back({std::string(line.text), line.number});
    ++held_;
    if (file.held.size() >= kRowLines) give_up(file, line.file, "a quote is not closed", true);
    return;
  }
  held_ -= file.held.size();
  file.held.clear();
  if (!whole) {
    return receiver_.reject(line.file, number, text, "not valid CSV: text stands behind a closing quote");
  }
  csv_row(file, line.file, number, text);
}

void LogParser::csv_row(File& file, std::size_t index, std::uint64_t number, std::string_view text) {
  if (row_.fields.size() != file.columns.size()) {
    return receiver_.reject(index, number, text,
                            fmt::format("expected {} as in the header, found {}",
                                        count(file.columns.size(), "field"), row_.fields.size()));
  }
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return receiver_.reject(index, number, text, "not valid UTF-8; give it through iconv -f latin1 -t utf8");
  }
  builder_.start();
  std::size_t used = 0;
  for (std::size_t i = 0; i < file.columns.size(); ++i) {
    const std::string_view value = field(row_.fields[i], used);
    if (!value.empty() || file.columns[i]->target == Target::value) builder_.put(*file.columns[i], value);
  }
  finish(index, number, text);
}

}  // namespace aiops::source
