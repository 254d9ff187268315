#include "source/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aiops::source {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::map<std::int32_t, double> widened(const std::map<std::int32_t, double>& buckets, int by) {
  std::map<std::int32_t, double> wide;
  for (const auto& [index, number] : buckets) wide[by > 30 ? (index < 0 ? -1 : 0) : index >> by] += number;
  return wide;
}

bool covers(const std::map<std::int32_t, double>& whole, const std::map<std::int32_t, double>& part) {
  return std::all_of(part.begin(), part.end(), [&](const auto& bucket) {
    const auto found = whole.find(bucket.first);
    return bucket.second == 0 || (found != whole.end() && found->second >= bucket.second);
  });
}

void take(std::map<std::int32_t, double>& from, const std::map<std::int32_t, double>& part) {
  for (const auto& [index, number] : part)
    if (const auto found = from.find(index); found != from.end()) found->second -= number;
}

}  // namespace

double histogram_quantile(double q, const std::vector<double>& bounds, const std::vector<double>& counts) {
  double total = 0;
  for (const double number : counts) total += number;
  if (!(total > 0) || bounds.empty() || counts.size() != bounds.size() + 1) return kNaN;
  const double rank = q * total;
  double below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (counts[i] == 0 || below + counts[i] < rank) {
      below += counts[i];
      continue;
    }
    if (i == 0 && bounds[0] <= 0) return bounds[0];
    const double low = i == 0 ? 0 : bounds[i - 1];
    return low + (bounds[i] - low) * std::max(0.0, rank - below) / counts[i];
  }
  return bounds.back();
}

void ExponentialHistogram::widen(std::int32_t to) {
  if (to >= scale) return;
  positive = widened(positive, scale - to);
  negative = widened(negative, scale - to);
  scale = to;
}

bool ExponentialHistogram::subtract(ExponentialHistogram older) {
  const std::int32_t common = std::min(scale, older.scale);
  older.widen(common);
  ExponentialHistogram mine = *this;
  mine.widen(common);
  if (mine.zero < older.zero || !covers(mine.positive, older.positive) ||
      !covers(mine.negative, older.negative))
    return false;
  mine.zero -= older.zero;
  take(mine.positive, older.positive);
  take(mine.negative, older.negative);
  *this = std::move(mine);
  return true;
}

double histogram_quantile(double q, const ExponentialHistogram& histogram) {
  double total = histogram.zero;
  for (const auto* side : {&histogram.positive, &histogram.negative})
    for (const auto& [index, number] : *side) total += number;
  if (!(total > 0)) return kNaN;
  const double rank = q * total, step = std::exp2(-histogram.scale);
  double below = 0;
  // How far into a bucket the rank lies, 0 to 1; negative: it lies behind.
  const auto within = [&](double number) {
    if (number > 0 && below + number >= rank) return std::max(0.0, rank - below) / number;
    below += number;
    return -1.0;
  };
  double last = 0;
  for (auto bucket = histogram.negative.rbegin(); bucket != histogram.negative.rend(); ++bucket) {
    const double share = within(bucket->second);
    last = -std::exp2(bucket->first * step);
    if (share >= 0) return -std::exp2((bucket->first + 1 - share) * step);
  }
  if (within(histogram.zero) >= 0) return 0;
  for (const auto& [index, number] : histogram.positive) {
    const double share = within(number);
    last = std::exp2((index + 1) * step);
    if (share >= 0) return std::exp2((index + share) * step);
  }
  return last;
}

}  // namespace aiops::source
