#include "model/rank_forest.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <new>
#include <utility>

#include "base/isa.hpp"
#include "model/huge_memory.hpp"
#include "model/rank_walk.hpp"

namespace aiops::model {
namespace {

constexpr std::uint16_t kThrough = 0xffff;  // a node that no input passes to the right
constexpr std::size_t kMaxRows = 256;       // of a leaf
constexpr std::size_t kLine = 64, kHalf = RankForest::kLevels / 2;

std::size_t lines(std::size_t size) { return (size + kLine - 1) / kLine * kLine; }
std::size_t runs(std::size_t count) { return (count + RankForest::kRun - 1) / RankForest::kRun; }

// Where a node of a whole tree in heap order stands: its level, and the place in its part.
struct Spot {
  std::size_t low, place;  // low: of the subtree, where `below`
  bool below;

  Spot(std::size_t at, std::size_t depth) : below(depth >= kHalf) {
    const std::size_t down = below ? depth - kHalf : 0;
    low = below ? (at >> down) - RankForest::kLows : 0;
    place = below ? (std::size_t{1} << down) | (at & ((std::size_t{1} << down) - 1)) : at;
  }
};

// scaled_path() of all leaves that fit.
const std::array<std::array<std::uint16_t, kMaxRows + 1>, RankForest::kLevels + 1>& scaled_paths() {
  static const auto table = [] {
    std::array<std::array<std::uint16_t, kMaxRows + 1>, RankForest::kLevels + 1> paths{};
    for (std::size_t depth = 0; depth < paths.size(); ++depth) {
      for (std::size_t rows = 0; rows <= kMaxRows; ++rows)
        paths[depth][rows] = static_cast<std::uint16_t>(scaled_path(depth, rows));
    }
    return paths;
  }();
  return table;
}

// Numbers in the order of the floats, -0 below 0; and back.
std::uint32_t ordered(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return bits ^ (bits >> 31 != 0 ? 0xffffffffu : 0x80000000u);
}
float from_ordered(std::uint32_t key) {
  return std::bit_cast<float>(key ^ (key >> 31 != 0 ? 0x80000000u : 0xffffffffu));
}

// A threshold above, and the node that has it.
using Split = std::uint64_t;

// By threshold. Counting digits of 11 bits: of thousands of splits a forest has, a fifth of the time of
// sorting them by comparing.
void sort_splits(std::vector<Split>& splits, std::vector<Split>& spare) {
  constexpr unsigned kBits = 11, kDigits = 1u << kBits, kFirst = 32;
  if (splits.size() < kDigits / 8) {
    std::sort(splits.begin(), splits.end());
    return;
  }
  std::array<std::array<std::uint32_t, kDigits>, 3> counts{};
  for (const Split split : splits) {
    for (unsigned pass = 0; pass < 3; ++pass)
      ++counts[pass][split >> (kFirst + pass * kBits) & (kDigits - 1)];
  }
  spare.resize(splits.size());
  for (unsigned pass = 0; pass < 3; ++pass) {
    std::uint32_t begin = 0;
    for (std::uint32_t& count : counts[pass]) begin += std::exchange(count, begin);
    for (const Split split : splits)
      spare[counts[pass][split >> (kFirst + pass * kBits) & (kDigits - 1)]++] = split;
    splits.swap(spare);
  }
}

// Puts a tree's paths in their places, and notes its splits.
struct Place {
  const ForestTree& tree;
  std::vector<std::vector<Split>>& splits;  // [feature]
  RankForest::Low* lows;
  std::uint32_t first_top, first_low;  // numbers of the nodes at place 0

