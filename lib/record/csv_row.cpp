#include "record/csv_row.hpp"

#include <emmintrin.h>

namespace aiops::record {
namespace {

// The next ',' or '\n' from p on.
const char* separator(const char* p) {
  const __m128i comma = _mm_set1_epi8(','), newline = _mm_set1_epi8('\n');
  for (;; p += 16) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const int mask = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, comma), _mm_cmpeq_epi8(x, newline)));
    if (mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
  }
}

}  // namespace

CsvRow::Result CsvRow::split(const char* begin, const char* end) {
  fields.clear();
  breaks = 0;
  for (const char* p = begin;;) {
    CsvField field;
    if (*p == '"') {
      field.quoted = true;
      field.begin = ++p;
      for (;; ++p) {
        if (p >= end) return Result::incomplete;
        if (*p == '\n') ++breaks;
        if (*p != '"') continue;
        if (p + 1 < end && p[1] == '"') {
          field.doubled = true;
          ++p;
          continue;
        }
        break;
      }
      field.size = static_cast<std::uint32_t>(p - field.begin);
      ++p;
      if (*p == '\r' && p[1] == '\n') ++p;
      if (*p != ',' && *p != '\n') return Result::bad;
    } else {
      field.begin = p;
      p = separator(p);
      const char* stop = *p == '\n' && p > field.begin && p[-1] == '\r' ? p - 1 : p;
      field.size = static_cast<std::uint32_t>(stop - field.begin);
    }
    fields.push_back(field);
    if (*p == '\n') {
      line_end = p > begin && p[-1] == '\r' ? p - 1 : p;
      next = p + 1;
      return Result::row;
    }
    ++p;
  }
}

void undouble(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    out.push_back(text[i]);
    if (text[i] == '"') ++i;
  }
}

}  // namespace aiops::record
