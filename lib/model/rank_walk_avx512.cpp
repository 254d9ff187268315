// The walks with AVX-512 (F, BW, VL). Many rows: a tree's words and leaves stand in sixteen registers, 32
// rows walk it at once. One row: all nodes of two tops, or of a subtree, are compared at once, and the bits
// that come out are walked for 32 trees together. Only functions with the target attribute are compiled for
// it, so nothing here runs on a machine without it.
#include "model/rank_walk.hpp"

#if defined(__x86_64__)

// g++ 12 takes the undefined registers within its own intrinsics for a mistake of ours (GCC bug 105593).
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <algorithm>

#define AIOPS_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2,popcnt"), always_inline)) inline
#define AIOPS_AVX512_LAMBDA \
  __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2,popcnt"), always_inline))
#define AIOPS_AVX512_ENTRY __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2,popcnt")))

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

// Groups of 32 rows that walk side by side: each step waits for the one before it, so that one group alone
// would leave the core idle half of the time.
template <std::size_t kGroups>
struct Walking {
  Vector place[kGroups];
  const std::uint16_t* ranks;  // of the first feature, in the first group's first row
};

// One level down: twice the place, and one more where the row's rank is above the word that pick() finds at
// the place.
template <std::size_t kWidth, std::size_t kGroups, typename Pick>
AIOPS_AVX512 void down(Walking<kGroups>& rows, Pick pick) {
#pragma GCC unroll 4
  for (std::size_t g = 0; g < kGroups; ++g) {
    Vector features[kWidth];
    for (std::size_t f = 0; f < kWidth; ++f) {
      features[f] = _mm512_load_si512(rows.ranks + f * RankForest::kBlock + g * kLanes);
    }
    Vector& place = rows.place[g];
    const Vector word = pick(place);
    const Vector rank = pick_feature<kWidth, 4>(features, word);
    const __mmask32 right = _mm512_cmpgt_epu16_mask(rank, word);
    place = _mm512_add_epi16(place, place);
    place = _mm512_mask_add_epi16(place, right, place, _mm512_set1_epi16(1));
  }
}

struct Registers {
  Vector words[8], paths[8];
};

template <std::size_t kWidth, std::size_t kGroups>
AIOPS_AVX512 void walk_groups(const Registers& tree, const std::uint16_t* ranks, std::uint32_t* sums) {
  Walking<kGroups> rows;
  rows.ranks = ranks;
  for (Vector& place : rows.place) place = _mm512_set1_epi16(1);
  // The heap index within the first register for five levels, then the place within a level: from level 5
  // on a level begins at a register of its own.
  const Vector* words = tree.words;
  for (int level = 0; level < 5; ++level) {
    down<kWidth>(rows, [&](Vector at) AIOPS_AVX512_LAMBDA { return _mm512_permutexvar_epi16(at, words[0]); });
  }
  down<kWidth>(rows, [&](Vector at) AIOPS_AVX512_LAMBDA { return _mm512_permutexvar_epi16(at, words[1]); });
  down<kWidth>(rows, [&](Vector at) AIOPS_AVX512_LAMBDA { return pick64(words + 2, at); });
  down<kWidth>(rows, [&](Vector at) AIOPS_AVX512_LAMBDA { return pick128(words + 4, at); });
  for (std::size_t g = 0; g < kGroups; ++g) {
    const Vector path = pick256(tree.paths, rows.place[g]);
    const Vector low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(path));
    const Vector high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(path, 1));
    std::uint32_t* sum = sums + g * kLanes;
    _mm512_store_si512(sum, _mm512_add_epi32(_mm512_load_si512(sum), low));
    _mm512_store_si512(sum + 16, _mm512_add_epi32(_mm512_load_si512(sum + 16), high));
  }
}

template <std::size_t kWidth>
AIOPS_AVX512_ENTRY void walk(const RankForest::View& forest, const std::uint16_t* ranks, std::size_t rows,
                             std::uint32_t* sums) {
  alignas(64) std::uint16_t words[256], paths[256];
  for (std::size_t t = 0; t < forest.trees; ++t) {
    heap_order(forest, t, words, paths);
    Registers tree;
    for (std::size_t i = 0; i < 8; ++i) {
      tree.words[i] = _mm512_load_si512(words + i * kLanes);
      tree.paths[i] = _mm512_load_si512(paths + i * kLanes);
    }
    std::size_t row = 0;
    for (; row + 3 * kLanes < rows; row += 4 * kLanes) walk_groups<kWidth, 4>(tree, ranks + row, sums + row);
    for (; row < rows; row += kLanes) walk_groups<kWidth, 1>(tree, ranks + row, sums + row);
  }
}

AIOPS_AVX512 std::size_t count_below(const float* run, __m512 value) {
  const __mmask16 below = _mm512_cmp_ps_mask(_mm512_load_ps(run), value, _CMP_LT_OQ);
  return static_cast<std::size_t>(_mm_popcnt_u32(below));
}

constexpr std::size_t kTogether = 128;  // trees whose subtrees are asked for before they are used

