// The sampling interval of a stream, estimated from what has come so far.
#pragma once

#include <array>

#include "base/time.hpp"
#include "model/archive.hpp"
#include "model/prefetch.hpp"

namespace aiops::model {

// The median of the last 64 gaps, looked at every 64. It follows a series that changes its interval, and
// stays where it is while it scatters by less than a third, or while a gap or two is a week. 300 bytes; one
// thread.
class Interval {
 public:
  // Takes the time of the next sample. Returns true if the interval has changed with it. Times that stand
  // still or go backwards, and kNoTime, are not looked at.
  bool push(Nanos time);
  // Looks at the gaps that there are, however few.
  void settle();
  // Seconds, 0.001 to 86,400; 300 while nothing is known.
  double seconds() const { return seconds_; }
  void archive(Archive& archive);
  void prefetch() const { model::prefetch(this); }
  void prefetch_more() const { model::prefetch(&gaps_[count_]); }  // when that is there

 private:
  static constexpr int kGaps = 64;

  int count_ = 0;
  Nanos last_ = kNoTime;
  double seconds_ = 300;
  std::array<float, kGaps> gaps_{};
};

}  // namespace aiops::model
