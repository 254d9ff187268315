// Reading numbers where they stand in a text.
#include <emmintrin.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/number.hpp"

namespace aiops {
namespace {

constexpr std::int64_t kExactIntegers = 1ll << 53;
constexpr std::array<double, 9> kPower10 = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
constexpr std::array<std::int64_t, 9> kInteger10 = {1,       10,        100,        1'000,      10'000,
                                                    100'000, 1'000'000, 10'000'000, 100'000'000};

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// The number that the first `count` of the eight digits at text form, 0 <= count <= 8: three multiplications
// in place of eight (Lemire, "Quickly parsing eight digits", 2018).
std::int64_t digits_at(const char* text, int count) {
  std::uint64_t x = 0;
  std::memcpy(&x, text, sizeof x);
  x = count == 0 ? 0 : (x ^ 0x3030303030303030u) << (64 - 8 * count);
  x = x * 10 + (x >> 8);
  x = ((x & 0x000000FF000000FFu) * 0x000F424000000064u +
       ((x >> 16) & 0x000000FF000000FFu) * 0x0000271000000001u) >>
      32;
  return static_cast<std::int64_t>(x);
}

[[gnu::noinline]] const char* read_any(const char* text, double& value) {
  const char* p = text + (*text == '-');
  if (!is_digit(*p) || (*p == '0' && is_digit(p[1]))) return nullptr;
  while (is_digit(*p)) ++p;
  if (*p == '.') {
    if (!is_digit(*++p)) return nullptr;
    while (is_digit(*p)) ++p;
  }
  if ((*p | 32) == 'e') {
    ++p;
    p += *p == '+' || *p == '-';
    if (!is_digit(*p)) return nullptr;
    while (is_digit(*p)) ++p;
  }
  return parse_number({text, static_cast<std::size_t>(p - text)}, value) == Number::ok ? p : nullptr;
}

}  // namespace

const char* read_json_number(const char* text, double& value) {
  // Nearly all are at most eight digits on either side of a point. Their end is found without a loop, whose
  // end no branch predictor would know.
  const bool negative = *text == '-';
  const char* const p = text + negative;
  const __m128i x = _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), _mm_set1_epi8('0'));
  const __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(9)), x);
  const unsigned others = (~static_cast<unsigned>(_mm_movemask_epi8(digits)) & 0xFFFF) | 0x30000;
  const int whole = __builtin_ctz(others);
  const bool point = p[whole] == '.';
  const int end = point ? __builtin_ctz(others & (others - 1)) : whole;
  const int decimals = point ? end - whole - 1 : 0;
  const bool plain = (whole > 0) & (whole <= 8) & (decimals <= 8) & (!point | (decimals > 0)) &
                     ((whole == 1) | (*p != '0')) & (end < 16) & ((p[end] | 32) != 'e');
  if (!plain) [[unlikely]]
    return read_any(text, value);
  const std::int64_t mantissa = digits_at(p, whole) * kInteger10[static_cast<std::size_t>(decimals)] +
                                digits_at(p + whole + 1, decimals);
  if (mantissa > kExactIntegers) [[unlikely]]
    return read_any(text, value);
  // One operation on numbers that are exact: correctly rounded.
  const double absolute = static_cast<double>(mantissa) / kPower10[static_cast<std::size_t>(decimals)];
  value = std::bit_cast<double>(std::bit_cast<std::uint64_t>(absolute) | static_cast<std::uint64_t>(negative)
                                                                             << 63);
  return p + end;
}

}  // namespace aiops
