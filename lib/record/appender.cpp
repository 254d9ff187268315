#include <fmt/core.h>

#include <cmath>
#include <cstring>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/writer.hpp"

namespace aiops::record {
namespace {

constexpr std::size_t kChunk = 16;

}  // namespace

void Appender::begin(Format format, std::string_view header, std::string_view line_ending) {
  format_ = format;
  ending_ = line_ending;
  prefixes_.clear();
  reserve_ = 1 + ending_.size();
  for (const auto& name : names_) {
    std::string text = format == Format::csv ? "," : "," + json_string(name) + ":";
    const std::size_t size = text.size();
    text.resize((size / kChunk + 2) * kChunk);
    reserve_ += text.size() + kNumberChars;
    prefixes_.push_back({std::move(text), size});
  }
  if (format != Format::csv) return;
  std::string& out = sink_.buffer();
  out += header;
  for (const auto& name : names_) append_csv_field(out += ',', name);
  out += ending_;
  sink_.written();
}

// Makes room for that many bytes, and for the rest of the row.
void Appender::room(std::size_t bytes) {
  const auto used = static_cast<std::size_t>(at_ - row_.data());
  if (row_.size() - used >= bytes + reserve_) return;
  row_.resize(2 * (used + bytes + reserve_));
  at_ = row_.data() + used;
}

void Appender::copy(std::string_view bytes) {
  std::memcpy(at_, bytes.data(), bytes.size());
  at_ += bytes.size();
}

void Appender::start(std::string_view line) {
  next_ = 0;
  comma_ = true;
  if (format_ == Format::ndjson) {
    line = line.substr(0, line.rfind('}'));
    const std::size_t last = line.find_last_not_of(" \t\r");
    comma_ = last != std::string_view::npos && line[last] != '{';
  }
  at_ = row_.data();
  room(line.size());
  copy(line);
}

void Appender::field() {
  const Prefix& prefix = prefixes_[next_++];
  const char* const from = prefix.text.data() + (comma_ ? 0 : 1);
  const std::size_t size = prefix.size - (comma_ ? 0 : 1);
  for (std::size_t i = 0; i < size; i += kChunk) std::memcpy(at_ + i, from + i, kChunk);
  at_ += size;
  comma_ = true;
}

void Appender::missing() {
  field();
  if (format_ == Format::ndjson) copy("null");
}

void Appender::number(double value) {
  if (!std::isfinite(value)) return missing();
  field();
  at_ = write_shortest(at_, value);
}

void Appender::number6(double value) {
  if (!std::isfinite(value)) return missing();
  field();
  at_ = write_6(at_, value);
}

void Appender::integer(std::int64_t value) {
  field();
  at_ = fmt::format_to(at_, "{}", value);
}

void Appender::text(std::string_view value) {
  field();
  scratch_.clear();
  format_ == Format::csv ? append_csv_field(scratch_, value) : append_json_string(scratch_, value);
  room(scratch_.size());
  copy(scratch_);
}

void Appender::list(const std::vector<std::string>& values) {
  if (format_ == Format::csv) return text(join(values, ";"));
  field();
  scratch_ = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i) scratch_.push_back(',');
    append_json_string(scratch_, values[i]);
  }
  scratch_.push_back(']');
  room(scratch_.size());
  copy(scratch_);
}

void Appender::end() {
  if (format_ == Format::ndjson) *at_++ = '}';
  copy(ending_);
  sink_.write({row_.data(), static_cast<std::size_t>(at_ - row_.data())});
}

void Appender::pass(std::string_view line) {
  std::string& out = sink_.buffer();
  out += line;
  if (format_ == Format::csv) out.append(names_.size(), ',');
  out += ending_;
  sink_.written();
}

}  // namespace aiops::record
