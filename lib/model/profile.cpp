#include "model/profile.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

namespace aiops::model {
namespace {

constexpr double kConstantShare = 0.05;  // of a constant input's value: the unit of its distances
constexpr std::size_t kFewestBlocks = 16;

// The share-th quantile of sorted values, the nearest of them.
float quantile(const std::vector<float>& sorted, double share) {
  return sorted[static_cast<std::size_t>(std::lround(share * static_cast<double>(sorted.size() - 1)))];
}

// How far, in standard deviations, the largest of n normal numbers lies from the mean: the 1 - 1 / 2n
// quantile, by bisection. n >= 1.5.
double normal_reach(double n) {
  const double tail = 0.5 / n;
  double low = 0, high = 40;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(middle / std::sqrt(2.0)) > tail ? low : high) = middle;
  }
  return low;
}

}  // namespace

double independent_values(const float* values, std::size_t count, std::size_t stride) {
  const auto all = static_cast<double>(count);
  if (count < 2 * kFewestBlocks) return all;
  // Counted from the first value: a constant has no rounding error then, and a variance of exactly 0.
  const auto at = [&](std::size_t i) { return double{values[i * stride]} - values[0]; };
  double mean = 0;
  for (std::size_t i = 0; i < count; ++i) mean += at(i) / all;
  double variance = 0;
  for (std::size_t i = 0; i < count; ++i) variance += std::pow(at(i) - mean, 2) / (all - 1);
  if (!(variance > 0) || !std::isfinite(variance)) return all;

  const std::size_t blocks = std::max(kFewestBlocks, static_cast<std::size_t>(std::sqrt(all)));
  const std::size_t length = count / blocks;
  double of_means = 0;
  for (std::size_t b = 0; b < blocks; ++b) {
    double sum = 0;
    for (std::size_t i = b * length; i < (b + 1) * length; ++i) sum += at(i) - mean;
    of_means += std::pow(sum / static_cast<double>(length), 2) / static_cast<double>(blocks - 1);
  }
  return std::clamp(all * variance / (of_means * static_cast<double>(length)), 1.0, all);
}

Profile Profile::of(const float* values, std::size_t count, std::size_t stride, double contamination,
                    bool names) {
  std::vector<float> sorted(count);
  for (std::size_t i = 0; i < count; ++i) sorted[i] = values[i * stride];
  std::sort(sorted.begin(), sorted.end());
  Profile profile;
  profile.min = sorted.front();
  profile.low = quantile(sorted, 0.005);
  profile.median = quantile(sorted, 0.5);
  profile.high = quantile(sorted, 0.995);
  profile.max = sorted.back();
  profile.p95 = quantile(sorted, 0.95);
  const double seen = normal_reach(std::max(2.0, independent_values(values, count, stride)));
  const double usual = normal_reach(1 / contamination);
  // A constant stays one, however few rows told so.
  if (profile.max > profile.min && usual > seen) {
    const double margin = profile.width() * (usual - seen) / (2 * seen);
    profile.margin = static_cast<float>(std::min<double>(margin, std::numeric_limits<float>::max()));
  }
  if (names) {
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    if (sorted.size() <= kMostCodes) profile.codes = std::move(sorted);
  }
  return profile;
}

double Profile::width() const {
  if (high > low) return double{high} - low;
  if (max > min) return double{max} - min;
  return kConstantShare * std::abs(double{max});
}

double Profile::outside(float value) const {
  if (!codes.empty()) return std::binary_search(codes.begin(), codes.end(), value) ? 0 : 1;
  const double beyond = (value > max ? double{value} - max : double{min} - value) - margin;
  if (beyond <= 0) return 0;
  const double unit = width();
  return beyond >= kMaxOutside * unit ? kMaxOutside : beyond / unit;
}

void Profile::save(std::string& out) const {
  for (float value : {min, low, median, high, max, p95, margin}) put(out, value);
  put(out, static_cast<std::uint32_t>(codes.size()));
  for (float code : codes) put(out, code);
}

void Profile::load(ByteReader& in) {
  for (float* value : {&min, &low, &median, &high, &max, &p95, &margin}) {
    *value = in.get<float>();
    in.check(std::isfinite(*value), "has a range that makes no sense");
  }
  const auto number = in.get<std::uint32_t>();
  in.check(number <= kMostCodes, "has more codes than it may");
  codes.resize(number);
  for (float& code : codes) {
    code = in.get<float>();
    in.check(std::isfinite(code), "has a code that is no number");
  }
  in.check(std::is_sorted(codes.begin(), codes.end()), "has codes out of order");
  in.check(min <= low && low <= median && median <= high && high <= max && margin >= 0,
           "has a range that makes no sense");
}

}  // namespace aiops::model
