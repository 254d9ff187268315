// The mean of the last values, and the values themselves. Inline; grows to its width and no further.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "model/archive.hpp"

namespace aiops::model {

class Boxcar {
 public:
  explicit Boxcar(int width) : width_(static_cast<std::size_t>(width)) {}

  // Adds a value and returns the mean of the last `width`, or of all that there are.
  double push(double value) {
    if (values_.size() < width_) {
      if (values_.capacity() == values_.size()) values_.reserve(std::min(width_, 2 * values_.size() + 8));
      values_.push_back(static_cast<float>(value));
      sum_ += values_.back();
    } else {
      sum_ -= values_[at_];
      values_[at_] = static_cast<float>(value);
      sum_ += values_[at_];
      // Summed anew once a round, so that what a huge value took from the sum's precision comes back.
      if (++at_ == width_) {
        at_ = 0;
        sum_ = std::accumulate(values_.begin(), values_.end(), 0.0);
      }
    }
    mean_ = sum_ / static_cast<double>(values_.size());
    return mean_;
  }
  double mean() const { return mean_; }
  bool full() const { return values_.size() == width_; }
  // The value that the next push() will displace, if full().
  float oldest() const { return values_[at_]; }

  std::size_t heap() const { return values_.capacity() * sizeof(float); }  // bytes

  void archive(Archive& archive) {
    archive.list(values_, width_);
    archive(at_, sum_, mean_);
    archive.check(at_ == 0 || (full() && at_ < width_), "has a window that makes no sense");
  }

 private:
  std::size_t width_;
  std::vector<float> values_;
  std::size_t at_ = 0;
  double sum_ = 0, mean_ = 0;
};

}  // namespace aiops::model
