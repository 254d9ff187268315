// RowShapes::take with AVX2. Only what is defined here is compiled for it, and nothing of it is shared with
// code for other machines; it runs where base/isa.hpp says so.
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "base/number.hpp"
#include "record/row_shapes.hpp"
#include "record/series_finder.hpp"

#if defined(__x86_64__)

#include <immintrin.h>
#pragma GCC target("avx2,bmi,bmi2,popcnt,lzcnt")

#include "record/row_shapes_take.hpp"

namespace aiops::record {
namespace {

constexpr std::array<double, 16> kPower10 = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                             1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

struct Avx2 {
  static bool same(const char* a, const char* b, std::size_t size) {
    if (size <= 32) {
      const auto equal = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(a), load(b))));
      return _bzhi_u32(~equal, static_cast<unsigned>(size)) == 0;
    }
    __m256i differ = _mm256_xor_si256(load(a + size - 32), load(b + size - 32));
    for (std::size_t i = 0; i + 32 < size; i += 32)
      differ = _mm256_or_si256(differ, _mm256_xor_si256(load(a + i), load(b + i)));
    return _mm256_testz_si256(differ, differ) != 0;
  }

  // At most 15 characters: all digits are moved to the right end of sixteen, without the point, and
  // multiplied together in four steps.
  static const char* number(const char* text, double& value) {
    const bool negative = *text == '-';
    const char* const p = text + negative;
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i digits = _mm_sub_epi8(x, _mm_set1_epi8('0'));
    const __m128i are_digits = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
    const __m128i are_points = _mm_cmpeq_epi8(x, _mm_set1_epi8('.'));
    const unsigned others = ~static_cast<unsigned>(_mm_movemask_epi8(are_digits)) & 0x1FFFF;
    const unsigned ends =
        ~static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(are_digits, are_points))) & 0x1FFFF;
    const int end = static_cast<int>(_tzcnt_u32(ends)), whole = static_cast<int>(_tzcnt_u32(others));
    const int point = whole < end;
    const int decimals = end - whole - point;
    const bool one_point = (_bzhi_u32(others, static_cast<unsigned>(end)) & (others - 1)) == 0;
    const bool plain = (whole > 0) & (end < 16) & one_point & ((decimals > 0) | !point) &
                       ((whole == 1) | (*p != '0')) & ((p[end] | 32) != 'e');
    if (!plain) [[unlikely]]
      return nullptr;
    const __m128i place = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m128i before_point = _mm_cmpgt_epi8(_mm_set1_epi8(static_cast<char>(16 - decimals)), place);
    __m128i from = _mm_add_epi8(place, _mm_set1_epi8(static_cast<char>(end - 16)));
    from = _mm_sub_epi8(from, _mm_and_si128(before_point, _mm_set1_epi8(static_cast<char>(point))));
    __m128i n = _mm_shuffle_epi8(digits, from);
    n = _mm_maddubs_epi16(n, _mm_setr_epi8(10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1));
    n = _mm_madd_epi16(n, _mm_setr_epi16(100, 1, 100, 1, 100, 1, 100, 1));
    n = _mm_packus_epi32(n, n);
    n = _mm_madd_epi16(n, _mm_setr_epi16(10000, 1, 10000, 1, 10000, 1, 10000, 1));
    const auto halves = static_cast<std::uint64_t>(_mm_cvtsi128_si64(n));
    const auto mantissa = static_cast<std::int64_t>((halves & 0xFFFFFFFF) * 100'000'000 + (halves >> 32));
    // One operation on numbers that are exact: correctly rounded.
    const double absolute = static_cast<double>(mantissa) / kPower10[static_cast<std::size_t>(decimals)];
    value = std::bit_cast<double>(std::bit_cast<std::uint64_t>(absolute) |
                                  static_cast<std::uint64_t>(negative) << 63);
    return p + end;
  }

 private:
  static __m256i load(const char* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
};

}  // namespace

std::size_t RowShapes::take_avx2(const char*& p, const char* end, std::size_t most, SeriesFinder& finder,
                                 const Out& out) {
  return Taker<Avx2>::take(*this, p, end, most, finder, out);
}

}  // namespace aiops::record

#else

namespace aiops::record {
std::size_t RowShapes::take_avx2(const char*&, const char*, std::size_t, SeriesFinder&, const Out&) {
  return 0;
}
}  // namespace aiops::record

#endif
