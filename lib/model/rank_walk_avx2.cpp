// The walks with AVX2. Many rows: 32 walk a tree at once, each with a byte that says where it stands in its
// level. Sixteen bytes are looked up at once (vpshufb), so a tree's words and paths are parted into their low
// and high bytes first, and a larger table is looked up sixteen by sixteen and chosen from by the place's
// upper bits. That is fewer steps than gathering: a gather takes as long as a load for every row of it. One
// row: all nodes of a top, or of a subtree, are compared at once, and the bits that come out are walked. Only
// functions with the target attribute are compiled for AVX2, so nothing here runs on a machine without it.
#include "model/rank_walk.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>

#define AIOPS_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt"), always_inline)) inline
#define AIOPS_AVX2_ENTRY __attribute__((target("avx2,bmi,bmi2,popcnt")))

namespace aiops::model {
namespace {

using Vector = __m256i;
constexpr std::size_t kLanes = 32, kChunk = 16;

// A tree by bytes. The compares have signs, so that the top bit of each word is flipped, here and in the
// ranks.
struct alignas(32) Bytes {
  std::uint8_t word_low[256], word_high[256], path_low[256], path_high[256];
};

// 16 words for each 16 bytes of two halves, as unpacking bytes leaves them: rows 0 … 7 and 16 … 23, and 8 …
// 15 and 24 … 31.
struct Pair {
  Vector first, second;
};

AIOPS_AVX2 Vector load(const void* from) { return _mm256_load_si256(static_cast<const Vector*>(from)); }
AIOPS_AVX2 void store(void* to, Vector value) { _mm256_store_si256(static_cast<Vector*>(to), value); }
AIOPS_AVX2 Pair join_bytes(Vector low, Vector high) {
  return {_mm256_unpacklo_epi8(low, high), _mm256_unpackhi_epi8(low, high)};
}

// The table's byte at `place`, 16 * kChunks bytes long. choose[i]: bit 4 + i of the place, on top of its
// byte.
template <std::size_t kChunks>
AIOPS_AVX2 Vector look_up(const std::uint8_t* table, Vector place, const Vector* choose) {
  if constexpr (kChunks == 1) {
    const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(chunk), place);
  } else {
    constexpr std::size_t kHalf = kChunks / 2;
    constexpr int kBit = kHalf == 1 ? 0 : kHalf == 2 ? 1 : kHalf == 4 ? 2 : 3;
    return _mm256_blendv_epi8(look_up<kHalf>(table, place, choose),
                              look_up<kHalf>(table + kHalf * kChunk, place, choose), choose[kBit]);
  }
}

// The ranks of the features that the words name: features [0, kCount), by halves of the words' bits.
// features points to the first's, of 16 rows; choose[i]: bit i of the word, on top of its bytes.
template <std::size_t kCount, int kBit>
AIOPS_AVX2 Vector pick_feature(const std::uint16_t* features, const Vector* choose) {
  if constexpr (kCount == 1) {
    return load(features);
  } else {
    constexpr std::size_t kHalf = std::size_t{1} << (kBit - 1);
    if constexpr (kCount <= kHalf) {
      return pick_feature<kCount, kBit - 1>(features, choose);
    } else {
      return _mm256_blendv_epi8(
          pick_feature<kHalf, kBit - 1>(features, choose),
          pick_feature<kCount - kHalf, kBit - 1>(features + kHalf * RankForest::kBlock, choose),
          choose[kBit - 1]);
    }
  }
}

// One level down: twice the place, and one more where the row's rank is above the word. features: of the
// first feature, 32 rows.
template <std::size_t kWidth, int kLevel>
AIOPS_AVX2 Vector down(const Bytes& tree, const std::uint16_t* features, Vector place) {
  constexpr std::size_t kNodes = std::size_t{1} << kLevel, kChunks = kLevel <= 4 ? 1 : kNodes / kChunk;
  const Vector choose[3] = {_mm256_slli_epi16(place, 3), _mm256_slli_epi16(place, 2),
                            _mm256_slli_epi16(place, 1)};
  const Vector low = look_up<kChunks>(tree.word_low + kNodes, place, choose);
  const Vector high = look_up<kChunks>(tree.word_high + kNodes, place, choose);
  const Vector bits[4] = {_mm256_slli_epi16(low, 7), _mm256_slli_epi16(low, 6), _mm256_slli_epi16(low, 5),
                          _mm256_slli_epi16(low, 4)};
  Vector first_bits[4], second_bits[4];
  for (int i = 0; i < 4; ++i) {
    first_bits[i] = _mm256_unpacklo_epi8(bits[i], bits[i]);
    second_bits[i] = _mm256_unpackhi_epi8(bits[i], bits[i]);
  }
  const Pair word = join_bytes(low, high);
  const Vector first = pick_feature<kWidth, 4>(features, first_bits);
  const Vector second = pick_feature<kWidth, 4>(features + 16, second_bits);
  const Vector right =
      _mm256_packs_epi16(_mm256_cmpgt_epi16(first, word.first), _mm256_cmpgt_epi16(second, word.second));
  return _mm256_sub_epi8(_mm256_add_epi8(place, place), right);
}

AIOPS_AVX2 void add_words(std::uint32_t* sums, Vector words) {
  const Vector zero = _mm256_setzero_si256();
  store(sums, _mm256_add_epi32(load(sums), _mm256_unpacklo_epi16(words, zero)));
  store(sums + 8, _mm256_add_epi32(load(sums + 8), _mm256_unpackhi_epi16(words, zero)));
}

AIOPS_AVX2 void part(const RankForest::View& forest, std::size_t index, Bytes& out) {
  alignas(32) std::uint16_t word[256], path[256];
  heap_order(forest, index, word, path);
  for (std::size_t i = 0; i < 256; ++i) {
    out.word_low[i] = static_cast<std::uint8_t>(word[i]);
    out.word_high[i] = static_cast<std::uint8_t>(word[i] >> 8 ^ 0x80);
    out.path_low[i] = static_cast<std::uint8_t>(path[i]);
    out.path_high[i] = static_cast<std::uint8_t>(path[i] >> 8);
  }
}

// Where row i of 32 stands among the words of a pair, and its sum among those of add_words().
constexpr std::size_t word_of(std::size_t row) { return (row & 7) | (row & 8) << 1 | (row & 16) >> 1; }
constexpr std::size_t sum_of(std::size_t row) {
  return (row & 3) | (row & 4) << 1 | (row & 8) << 1 | (row & 16) >> 2;
}

template <std::size_t kWidth>
AIOPS_AVX2_ENTRY void walk(const RankForest::View& forest, const std::uint16_t* ranks, std::size_t rows,
                           std::uint32_t* sums) {
  alignas(32) std::uint16_t features[kWidth * RankForest::kBlock];
  alignas(32) std::uint32_t own_sums[RankForest::kBlock] = {};
  const std::size_t padded = (rows + kLanes - 1) / kLanes * kLanes;
  for (std::size_t f = 0; f < kWidth; ++f) {
    for (std::size_t row = 0; row < padded; ++row) {
      const std::size_t to = row / kLanes * kLanes + word_of(row % kLanes);
      features[f * RankForest::kBlock + to] =
          static_cast<std::uint16_t>(ranks[f * RankForest::kBlock + row] ^ 0x8000);
    }
  }
  Bytes tree;
  for (std::size_t t = 0; t < forest.trees; ++t) {
    part(forest, t, tree);
    for (std::size_t row = 0; row < rows; row += kLanes) {
      const std::uint16_t* own = features + row;
      Vector place = down<kWidth, 0>(tree, own, _mm256_setzero_si256());
      place = down<kWidth, 1>(tree, own, place);
      place = down<kWidth, 2>(tree, own, place);
      place = down<kWidth, 3>(tree, own, place);
      place = down<kWidth, 4>(tree, own, place);
      place = down<kWidth, 5>(tree, own, place);
      place = down<kWidth, 6>(tree, own, place);
      place = down<kWidth, 7>(tree, own, place);
      const Vector choose[4] = {_mm256_slli_epi16(place, 3), _mm256_slli_epi16(place, 2),
                                _mm256_slli_epi16(place, 1), place};
      place = _mm256_and_si256(place, _mm256_set1_epi8(kChunk - 1));
      const Pair path =
          join_bytes(look_up<16>(tree.path_low, place, choose), look_up<16>(tree.path_high, place, choose));
      add_words(own_sums + row, path.first);
      add_words(own_sums + row + 16, path.second);
    }
  }
  for (std::size_t row = 0; row < rows; ++row)
    sums[row] += own_sums[row / kLanes * kLanes + sum_of(row % kLanes)];
}

AIOPS_AVX2 std::size_t count_below(const float* run, __m256 value) {
  const int first = _mm256_movemask_ps(_mm256_cmp_ps(_mm256_load_ps(run), value, _CMP_LT_OQ));
  const int second = _mm256_movemask_ps(_mm256_cmp_ps(_mm256_load_ps(run + 8), value, _CMP_LT_OQ));
  return static_cast<std::size_t>(_mm_popcnt_u32(static_cast<unsigned>(first | second << 8)));
}

// A row's ranks for looking up, eight features each, their top bits flipped.
struct Ranks {
  Vector first, second, mask;
};

// [node]: all bits set where the row's rank is above the node's word.
template <unsigned kBits>
AIOPS_AVX2 Vector above(const std::uint16_t* words, const Ranks& ranks) {
  const Vector word = load(words);
  // Two bytes of the rank for each feature: 2 f and 2 f + 1.
  const Vector twice = _mm256_mullo_epi16(_mm256_and_si256(word, ranks.mask), _mm256_set1_epi16(0x0202));
  const Vector bytes = _mm256_add_epi16(twice, _mm256_set1_epi16(0x0100));
  Vector own = _mm256_shuffle_epi8(ranks.first, bytes);
  if constexpr (kBits == 4) {
    const Vector upper = _mm256_slli_epi16(bytes, 3);
    own = _mm256_blendv_epi8(own, _mm256_shuffle_epi8(ranks.second, bytes), upper);
  }
  return _mm256_cmpgt_epi16(own, _mm256_xor_si256(word, _mm256_set1_epi16(INT16_MIN)));
}

// The same for two parts of trees, a bit for each node: the second's in the upper half.
template <unsigned kBits>
AIOPS_AVX2 std::uint32_t above(const std::uint16_t* first, const std::uint16_t* second, const Ranks& ranks) {
  const Vector both = _mm256_packs_epi16(above<kBits>(first, ranks), above<kBits>(second, ranks));
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_permute4x64_epi64(both, 0xd8)));
}

