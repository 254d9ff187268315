// The layout in which a forest of shallow trees scores fast, many rows at once or one.
//
// Every threshold becomes its rank among all thresholds of its feature in the forest, and every input the
// number of thresholds below it: x > threshold exactly if rank(x) > rank(threshold). So a node is one 16-bit
// word, rank above, feature below, and both are found with one load and told apart with one compare.
//
// A tree is a complete binary tree of 8 levels, cut in the middle: the upper four levels are half a cache
// line, and each of the 16 subtrees below is a line of its own, with the lengths of the paths that end in it.
// So one row needs a line and a half of a tree, and the halves stand one after the other. A part is in heap
// order (root 1, children 2i and 2i + 1); a branch that ends early goes on to the left through nodes that no
// input passes. The walks are in rank_walk.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/forest_tree.hpp"

namespace aiops::model {

class RankForest {
 public:
  static constexpr std::size_t kLevels = 8, kMaxWidth = 16, kBlock = 512;
  static constexpr std::size_t kLows = 16;  // of a tree
  static constexpr std::size_t kRun = 16;   // thresholds in a cache line

  struct alignas(32) Top {
    std::uint16_t word[16];  // [1 … 15]: rank << bits | feature
  };
  struct alignas(64) Low {
    std::uint16_t word[16];
    std::uint16_t path[16];  // of the leaf that is reached
  };
  // The sorted thresholds of a feature in runs of 16, the last one filled up with at least one infinity;
  // above them, in runs too, the last of each run, and above these the last of each 256.
  struct Feature {
    float *highest, *middle, *thresholds;
  };
  // What the walks see.
  struct View {
    Top* tops;  // an even number is there
    Low* lows;  // kLows a tree
    Feature* features;
    std::size_t trees, width;
    unsigned bits;  // of a word that name the feature
  };

  // False, and empty, if the trees do not fit: deeper than 8 levels, wider than 16, too many distinct
  // thresholds.
  bool build(const std::vector<ForestTree>& trees, std::size_t width);
  bool empty() const { return view_.trees == 0; }

  // Sums over the trees of the scaled path lengths of `rows` rows (row-major, `width` numbers each, no NaN).
  void paths(const float* data, std::size_t rows, std::uint32_t* sums) const;

  // Asks for the memory that paths() of a row begins with, while other forests score.
  void prefetch() const;

  // A tree as it was given to build().
  ForestTree tree(std::size_t index) const;

 private:
  void lay_out(const std::vector<std::size_t>& counts, std::size_t trees);
  bool put_trees(const std::vector<ForestTree>& trees, const std::vector<std::size_t>& counts);
  void append(ForestTree& out, std::size_t index, std::size_t at, std::size_t depth) const;

  std::shared_ptr<std::byte> memory_;  // features, their highest levels, tops, the rest
  std::size_t first_size_ = 0;         // bytes of it that every row needs
  View view_{};
};

}  // namespace aiops::model
