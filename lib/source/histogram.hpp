// Quantiles of histograms, as far as their buckets tell them.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace aiops::source {

// The value at share q of a histogram with these upper bounds (one less than counts): evenly within a bucket;
// the first one begins at 0, or is its bound if that is not positive; the last one is its lower bound. As
// Prometheus' histogram_quantile() has it. NaN without observations.
double histogram_quantile(double q, const std::vector<double>& bounds, const std::vector<double>& counts);

// Bucket i holds the values of (base^i, base^(i+1)], base = 2^(2^-scale); negative ones mirrored.
struct ExponentialHistogram {
  std::int32_t scale = 0;
  double zero = 0;
  std::map<std::int32_t, double> positive, negative;

  // The same values in fewer, wider buckets: OpenTelemetry merges so. to <= scale.
  void widen(std::int32_t to);
  // Takes away what an older state of the same histogram held. False, and nothing is done, when it held more
  // than is here: this one has begun anew.
  bool subtract(ExponentialHistogram older);
};

// The same; within a bucket evenly in the logarithm.
double histogram_quantile(double q, const ExponentialHistogram& histogram);

}  // namespace aiops::source
