#include "inject/recent.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aiops::inject {
namespace {

// The mean of the two middle ones where the count is even. Orders values anew.
double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return *middle / 2 + *std::max_element(values.begin(), middle) / 2;
}

double root_mean_square(const std::vector<double>& values) {
  const double largest = *std::max_element(values.begin(), values.end());
  if (largest == 0) return 0;
  double sum = 0;
  for (const double value : values) sum += (value / largest) * (value / largest);
  return largest * std::sqrt(sum / static_cast<double>(values.size()));
}

}  // namespace

void RecentValues::add(double value) {
  if (values_.size() < kWindow) {
    values_.push_back(value);
  } else {
    values_[next_] = value;
  }
  next_ = (next_ + 1) % kWindow;
}

double RecentValues::last() const { return values_[(next_ + kWindow - 1) % kWindow]; }

Level RecentValues::level() const {
  if (values_.empty()) return {};
  auto work = values_;
  Level level;
  level.median = median_of(work);
  for (auto& value : work) {
    value = std::min(std::abs(value - level.median), std::numeric_limits<double>::max());
  }
  level.deviation = 1.4826 * median_of(work);
  if (level.deviation == 0) level.deviation = root_mean_square(work);
  if (level.deviation == 0) level.deviation = std::abs(level.median) / 100;
  if (level.deviation == 0) level.deviation = 1;
  level.deviation = std::min(level.deviation, std::numeric_limits<double>::max());
  return level;
}

}  // namespace aiops::inject
