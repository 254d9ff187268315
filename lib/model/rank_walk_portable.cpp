#include <algorithm>

#include "model/rank_walk.hpp"

namespace aiops::model {
namespace {

constexpr std::size_t kAtOnce = 8;

// Of a run whose last one is not below the value.
std::size_t count_below(const float* run, float value) {
  std::size_t below = 0;
#pragma GCC unroll 4
  for (std::size_t step = RankForest::kRun / 2; step > 0; step /= 2)
    below += step * static_cast<std::size_t>(run[below + step - 1] < value);
  return below;
}

// A row in eight trees at once: the loads overlap.
struct Walks {
  const RankForest::Top* top[kAtOnce];
  const RankForest::Low* low[kAtOnce];
  const std::uint16_t* ranks;
  std::size_t place[kAtOnce];
  std::size_t mask;

  // Through the upper half: low[j] becomes the subtree.
  void through_top() {
    for (std::size_t j = 0; j < kAtOnce; ++j) place[j] = 1;
    for (std::size_t level = 0; level < RankForest::kLevels / 2; ++level) {
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kAtOnce; ++j) {
        const std::size_t word = top[j]->word[place[j]];
        place[j] = 2 * place[j] + (ranks[word & mask] > word);
      }
    }
    for (std::size_t j = 0; j < kAtOnce; ++j) low[j] += place[j] - RankForest::kLows;
  }
  // And on through the subtree: path(j) is then the length of the path.
  void through_low() {
    for (std::size_t j = 0; j < kAtOnce; ++j) place[j] = 1;
    for (std::size_t level = 0; level < RankForest::kLevels / 2; ++level) {
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kAtOnce; ++j) {
        const std::size_t word = low[j]->word[place[j]];
        place[j] = 2 * place[j] + (ranks[word & mask] > word);
      }
    }
  }
  std::uint32_t path(std::size_t j) const { return low[j]->path[place[j] - RankForest::kLows]; }
};

}  // namespace

void rank_portable(const RankForest::View& forest, const float* data, std::size_t rows,
                   std::uint16_t* ranks) {
  for (std::size_t f = 0; f < forest.width; ++f) {
    const RankForest::Feature& feature = forest.features[f];
    for (std::size_t row = 0; row < rows; ++row) {
      const float value = data[row * forest.width + f];
      std::size_t at = 0;
      while (feature.highest[at + RankForest::kRun - 1] < value) at += RankForest::kRun;
      at += count_below(feature.highest + at, value);
      at = at * RankForest::kRun + count_below(feature.middle + at * RankForest::kRun, value);
      at = at * RankForest::kRun + count_below(feature.thresholds + at * RankForest::kRun, value);
      ranks[f * RankForest::kBlock + row] = static_cast<std::uint16_t>(at << forest.bits);
    }
  }
}

namespace {

template <unsigned kBits>
void walk_many(const RankForest::View& forest, const std::uint16_t* ranks, std::size_t rows,
               std::uint32_t* sums) {
  constexpr std::size_t kFeatures = std::size_t{1} << kBits;
  std::uint16_t own[RankForest::kBlock * kFeatures];  // [row][feature]
  for (std::size_t f = 0; f < kFeatures; ++f) {
    for (std::size_t row = 0; row < rows; ++row)
      own[row * kFeatures + f] = ranks[f * RankForest::kBlock + row];
  }
  std::uint16_t words[256], paths[256];
  for (std::size_t t = 0; t < forest.trees; ++t) {
    heap_order(forest, t, words, paths);
    for (std::size_t row = 0; row < rows; row += kAtOnce) {
      // The last eight begin earlier, if there are fewer left.
      const std::size_t from = std::min(row, rows - kAtOnce);
      const std::uint16_t* first = own + from * kFeatures;
      std::size_t place[kAtOnce];
      for (std::size_t j = 0; j < kAtOnce; ++j) place[j] = 1;
      for (std::size_t level = 0; level < RankForest::kLevels; ++level) {
#pragma GCC unroll 8
        for (std::size_t j = 0; j < kAtOnce; ++j) {
          const std::size_t word = words[place[j]];
          place[j] = 2 * place[j] + (first[j * kFeatures + word % kFeatures] > word);
        }
      }
      for (std::size_t j = row - from; j < kAtOnce; ++j) sums[from + j] += paths[place[j] - 256];
    }
  }
}

}  // namespace

void walk_portable(const RankForest::View& forest, const std::uint16_t* ranks, std::size_t rows,
                   std::uint32_t* sums) {
  if (forest.bits == 1) {
    walk_many<1>(forest, ranks, rows, sums);
  } else if (forest.bits == 3) {
    walk_many<3>(forest, ranks, rows, sums);
  } else {
    walk_many<4>(forest, ranks, rows, sums);
  }
}

std::uint32_t walk_one_portable(const RankForest::View& forest, const std::uint16_t* ranks) {
  constexpr std::size_t kTogether = 128;  // trees whose lower halves are asked for before they are used
  Walks walks;
  walks.mask = (std::size_t{1} << forest.bits) - 1;
  walks.ranks = ranks;
  std::uint32_t sum = 0;
  const RankForest::Low* lows[kTogether];
  for (std::size_t begin = 0; begin < forest.trees; begin += kTogether) {
    const std::size_t end = std::min(begin + kTogether, forest.trees);
    for (std::size_t t = begin; t < end; t += kAtOnce) {
      for (std::size_t j = 0; j < kAtOnce; ++j) {
        const std::size_t tree = std::min(t + j, end - 1);
        walks.top[j] = forest.tops + tree;
        walks.low[j] = forest.lows + tree * RankForest::kLows;
      }
      walks.through_top();
      for (std::size_t j = 0; j < kAtOnce; ++j) {
        lows[t - begin + j] = walks.low[j];
        __builtin_prefetch(walks.low[j]);
      }
    }
    for (std::size_t t = begin; t < end; t += kAtOnce) {
      std::copy_n(lows + (t - begin), kAtOnce, walks.low);
      walks.through_low();
      for (std::size_t j = 0; j < std::min(kAtOnce, end - t); ++j) sum += walks.path(j);
    }
  }
  return sum;
}

}  // namespace aiops::model
