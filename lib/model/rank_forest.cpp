#include "model/rank_forest.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "model/isa.hpp"

namespace aiops::model {
namespace {

constexpr std::uint16_t kThrough = 0xffff;  // a node that no input passes to the right
constexpr std::size_t kMaxRows = 256;       // of a leaf

struct Place {
  const ForestTree& tree;
  const std::vector<std::vector<float>>& thresholds;
  unsigned bits;
  RankForest::Tree& out;

  // Puts the node `index`, and what is below it, at heap position `at` of level `depth`.
  void put(std::size_t index, std::size_t at, std::size_t depth) const {
    const ForestNode& node = tree[index];
    if (node.right == 0) {
      const std::size_t below = RankForest::kLevels - depth;
      for (std::size_t i = at, level = 0; level < below; ++level, i *= 2) out.word[i] = kThrough;
      out.path[(at << below) - 256] = static_cast<std::uint16_t>(scaled_path(depth, node.rows));
      return;
    }
    const std::vector<float>& sorted = thresholds[node.feature];
    const auto rank = std::lower_bound(sorted.begin(), sorted.end(), node.threshold) - sorted.begin();
    out.word[at] = static_cast<std::uint16_t>(rank << bits | node.feature);
    put(index + 1, 2 * at, depth + 1);
    put(node.right, 2 * at + 1, depth + 1);
  }
};

std::size_t depth_of(const ForestTree& tree, std::size_t index) {
  if (tree[index].right == 0) return 0;
  return 1 + std::max(depth_of(tree, index + 1), depth_of(tree, tree[index].right));
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
  width_ = width;
  bits_ = bits;
  for (const std::vector<float>& list : sorted) {
    first_.push_back(static_cast<std::uint32_t>(thresholds_.size()));
    padded_.push_back(static_cast<std::uint32_t>(std::bit_ceil(list.size() + 1)));
    thresholds_.insert(thresholds_.end(), list.begin(), list.end());
    thresholds_.resize(first_.back() + padded_.back(), std::numeric_limits<float>::infinity());
  }
  trees_.resize(trees.size());
  for (std::size_t i = 0; i < trees.size(); ++i) {
    std::memset(&trees_[i], 0xff, sizeof(Tree::word));
    std::memset(trees_[i].path, 0, sizeof(Tree::path));
    Place{trees[i], sorted, bits, trees_[i]}.put(0, 1, 0);
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
  const Tree& tree = trees_[index];
  if (depth < kLevels && tree.word[at] != kThrough) {
    const auto feature = static_cast<std::uint16_t>(tree.word[at] & ((1u << bits_) - 1));
    out[self].feature = feature;
    out[self].threshold = thresholds_[first_[feature] + (tree.word[at] >> bits_)];
    append(out, index, 2 * at, depth + 1);
    out[self].right = static_cast<std::uint32_t>(out.size());
    append(out, index, 2 * at + 1, depth + 1);
    return;
  }
  // Path lengths of n and n + 1 rows differ by more than a unit, so the number of rows is found again.
  const std::uint32_t path = tree.path[(at << (kLevels - depth)) - 256];
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

// Binary search for many rows at once: the loop over rows has no branch, so that it runs in parallel within
// the core and, where the machine can gather, in vectors.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
static void
rank_column(const float* __restrict thresholds, std::uint32_t padded, const float* __restrict values,
            std::size_t rows, unsigned bits, std::uint32_t* __restrict position,
            std::uint16_t* __restrict ranks) {
  for (std::size_t i = 0; i < rows; ++i) position[i] = 0;
  for (std::uint32_t step = padded / 2; step > 0; step /= 2) {
    for (std::size_t i = 0; i < rows; ++i) {
      position[i] += thresholds[position[i] + step - 1] < values[i] ? step : 0;
    }
  }
  for (std::size_t i = 0; i < rows; ++i) ranks[i] = static_cast<std::uint16_t>(position[i] << bits);
}

void RankForest::rank(const float* data, std::size_t rows, std::uint16_t* ranks) const {
  float values[kBlock];
  std::uint32_t position[kBlock];
  for (std::size_t f = 0; f < width_; ++f) {
    for (std::size_t i = 0; i < rows; ++i) values[i] = data[i * width_ + f];
    rank_column(&thresholds_[first_[f]], padded_[f], values, rows, bits_, position, ranks + f * kBlock);
  }
}

void RankForest::paths(const float* data, std::size_t rows, std::uint32_t* sums) const {
  alignas(64) std::uint16_t ranks[kMaxWidth * kBlock];
  alignas(64) std::uint32_t block_sums[kBlock];
  const bool vectors = isa() == Isa::avx512;
  for (std::size_t at = 0; at < rows; at += kBlock) {
    const std::size_t count = std::min(kBlock, rows - at), padded = (count + 31) / 32 * 32;
    // A node that is passed through may name any feature of its bits: zeros for those that are not there.
    for (std::size_t f = 0; f >> bits_ == 0; ++f) {
      const std::size_t from = f < width_ ? count : 0;
      std::memset(ranks + f * kBlock + from, 0, (padded - from) * sizeof ranks[0]);
    }
    rank(data + at * width_, count, ranks);
    std::memset(block_sums, 0, padded * sizeof block_sums[0]);
    // A vector walks 32 rows in the time of about 6 rows one by one.
    if (vectors && count >= 8) {
      walk_avx512(trees_.data(), trees_.size(), width_, ranks, count, block_sums);
    } else {
      walk_portable(trees_.data(), trees_.size(), bits_, ranks, count, block_sums);
    }
    std::memcpy(sums + at, block_sums, count * sizeof(std::uint32_t));
  }
}

namespace {

constexpr std::size_t kAtOnce = 8;

// One level down, eight walks at once: their loads overlap. place[j] walks tree[j] with the row whose ranks
// begin at ranks[j].
struct Walks {
  const RankForest::Tree* tree[kAtOnce];
  const std::uint16_t* ranks[kAtOnce];
};

inline void walk_down(const Walks& walks, std::size_t mask, std::size_t* place) {
#pragma GCC unroll 8
  for (std::size_t j = 0; j < kAtOnce; ++j) place[j] = 1;
  for (std::size_t level = 0; level < RankForest::kLevels; ++level) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kAtOnce; ++j) {
      const std::size_t word = walks.tree[j]->word[place[j]];
      place[j] = 2 * place[j] + (walks.ranks[j][(word & mask) * RankForest::kBlock] > word);
    }
  }
}

}  // namespace

void walk_portable(const RankForest::Tree* trees, std::size_t count, unsigned bits,
                   const std::uint16_t* ranks, std::size_t rows, std::uint32_t* sums) {
  const std::size_t mask = (std::size_t{1} << bits) - 1;
  const std::size_t whole_rows = rows / kAtOnce * kAtOnce, whole_trees = count / kAtOnce * kAtOnce;
  Walks walks;
  std::size_t place[kAtOnce];
  for (std::size_t t = 0; t < count; ++t) {
    for (std::size_t row = 0; row < whole_rows; row += kAtOnce) {
      for (std::size_t j = 0; j < kAtOnce; ++j) walks.tree[j] = trees + t, walks.ranks[j] = ranks + row + j;
      walk_down(walks, mask, place);
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kAtOnce; ++j) sums[row + j] += trees[t].path[place[j] - 256];
    }
  }
  // The last few rows walk eight trees at once; the last few trees are walked over again by the walks left
  // over.
  for (std::size_t row = whole_rows; row < rows; ++row) {
    for (std::size_t t = 0; t < count; t += kAtOnce) {
      const std::size_t used = t < whole_trees ? kAtOnce : count - t;
      for (std::size_t j = 0; j < kAtOnce; ++j) {
        walks.tree[j] = trees + std::min(t + j, count - 1);
        walks.ranks[j] = ranks + row;
      }
      walk_down(walks, mask, place);
      for (std::size_t j = 0; j < used; ++j) sums[row] += walks.tree[j]->path[place[j] - 256];
    }
  }
}

}  // namespace aiops::model
