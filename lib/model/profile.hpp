// What one input was like in training: its range, and how far a value lies outside of it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace aiops::model {

struct Profile {
  float min = 0, low = 0, median = 0, high = 0, max = 0;  // low, high: 0.5th and 99.5th percentile
  float p95 = 0;
  float margin = 0;  // on either side of [min, max], in the input's unit
  // Of an input whose numbers are names (status codes): those seen, sorted. Empty for quantities.
  std::vector<float> codes;
  static constexpr std::size_t kMostCodes = 64;  // an input with more is a quantity

  // values: count >= 1 finite numbers, `stride` apart, in the order of time. contamination: the share of
  // usual rows that may lie outside. names: the numbers are names.
  static Profile of(const float* values, std::size_t count, std::size_t stride, double contamination,
                    bool names = false);

  // The unit in which distances from the range are counted. Not negative; 0 if the input was always 0.
  double width() const;
  // How many widths the value lies outside of the range and its margin: 0 (inside) to kMaxOutside. Between
  // names there is no distance: 0 for one that was seen, 1 for any other.
  double outside(float value) const;
  static constexpr double kMaxOutside = 30;

  void save(std::string& out) const;
  void load(ByteReader& in);  // throws InputError
};

// How many independent values tell as much of the mean as these `count` do (1 to count): count over the
// integrated autocorrelation time, which is estimated from the variance of the means of blocks (P. W. Glynn &
// W. Whitt, "Estimating the asymptotic variance with batch means", Operations Research Letters 10, 1991).
// Stride as above.
double independent_values(const float* values, std::size_t count, std::size_t stride);

}  // namespace aiops::model
