#include "base/text.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace aiops {
namespace {

constexpr char kHex[] = "0123456789abcdef";

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

struct Sequence {
  std::size_t length;  // bytes of the character, or of the longest start of one that went wrong (at least 1)
  bool valid;
};

// The UTF-8 sequence at the start of text, which is not empty (Unicode 15, table 3-7: no overlong forms, no
// surrogates, nothing above U+10FFFF).
Sequence utf8_sequence(std::string_view text) {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint8_t low = 0x80, high = 0xBF;  // of the second byte
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || byte_at(text, i) < low || byte_at(text, i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

void append_json_control(std::string& out, char c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += kHex[static_cast<std::uint8_t>(c) >> 4];
  out += kHex[static_cast<std::uint8_t>(c) & 15];
}

// What of JSON's strings is copied as it is: printable ASCII without quote and backslash.
bool is_plain(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

// What must not be copied as it is: into a JSON string …
struct JsonSpecial {
  static bool is(char c) { return !is_plain(c); }
  // … a bit for each of 16 characters. As signed numbers, what is not ASCII is below the blank as well.
  static unsigned of(__m128i x) {
    const __m128i low = either(_mm_cmplt_epi8(x, _mm_set1_epi8(0x20)), equal(x, 0x7F));
    return bits(either(low, either(equal(x, '"'), equal(x, '\\'))));
  }

  static __m128i equal(__m128i x, char c) { return _mm_cmpeq_epi8(x, _mm_set1_epi8(c)); }
  static __m128i either(__m128i a, __m128i b) { return _mm_or_si128(a, b); }
  static unsigned bits(__m128i x) { return static_cast<unsigned>(_mm_movemask_epi8(x)); }
};

// … and into a field of CSV without quotes around it.
struct CsvSpecial : private JsonSpecial {
  static bool is(char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; }
  static unsigned of(__m128i x) {
    return bits(either(either(equal(x, ','), equal(x, '"')), either(equal(x, '\r'), equal(x, '\n'))));
  }
};

// How many characters the text begins with that are not special. Nothing is read behind its end: the last
// characters are looked at together with some before them.
template <typename Special>
std::size_t plain_size(std::string_view text) {
  const auto load_16 = [](const char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); };
  const auto load_8 = [](const char* p) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)); };
  const auto lowest = [](unsigned bits) { return static_cast<std::size_t>(__builtin_ctz(bits)); };
  const char* const p = text.data();
  const std::size_t size = text.size();
  if (size < 8) return static_cast<std::size_t>(std::find_if(p, p + size, Special::is) - p);
  if (size < 16) {
    const unsigned special = Special::of(_mm_unpacklo_epi64(load_8(p), load_8(p + size - 8)));
    if (special == 0) return size;
    const std::size_t at = lowest(special);
    return at < 8 ? at : size - 16 + at;
  }
  for (std::size_t i = 0; i + 16 < size; i += 16) {
    if (const unsigned special = Special::of(load_16(p + i))) return i + lowest(special);
  }
  const unsigned special = Special::of(load_16(p + size - 16));
  return special ? size - 16 + lowest(special) : size;
}

// True for characters that move the cursor or the direction of writing: C1 controls (U+0080 to U+009F), line
// and paragraph separators, and bidirectional marks and overrides. `character` is one valid sequence.
bool drives_terminal(std::string_view character) {
  if (character.size() == 1) return byte_at(character, 0) < 0x20 || byte_at(character, 0) == 0x7F;
  if (character.size() == 2) {
    return byte_at(character, 0) == 0xC2 && byte_at(character, 1) < 0xA0;
  }
  if (character.size() != 3 || byte_at(character, 0) != 0xE2) return false;
  const std::uint8_t third = byte_at(character, 2);
  if (byte_at(character, 1) == 0x80)
    return (third >= 0x8E && third <= 0x8F) || (third >= 0xA8 && third <= 0xAE);
  return byte_at(character, 1) == 0x81 && third >= 0xA6 && third <= 0xA9;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

// Insertions, deletions, replacements and swaps of neighbours (Damerau 1964, Levenshtein 1966), each letter
// touched once.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_size<JsonSpecial>(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const char c = text.front();
    const Sequence sequence = utf8_sequence(text);
    if (!sequence.valid) {
      out += "\xEF\xBF\xBD";  // U+FFFD
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte_at(text, 0) < 0x20) {
      append_json_control(out, c);
    } else {
      out.append(text.substr(0, sequence.length));
    }
    text.remove_prefix(sequence.length);
  }
  out += '"';
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

void append_csv_field(std::string& out, std::string_view text) {
  if (plain_size<CsvSpecial>(text) == text.size()) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  if (text.empty()) return parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string joined;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) joined += separator;
    joined += parts[i];
  }
  return joined;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const auto plain = [](char c) { return c > ' '; };
  if (!text.empty() && plain(text.front()) && plain(text.back())) return text;
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  // One slip in three letters, but never a wholly different word.
  const std::size_t limit =
      std::min(std::max<std::size_t>(1, word.size() / 3), word.empty() ? 0 : word.size() - 1);
  const std::string wanted = lower(word);
  std::size_t best = limit + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(wanted, lower(candidate));
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

bool is_utf8(std::string_view text) { return utf8_length(text) == text.size(); }

std::size_t utf8_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size()) {
    const Sequence sequence = utf8_sequence(text.substr(length));
    if (!sequence.valid) break;
    length += sequence.length;
  }
  return length;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t used = 0;
  while (used < text.size()) {
    const Sequence sequence = utf8_sequence(text.substr(used));
    if (used + sequence.length > limit) {
      out += "…";
      break;
    }
    const std::string_view character = text.substr(used, sequence.length);
    if (sequence.valid && !drives_terminal(character)) {
      out += character;
    } else {
      for (const char c : character) {
        out += "\\x";
        out += kHex[static_cast<std::uint8_t>(c) >> 4];
        out += kHex[static_cast<std::uint8_t>(c) & 15];
      }
    }
    used += sequence.length;
  }
  return out;
}

std::string thousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) {
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  }
  return digits;
}

std::string count(std::uint64_t number, std::string_view noun) {
  std::string text = thousands(number) + ' ';
  const bool ends_in_s = !noun.empty() && noun.back() == 's';  // series stay series
  if (number == 1 || ends_in_s) return text.append(noun);
  const bool consonant_y = noun.size() > 1 && noun.back() == 'y' &&
                           std::string_view("aeiou").find(noun[noun.size() - 2]) == std::string_view::npos;
  if (consonant_y) return text.append(noun.substr(0, noun.size() - 1)).append("ies");
  return text.append(noun).append("s");
}

}  // namespace aiops
