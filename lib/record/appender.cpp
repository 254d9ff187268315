#include <fmt/core.h>

#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/writer.hpp"

namespace aiops::record {

void Appender::begin(Format format, std::string_view header, std::string_view line_ending) {
  format_ = format;
  ending_ = line_ending;
  prefixes_.clear();
  for (const auto& name : names_)
    prefixes_.push_back(format == Format::csv ? "," : "," + json_string(name) + ":");
  if (format != Format::csv) return;
  std::string& out = sink_.buffer();
  out += header;
  for (const auto& name : names_) append_csv_field(out += ',', name);
  out += ending_;
  sink_.written();
}

void Appender::start(std::string_view line) {
  next_ = 0;
  comma_ = true;
  if (format_ == Format::ndjson) {
    const std::size_t brace = line.rfind('}');
    line = line.substr(0, brace);
    const std::size_t last = line.find_last_not_of(" \t\r");
    comma_ = last != std::string_view::npos && line[last] != '{';
  }
  sink_.buffer() += line;
}

std::string& Appender::field() {
  std::string& out = sink_.buffer();
  const std::string_view prefix = prefixes_[next_++];
  out += comma_ ? prefix : prefix.substr(1);
  comma_ = true;
  return out;
}

void Appender::missing() {
  std::string& out = field();
  if (format_ == Format::ndjson) out += "null";
}

void Appender::number(double value) {
  if (!std::isfinite(value)) return missing();
  append_shortest(field(), value);
}

void Appender::number6(double value) {
  if (!std::isfinite(value)) return missing();
  append_6(field(), value);
}

void Appender::integer(std::int64_t value) { fmt::format_to(std::back_inserter(field()), "{}", value); }

void Appender::text(std::string_view value) {
  std::string& out = field();
  format_ == Format::csv ? append_csv_field(out, value) : append_json_string(out, value);
}

void Appender::list(const std::vector<std::string>& values) {
  std::string& out = field();
  if (format_ == Format::csv) {
    append_csv_field(out, join(values, ";"));
    return;
  }
  out.push_back('[');
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i) out.push_back(',');
    append_json_string(out, values[i]);
  }
  out.push_back(']');
}

void Appender::end() {
  if (format_ == Format::ndjson) sink_.buffer().push_back('}');
  sink_.buffer() += ending_;
  sink_.written();
}

void Appender::pass(std::string_view line) {
  std::string& out = sink_.buffer();
  out += line;
  if (format_ == Format::csv) out.append(names_.size(), ',');
  out += ending_;
  sink_.written();
}

}  // namespace aiops::record
