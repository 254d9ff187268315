#include <fmt/core.h>

#include <cmath>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "record/writer.hpp"

namespace aiops::record {
namespace {

constexpr std::string_view kLabelPrefix = "labels.";

}  // namespace

RecordWriter::RecordWriter(Sink& sink, Format format, std::vector<std::string> columns)
    : sink_(sink), format_(format), columns_(std::move(columns)), cells_(columns_.size()) {}

void RecordWriter::start() {
  for (auto& cell : cells_) cell.clear();
}

std::string& RecordWriter::cell(std::size_t column) {
  cells_[column].clear();
  return cells_[column];
}

void RecordWriter::time(std::size_t column, Nanos value) {
  std::string& out = cell(column);
  if (value == kNoTime) return;
  if (format_ == Format::csv) return append_time(out, value);
  out.push_back('"');
  append_time(out, value);
  out.push_back('"');
}

void RecordWriter::text(std::size_t column, std::string_view value) {
  std::string& out = cell(column);
  if (value.empty()) return;
  format_ == Format::csv ? append_csv_field(out, value) : append_json_string(out, value);
}

void RecordWriter::number(std::size_t column, double value) {
  if (std::isfinite(value)) append_shortest(cell(column), value);
}

void RecordWriter::number6(std::size_t column, double value) {
  if (std::isfinite(value)) append_6(cell(column), value);
}

void RecordWriter::integer(std::size_t column, std::int64_t value) {
  cell(column) = fmt::format("{}", value);
}

void RecordWriter::json(std::size_t column, std::string_view raw) {
  std::string& out = cell(column);
  format_ == Format::csv ? append_csv_field(out, raw) : void(out += raw);
}

void RecordWriter::end() {
  std::string& out = sink_.buffer();
  if (format_ == Format::csv) {
    if (!header_) {
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (i) out.push_back(',');
        append_csv_field(out, columns_[i]);
      }
      out.push_back('\n');
      header_ = true;
    }
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (i) out.push_back(',');
      out += cells_[i];
    }
  } else {
    bool first = true;
    const auto name = [&](std::string_view n) {
      if (!first) out.push_back(',');
      first = false;
      append_json_string(out, n);
      out.push_back(':');
    };
    out.push_back('{');
    bool labels = false;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const bool label = columns_[i].starts_with(kLabelPrefix);
      if (labels && !label) out.push_back('}'), labels = false, first = false;
      if (cells_[i].empty()) continue;
      if (label && !labels) name(field::kLabels), out.push_back('{'), labels = true, first = true;
      name(std::string_view(columns_[i]).substr(label ? kLabelPrefix.size() : 0));
      out += cells_[i];
    }
    if (labels) out.push_back('}');
    out.push_back('}');
  }
  out.push_back('\n');
  sink_.written();
}

}  // namespace aiops::record