// Where four levels of such bits lead.
AIOPS_AVX2 std::size_t lead(std::uint32_t bits) {
  std::uint32_t place = 1;
  for (int level = 0; level < 4; ++level) place = 2 * place + (bits >> place & 1);
  return place - 16;
}

constexpr std::size_t kTogether = 128;  // trees whose subtrees are asked for before they are used

// The lengths of the paths in `count` trees; count <= kTogether.
template <unsigned kBits>
AIOPS_AVX2_ENTRY std::uint32_t walk_some(const RankForest::Top* tops, const RankForest::Low* lows,
                                         std::size_t count, const Ranks& ranks) {
  const RankForest::Low* low[kTogether + 1];
  for (std::size_t t = 0; t < count; t += 2) {
    const std::uint32_t bits = above<kBits>(tops[t].word, tops[t + 1].word, ranks);
    low[t] = lows + t * RankForest::kLows + lead(bits & 0xffff);
    low[t + 1] = lows + (t + 1) * RankForest::kLows + lead(bits >> 16);
  }
  if (count % 2 != 0) low[count] = low[count - 1];
  for (std::size_t t = 0; t < count; ++t) __builtin_prefetch(low[t], 0, 2);
  std::uint32_t sum = 0;
  for (std::size_t t = 0; t < count; t += 2) {
    const std::uint32_t bits = above<kBits>(low[t]->word, low[t + 1]->word, ranks);
    sum += low[t]->path[lead(bits & 0xffff)];
    if (t + 1 < count) sum += low[t + 1]->path[lead(bits >> 16)];
  }
  return sum;
}

