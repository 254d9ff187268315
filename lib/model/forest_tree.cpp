#include "model/forest_tree.hpp"

#include <cmath>

namespace aiops::model {

double mean_path_length(std::size_t n) {
  if (n < 2) return 0;
  if (n == 2) return 1;
  const auto keys = static_cast<double>(n);
  return 2 * (std::log(keys - 1) + 0.57721566490153286) - 2 * (keys - 1) / keys;
}

std::uint32_t scaled_path(std::size_t depth, std::size_t rows) {
  return static_cast<std::uint32_t>(
      std::lround((static_cast<double>(depth) + mean_path_length(rows)) * kPathScale));
}

}  // namespace aiops::model
