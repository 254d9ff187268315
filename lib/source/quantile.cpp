#include "source/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aiops::source {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Whether the bounds are those of an exponential histogram: they are 2^(2^-n) apart, n from -4 to 8.
bool is_exponential(double lower, double upper) {
  if (!(lower * upper > 0) || !std::isfinite(lower) || !std::isfinite(upper)) return false;
  const double scale = -std::log2(std::fabs(std::log2(upper / lower)));
  const double whole = std::nearbyint(scale);
  return whole >= -4 && whole <= 8 && std::fabs(scale - whole) < 1e-6;
}

double within(const NativeBucket& bucket, double lower, double upper, double fraction) {
  if (std::isinf(lower)) return upper;  // custom bounds: the first and the last bucket are open
  if (std::isinf(upper)) return lower;
  if (!is_exponential(bucket.lower, bucket.upper)) return lower + (upper - lower) * fraction;
  const double from = std::log2(std::fabs(lower)), to = std::log2(std::fabs(upper));
  return std::copysign(std::exp2(from + (to - from) * fraction), upper);
}

}  // namespace

double quantile_of(double q, std::vector<CumulativeBucket> buckets) {
  if (buckets.empty() || !std::isinf(buckets.back().upper)) return kNone;
  // Counters that were read one after another may not fit each other quite.
  for (std::size_t i = 1; i < buckets.size(); ++i)
    buckets[i].count = std::max(buckets[i].count, buckets[i - 1].count);
  const double total = buckets.back().count;
  if (!(total > 0) || buckets.size() < 2) return kNone;
  const double rank = q * total;
  const auto found = std::find_if(buckets.begin(), buckets.end() - 1,
                                  [rank](const CumulativeBucket& bucket) { return bucket.count >= rank; });
  if (found == buckets.end() - 1) return buckets[buckets.size() - 2].upper;
  if (found == buckets.begin() && found->upper <= 0) return found->upper;
  const CumulativeBucket below = found == buckets.begin() ? CumulativeBucket{} : *(found - 1);
  const double count = found->count - below.count;
  if (!(count > 0)) return below.upper;
  return below.upper + (found->upper - below.upper) * (rank - below.count) / count;
}

double quantile_of(double q, const std::vector<NativeBucket>& buckets) {
  double total = 0;
  bool negative = false, positive = false;
  for (const NativeBucket& bucket : buckets) {
    total += bucket.count;
    negative = negative || (bucket.lower < 0 && bucket.upper <= 0);
    positive = positive || (bucket.lower >= 0 && bucket.upper > 0);
  }
  if (!(total > 0)) return kNone;
  const double rank = q * total;
  double below = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const NativeBucket& bucket = buckets[i];
    const bool last = i + 1 == buckets.size();
    if (bucket.count <= 0 || (below + bucket.count < rank && !last)) {
      below += bucket.count;
      continue;
    }
    double lower = bucket.lower, upper = bucket.upper;
    if (lower < 0 && upper > 0) {  // around 0: only the side that has values
      if (!negative && positive) lower = 0;
      if (!positive && negative) upper = 0;
    }
    return within(bucket, lower, upper, std::clamp((rank - below) / bucket.count, 0.0, 1.0));
  }
  return kNone;
}

}  // namespace aiops::source
