#include "model/adaptive_recent.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace aiops::model {
namespace {

constexpr std::size_t kKept = 4096, kForSpread = 1024;
constexpr int kShortestLag = 8, kLongestLag = 300;
constexpr int kMostBlocks = 16;  // the mean over blocks forgets beyond

// Sum of y[i] * y[i - lag]; four partial sums let the compiler use wide registers.
double correlation_at(const std::vector<float>& y, std::size_t lag) {
  double parts[4] = {};
  std::size_t i = lag;
  for (; i + 3 < y.size(); i += 4) {
    for (std::size_t j = 0; j < 4; ++j) parts[j] += static_cast<double>(y[i + j]) * y[i + j - lag];
  }
  for (; i < y.size(); ++i) parts[0] += static_cast<double>(y[i]) * y[i - lag];
  return parts[0] + parts[1] + parts[2] + parts[3];
}

}  // namespace

void RecentValues::push(double value) {
  if (ring_.size() < kKept) {
    ring_.push_back(static_cast<float>(value));
  } else {
    ring_[count_ % kKept] = static_cast<float>(value);
  }
  const auto narrow = static_cast<float>(value);
  low_ = count_ == 0 ? narrow : std::min(low_, narrow);
  high_ = count_ == 0 ? narrow : std::max(high_, narrow);
  if (++count_ >= next_) correlate();
}

RecentValues::Spread RecentValues::spread() const {
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(count_, kForSpread));
  std::vector<float> last(n);
  for (std::size_t i = 0; i < n; ++i) last[i] = ring_[(count_ - 1 - i) % kKept];
  const auto [low, high] = std::minmax_element(ring_.begin(), ring_.end());
  const auto at = [&](double share) {
    const auto place = last.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(n - 1));
    std::nth_element(last.begin(), place, last.end());
    return static_cast<double>(*place);
  };
  Spread spread;
  spread.percentile5 = at(0.05);
  spread.percentile95 = at(0.95);
  spread.median = at(0.5);
  spread.range = static_cast<double>(*high) - *low;
  spread.whole = static_cast<double>(high_) - low_;
  return spread;
}

void RecentValues::correlate() {
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(count_, kKept));
  std::vector<float> y(n);
  double mean = 0;
  for (std::size_t i = 0; i < n; ++i) mean += y[i] = ring_[(count_ - n + i) % kKept];
  mean /= static_cast<double>(n);
  for (float& value : y) value = static_cast<float>(value - mean);

  next_ = count_ < kKept ? count_ * 2 : count_ + kKept;
  const double power = correlation_at(y, 0);
  if (!(power > 0)) return;
  blocks_ = count_ <= kKept ? 1 : std::min(kMostBlocks, blocks_ + 1);
  correlation_.resize(kLongestLag + 2);
  for (int k = 0; k < static_cast<int>(correlation_.size()); ++k) {
    const double here = correlation_at(y, static_cast<std::size_t>(k)) / power;
    correlation_[k] += static_cast<float>((here - correlation_[k]) / blocks_);
  }
  lag_ = 0;
  for (int k = kShortestLag; k <= kLongestLag; ++k) {
    const bool peak = correlation_[k] > correlation_[k - 1] && correlation_[k] > correlation_[k + 1];
    if (peak && (lag_ == 0 || correlation_[k] > correlation_[lag_])) lag_ = k;
  }
}

void RecentValues::archive(Archive& archive) {
  archive.list(ring_, kKept);
  archive.list(correlation_, kLongestLag + 2);
  archive(low_, high_, count_, next_, blocks_, lag_);
  archive.check(ring_.size() == std::min<std::uint64_t>(count_, kKept), "has a window that makes no sense");
  archive.check(lag_ >= 0 && lag_ <= kLongestLag && blocks_ >= 0, "has a lag that makes no sense");
  archive.check(correlation_.empty() || correlation_.size() == kLongestLag + 2,
                "has a lag that makes no sense");
}

}  // namespace aiops::model
