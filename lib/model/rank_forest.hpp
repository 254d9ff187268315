// The layout in which a forest of shallow trees scores many rows fast.
//
// Every threshold becomes its rank among all thresholds of its feature in the forest, and every input the
// number of thresholds below it: x > threshold exactly if rank(x) > rank(threshold). So a node is one 16-bit
// word, rank above, feature below, and both are found with one load and told apart with one compare. A tree
// is a complete binary tree of 8 levels in heap order (root 1, children 2i and 2i + 1), 1 KB with its leaves;
// a branch that ends early goes on to the left through nodes that no input passes. With AVX-512 a tree stands
// in registers while 32 rows walk it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/forest_tree.hpp"

namespace aiops::model {

class RankForest {
 public:
  static constexpr std::size_t kLevels = 8, kMaxWidth = 16, kBlock = 512;

  struct alignas(64) Tree {
    std::uint16_t word[256];  // [1 … 255]: rank << bits | feature
    std::uint16_t path[256];  // of the leaf that is reached
  };

  // False, and empty, if the trees do not fit: deeper than 8 levels, wider than 16, too many distinct
  // thresholds.
  bool build(const std::vector<ForestTree>& trees, std::size_t width);
  bool empty() const { return trees_.empty(); }
  std::size_t trees() const { return trees_.size(); }

  // Sums over the trees of the scaled path lengths of `rows` rows (row-major, `width` numbers each, no NaN).
  void paths(const float* data, std::size_t rows, std::uint32_t* sums) const;

  // A tree as it was given to build().
  ForestTree tree(std::size_t index) const;

 private:
  void rank(const float* data, std::size_t rows, std::uint16_t* ranks) const;
  void append(ForestTree& out, std::size_t index, std::size_t at, std::size_t depth) const;

  std::vector<Tree> trees_;
  std::size_t width_ = 0;
  unsigned bits_ = 0;                  // of a word that name the feature
  std::vector<float> thresholds_;      // sorted, a feature after the other, each padded with infinities
  std::vector<std::uint32_t> first_;   // [feature]: where its thresholds begin
  std::vector<std::uint32_t> padded_;  // [feature]: how many there are with the padding, a power of two
};

// The walk for each instruction set. ranks: [feature * kBlock + row], rows <= kBlock; adds to sums.
void walk_portable(const RankForest::Tree* trees, std::size_t count, unsigned bits,
                   const std::uint16_t* ranks, std::size_t rows, std::uint32_t* sums);
// Works on rows rounded up to 32: ranks and sums must have room for them, aligned to 64 bytes. Does nothing
// on other machines than x86-64.
void walk_avx512(const RankForest::Tree* trees, std::size_t count, std::size_t width,
                 const std::uint16_t* ranks, std::size_t rows, std::uint32_t* sums);

}  // namespace aiops::model
