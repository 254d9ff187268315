// The walk with AVX-512 (F, BW): a tree's words and leaves stand in sixteen registers, 32 rows walk it at
// once. Only functions with the target attribute are compiled for it, so nothing here runs on a machine
// without it.
#include "model/rank_forest.hpp"

#if defined(__x86_64__)

// g++ 12 takes the undefined registers within its own intrinsics for a mistake of ours (GCC bug 105593).
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#define AIOPS_AVX512 __attribute__((target("avx512f,avx512bw"), always_inline)) inline

namespace aiops::model {
namespace {

using Vector = __m512i;
constexpr std::size_t kLanes = 32;

// table[0] and table[1] are 64 words; index counts within them (higher bits are ignored).
AIOPS_AVX512 Vector pick64(const Vector* table, Vector index) {
  return _mm512_permutex2var_epi16(table[0], index, table[1]);
}
AIOPS_AVX512 Vector pick128(const Vector* table, Vector index) {
  const __mmask32 upper = _mm512_test_epi16_mask(index, _mm512_set1_epi16(64));
  return _mm512_mask_blend_epi16(upper, pick64(table, index), pick64(table + 2, index));
}
AIOPS_AVX512 Vector pick256(const Vector* table, Vector index) {
  const __mmask32 upper = _mm512_test_epi16_mask(index, _mm512_set1_epi16(128));
  return _mm512_mask_blend_epi16(upper, pick128(table, index), pick128(table + 4, index));
}

// The ranks of the features that the words name: features [0, kCount), by halves of the words' bits.
template <std::size_t kCount, unsigned kBit>
AIOPS_AVX512 Vector pick_feature(const Vector* features, Vector word) {
  if constexpr (kCount == 1) {
    return features[0];
  } else {
    constexpr std::size_t kHalf = std::size_t{1} << (kBit - 1);
    if constexpr (kCount <= kHalf) {
      return pick_feature<kCount, kBit - 1>(features, word);
    } else {
      const __mmask32 upper =
          _mm512_test_epi16_mask(word, _mm512_set1_epi16(static_cast<std::int16_t>(kHalf)));
      return _mm512_mask_blend_epi16(upper, pick_feature<kHalf, kBit - 1>(features, word),
                                     pick_feature<kCount - kHalf, kBit - 1>(features + kHalf, word));
    }
  }
}

// One level down: twice the place, and one more where the row's rank is above the word.
template <std::size_t kWidth>
AIOPS_AVX512 Vector down(const Vector* features, Vector word, Vector place) {
  const Vector rank = pick_feature<kWidth, 4>(features, word);
  const __mmask32 right = _mm512_cmpgt_epu16_mask(rank, word);
  place = _mm512_add_epi16(place, place);
  return _mm512_mask_add_epi16(place, right, place, _mm512_set1_epi16(1));
}

template <std::size_t kWidth>
__attribute__((target("avx512f,avx512bw"))) void walk(const RankForest::Tree* trees, std::size_t count,
                                                      const std::uint16_t* ranks, std::size_t rows,
                                                      std::uint32_t* sums) {
  for (std::size_t t = 0; t < count; ++t) {
    Vector words[8], paths[8];
    for (std::size_t i = 0; i < 8; ++i) {
      words[i] = _mm512_load_si512(trees[t].word + i * kLanes);
      paths[i] = _mm512_load_si512(trees[t].path + i * kLanes);
    }
    for (std::size_t row = 0; row < rows; row += kLanes) {
      Vector features[kWidth];
      for (std::size_t f = 0; f < kWidth; ++f) {
        features[f] = _mm512_load_si512(ranks + f * RankForest::kBlock + row);
      }
      // The heap index within the first register for five levels, then the place within a level: from level 5
      // on a level begins at a register of its own.
      Vector place = _mm512_set1_epi16(1);
      for (int level = 0; level < 5; ++level) {
        place = down<kWidth>(features, _mm512_permutexvar_epi16(place, words[0]), place);
      }
      place = down<kWidth>(features, _mm512_permutexvar_epi16(place, words[1]), place);
      place = down<kWidth>(features, pick64(words + 2, place), place);
      place = down<kWidth>(features, pick128(words + 4, place), place);
      const Vector path = pick256(paths, place);
      const Vector low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(path));
      const Vector high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(path, 1));
      std::uint32_t* sum = sums + row;
      _mm512_store_si512(sum, _mm512_add_epi32(_mm512_load_si512(sum), low));
      _mm512_store_si512(sum + 16, _mm512_add_epi32(_mm512_load_si512(sum + 16), high));
    }
  }
}

}  // namespace

void walk_avx512(const RankForest::Tree* trees, std::size_t count, std::size_t width,
                 const std::uint16_t* ranks, std::size_t rows, std::uint32_t* sums) {
  // Widths in between take the next larger one: the ranks of features that are not there are never above a
  // word.
  if (width <= 2) {
    walk<2>(trees, count, ranks, rows, sums);
  } else if (width <= 5) {
    walk<5>(trees, count, ranks, rows, sums);
  } else if (width <= 8) {
    walk<8>(trees, count, ranks, rows, sums);
  } else if (width <= 10) {
    walk<10>(trees, count, ranks, rows, sums);
  } else {
    walk<16>(trees, count, ranks, rows, sums);
  }
}

}  // namespace aiops::model

#else

namespace aiops::model {
void walk_avx512(const RankForest::Tree*, std::size_t, std::size_t, const std::uint16_t*, std::size_t,
                 std::uint32_t*) {}
}  // namespace aiops::model

#endif
