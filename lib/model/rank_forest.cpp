#include "model/rank_forest.hpp"

#include <algorithm>
#include <limits>
#include <new>

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

struct Place {
  const ForestTree& tree;
  const std::vector<std::vector<float>>& thresholds;
  unsigned bits;
  RankForest::Top& top;
  RankForest::Low* lows;

  std::uint16_t& word(std::size_t at, std::size_t depth) const {
    const Spot spot(at, depth);
    return spot.below ? lows[spot.low].word[spot.place] : top.word[spot.place];
  }

  // Puts the node `index`, and what is below it, at heap position `at` of level `depth`.
  void put(std::size_t index, std::size_t at, std::size_t depth) const {
    const ForestNode& node = tree[index];
    if (node.right == 0) {
      const std::size_t leaf = at << (RankForest::kLevels - depth);
      lows[(leaf >> kHalf) - RankForest::kLows].path[leaf & 15] =
          static_cast<std::uint16_t>(scaled_path(depth, node.rows));
      return;
    }
    const std::vector<float>& sorted = thresholds[node.feature];
    const auto rank = std::lower_bound(sorted.begin(), sorted.end(), node.threshold) - sorted.begin();
    word(at, depth) = static_cast<std::uint16_t>(rank << bits | node.feature);
    put(index + 1, 2 * at, depth + 1);
    put(node.right, 2 * at + 1, depth + 1);
  }
};

std::size_t depth_of(const ForestTree& tree, std::size_t index) {
  if (tree[index].right == 0) return 0;
  return 1 + std::max(depth_of(tree, index + 1), depth_of(tree, tree[index].right));
}

// The last of each run, in whole runs; the last of all is infinite.
float* put_ends(float* to, const float* from, std::size_t count) {
  const std::size_t ends = runs(count), size = runs(ends) * RankForest::kRun;
  for (std::size_t i = 0; i < size; ++i) {
    to[i] =
        i < ends ? from[i * RankForest::kRun + RankForest::kRun - 1] : std::numeric_limits<float>::infinity();
  }
  return to + size;
}

}  // namespace

bool RankForest::build(const std::vector<ForestTree>& trees, std::size_t width) {
  *this = RankForest();
  if (width == 0 || width > kMaxWidth) return false;
  std::vector<std::vector<float>> sorted(width);
  for (const ForestTree& tree : trees) {
    if (depth_of(tree, 0) > kLevels) return false;
    for (const ForestNode& node : tree) {
      if (node.right != 0) sorted[node.feature].push_back(node.threshold);
      if (node.rows > kMaxRows) return false;
    }
  }
  // As many as the vector walk for this width looks at.
  const unsigned bits = width <= 2 ? 1 : width <= 8 ? 3 : 4;
  for (std::vector<float>& list : sorted) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    if (list.size() > (0x10000u >> bits) - 1) return false;
  }
  view_.width = width;
  view_.bits = bits;
  lay_out(sorted, trees.size());
  for (std::size_t i = 0; i < trees.size(); ++i) {
    Place{trees[i], sorted, bits, const_cast<Top&>(view_.tops[i]), const_cast<Low*>(view_.lows + i * kLows)}
        .put(0, 1, 0);
  }
  return true;
}

// All of a forest in one piece of memory, first what every row needs. Trees without nodes.
void RankForest::lay_out(const std::vector<std::vector<float>>& thresholds, std::size_t trees) {
  const std::size_t even = trees + trees % 2;
  std::size_t highest = 0, middle = 0, lowest = 0;
  for (const std::vector<float>& list : thresholds) {
    lowest += runs(list.size() + 1);
    middle += runs(runs(list.size() + 1));
    highest += runs(runs(runs(list.size() + 1)));
  }
  first_size_ = lines(view_.width * sizeof(Feature)) + highest * kLine + lines(even * sizeof(Top));
  const std::size_t size = first_size_ + (middle + lowest) * kLine + trees * kLows * sizeof(Low);
  const std::shared_ptr<std::byte> memory = take_huge(size);
  std::byte* at = memory.get();
  auto* const features = reinterpret_cast<Feature*>(at);
  auto* high = reinterpret_cast<float*>(at + lines(view_.width * sizeof(Feature)));
  Top* const tops = reinterpret_cast<Top*>(high + highest * kRun);
  auto* mid = reinterpret_cast<float*>(at + first_size_);
  auto* low = mid + middle * kRun;
  Low* const lows = reinterpret_cast<Low*>(low + lowest * kRun);
  for (std::size_t f = 0; f < thresholds.size(); ++f) {
    const std::vector<float>& list = thresholds[f];
    const std::size_t count = runs(list.size() + 1) * kRun;
    std::copy(list.begin(), list.end(), low);
    std::fill(low + list.size(), low + count, std::numeric_limits<float>::infinity());
    const std::size_t ends = runs(count);
    float* const next = put_ends(mid, low, count);
    new (features + f) Feature{high, mid, low};
    high = put_ends(high, mid, ends);
    mid = next;
    low += count;
  }
  std::memset(static_cast<void*>(tops), 0xff, even * sizeof(Top));
  for (std::size_t i = 0; i < trees * kLows; ++i) {
    std::memset(lows[i].word, 0xff, sizeof lows[i].word);
    std::memset(lows[i].path, 0, sizeof lows[i].path);
  }
  memory_ = memory;
  view_ = {tops, lows, features, trees, view_.width, view_.bits};
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
  const std::uint32_t path = lows[(leaf >> kHalf) - kLows].path[leaf & 15];
  std::uint32_t low = 1, high = kMaxRows;
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (scaled_path(depth, middle) < path) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  out[self].rows = low;
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