  // Puts the node `index`, and what is below it, at heap position `at` of level `depth`. False if that is too
  // deep.
  bool put(std::size_t index, std::size_t at, std::size_t depth) const {
    const ForestNode& node = tree[index];
    if (node.right == 0) {
      const std::size_t leaf = at << (RankForest::kLevels - depth);
      lows[(leaf >> kHalf) - RankForest::kLows].path[leaf & 15] = scaled_paths()[depth][node.rows];
      return true;
    }
    if (depth == RankForest::kLevels) return false;
    const Spot spot(at, depth);
    const std::size_t number = spot.below ? first_low + spot.low * 16 + spot.place : first_top + spot.place;
    splits[node.feature].push_back(Split{ordered(node.threshold)} << 32 | number);
    return put(index + 1, 2 * at, depth + 1) && put(node.right, 2 * at + 1, depth + 1);
  }
};

// The last of each run, in whole runs; the last of all is infinite.
void put_ends(float* to, const float* from, std::size_t count) {
  const std::size_t ends = runs(count), size = runs(ends) * RankForest::kRun;
  for (std::size_t i = 0; i < size; ++i) {
    to[i] =
        i < ends ? from[i * RankForest::kRun + RankForest::kRun - 1] : std::numeric_limits<float>::infinity();
  }
}

}  // namespace

bool RankForest::build(const std::vector<ForestTree>& trees, std::size_t width) {
  *this = RankForest();
  if (width == 0 || width > kMaxWidth) return false;
  std::vector<std::size_t> counts(width);
  for (const ForestTree& tree : trees) {
    for (const ForestNode& node : tree) {
      if (node.right != 0) ++counts[node.feature];
      if (node.rows > kMaxRows) return false;
    }
  }
  view_.width = width;
  // As many as the vector walk for this width looks at.
  view_.bits = width <= 2 ? 1 : width <= 8 ? 3 : 4;
  lay_out(counts, trees.size());
  if (put_trees(trees, counts)) return true;
  *this = RankForest();
  return false;
}

// All of a forest in one piece of memory, first what every row needs. Trees without nodes, and room for so
// many thresholds of each feature.
void RankForest::lay_out(const std::vector<std::size_t>& counts, std::size_t trees) {
  const std::size_t even = trees + trees % 2;
  std::size_t highest = 0, middle = 0, lowest = 0;
  for (const std::size_t count : counts) {
    lowest += runs(count + 1);
    middle += runs(runs(count + 1));
    highest += runs(runs(runs(count + 1)));
  }
  first_size_ = lines(view_.width * sizeof(Feature)) + highest * kLine + lines(even * sizeof(Top));
  const std::size_t size = first_size_ + (middle + lowest) * kLine + trees * kLows * sizeof(Low);
  memory_ = take_huge(size);
  std::byte* at = memory_.get();
  view_.features = reinterpret_cast<Feature*>(at);
  auto* high = reinterpret_cast<float*>(at + lines(view_.width * sizeof(Feature)));
  view_.tops = reinterpret_cast<Top*>(high + highest * kRun);
  auto* mid = reinterpret_cast<float*>(at + first_size_);
  auto* low = mid + middle * kRun;
  view_.lows = reinterpret_cast<Low*>(low + lowest * kRun);
  for (std::size_t f = 0; f < counts.size(); ++f) {
    new (view_.features + f) Feature{high, mid, low};
    high += runs(runs(runs(counts[f] + 1))) * kRun;
    mid += runs(runs(counts[f] + 1)) * kRun;
    low += runs(counts[f] + 1) * kRun;
  }
  std::memset(static_cast<void*>(view_.tops), 0xff, even * sizeof(Top));
  for (std::size_t i = 0; i < trees * kLows; ++i) {
    std::memset(view_.lows[i].word, 0xff, sizeof view_.lows[i].word);
    std::memset(view_.lows[i].path, 0, sizeof view_.lows[i].path);
  }
  view_.trees = trees;
}

bool RankForest::put_trees(const std::vector<ForestTree>& trees, const std::vector<std::size_t>& counts) {
  std::vector<std::vector<Split>> splits(counts.size());
  for (std::size_t f = 0; f < counts.size(); ++f) splits[f].reserve(counts[f]);
  const std::size_t first_low = (trees.size() + trees.size() % 2) * 16;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    const auto top = static_cast<std::uint32_t>(i * 16);
    const auto low = static_cast<std::uint32_t>(first_low + i * kLows * 16);
    if (!Place{trees[i], splits, view_.lows + i * kLows, top, low}.put(0, 1, 0)) return false;
  }
  std::vector<Split> spare;
  for (std::size_t f = 0; f < counts.size(); ++f) {
    sort_splits(splits[f], spare);
    float* const thresholds = view_.features[f].thresholds;
    std::size_t distinct = 0;
    for (const Split split : splits[f]) {
      const float threshold = from_ordered(static_cast<std::uint32_t>(split >> 32));
      if (distinct == 0 || thresholds[distinct - 1] != threshold) thresholds[distinct++] = threshold;
      const auto number = static_cast<std::uint32_t>(split);
      std::uint16_t& word = number < first_low ? view_.tops[number / 16].word[number % 16]
                                               : view_.lows[(number - first_low) / 16].word[number % 16];
      word = static_cast<std::uint16_t>((distinct - 1) << view_.bits | f);
    }
    if (distinct > (0x10000u >> view_.bits) - 1) return false;
    const std::size_t size = runs(counts[f] + 1) * kRun;
    std::fill(thresholds + distinct, thresholds + size, std::numeric_limits<float>::infinity());
    put_ends(view_.features[f].middle, thresholds, size);
    put_ends(view_.features[f].highest, view_.features[f].middle, runs(size));
  }
  return true;
}

