#include "source/json_reader.hpp"

#include <fmt/core.h>

#include <array>
#include <cstring>

#include "base/text.hpp"
#include "record/json_row.hpp"
#include "source/json_scan.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kBuffer = 256 * 1024;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Characters that numbers, true, false and null are made of.
constexpr std::array<bool, 256> kBare = [] {
  std::array<bool, 256> table{};
  for (const char c : {'+', '-', '.', 'E', 'r', 'u', 'f', 'a', 'l', 's', 'e', 't', 'n'}) {
    table[static_cast<unsigned char>(c)] = true;
  }
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_bare(char c) { return kBare[static_cast<unsigned char>(c)]; }

}  // namespace

bool is_json_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - from;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const bool zero = i < text.size() && text[i] == '0';
  const std::size_t integer = digits();
  if (integer == 0 || (zero && integer > 1)) return false;
  if (i < text.size() && text[i] == '.' && (++i, digits()) == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

JsonReader::JsonReader(More more, std::size_t limit) : more_(std::move(more)), limit_(limit) {
  buffer_.reserve(2 * kBuffer);
}

bool JsonReader::refill() {
  if (ended_) return false;
  // What has been read goes only when it is the larger part: moving costs less than what comes in.
  if (pos_ >= kBuffer || pos_ == buffer_.size()) {
    consumed_ += pos_;
    buffer_.erase(0, pos_);
    pos_ = 0;
  }
  const std::string_view bytes = more_();
  ended_ = bytes.empty();
  buffer_.append(bytes);
  return !ended_;
}

char JsonReader::look() {
  for (;;) {
    while (pos_ < buffer_.size()) {
      if (!is_space(buffer_[pos_])) return buffer_[pos_];
      ++pos_;
    }
    if (!refill())
      throw JsonError(fmt::format("the JSON ends too early, after {}", count(bytes_read(), "byte")), true);
  }
}

bool JsonReader::at_end() {
  for (;;) {
    while (pos_ < buffer_.size()) {
      if (!is_space(buffer_[pos_])) return false;
      ++pos_;
    }
    if (!refill()) return true;
  }
}

void JsonReader::fail(std::string_view expected) {
  const std::string_view rest = std::string_view(buffer_).substr(pos_);
  throw JsonError(fmt::format("expected {} at byte {}, found {}", expected, bytes_read(),
                              printable(rest.substr(0, 60), 40)),
                  false);
}

void JsonReader::expect(char c) {
  if (look() != c) fail(fmt::format("'{}'", c));
  ++pos_;
}

char JsonReader::peek() { return look(); }

void JsonReader::enter_object() {
  expect('{');
  first_ = true;
}

void JsonReader::enter_array() {
  expect('[');
  first_ = true;
}

bool JsonReader::next_key(std::string& key) {
  char c = look();
  if (c == '}') {
    ++pos_;
    first_ = false;
    return false;
  }
  if (!first_) {
    if (c != ',') fail("',' or '}'");
    ++pos_;
    c = look();
  }
  first_ = false;
  if (c != '"') fail("a name in quotes");
  key.assign(string());
  expect(':');
  return true;
}

bool JsonReader::next_item() {
  const char c = look();
  if (c == ']') {
    ++pos_;
    first_ = false;
    return false;
  }
  if (!first_) {
    if (c != ',') fail("',' or ']'");
    ++pos_;
    if (look() == ']') fail("another value");
  }
  first_ = false;
  return true;
}

std::size_t JsonReader::string_end() {
  expect('"');
  for (std::size_t i = pos_;; ++i) {
    for (;;) {
      const char* const begin = buffer_.data();
      if (i < buffer_.size()) {
        i = static_cast<std::size_t>(json_scan::text_end(begin + i, begin + buffer_.size()) - begin);
      }
      if (i < buffer_.size()) break;
      const std::size_t offset = i - pos_;
      if (offset > limit_) fail(fmt::format("a string of at most {}", count(limit_, "byte")));
      if (!refill()) {
        throw JsonError(
            fmt::format("the JSON ends too early, after {}", count(bytes_read() + offset, "byte")), true);
      }
      i = pos_ + offset;
    }
    const char c = buffer_[i];
    if (c == '"') return i;
    if (c == '\\') {
      ++i;  // what follows is looked at in unescape()
    } else {
      pos_ = i;
      fail("a string without control characters");
    }
  }
}

std::string_view JsonReader::unescape(std::size_t end) {
  const std::string_view raw(buffer_.data() + pos_, end - pos_);
  if (raw.find('\\') == std::string_view::npos) return raw;
  for (std::size_t i = raw.find('\\'); i != std::string_view::npos; i = raw.find('\\', i + 2)) {
    const char c = raw[i + 1];
    bool good = std::string_view("\"\\/bfnrtu").find(c) != std::string_view::npos;
    if (c == 'u') {
      good = i + 5 < raw.size() && is_hex(raw[i + 2]) && is_hex(raw[i + 3]) && is_hex(raw[i + 4]) &&
             is_hex(raw[i + 5]);
    }
    if (!good) {
      pos_ += i;
      fail("an escape that JSON knows");
    }
  }
  unescaped_.clear();
  record::unescape(raw, unescaped_);
  return unescaped_;
}

std::string_view JsonReader::string() {
  const std::size_t end = string_end();
  const std::string_view text = unescape(end);
  pos_ = end + 1;
  first_ = false;
  return text;
}

std::string_view JsonReader::scalar() {
  const char c = look();
  if (c == '"') return string();
  std::size_t length = 0;
  for (;;) {
    while (pos_ + length < buffer_.size() && is_bare(buffer_[pos_ + length])) ++length;
    if (pos_ + length < buffer_.size() || !refill()) break;
    if (length > limit_) fail("a value of usual size");
  }
  const std::string_view text(buffer_.data() + pos_, length);
  if (text != "true" && text != "false" && text != "null" && !is_json_number(text)) fail("a value");
  pos_ += length;
  first_ = false;
  return text;
}

std::string_view JsonReader::number() {
  const char c = look();
  if (c != '-' && (c < '0' || c > '9')) fail("a number");
  return scalar();
}

// The usual case, all of it in the buffer and without blanks or escapes: one pass, nothing copied.
bool JsonReader::fast_pair(Pair& pair) {
  constexpr std::size_t kLongest = 96;
  if (buffer_.size() - pos_ < kLongest) return false;
  const char* const begin = buffer_.data() + pos_;
  const char* const limit = begin + kLongest;
  const char* at = begin;
  if (*at++ != '[') return false;
  const char* const number = at;
  while (*at >= '0' && *at <= '9') ++at;
  if (at == number || at - number > 15 || (*number == '0' && at - number > 1)) return false;
  if (*at == '.') {
    const char* const fraction = ++at;
    while (*at >= '0' && *at <= '9' && at < limit) ++at;
    if (at == fraction) return false;
  }
  pair.number = {number, static_cast<std::size_t>(at - number)};
  if (at + 2 >= limit || at[0] != ',' || at[1] != '"') return false;
  at += 2;
  const char* const text = at;
  while (at < limit && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  if (at + 1 >= limit || at[0] != '"' || at[1] != ']') return false;
  pair.string = {text, static_cast<std::size_t>(at - text)};
  pos_ += static_cast<std::size_t>(at + 2 - begin);
  first_ = false;
  return true;
}

JsonReader::Pair JsonReader::pair() {
  Pair pair;
  if (fast_pair(pair)) return pair;
  enter_array();
  if (!next_item()) fail("a pair of number and string");
  number_.assign(number());
  if (!next_item() || look() != '"') fail("a string");
  const std::size_t end = string_end();
  unescaped_.assign(unescape(end));  // the bracket behind may need bytes that are not here yet
  pos_ = end + 1;
  expect(']');
  first_ = false;
  pair.number = number_;
  pair.string = unescaped_;
  return pair;
}

// Strings and brackets are followed; what else stands between them is nobody's concern.
void JsonReader::skip() {
  const char first = look();
  if (first != '{' && first != '[') {
    scalar();
    return;
  }
  std::string open;  // the brackets that are open
  do {
    const char* const begin = buffer_.data();
    const char* const end = begin + buffer_.size();
    pos_ = static_cast<std::size_t>(json_scan::structure(begin + pos_, end) - begin);
    const char c = look();  // reads on, or finds the same again
    if (!json_scan::is_structure(c)) continue;
    if (c == '"') {
      pos_ = string_end() + 1;
    } else if (c == '{' || c == '[') {
      open += c;
      if (open.size() > 1000) fail("JSON that is less deep");
      ++pos_;
    } else {
      if (open.back() != (c == '}' ? '{' : '[')) fail("the bracket that closes the last one");
      open.pop_back();
      ++pos_;
    }
  } while (!open.empty());
  first_ = false;
}

// The end of a value of which [from, end) is there, nullptr if it goes on; depth and quoted are what is open.
const char* JsonReader::raw_end(const char* from, const char* end, std::size_t& depth, bool& quoted) {
  for (const char* p = from; p != end;) {
    if (quoted) {
      p = static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
      if (!p) return nullptr;
      const char* before = p++ - 1;
      while (*before == '\\') --before;  // the opening quote stands in front of them
      quoted = (p - before) % 2 != 0;
      if (!quoted && depth == 0) return p;
    } else {
      const char c = *p++;
      quoted = c == '"';
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return p;
    }
  }
  return nullptr;
}

std::string_view JsonReader::raw() {
  const char opening = look();
  if (opening != '{' && opening != '[' && opening != '"') return scalar();
  std::size_t seen = 0, depth = 0;
  bool quoted = false;
  const char* end = nullptr;
  for (;;) {
    const char* const begin = buffer_.data() + pos_;
    const std::size_t there = buffer_.size() - pos_;
    end = raw_end(begin + seen, begin + there, depth, quoted);
    if (end) break;
    seen = there;
    if (seen > limit_) fail(fmt::format("a value of at most {}", count(limit_, "byte")));
    if (!refill()) {
      throw JsonError(fmt::format("the JSON ends too early, after {}", count(bytes_read() + seen, "byte")),
                      true);
    }
  }
  const std::string_view text(buffer_.data() + pos_, static_cast<std::size_t>(end - (buffer_.data() + pos_)));
  pos_ += text.size();
  first_ = false;
  return text;
}

void JsonReader::finish() {
  if (!at_end()) fail("the end of the JSON");
}

}  // namespace aiops::source
