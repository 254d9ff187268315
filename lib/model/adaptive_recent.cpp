#include "model/adaptive_recent.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace aiops::model {
namespace {

constexpr std::size_t kForSpread = 1024;
constexpr int kShortestLag = 8, kLongestLag = 300;
constexpr int kMostBlocks = 32;  // the mean over blocks forgets beyond

// Sums of y[i] * y[i + lag] for the lags from `lag` on, as many as `sums` has. Several lags at once and four
// partial sums of each, for an addition would wait for the one before.
constexpr std::size_t kLags = 4;
void correlation_at(const std::vector<double>& y, std::size_t lag, double (&sums)[kLags]) {
  using Four = double __attribute__((vector_size(4 * sizeof(double))));
  Four parts[kLags] = {};
  const std::size_t most = y.size() - (lag + kLags - 1);  // products that all of the lags have
  std::size_t i = 0;
  for (; i + 4 <= most; i += 4) {
    Four here, later;
    std::memcpy(&here, y.data() + i, sizeof here);
    for (std::size_t k = 0; k < kLags; ++k) {
      std::memcpy(&later, y.data() + i + lag + k, sizeof later);
      parts[k] += here * later;
    }
  }
  for (std::size_t k = 0; k < kLags; ++k) {
    sums[k] = parts[k][0] + parts[k][1] + parts[k][2] + parts[k][3];
    for (std::size_t j = i; j + lag + k < y.size(); ++j) sums[k] += y[j] * y[j + lag + k];
  }
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
  std::vector<double> y(n);
  double mean = 0;
  for (std::size_t i = 0; i < n; ++i) mean += y[i] = ring_[(count_ - n + i) % kKept];
  mean /= static_cast<double>(n);
  double power = 0;
  for (double& value : y) {
    value = static_cast<float>(value - mean);
    power += value * value;
  }

  next_ = count_ < kKept ? count_ * 2 : count_ + kKept;
  if (!(power > 0)) return;
  blocks_ = count_ <= kKept ? 1 : std::min(kMostBlocks, blocks_ + 1);
  correlation_.resize(kLongestLag + 2);
  double sums[kLags];
  for (std::size_t k = 0; k < correlation_.size(); ++k) {
    if (k % kLags == 0) correlation_at(y, k, sums);
    correlation_[k] += static_cast<float>((sums[k % kLags] / power - correlation_[k]) / blocks_);
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