ForestTree RankForest::tree(std::size_t index) const {
  ForestTree out;
  append(out, index, 1, 0);
  return out;
}

void RankForest::append(ForestTree& out, std::size_t index, std::size_t at, std::size_t depth) const {
  const std::size_t self = out.size();
  out.emplace_back();
  const Low* lows = view_.lows + index * kLows;
  if (depth < kLevels) {
    const Spot spot(at, depth);
    const std::uint16_t word =
        spot.below ? lows[spot.low].word[spot.place] : view_.tops[index].word[spot.place];
    if (word != kThrough) {
      const auto feature = static_cast<std::uint16_t>(word & ((1u << view_.bits) - 1));
      out[self].feature = feature;
      out[self].threshold = view_.features[feature].thresholds[word >> view_.bits];
      append(out, index, 2 * at, depth + 1);
      out[self].right = static_cast<std::uint32_t>(out.size());
      append(out, index, 2 * at + 1, depth + 1);
      return;
    }
  }
  // Path lengths of n and n + 1 rows differ by more than a unit, so the number of rows is found again.
  const std::size_t leaf = at << (kLevels - depth);
  const auto& paths = scaled_paths()[depth];
  const std::uint16_t path = lows[(leaf >> kHalf) - kLows].path[leaf & 15];
  out[self].rows =
      static_cast<std::uint32_t>(std::lower_bound(paths.begin() + 1, paths.end() - 1, path) - paths.begin());
}

namespace {

struct Walks {
  decltype(&rank_portable) rank;
  decltype(&walk_portable) many;
  decltype(&walk_one_portable) one;
  std::size_t worth;  // so many rows of a walk's 32 take as long one by one
};

Walks walks() {
  switch (isa()) {
    case Isa::avx512:
      return {rank_avx512, walk_avx512, walk_one_avx512, 20};
    case Isa::avx2:
      return {rank_avx2, walk_avx2, walk_one_avx2, 20};
    case Isa::portable:
      break;
  }
  return {rank_portable, walk_portable, walk_one_portable, 8};
}

}  // namespace

void RankForest::paths(const float* data, std::size_t rows, std::uint32_t* sums) const {
  constexpr std::size_t kLanes = 32;
  const Walks walk = walks();
  alignas(64) std::uint16_t ranks[kMaxWidth * kBlock];
  alignas(64) std::uint32_t block_sums[kBlock];
  for (std::size_t at = 0; at < rows; at += kBlock) {
    const std::size_t count = std::min(kBlock, rows - at), rest = count % kLanes;
    const std::size_t together = rest < walk.worth ? count - rest : count;
    const std::size_t padded = (count + kLanes - 1) / kLanes * kLanes;
    walk.rank(view_, data + at * view_.width, count, ranks);
    if (together > 0) {
      // A node that is passed through may name any feature of its bits: zeros for those that are not there.
      for (std::size_t f = 0; f >> view_.bits == 0; ++f) {
        const std::size_t from = f < view_.width ? count : 0;
        std::memset(ranks + f * kBlock + from, 0, (padded - from) * sizeof ranks[0]);
      }
      std::memset(block_sums, 0, padded * sizeof block_sums[0]);
      walk.many(view_, ranks, together, block_sums);
      std::memcpy(sums + at, block_sums, together * sizeof(std::uint32_t));
    }
    for (std::size_t row = together; row < count; ++row) {
      alignas(32) std::uint16_t own[kMaxWidth] = {};
      for (std::size_t f = 0; f < view_.width; ++f) own[f] = ranks[f * kBlock + row];
      sums[at + row] = walk.one(view_, own);
    }
  }
}

void RankForest::prefetch() const {
  for (std::size_t at = 0; at < first_size_; at += kLine) __builtin_prefetch(memory_.get() + at, 0, 2);
}

}  // namespace aiops::model
