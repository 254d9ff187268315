#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/writer.hpp"

namespace aiops::record {
namespace {

constexpr std::size_t kChunk = 16;

// Copies whole chunks; both must have room for the last.
char* copy_chunks(char* to, const char* from, std::size_t size) {
  for (std::size_t i = 0; i < size; i += kChunk) std::memcpy(to + i, from + i, kChunk);
  return to + size;
}

char* copy_at(char* to, std::string_view bytes) {
  const std::size_t size = bytes.size();
  if (size < kChunk || size > 16 * kChunk) {
    std::memcpy(to, bytes.data(), size);
    return to + size;
  }
  for (std::size_t i = 0; i + kChunk < size; i += kChunk) std::memcpy(to + i, bytes.data() + i, kChunk);
  std::memcpy(to + size - kChunk, bytes.data() + size - kChunk, kChunk);
  return to + size;
}

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

void Appender::copy(std::string_view bytes) { at_ = copy_at(at_, bytes); }

// The row up to where fields go, and whether there are any before them.
inline std::string_view Appender::open_end(std::string_view line, bool& comma) const {
  comma = true;
  if (format_ == Format::csv) return line;
  line = line.substr(0, line.back() == '}' ? line.size() - 1 : line.rfind('}'));
  if (!line.empty() && line.back() != ' ' && line.back() != '\t' && line.back() != '\r' && line.back() != '{')
    return line;
  const std::size_t last = line.find_last_not_of(" \t\r");
  comma = last != std::string_view::npos && line[last] != '{';
  return line;
}

void Appender::start(std::string_view line) {
  next_ = 0;
  line = open_end(line, comma_);
  at_ = sink_.room(line.size() + reserve_);
  copy(line);
}

void Appender::rows(const std::string_view* lines, const NumberColumn* columns, std::size_t first,
                    std::size_t last) {
  struct Column {
    const char* prefix;
    std::size_t size;
    NumberColumn::Texts texts;
  };
  constexpr std::size_t kMost = 16;
  const std::size_t count = names_.size();
  std::array<Column, kMost> table;
  for (std::size_t i = 0; i < std::min(count, kMost); ++i)
    table[i] = {prefixes_[i].text.data(), prefixes_[i].size, columns[i].texts()};
  const bool json = format_ == Format::ndjson;
  const std::string_view ending = ending_;
  for (std::size_t row = first; row < last; ++row) {
    bool comma = true;
    const std::string_view line = open_end(lines[row], comma);
    if (!comma || count > kMost) [[unlikely]] {
      start(lines[row]);
      for (std::size_t i = 0; i < count; ++i) number6(columns[i], row);
      end();
      continue;
    }
    char* at = copy_at(sink_.room(line.size() + reserve_), line);
    for (std::size_t i = 0; i < count; ++i) {
      const Column& column = table[i];
      at = copy_chunks(at, column.prefix, column.size);
      char* const number = at;
      at = column.texts.write(at, row);
      if (at == number && json) at = copy_at(at, "null");
    }
    if (json) *at++ = '}';
    sink_.wrote(copy_at(at, ending));
  }
}

void Appender::field() {
  const Prefix& prefix = prefixes_[next_++];
  const char* const from = prefix.text.data() + (comma_ ? 0 : 1);
  const std::size_t size = prefix.size - (comma_ ? 0 : 1);
  at_ = copy_chunks(at_, from, size);
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

void Appender::number6(const NumberColumn& column, std::size_t row) {
  char* const before = at_;
  field();
  char* const begin = at_;
  at_ = column.write(at_, row);
  if (at_ != begin) return;
  at_ = before;
  --next_;
  missing();
}

void Appender::integer(std::int64_t value) {
  field();
  if (value >= 0 && value <= 9) {
    *at_++ = static_cast<char>('0' + value);
  } else {
    at_ = fmt::format_to(at_, "{}", value);
  }
}

void Appender::text(std::string_view value) {
  field();
  scratch_.clear();
  format_ == Format::csv ? append_csv_field(scratch_, value) : append_json_string(scratch_, value);
  at_ = sink_.more_room(at_, scratch_.size() + reserve_);
  copy(scratch_);
}

void Appender::word(std::string_view value) {
  if (value.size() + 2 > kNumberChars) return text(value);
  field();
  const bool json = format_ == Format::ndjson;
  if (json) *at_++ = '"';
  copy(value);
  if (json) *at_++ = '"';
}

void Appender::list(const std::vector<std::string>& values) {
  if (format_ == Format::csv) return values.empty() ? word("") : text(join(values, ";"));
  field();
  if (values.empty()) return copy("[]");
  scratch_ = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i) scratch_.push_back(',');
    append_json_string(scratch_, values[i]);
  }
  scratch_.push_back(']');
  at_ = sink_.more_room(at_, scratch_.size() + reserve_);
  copy(scratch_);
}

void Appender::end() {
  if (format_ == Format::ndjson) *at_++ = '}';
  copy(ending_);
  sink_.wrote(at_);
}

void Appender::pass(std::string_view line) {
  at_ = sink_.room(line.size() + names_.size() + ending_.size());
  copy(line);
  if (format_ == Format::csv) at_ = std::fill_n(at_, names_.size(), ',');
  copy(ending_);
  sink_.wrote(at_);
}

}  // namespace aiops::record
