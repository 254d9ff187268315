#include "record/json_row.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "record/json_number.hpp"

namespace aiops::record {
namespace {

constexpr int kMaxDepth = 64;

// '\n' is the end of the line and no white space here.
const char* blanks(const char* p) {
  if (static_cast<unsigned char>(*p) > ' ') return p;
  while (*p == ' ' || *p == '\t' || *p == '\r') ++p;
  return p;
}

bool digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

bool hex4(const char* p) {
  return std::all_of(p, p + 4,
                     [](char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

unsigned hex4_value(const char* p) {
  unsigned value = 0;
  for (int i = 0; i < 4; ++i)
    value = value * 16 + static_cast<unsigned>(digit(p[i]) ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
  return value;
}

void append_utf8(std::string& out, unsigned c) {
  const auto put = [&](unsigned byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6), put(0x80 | (c & 63));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
  } else {
    put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
  }
}

}  // namespace

int JsonRow::want(std::string_view path) {
  const auto known = std::find(paths_.begin(), paths_.end(), path);
  if (known != paths_.end()) return static_cast<int>(known - paths_.begin());
  const int slot = static_cast<int>(paths_.size());
  paths_.emplace_back(path);
  values_.emplace_back();
  lookup(0, path).slot = slot;
  int node = 0;
  for (std::size_t dot; (dot = path.find('.')) != std::string_view::npos; path.remove_prefix(dot + 1)) {
    int next = lookup(node, path.substr(0, dot)).node;
    if (next < 0) {
      next = static_cast<int>(nodes_.size());
      nodes_.emplace_back();
      lookup(node, path.substr(0, dot)).node = next;
    }
    node = next;
  }
  lookup(node, path).slot = slot;
  return slot;
}

void JsonRow::want_members(std::string_view name) {
  Field& field = lookup(0, name);
  field.collect = true;
  if (field.node < 0) {
    const int node = static_cast<int>(nodes_.size());
    nodes_.emplace_back();
    lookup(0, name).node = node;
  }
}

JsonRow::Field& JsonRow::lookup(int node, std::string_view name) {
  return nodes_[static_cast<std::size_t>(node)].fields[std::string(name)];
}

const JsonRow::Field& JsonRow::find(int node, std::string_view name) const {
  static constexpr Field kNone;
  if (node < 0) return kNone;
  const auto& fields = nodes_[static_cast<std::size_t>(node)].fields;
  const auto found = fields.find(std::string(name));
  return found == fields.end() ? kNone : found->second;
}

const char* JsonRow::fail(const char* at, const char* what) {
  if (!error_) error_ = what, error_at_ = at;
  return nullptr;
}

const char* JsonRow::scan(std::string_view line) {
  for (const int slot : set_) values_[static_cast<std::size_t>(slot)] = {};
  set_.clear();
  members_.clear();
  found_forbidden_ = {};
  place_ = 0;
  non_ascii_ = false;
  error_ = error_at_ = nullptr;
  const char* p = line.data();
  if (line.size() >= 3 && std::memcmp(p, "\xEF\xBB\xBF", 3) == 0) p += 3;
  p = blanks(p);
  if (*p != '{') return fail(p, "expected a JSON object"), error_;
  p = object(p, 0, false, 0);
  if (!p) return error_;
  p = blanks(p);
  if (p < line.data() + line.size()) return fail(p, "more text after the JSON object"), error_;
  if (non_ascii_ && !is_utf8(line)) return fail(line.data() + utf8_length(line), "not valid UTF-8"), error_;
  return nullptr;
}

// Where the field's value goes, cleared; `unwanted` if nobody asked for it.
JsonValue& JsonRow::place(const Field& field, JsonValue& unwanted) {
  if (field.slot < 0) return unwanted;
  JsonValue& value = values_[static_cast<std::size_t>(field.slot)];
  if (value.type == JsonValue::Type::absent) set_.push_back(field.slot);
  return value = {};
}

// Returns behind the colon.
const char* JsonRow::field_name(const char* p, JsonValue& name) {
  if (*p != '"') return fail(p, "expected a field name in quotes");
  p = string(p, name);
  if (!p) return nullptr;
  p = blanks(p);
  return *p == ':' ? p + 1 : fail(p, "expected ':' after the field name");
}

const char* JsonRow::nested_field(const char* p, int node, JsonValue& name, const Field*& field) {
  p = field_name(p, name);
  if (p) field = &find(node, name.text());
  return p;
}

// The same at the top level, where what stood at this place in the line before is tried first.
inline const char* JsonRow::expected_field(const char* p, JsonValue& name, const Field*& field) {
  if (place_ == guesses_.size()) guesses_.emplace_back();
  Guess& guess = guesses_[place_++];
  const __m128i text = _mm_load_si128(reinterpret_cast<const __m128i*>(guess.text.data()));
  const __m128i same = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), text);
  field = &guess.field;
  if ((static_cast<unsigned>(_mm_movemask_epi8(same)) & guess.mask) != guess.mask)
    return learn_field(p, name, guess);
  name.begin = p + 1;
  name.size = guess.size - 3;
  return p + guess.size;
}

const char* JsonRow::learn_field(const char* p, JsonValue& name, Guess& guess) {
  const char* const end = field_name(p, name);
  if (!end) return nullptr;
  guess.field = find(0, name.text());
  guess.mask = Guess::kNever;
  const auto size = static_cast<std::size_t>(end - p);
  const bool ascii = std::all_of(p, end, [](char c) { return static_cast<signed char>(c) >= 0; });
  if (size <= guess.text.size() && size == name.size + 3 && ascii) {
    guess.size = static_cast<unsigned>(size);
    guess.mask = (1u << size) - 1;
    std::memcpy(guess.text.data(), p, size);
  }
  return end;
}

// p at '{'; returns behind '}'.
const char* JsonRow::object(const char* p, int node, bool collect, int depth) {
  if (depth > kMaxDepth) return fail(p, "nested too deeply");
  p = blanks(p + 1);
  if (*p == '}') return p + 1;
  for (;;) {
    JsonValue name, unwanted;
    const Field* field;
    p = depth == 0 ? expected_field(p, name, field) : nested_field(p, node, name, field);
    if (!p) return nullptr;
    if (field->forbidden) found_forbidden_ = name.text();
    JsonValue& value = place(*field, unwanted);
    p = field_value(blanks(p), *field, depth, value);
    if (!p) return nullptr;
    if (collect) members_.push_back({name, value});
    p = blanks(p);
    if (*p == '}') return p + 1;
    if (*p != ',') return fail(p, "expected ',' or '}'");
    p = blanks(p + 1);
  }
}

const char* JsonRow::field_value(const char* p, const Field& field, int depth, JsonValue& value) {
  if (*p == '"') return string(p, value);
  if (*p == '{' && field.node >= 0) {
    value.begin = p;
    value.type = JsonValue::Type::object;
    p = object(p, field.node, field.collect, depth + 1);
    if (p) value.size = static_cast<std::uint32_t>(p - value.begin);
    return p;
  }
  return skip(p, depth, value);
}

// Checks any value and tells what it is.
const char* JsonRow::skip(const char* p, int depth, JsonValue& value) {
  if (*p == '"') return string(p, value);
  value.begin = p;
  const char* end;
  switch (*p) {
    case '{':
      value.type = JsonValue::Type::object;
      end = object(p, -1, false, depth + 1);
      break;
    case '[':
      value.type = JsonValue::Type::array;
      end = array(p, depth + 1);
      break;
    case 't':
      value.type = JsonValue::Type::boolean;
      end = literal(p, "true");
      break;
    case 'f':
      value.type = JsonValue::Type::boolean;
      end = literal(p, "false");
      break;
    case 'n':
      value.type = JsonValue::Type::null;
      end = literal(p, "null");
      break;
    default:
      value.type = JsonValue::Type::number;
      end = number(p);
  }
  if (end) value.size = static_cast<std::uint32_t>(end - value.begin);
  return end;
}

const char* JsonRow::array(const char* p, int depth) {
  if (depth > kMaxDepth) return fail(p, "nested too deeply");
  p = blanks(p + 1);
  if (*p == ']') return p + 1;
  for (;;) {
    JsonValue ignored;
    p = skip(p, depth, ignored);
    if (!p) return nullptr;
    p = blanks(p);
    if (*p == ']') return p + 1;
    if (*p != ',') return fail(p, "expected ',' or ']'");
    p = blanks(p + 1);
  }
}

// p at the opening quote; returns behind the closing one.
const char* JsonRow::string(const char* p, JsonValue& value) {
  value.begin = ++p;
  value.type = JsonValue::Type::string;
  const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1F);
  for (;;) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i stop = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash)),
                                      _mm_cmpeq_epi8(_mm_min_epu8(x, control), x));
    const unsigned mask = static_cast<unsigned>(_mm_movemask_epi8(stop));
    non_ascii_ |= _mm_movemask_epi8(x) != 0;
    if (mask == 0) {
      p += 16;
      continue;
    }
    p += __builtin_ctz(mask);
    if (*p == '"') {
      value.size = static_cast<std::uint32_t>(p - value.begin);
      return p + 1;
    }
    if (*p != '\\')
      return fail(p, *p == '\n' ? "the string has no closing quote" : "control character in a string");
    value.escaped = true;
    if (p[1] == 'u') {
      if (!hex4(p + 2)) return fail(p, "\\u without four hexadecimal digits");
      p += 6;
    } else if (p[1] != '\n' && p[1] != '\0' && std::strchr("\"\\/bfnrt", p[1])) {
      p += 2;
    } else {
      return fail(p, "unknown escape in a string");
    }
  }
}

