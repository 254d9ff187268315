#include "model/adaptive_interval.hpp"

#include <algorithm>

namespace aiops::model {
namespace {

constexpr double kShortest = 0.001, kLongest = 86'400;
constexpr double kSame = 4.0 / 3.0;  // ratio up to which it is the same interval

}  // namespace

bool Interval::push(Nanos time) {
  if (time == kNoTime) return false;
  if (last_ != kNoTime && time > last_) {
    // In floating point, for the difference of two times may not fit an integer.
    gaps_[count_++] = static_cast<float>((static_cast<double>(time) - static_cast<double>(last_)) / kSecond);
  }
  last_ = time;
  if (count_ < kGaps) return false;
  const double before = seconds_;
  settle();
  return seconds_ != before;
}

void Interval::settle() {
  if (count_ == 0) return;
  const auto middle = gaps_.begin() + count_ / 2;
  std::nth_element(gaps_.begin(), middle, gaps_.begin() + count_);
  const double median = std::clamp<double>(*middle, kShortest, kLongest);
  if (median > seconds_ * kSame || median < seconds_ / kSame) seconds_ = median;
  count_ = 0;
}

void Interval::archive(Archive& archive) {
  archive(gaps_);
  archive(count_, last_, seconds_);
  archive.check(count_ >= 0 && count_ < kGaps && seconds_ >= kShortest && seconds_ <= kLongest,
                "has an interval that makes no sense");
}

}  // namespace aiops::model
