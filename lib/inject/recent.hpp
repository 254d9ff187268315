// The level and spread of a series' recent values: the scale by which a magnitude is measured.
#pragma once

#include <cstddef>
#include <vector>

namespace aiops::inject {

// Where a series stands and how far it usually strays from there, both in the unit of its values.
struct Level {
  double median = 0;
  double deviation = 1;  // one robust standard deviation; positive and finite
};

// The last kWindow values of one series.
//
// One robust standard deviation is 1.4826 · MAD, the median absolute deviation from the median, scaled to
// agree with the standard deviation where values are normal (Hampel, JASA 69, 1974). Deviations of the values
// rather than of their differences are taken: a smooth series has tiny differences, and a shift of eight of
// those would be lost in its own daily movement. Where more than half of the values are the same, MAD is 0
// and the root mean square deviation from the median stands in; where all are, one hundredth of the level,
// and for a series that stays at 0, 1.
class RecentValues {
 public:
  static constexpr std::size_t kWindow = 256;

  void add(double value);  // finite
  bool empty() const { return values_.empty(); }
  double last() const;  // precondition: !empty()
  Level level() const;  // of nothing: {0, 1}

 private:
  std::vector<double> values_;  // a ring once full
  std::size_t next_ = 0;
};

}  // namespace aiops::inject
