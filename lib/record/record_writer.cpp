#include <charconv>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/writer.hpp"

namespace aiops::record {
namespace {

constexpr std::string_view kLabelPrefix = "labels.";

}  // namespace

RecordWriter::RecordWriter(Sink& sink, Format format, std::vector<std::string> columns)
    : sink_(sink), format_(format), names_(std::move(columns)) {
  for (const std::string& name : names_) {
    const bool label = name.starts_with(kLabelPrefix);
    columns_.push_back({"," + json_string(label ? name.substr(kLabelPrefix.size()) : name) + ":", label});
  }
}

void RecordWriter::write_header() {
  std::string& out = sink_.buffer();
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (i) out.push_back(',');
    append_csv_field(out, names_[i]);
  }
  out.push_back('\n');
  header_ = true;
}

// Fields go straight into the sink's buffer, which nobody flushes in the middle of a row.
void RecordWriter::start() {
  if (format_ == Format::csv) {
    if (!header_) write_header();
    next_ = 0;
    return;
  }
  sink_.buffer().push_back('{');
  first_ = true;
  labels_ = false;
}

// Writes what stands before the column's value, which is to be appended to what this returns.
std::string& RecordWriter::field(std::size_t column) {
  std::string& out = sink_.buffer();
  if (format_ == Format::csv) {
    out.append(column - next_, ',');
    next_ = column;
    return out;
  }
  const Column& its = columns_[column];
  if (its.label != labels_) {
    if (its.label) {
      out += first_ ? "\"labels\":{" : ",\"labels\":{";
    } else {
      out.push_back('}');
    }
    first_ = labels_ = its.label;
  }
  out.append(its.name, first_ ? 1 : 0);
  first_ = false;
  return out;
}

void RecordWriter::time(std::size_t column, Nanos value) {
  if (value == kNoTime) return;
  if (value != last_time_) {
    last_time_ = value;
    last_text_ = format_ == Format::csv ? "" : "\"";
    append_time(last_text_, value);
    if (format_ != Format::csv) last_text_.push_back('"');
  }
  field(column) += last_text_;
}

void RecordWriter::text(std::size_t column, std::string_view value) {
  if (value.empty()) return;
  std::string& out = field(column);
  format_ == Format::csv ? append_csv_field(out, value) : append_json_string(out, value);
}

void RecordWriter::number(std::size_t column, double value) {
  if (std::isfinite(value)) append_shortest(field(column), value);
}

void RecordWriter::number6(std::size_t column, double value) {
  if (std::isfinite(value)) append_6(field(column), value);
}

void RecordWriter::integer(std::size_t column, std::int64_t value) {
  char text[24];
  field(column).append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void RecordWriter::json(std::size_t column, std::string_view raw) {
  if (raw.empty()) return;
  std::string& out = field(column);
  format_ == Format::csv ? append_csv_field(out, raw) : void(out += raw);
}

void RecordWriter::end() {
  std::string& out = sink_.buffer();
  if (format_ == Format::csv) {
    out.append(columns_.size() - 1 - next_, ',');
  } else {
    if (labels_) out.push_back('}');
    out.push_back('}');
  }
  out.push_back('\n');
  sink_.written();
}

}  // namespace aiops::record