const char* JsonRow::number(const char* p) {
  if (const char* const end = plain_number_end(p)) return end;
  const char* start = p;
  if (*p == '-') ++p;
  if (!digit(*p)) return fail(start, "expected a JSON value");
  if (*p == '0' && digit(p[1])) return fail(start, "a number with a leading zero");
  while (digit(*p)) ++p;
  if (*p == '.') {
    if (!digit(*++p)) return fail(start, "a number without a digit after the point");
    while (digit(*p)) ++p;
  }
  if ((*p | 32) == 'e') {
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (!digit(*p)) return fail(start, "a number without digits in its exponent");
    while (digit(*p)) ++p;
  }
  return p;
}

const char* JsonRow::literal(const char* p, std::string_view word) {
  if (std::strncmp(p, word.data(), word.size()) != 0) return fail(p, "expected a JSON value");
  return p + word.size();
}

void unescape(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out.push_back(text[i]);
      continue;
    }
    switch (const char c = text[++i]) {
      case 'b':
        out.push_back('\b');
        break;
      case 'f':
        out.push_back('\f');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'u': {
        unsigned code = hex4_value(text.data() + i + 1);
        i += 4;
        const bool high = code >= 0xD800 && code < 0xDC00;
        if (high && i + 6 < text.size() && text[i + 1] == '\\' && text[i + 2] == 'u') {
          const unsigned low = hex4_value(text.data() + i + 3);
          if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            i += 6;
          }
        }
        append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
        break;
      }
      default:
        out.push_back(c);
    }
  }
}

}  // namespace aiops::record
