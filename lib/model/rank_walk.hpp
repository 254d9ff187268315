// How rows walk the trees of a RankForest, for each instruction set: the same sums. Those for AVX2 and
// AVX-512 (F, BW, VL) do nothing on other machines than x86-64.
#pragma once

#include <cstring>

#include "model/rank_forest.hpp"

namespace aiops::model {

// The number of thresholds below each input, << bits. ranks: [feature * kBlock + row], rows <= kBlock.
void rank_portable(const RankForest::View& forest, const float* data, std::size_t rows, std::uint16_t* ranks);
void rank_avx2(const RankForest::View& forest, const float* data, std::size_t rows, std::uint16_t* ranks);
void rank_avx512(const RankForest::View& forest, const float* data, std::size_t rows, std::uint16_t* ranks);

// Adds the lengths of the paths of many rows, at least 8, to sums. The vector walks work on rows rounded up
// to 32: ranks and sums must have room for them, and be aligned to 64 bytes.
void walk_portable(const RankForest::View& forest, const std::uint16_t* ranks, std::size_t rows,
                   std::uint32_t* sums);
void walk_avx2(const RankForest::View& forest, const std::uint16_t* ranks, std::size_t rows,
               std::uint32_t* sums);
void walk_avx512(const RankForest::View& forest, const std::uint16_t* ranks, std::size_t rows,
                 std::uint32_t* sums);

// The sum of a single row. ranks: [feature], kMaxWidth of them.
std::uint32_t walk_one_portable(const RankForest::View& forest, const std::uint16_t* ranks);
std::uint32_t walk_one_avx2(const RankForest::View& forest, const std::uint16_t* ranks);
std::uint32_t walk_one_avx512(const RankForest::View& forest, const std::uint16_t* ranks);

// A whole tree in heap order, the root at words[1], and the paths in the order of the leaves.
inline void heap_order(const RankForest::View& forest, std::size_t tree, std::uint16_t* words,
                       std::uint16_t* paths) {
  std::memcpy(words, forest.tops[tree].word, sizeof(RankForest::Top));
  const RankForest::Low* lows = forest.lows + tree * RankForest::kLows;
  for (std::size_t i = 0; i < RankForest::kLows; ++i) {
    words[16 + i] = lows[i].word[1];
    std::memcpy(words + 32 + 2 * i, lows[i].word + 2, 2 * sizeof *words);
    std::memcpy(words + 64 + 4 * i, lows[i].word + 4, 4 * sizeof *words);
    std::memcpy(words + 128 + 8 * i, lows[i].word + 8, 8 * sizeof *words);
    std::memcpy(paths + 16 * i, lows[i].path, sizeof lows[i].path);
  }
}

}  // namespace aiops::model
