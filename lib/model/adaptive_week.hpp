// How each hour of the week differs from what the profile of the day says: weekends, and jobs of a Monday.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/time.hpp"
#include "model/archive.hpp"
#include "model/prefetch.hpp"

namespace aiops::model {

// 168 hours, between whose middles is interpolated, so that no hour begins with a step. Says nothing before
// an hour came twice, and nothing where the week does not tell enough to be worth its own errors. One thread.
class WeekProfile {
 public:
  // What to add to the profile of the day. learn: closes the hour before.
  double correction(Nanos time, bool learn);
  // After correction(), at the same time. residual: value - profile of the day; clipped: the same without
  // what is far out of the usual; limit: what a residual counts for at most where both ways are compared.
  void learn(double residual, double clipped, double limit);
  void archive(Archive& archive);
  // When the object's first bytes are there: of this hour, which most often is the next sample's, too.
  void prefetch() const {
    const int hour = std::max(0, hour_);
    model::prefetch(&weeks_[hour]);
    model::prefetch(&hours_[hour]);
  }

 private:
  static constexpr int kHours = 168;
  double of_hour(int hour) const;
  void close_hour();

  std::int32_t hour_ = -1;  // that is going on; -1: none yet
  double sum_ = 0, count_ = 0;
  double suggested_ = 0;           // of the last correction(), whether or not it was given out
  double with_ = 0, without_ = 0;  // mean size of residuals, corrected and not
  std::array<std::uint8_t, kHours> weeks_{};
  std::array<float, kHours> hours_{};  // mean residual
};

}  // namespace aiops::model
