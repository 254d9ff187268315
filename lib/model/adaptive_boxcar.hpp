// The mean of the last values, and the values themselves. Inline; owns nothing else.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "model/archive.hpp"

namespace aiops::model {

// Of `width` values, at most kMost.
template <std::size_t kMost>
class Boxcar {
 public:
  explicit Boxcar(int width)
      : width_(std::min(static_cast<std::uint32_t>(kMost), static_cast<std::uint32_t>(width))) {}

  // Adds a value and returns the mean of the last `width`, or of all that there are.
  double push(double value) {
    if (size_ < width_) {
      values_[size_] = static_cast<float>(value);
      sum_ += values_[size_++];
    } else {
      sum_ -= values_[at_];
      values_[at_] = static_cast<float>(value);
      sum_ += values_[at_];
      // Summed anew once a round, so that what a huge value took from the sum's precision comes back.
      if (++at_ == width_) {
        at_ = 0;
        sum_ = std::accumulate(values_.begin(), values_.begin() + width_, 0.0);
      }
    }
    return mean();
  }
  double mean() const { return sum_ / std::max(1U, size_); }
  bool full() const { return size_ == width_; }
  // The value that the next push() will displace, if full().
  float oldest() const { return values_[at_]; }
  // Where the next push() writes, if full().
  const void* next() const { return &values_[at_]; }

  void archive(Archive& archive) {
    archive(size_, at_, sum_);
    archive.check(size_ <= width_ && (at_ == 0 || (full() && at_ < width_)),
                  "has a window that makes no sense");
    for (std::uint32_t i = 0; i < size_; ++i) archive(values_[i]);
  }

 private:
  std::uint32_t width_, size_ = 0, at_ = 0;
  double sum_ = 0;
  std::array<float, kMost> values_{};
};

}  // namespace aiops::model
