#include "model/adaptive_week.hpp"

#include <algorithm>
#include <cmath>

namespace aiops::model {
namespace {

constexpr std::uint8_t kFewestWeeks = 2, kMostWeeks = 250;
constexpr double kPriorWeeks = 2;     // in which an hour is taken for an hour of any day
constexpr double kSlowest = 0.1;      // weight of a new week
constexpr double kWorthIt = 0.8;      // of the mean residual, at most, must be left to correct it
constexpr double kComparison = 1e-3;  // weight of a new residual

}  // namespace

double WeekProfile::of_hour(int hour) const {
  const int at = (hour + kHours) % kHours;
  const double weeks = weeks_[at];
  return weeks >= kFewestWeeks ? hours_[at] * weeks / (weeks + kPriorWeeks) : 0;
}

void WeekProfile::close_hour() {
  if (count_ > 0) {
    const double gain = std::max(kSlowest, 1.0 / (weeks_[hour_] + 1));
    hours_[hour_] += static_cast<float>(gain * (sum_ / count_ - hours_[hour_]));
    if (weeks_[hour_] < kMostWeeks) ++weeks_[hour_];
  }
  sum_ = count_ = 0;
}

double WeekProfile::correction(Nanos time, bool learn) {
  suggested_ = 0;
  if (time == kNoTime) return 0;
  constexpr Nanos kWeek = kHours * kHour;
  const Nanos of_week = (time % kWeek + kWeek) % kWeek;
  const int hour = static_cast<int>(of_week / kHour);
  if (learn && hour != hour_) {
    if (hour_ >= 0) close_hour();
    hour_ = hour;
  }
  const double from_middle = static_cast<double>(of_week % kHour) / static_cast<double>(kHour) - 0.5;
  const double share = std::abs(from_middle);
  suggested_ = of_hour(hour) * (1 - share) + of_hour(from_middle < 0 ? hour - 1 : hour + 1) * share;
  return with_ < kWorthIt * without_ ? suggested_ : 0;
}

void WeekProfile::learn(double residual, double clipped, double limit) {
  if (hour_ < 0) return;
  sum_ += clipped;
  ++count_;
  if (weeks_[hour_] < kFewestWeeks) return;
  without_ += kComparison * (std::min(limit, std::abs(residual)) - without_);
  with_ += kComparison * (std::min(limit, std::abs(residual - suggested_)) - with_);
}

void WeekProfile::archive(Archive& archive) {
  archive(hours_);
  archive(weeks_);
  archive(hour_, sum_, count_, with_, without_);
  archive.check(hour_ >= -1 && hour_ < kHours && count_ >= 0, "has a week that makes no sense");
}

}  // namespace aiops::model
