// The last 2,048 values of a series: their spread, and the lag at which the series is most like itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/archive.hpp"
#include "model/prefetch.hpp"

namespace aiops::model {

// Grows with the series to 10 KB. Owns its memory; one thread. push() takes a tenth of a millisecond once in
// 2,048 values.
class RecentValues {
 public:
  void push(double value);
  std::uint64_t count() const { return count_; }

  struct Spread {
    double percentile5, median, percentile95;  // of the last 1,024 at most
    double range;                              // maximum - minimum of the last 2,048
    double whole;                              // … of all that was ever pushed
  };
  // At least one value must have been pushed.
  Spread spread() const;

  // Of all that was ever pushed.
  double lowest() const { return low_; }
  double highest() const { return high_; }

  // The lag (8 to 300 samples) of the highest local maximum of the mean autocorrelation, 0 if there is none.
  int lag() const { return lag_; }
  std::size_t heap() const { return (ring_.capacity() + correlation_.capacity()) * sizeof(float); }  // bytes
  // When the object is there.
  void prefetch_more() const { model::prefetch(ring_.data() + count_ % kKept); }
  void archive(Archive& archive);

 private:
  static constexpr std::size_t kKept = 2048;

  void correlate();

  std::vector<float> ring_;
  std::vector<float> correlation_;  // by lag; mean over blocks
  float low_ = 0, high_ = 0;        // of all
  std::uint64_t count_ = 0, next_ = 512;
  int blocks_ = 0, lag_ = 0;
};

}  // namespace aiops::model
