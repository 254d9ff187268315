// Finding what ends a stretch of JSON that needs no look of its own, sixteen bytes at a time where the
// machine has SSE2. Inside lib/source only.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <cstdint>

namespace aiops::source::json_scan {

// What ends the plain text of a string: a quote, a backslash, a control character.
inline bool ends_text(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }
// What matters between strings when a value is passed over: a quote or a bracket.
inline bool is_structure(char c) { return c == '"' || c == '{' || c == '[' || c == '}' || c == ']'; }

#ifdef __SSE2__
inline unsigned text_ends(__m128i bytes) {
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i escape = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, escape), control)));
}

inline unsigned structures(__m128i bytes) {
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));  // [ and ] become { and }
  const __m128i open = _mm_cmpeq_epi8(folded, _mm_set1_epi8('{'));
  const __m128i close = _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(quote, _mm_or_si128(open, close))));
}

template <unsigned (*kFind)(__m128i)>
const char* skip_blocks(const char* from, const char* end) {
  for (; end - from >= 16; from += 16) {
    const unsigned found = kFind(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    if (found != 0) return from + std::countr_zero(found);
  }
  return from;
}
#endif

// The first byte in [from, end) that ends the text of a string; end if there is none.
inline const char* text_end(const char* from, const char* end) {
#ifdef __SSE2__
  from = skip_blocks<text_ends>(from, end);
#endif
  while (from != end && !ends_text(*from)) ++from;
  return from;
}

// The first quote or bracket in [from, end); end if there is none.
inline const char* structure(const char* from, const char* end) {
#ifdef __SSE2__
  from = skip_blocks<structures>(from, end);
#endif
  while (from != end && !is_structure(*from)) ++from;
  return from;
}

}  // namespace aiops::source::json_scan
