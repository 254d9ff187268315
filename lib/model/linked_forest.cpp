#include "model/linked_forest.hpp"

#include <algorithm>

namespace aiops::model {

void LinkedForest::build(const std::vector<ForestTree>& trees) {
  trees_.clear();
  for (const ForestTree& from : trees) {
    Tree& tree = trees_.emplace_back();
    std::vector<std::size_t> depth(from.size());
    for (std::uint32_t i = 0; i < from.size(); ++i) {
      const ForestNode& node = from[i];
      const bool leaf = node.right == 0;
      tree.nodes.push_back({node.threshold, node.feature, {leaf ? i : i + 1, leaf ? i : node.right}});
      tree.rows.push_back(node.rows);
      tree.path.push_back(leaf ? scaled_path(depth[i], node.rows) : 0);
      tree.depth = std::max(tree.depth, depth[i]);
      if (!leaf) depth[i + 1] = depth[node.right] = depth[i] + 1;
    }
  }
}

ForestTree LinkedForest::tree(std::size_t index) const {
  const Tree& tree = trees_[index];
  ForestTree out(tree.nodes.size());
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    const Node& node = tree.nodes[i];
    if (node.child[0] == i) {
      out[i].rows = tree.rows[i];
    } else {
      out[i] = {node.threshold, node.child[1], static_cast<std::uint16_t>(node.feature), 0};
    }
  }
  return out;
}

void LinkedForest::paths(const float* data, std::size_t rows, std::size_t width, std::uint32_t* sums) const {
  constexpr std::size_t kAtOnce = 8;
  std::fill_n(sums, rows, 0);
  for (const Tree& tree : trees_) {
    for (std::size_t row = 0; row < rows; row += kAtOnce) {
      // The last rows are walked by several of the eight, if there are fewer.
      const float* inputs[kAtOnce];
      std::uint32_t at[kAtOnce] = {};
      for (std::size_t j = 0; j < kAtOnce; ++j) inputs[j] = data + std::min(row + j, rows - 1) * width;
      for (std::size_t level = 0; level < tree.depth; ++level) {
#pragma GCC unroll 8
        for (std::size_t j = 0; j < kAtOnce; ++j) {
          const Node& node = tree.nodes[at[j]];
          at[j] = node.child[inputs[j][node.feature] > node.threshold];
        }
      }
      for (std::size_t j = 0; j < std::min(kAtOnce, rows - row); ++j) sums[row + j] += tree.path[at[j]];
    }
  }
}

}  // namespace aiops::model
