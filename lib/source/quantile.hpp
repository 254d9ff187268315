// Quantiles of histograms by interpolation, as Prometheus' histogram_quantile has them.
#pragma once

#include <vector>

namespace aiops::source {

// A bucket of a classic histogram: how many were at most `upper`.
struct CumulativeBucket {
  double upper = 0, count = 0;
};

// buckets in the order of `upper`, the last one +Inf. 0 <= q <= 1. Linear within a bucket; in the last one
// its lower end. NaN: nothing was counted, or there is no bucket +Inf.
double quantile_of(double q, std::vector<CumulativeBucket> buckets);

// A bucket of a native histogram.
struct NativeBucket {
  double lower = 0, upper = 0, count = 0;
};

// buckets in order, empty ones may be missing. Within a bucket of an exponential histogram the interpolation
// is exponential, as in Prometheus 3; in the one around 0, and in those of custom bounds, linear. NaN:
// nothing was counted.
double quantile_of(double q, const std::vector<NativeBucket>& buckets);

}  // namespace aiops::source
