// A tree of an isolation forest as it is grown and saved, and the length of paths in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aiops::model {

// Nodes stand in depth-first order: the left child follows its parent.
struct ForestNode {
  float threshold = 0;        // inner node: right if greater
  std::uint32_t right = 0;    // inner node: index of the right child within the tree; 0: a leaf
  std::uint16_t feature = 0;  // inner node
  std::uint32_t rows = 0;     // leaf: rows that reached it
};
using ForestTree = std::vector<ForestNode>;

// Mean path length of an unsuccessful search among n keys: 2 H(n - 1) - 2 (n - 1) / n, H(i) = ln i + Euler's
// constant; 1 for n = 2, 0 below (equation 1 of the paper).
double mean_path_length(std::size_t n);

// Path lengths are summed as integers in units of 1 / kPathScale, so that no order of summation shows. A path
// in a tree of 8 levels is below 18.3, which fits 16 bits.
inline constexpr double kPathScale = 3500;

// (depth + mean_path_length(rows)) in units of 1 / kPathScale: of a leaf at this depth that so many rows
// reached.
std::uint32_t scaled_path(std::size_t depth, std::size_t rows);

}  // namespace aiops::model
