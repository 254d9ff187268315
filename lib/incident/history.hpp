// What a series was like for long, in bounded memory, and what it has been like since an instant.
//
// The newest values are kept as they are for `keep`; what is older goes into an even sample of all that was,
// with the exact extremes. So a change is held against the whole history of the series, and the last minutes
// can be cut at any instant within `keep`.
//
// Memory: at most 4 * kSample + 16 * kRecent bytes, about 10 kB; a series of a value each 15 s takes 4 kB.
// One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"

namespace aiops::incident {

// The values of a series before an instant, and after it.
struct Cut {
  std::vector<double> before;  // sorted; an even sample where the history is long
  std::vector<double> after;   // in the order of time
  std::uint64_t count = 0;     // how many there were before, sample or not
  double low = 0, high = 0;    // the extremes of before
  double usual = 0;            // the median of before
  double now = 0;              // the median of after
  bool usable() const { return count >= 3 && !after.empty(); }
  double rise() const { return now - usual; }
};

class History {
 public:
  static constexpr std::size_t kSample = 512;
  static constexpr std::size_t kRecent = 512;

  // Values that are not finite are passed over. Times may repeat, and come a little out of order.
  void add(Nanos time, double value, Nanos keep);
  // before: up to `from` and with it; after: later, up to `to` and with it.
  // Values above `most` are left out.
  Cut cut(Nanos from, Nanos to, double most = std::numeric_limits<double>::infinity()) const;
  Nanos newest() const { return newest_; }

 private:
  void settle(double value);

  std::deque<std::pair<Nanos, double>> recent_;
  std::vector<float> sample_;
  std::uint64_t settled_ = 0;  // values that left recent_
  double low_ = 0, high_ = 0;  // of those
  Nanos newest_ = kNoTime;
  Random random_{1};
};

// How surprising the median after the cut is, upwards (direction 1) or downwards (-1), in nats: minus the
// logarithm of the share of the series' own history that was as far out, ln 2 less so that the usual is 0.
// Where nothing ever was, the logarithm of how much further it is, as a multiple of the largest excess, is
// added. 0: not surprising, or too little known.
double surprise(const Cut& cut, int direction);

// Median of values, NaN of none. Reorders them.
double median(std::vector<double>& values);

}  // namespace aiops::incident
