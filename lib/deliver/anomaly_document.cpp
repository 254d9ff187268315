#include "deliver/anomaly_document.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "feature/requests.hpp"
#include "record/fields.hpp"

namespace aiops::deliver {
namespace {

// Scores, which may have a prefix.
constexpr std::array kScores = {field::kScore, field::kLevel, field::kAlert, field::kExpected,
                                field::kLower, field::kUpper, field::kPValue};
constexpr std::array kNumbers = {field::kValue,  field::kStatusCode,  field::kDurationMs, field::kDelta,
                                 field::kZscore, field::kRollingMean, field::kRollingStd};

template <class List>
bool has(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::string anomaly_id(const AnomalySource& source) {
  const std::string time = format_time(source.time);
  std::string text = "\1";
  for (const std::string_view part : {source.series, std::string_view(time), source.detector, source.trace_id,
                                      source.span_id, source.record_id, source.message}) {
    (text += part) += '\0';
  }
  const std::uint64_t first = checksum(text);
  text[0] = '\2';
  return fmt::format("{:016x}{:016x}", first, checksum(text));
}

AnomalyDocuments::AnomalyDocuments(record::Format format, std::string_view header,
                                   const std::vector<std::string>& numbers, const std::string& prefix)
    : format_(format) {
  if (format_ != record::Format::csv) return;
  if (header.starts_with("\xEF\xBB\xBF")) header.remove_prefix(3);
  split(header);
  for (const record::CsvField& cell : row_.fields) {
    Column& column = columns_.emplace_back();
    cell.doubled ? record::undouble(cell.text(), column.name) : void(column.name = cell.text());
    std::string_view name = column.name;
    column.number = has(kNumbers, name) || has(feature::kRequestFeatures, name) || has(numbers, name);
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    column.number = column.number || has(kScores, name);
    column.list = name == field::kReasons;
  }
}

bool AnomalyDocuments::split(std::string_view line) {
  scratch_.assign(line);
  scratch_ += '\n';
  const std::size_t size = scratch_.size();
  scratch_.append(64, '\0');
  return row_.split(scratch_.data(), scratch_.data() + size - 1) == record::CsvRow::Result::row;
}

void AnomalyDocuments::append(std::string& out, const AnomalySource& source) {
  out += '{';
  if (!source.has_timestamp) {
    out += "\"@timestamp\":\"";
    append_time(out, source.time);
    out += "\",";
  }
  if (!source.has_series) {
    out += "\"series\":";
    append_json_string(out, source.series);
    out += ',';
  }
  if (format_ == record::Format::csv) {
    append_csv(out, source.line);
  } else {
    const std::string_view line = trim(source.line);
    out += trim(line.substr(1, line.size() - 2));
  }
  if (out.back() == ',') out.pop_back();
  out += '}';
}

void AnomalyDocuments::append_csv(std::string& out, std::string_view line) {
  if (!split(line)) return;
  std::string text;
  for (std::size_t i = 0; i < std::min(columns_.size(), row_.fields.size()); ++i) {
    const record::CsvField& cell = row_.fields[i];
    if (cell.size == 0) continue;
    text.clear();
    cell.doubled ? record::undouble(cell.text(), text) : void(text = cell.text());
    append_cell(out, i, text);
  }
}

void AnomalyDocuments::append_cell(std::string& out, std::size_t column, std::string_view text) {
  const Column& of = columns_[column];
  double number;
  if (of.number && parse_number(text, number) != Number::ok) return;  // missing
  append_json_string(out, of.name);
  out += ':';
  if (of.number) {
    append_shortest(out, number);
  } else if (of.list) {
    out += '[';
    for (const std::string& item : aiops::split(text, ';')) {
      if (out.back() != '[') out += ',';
      append_json_string(out, trim(item));
    }
    out += ']';
  } else {
    append_json_string(out, text);
  }
  out += ',';
}

}  // namespace aiops::deliver