// Where four levels of compared nodes lead, for 32 trees at once: passed[t] has a bit for each node, in heap
// order.
AIOPS_AVX512 void lead(const std::uint16_t* passed, std::uint16_t* places) {
  const Vector one = _mm512_set1_epi16(1), bits = _mm512_load_si512(passed);
  Vector place = one;
  for (int level = 0; level < 4; ++level) {
    const Vector right = _mm512_and_si512(_mm512_srlv_epi16(bits, place), one);
    place = _mm512_add_epi16(_mm512_add_epi16(place, place), right);
  }
  _mm512_store_si512(places, _mm512_sub_epi16(place, _mm512_set1_epi16(16)));
}

// The lengths of the paths in `count` trees, an even number or the last ones; count <= kTogether.
AIOPS_AVX512 std::uint32_t walk_some(const RankForest::Top* tops, const RankForest::Low* lows,
                                     std::size_t count, Vector ranks, Vector feature_mask) {
  alignas(64) std::uint16_t passed[kTogether], places[kTogether];
  for (std::size_t t = 0; t < count; t += 2) {
    const Vector words = _mm512_load_si512(tops + t);
    const Vector own = _mm512_permutexvar_epi16(_mm512_and_si512(words, feature_mask), ranks);
    const std::uint32_t both = _mm512_cmpgt_epu16_mask(own, words);
    std::memcpy(passed + t, &both, sizeof both);
  }
  const RankForest::Low* low[kTogether];
  for (std::size_t t = 0; t < count; t += kLanes) lead(passed + t, places + t);
  for (std::size_t t = 0; t < count; ++t) {
    low[t] = lows + t * RankForest::kLows + places[t];
    __builtin_prefetch(low[t], 0, 2);
  }
  const __m256i half_ranks = _mm512_castsi512_si256(ranks), half_mask = _mm512_castsi512_si256(feature_mask);
  for (std::size_t t = 0; t < count; ++t) {
    const __m256i words = _mm256_load_si256(reinterpret_cast<const __m256i*>(low[t]->word));
    const __m256i own = _mm256_permutexvar_epi16(_mm256_and_si256(words, half_mask), half_ranks);
    passed[t] = _mm256_cmpgt_epu16_mask(own, words);
  }
  for (std::size_t t = 0; t < count; t += kLanes) lead(passed + t, places + t);
  std::uint32_t sum = 0;
  for (std::size_t t = 0; t < count; ++t) sum += low[t]->path[places[t]];
  return sum;
}

}  // namespace

void walk_avx512(const RankForest::View& forest, const std::uint16_t* ranks, std::size_t rows,
                 std::uint32_t* sums) {
  // Widths in between take the next larger one: the ranks of features that are not there are never above a
  // word.
  if (forest.width <= 2) {
    walk<2>(forest, ranks, rows, sums);
  } else if (forest.width <= 5) {
    walk<5>(forest, ranks, rows, sums);
  } else if (forest.width <= 8) {
    walk<8>(forest, ranks, rows, sums);
  } else if (forest.width <= 10) {
    walk<10>(forest, ranks, rows, sums);
  } else {
    walk<16>(forest, ranks, rows, sums);
  }
}

AIOPS_AVX512_ENTRY void rank_avx512(const RankForest::View& forest, const float* data, std::size_t rows,
                                    std::uint16_t* ranks) {
  constexpr std::size_t kRun = RankForest::kRun;
  for (std::size_t f = 0; f < forest.width; ++f) {
    const RankForest::Feature feature = forest.features[f];
    for (std::size_t row = 0; row < rows; ++row) {
      const __m512 value = _mm512_set1_ps(data[row * forest.width + f]);
      std::size_t at = 0, more = count_below(feature.highest, value);
      for (; more == kRun; more = count_below(feature.highest + at, value)) at += kRun;
      at += more;
      at = at * kRun + count_below(feature.middle + at * kRun, value);
      at = at * kRun + count_below(feature.thresholds + at * kRun, value);
      ranks[f * RankForest::kBlock + row] = static_cast<std::uint16_t>(at << forest.bits);
    }
  }
}

AIOPS_AVX512_ENTRY std::uint32_t walk_one_avx512(const RankForest::View& forest, const std::uint16_t* ranks) {
  const Vector own = _mm512_castsi256_si512(_mm256_load_si256(reinterpret_cast<const __m256i*>(ranks)));
  const Vector mask = _mm512_set1_epi16(static_cast<std::int16_t>((1u << forest.bits) - 1));
  std::uint32_t sum = 0;
  for (std::size_t t = 0; t < forest.trees; t += kTogether) {
    const std::size_t count = std::min(kTogether, forest.trees - t);
    sum += walk_some(forest.tops + t, forest.lows + t * RankForest::kLows, count, own, mask);
  }
  return sum;
}

}  // namespace aiops::model

#else

namespace aiops::model {
void walk_avx512(const RankForest::View&, const std::uint16_t*, std::size_t, std::uint32_t*) {}
void rank_avx512(const RankForest::View&, const float*, std::size_t, std::uint16_t*) {}
std::uint32_t walk_one_avx512(const RankForest::View&, const std::uint16_t*) { return 0; }
}  // namespace aiops::model

#endif