template <unsigned kBits>
AIOPS_AVX2_ENTRY std::uint32_t walk_all(const RankForest::View& forest, const Ranks& ranks) {
  std::uint32_t sum = 0;
  for (std::size_t t = 0; t < forest.trees; t += kTogether) {
    const std::size_t count = std::min(kTogether, forest.trees - t);
    sum += walk_some<kBits>(forest.tops + t, forest.lows + t * RankForest::kLows, count, ranks);
  }
  return sum;
}

}  // namespace

void walk_avx2(const RankForest::View& forest, const std::uint16_t* ranks, std::size_t rows,
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

AIOPS_AVX2_ENTRY void rank_avx2(const RankForest::View& forest, const float* data, std::size_t rows,
                                std::uint16_t* ranks) {
  constexpr std::size_t kRun = RankForest::kRun;
  for (std::size_t f = 0; f < forest.width; ++f) {
    const RankForest::Feature feature = forest.features[f];
    for (std::size_t row = 0; row < rows; ++row) {
      const __m256 value = _mm256_set1_ps(data[row * forest.width + f]);
      std::size_t at = 0, more = count_below(feature.highest, value);
      for (; more == kRun; more = count_below(feature.highest + at, value)) at += kRun;
      at += more;
      at = at * kRun + count_below(feature.middle + at * kRun, value);
      at = at * kRun + count_below(feature.thresholds + at * kRun, value);
      ranks[f * RankForest::kBlock + row] = static_cast<std::uint16_t>(at << forest.bits);
    }
  }
}

AIOPS_AVX2_ENTRY std::uint32_t walk_one_avx2(const RankForest::View& forest, const std::uint16_t* ranks) {
  const Vector flipped = _mm256_xor_si256(load(ranks), _mm256_set1_epi16(INT16_MIN));
  const Ranks own = {_mm256_permute2x128_si256(flipped, flipped, 0x00),
                     _mm256_permute2x128_si256(flipped, flipped, 0x11),
                     _mm256_set1_epi16(static_cast<std::int16_t>((1u << forest.bits) - 1))};
  return forest.bits == 4 ? walk_all<4>(forest, own) : walk_all<3>(forest, own);
}

}  // namespace aiops::model

#else

namespace aiops::model {
void walk_avx2(const RankForest::View&, const std::uint16_t*, std::size_t, std::uint32_t*) {}
void rank_avx2(const RankForest::View&, const float*, std::size_t, std::uint16_t*) {}
std::uint32_t walk_one_avx2(const RankForest::View&, const std::uint16_t*) { return 0; }
}  // namespace aiops::model

#endif
