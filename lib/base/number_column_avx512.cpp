// Six digits of eight numbers at once, with AVX-512 (F, BW, DQ, CD, VL). Only functions with the target
// attribute are compiled for it, so nothing here runs on a machine without it.
#include "base/number_column.hpp"

#if defined(__x86_64__)

// g++ 12 takes the undefined registers within its own intrinsics for a mistake of ours (GCC bug 105593).
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#define AIOPS_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512cd,avx512vl")))

namespace aiops {
namespace {

// From 1e-5 to below 1e6 numbers are written without an exponent, and the power of ten that brings six digits
// before the point is exact.
alignas(64) constexpr double kPower[16] = {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1,  1e0,   1e1,
                                           1e2,  1e3,  1e4,  1e5,  1e6,  1e300, 1e300, 1e300};  // [e + 6]
alignas(64) constexpr double kScale[16] = {1e10, 1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3,
                                           1e2,  1e1, 1e0, 0,   0,   0,   0,   0};  // [e + 5]

// The decimal digits of eight numbers below 1,000,000, the first in the lowest of eight bytes, as numbers 0
// to 9.
AIOPS_AVX512 inline __m512i six_digits(__m512i number) {
  // Divided by 1000 by a multiplication, then each half in 16-bit parts by 100 and by 10.
  const __m512i upper = _mm512_srli_epi64(_mm512_mul_epu32(number, _mm512_set1_epi64(4'294'968)), 32);
  const __m512i lower = _mm512_sub_epi64(number, _mm512_mul_epu32(upper, _mm512_set1_epi64(1000)));
  const __m512i halves = _mm512_or_si512(upper, _mm512_slli_epi64(lower, 32));
  const __m512i first = _mm512_srli_epi32(_mm512_mullo_epi16(halves, _mm512_set1_epi32(41)), 12);
  const __m512i rest = _mm512_sub_epi16(halves, _mm512_mullo_epi16(first, _mm512_set1_epi32(100)));
  const __m512i second = _mm512_srli_epi32(_mm512_mullo_epi16(rest, _mm512_set1_epi32(103)), 10);
  const __m512i third = _mm512_sub_epi16(rest, _mm512_mullo_epi16(second, _mm512_set1_epi32(10)));
  const __m512i both =
      _mm512_or_si512(first, _mm512_or_si512(_mm512_slli_epi32(second, 8), _mm512_slli_epi32(third, 16)));
  return _mm512_or_si512(_mm512_and_si512(both, _mm512_set1_epi64(0xFFFFFF)),
                         _mm512_slli_epi64(_mm512_srli_epi64(both, 32), 24));
}

struct Rounded {
  __m512i mantissa, exponent;
  __mmask8 done;
};

// As round_to_6 in number_write.cpp does; ties are not done.
AIOPS_AVX512 inline Rounded round_to_6(__m512d value) {
  const __m512i one = _mm512_set1_epi64(1);
  const __m512d low = _mm512_load_pd(kPower), high = _mm512_load_pd(kPower + 8);
  __mmask8 done = _mm512_cmp_pd_mask(value, _mm512_set1_pd(1e-5), _CMP_GE_OQ);
  done &= _mm512_cmp_pd_mask(value, _mm512_set1_pd(1e6), _CMP_LT_OQ);
  const __m512i binary =
      _mm512_sub_epi64(_mm512_srli_epi64(_mm512_castpd_si512(value), 52), _mm512_set1_epi64(1023));
  __m512i exponent = _mm512_srai_epi64(_mm512_mullo_epi64(binary, _mm512_set1_epi64(1233)), 12);
  const __m512d next = _mm512_permutex2var_pd(low, _mm512_add_epi64(exponent, _mm512_set1_epi64(7)), high);
  exponent = _mm512_mask_add_epi64(exponent, _mm512_cmp_pd_mask(value, next, _CMP_GE_OQ), exponent, one);
  const __m512d scale = _mm512_permutex2var_pd(
      _mm512_load_pd(kScale), _mm512_add_epi64(exponent, _mm512_set1_epi64(5)), _mm512_load_pd(kScale + 8));
  const __m512d raised = _mm512_add_pd(_mm512_mul_pd(value, scale), _mm512_set1_pd(0.5));
  __m512i mantissa = _mm512_cvttpd_epu64(raised);
  done &= _mm512_cmp_pd_mask(raised, _mm512_cvtepu64_pd(mantissa), _CMP_NEQ_UQ);
  const __mmask8 carried = _mm512_cmpge_epu64_mask(mantissa, _mm512_set1_epi64(1'000'000));
  mantissa = _mm512_mask_mov_epi64(mantissa, carried, _mm512_set1_epi64(100'000));
  exponent = _mm512_mask_add_epi64(exponent, carried, exponent, one);
  done &= _mm512_cmple_epi64_mask(exponent, _mm512_set1_epi64(5));
  return {mantissa, exponent, done};
}

}  // namespace

AIOPS_AVX512 void print_6_avx512(const double* values, std::size_t count, std::uint64_t* digits,
                                 std::uint64_t* layout) {
  const __m512i one = _mm512_set1_epi64(1), none = _mm512_setzero_si512();
  for (std::size_t i = 0; i < count; i += 8) {
    const __mmask8 here = count - i < 8 ? static_cast<__mmask8>((1u << (count - i)) - 1) : __mmask8{0xFF};
    const __m512d value = _mm512_maskz_loadu_pd(here, values + i);
    const __mmask8 zero = _mm512_cmp_pd_mask(value, _mm512_setzero_pd(), _CMP_EQ_OQ);
    auto [mantissa, exponent, done] = round_to_6(_mm512_abs_pd(value));
    mantissa = _mm512_mask_mov_epi64(mantissa, zero, none);
    exponent = _mm512_mask_mov_epi64(exponent, zero, none);
    const __m512i numbers = six_digits(mantissa);
    // Digits before the trailing zeros, at least one.
    const __m512i zeros = _mm512_lzcnt_epi64(_mm512_or_si512(_mm512_slli_epi64(numbers, 16), one));
    const __m512i used =
        _mm512_max_epi64(_mm512_sub_epi64(_mm512_set1_epi64(6), _mm512_srli_epi64(zeros, 3)), one);
    const __m512i text = _mm512_or_si512(numbers, _mm512_set1_epi64(0x3030'3030'3030));
    // Below 1 the digits stand whole behind "0.", "0.0" and so on; else the point goes among them.
    const __mmask8 below_1 = _mm512_movepi64_mask(exponent);
    const __m512i whole =
        _mm512_mask_mov_epi64(_mm512_add_epi64(exponent, one), below_1, _mm512_set1_epi64(8));
    const __m512i bits = _mm512_slli_epi64(whole, 3);
    const __m512i before = _mm512_sub_epi64(_mm512_sllv_epi64(one, bits), one);
    const __m512i point = _mm512_sllv_epi64(_mm512_set1_epi64('.'), bits);
    const __m512i behind = _mm512_slli_epi64(_mm512_andnot_si512(before, text), 8);
    const __m512i skipped = _mm512_maskz_sub_epi64(below_1, one, exponent);
    __m512i length =
        _mm512_mask_mov_epi64(_mm512_add_epi64(used, one), _mm512_cmple_epi64_mask(used, whole), whole);
    length = _mm512_mask_add_epi64(length, below_1, skipped, used);
    const __mmask8 minus = _mm512_cmp_pd_mask(value, _mm512_setzero_pd(), _CMP_LT_OQ);
    const __m512i sign = _mm512_maskz_mov_epi64(minus, _mm512_set1_epi64(1 << 16));
    const __m512i layouts = _mm512_or_si512(length, _mm512_or_si512(_mm512_slli_epi64(skipped, 8), sign));
    _mm512_storeu_si512(digits + i,
                        _mm512_or_si512(_mm512_or_si512(_mm512_and_si512(text, before), behind), point));
    _mm512_storeu_si512(layout + i, _mm512_maskz_mov_epi64(done | zero, layouts));
  }
}

}  // namespace aiops

#else

namespace aiops {
void print_6_avx512(const double*, std::size_t, std::uint64_t*, std::uint64_t*) {}
}  // namespace aiops

#endif
