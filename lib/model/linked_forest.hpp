// The layout for every forest that RankForest has no room for: deeper trees, more features, more thresholds.
//
// A tree is an array of nodes; a leaf is its own child, so that eight rows walk a tree side by side, as many
// steps as the tree is deep, without a branch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/forest_tree.hpp"

namespace aiops::model {

class LinkedForest {
 public:
  void build(const std::vector<ForestTree>& trees);

  // Sums over the trees of the scaled path lengths of `rows` rows (row-major, `width` numbers each, no NaN).
  void paths(const float* data, std::size_t rows, std::size_t width, std::uint32_t* sums) const;

  // A tree as it was given to build().
  ForestTree tree(std::size_t index) const;

 private:
  struct Node {
    float threshold;
    std::uint32_t feature;
    std::uint32_t child[2];  // [x > threshold]; a leaf's are the leaf itself
  };
  struct Tree {
    std::vector<Node> nodes;
    std::vector<std::uint32_t> path, rows;  // [node]: of leaves
    std::size_t depth = 0;
  };
  std::vector<Tree> trees_;
};

}  // namespace aiops::model
