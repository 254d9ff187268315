// What an anomaly does to the values of its rows.
#pragma once

#include <cstdint>
#include <optional>

#include "base/random.hpp"
#include "inject/anomaly.hpp"
#include "inject/recent.hpp"

namespace aiops::inject {

// What a series' values look like; what is injected looks the same.
struct Plausible {
  bool negative = true;  // values below 0 occur
  int decimals = 15;     // digits after the point; kAllDecimals: no rounding
};

// One anomaly in one series, from its first row to its last. Kinds for log records other than `latency` have
// no shape.
class Shape {
 public:
  // before: the level of the series where the anomaly starts, held: its last value there. magnitude in robust
  // standard deviations, > 0.
  Shape(Anomaly kind, double magnitude, const Level& before, double held, Plausible plausible,
        std::uint64_t seed);

  // False when nothing could be seen in place of `value`, the first one: too little room above 0 for a dip
  // (see dip_room) in a series that is never negative.
  bool possible(double value) const;

  // The value in place of `value`, nullopt for none (gap). progress: how much of the anomaly is over with
  // this row, in (0, 1]. To be called once a row, in order: noise is drawn here.
  std::optional<double> apply(double value, double progress);

 private:
  double moved(double value, double by) const;

  Anomaly kind_;
  double size_;           // of the anomaly, with its sign, in the unit of the values
  double median_, room_;  // room: what a dip needs above 0
  double held_;
  Plausible plausible_;
  Random random_;
};

}  // namespace aiops::inject
