#include "record/text_rows.hpp"

#include <emmintrin.h>

#include <algorithm>

#include "record/json_number.hpp"

namespace aiops::record {
namespace {

constexpr std::size_t kStep = 16;  // bytes that are looked at at once

__m128i load(const char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

// Whether the bytes of an outline stand at p. None of them is a newline, so what was equal lies before the
// end, and no more than two steps behind it are read.
inline bool same(const char* p, const char* bytes, std::size_t size) {
  for (; size > kStep; p += kStep, bytes += kStep, size -= kStep) {
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(load(p), load(bytes))) != 0xFFFF) return false;
  }
  const auto equal = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(load(p), load(bytes))));
  return (~equal & ((1u << size) - 1)) == 0;
}

// The closing quote of a text of printable ASCII without escapes; nullptr where it is another.
inline const char* closing_quote(const char* p) {
  const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), blank = _mm_set1_epi8(' ');
  for (;; p += kStep) {
    const __m128i x = load(p);
    // Bytes of 0x80 and more are below a blank, too: they are compared with a sign.
    const __m128i stop = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash)),
                                      _mm_cmplt_epi8(x, blank));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(stop));
    if (mask == 0) continue;
    p += __builtin_ctz(mask);
    return *p == '"' ? p : nullptr;
  }
}

std::size_t behind_string(std::string_view row, std::size_t at) {  // at: the opening quote
  for (++at; at < row.size() && row[at] != '"'; ++at) at += row[at] == '\\';
  return at + 1;
}

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool begins_number(char c) { return c == '-' || (c >= '0' && c <= '9'); }
bool in_number(char c) { return begins_number(c) || c == '+' || c == '.' || c == 'e' || c == 'E'; }

}  // namespace

// The row is valid JSON.
bool TextRows::describe(std::string_view row, std::string_view text, Outline& outline) {
  bool found = false;
  std::uint32_t from = 0;  // of outline.bytes: what stands before the place to come
  const auto place = [&](bool number, bool wanted) {
    const auto at = static_cast<std::uint32_t>(outline.bytes.size());
    outline.places.push_back({from, at - from, number, wanted});
    from = at;
    found |= wanted;
  };
  for (std::size_t at = 0; at < row.size();) {
    if (row[at] == '"') {
      const std::size_t end = behind_string(row, at);
      std::size_t next = end;
      while (next < row.size() && blank(row[next])) ++next;
      if (next < row.size() && row[next] == ':') {  // a name
        outline.bytes.append(row, at, end - at);
      } else {
        outline.bytes += '"';
        place(false, row.data() + at + 1 == text.data());
        outline.bytes += '"';
      }
      at = end;
    } else if (begins_number(row[at])) {
      while (at < row.size() && in_number(row[at])) ++at;
      place(true, false);
    } else {
      outline.bytes += row[at++];
    }
  }
  outline.tail = from;
  outline.tail_size = static_cast<std::uint32_t>(outline.bytes.size()) - from;
  outline.bytes.append(kStep, '\0');
  return found;
}

void TextRows::learn(std::string_view row, std::string_view text) {
  if (pause_ > 0) {
    --pause_;
    return;
  }
  vain_ += kVain;
  if (vain_ > kMostVain) {
    vain_ = 0;
    pause_ = kPause;
  }
  Outline outline;
  if (!describe(row, text, outline)) return;
  const auto equal = [&](const Outline& other) {
    const auto same_place = [](const Place& a, const Place& b) {
      return a.at == b.at && a.number == b.number && a.wanted == b.wanted;
    };
    return other.bytes == outline.bytes &&
           std::equal(other.places.begin(), other.places.end(), outline.places.begin(), outline.places.end(),
                      same_place);
  };
  const auto known = std::find_if(outlines_.begin(), outlines_.end(), equal);
  last_ = static_cast<std::size_t>(known - outlines_.begin());
  if (known != outlines_.end()) return;
  if (outlines_.size() < kMostOutlines) {
    outlines_.push_back(std::move(outline));
  } else {
    last_ = replaced_++ % kMostOutlines;
    outlines_[last_] = std::move(outline);
  }
}

// Behind the row at p if it has the outline, where its line ending should be; else nullptr.
inline const char* TextRows::match(const Outline& outline, const char* p, std::string_view& text) {
  const char* const bytes = outline.bytes.data();
  for (const Place& place : outline.places) {
    if (!same(p, bytes + place.at, place.size)) return nullptr;
    p += place.size;
    const char* const stop = place.number ? plain_number_end(p) : closing_quote(p);
    if (stop == nullptr) return nullptr;
    if (place.wanted) text = {p, static_cast<std::size_t>(stop - p)};
    p = stop;
  }
  return same(p, bytes + outline.tail, outline.tail_size) ? p + outline.tail_size : nullptr;
}

std::size_t TextRows::take(const char*& p, const char* end, std::size_t most, const Out& out) {
  std::size_t rows = 0;
  const auto taken = [&](const Outline& outline) {
    std::string_view text;
    const char* const behind = match(outline, p, text);
    if (behind == nullptr || text.empty()) return false;
    const char* const stop = behind + (*behind == '\r');
    if (*stop != '\n' || stop >= end) return false;
    out.line[rows] = {p, static_cast<std::size_t>(behind - p)};
    out.text[rows++] = text;
    p = stop + 1;
    return true;
  };
  while (rows < most && p < end && last_ < outlines_.size()) {
    if (taken(outlines_[last_])) continue;
    std::size_t other = 0;
    while (other < outlines_.size() && (other == last_ || !taken(outlines_[other]))) ++other;
    if (other == outlines_.size()) break;
    last_ = other;
  }
  vain_ -= std::min<std::uint64_t>(vain_, rows);
  return rows;
}

}  // namespace aiops::record
