// Samples on a regular grid, and the season that is in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/archive.hpp"
#include "model/detector.hpp"
#include "model/season_length.hpp"

namespace aiops::model {

// Slots of `step` from `origin` on; a time is in the slot that it is nearest to.
struct Grid {
  Nanos origin = 0, step = 0;  // step 0: there are no times, samples are counted

  // kNoTime, or no step: none.
  std::int64_t slot(Nanos time) const;
  void archive(Archive& archive);
};

struct Regular {
  Grid grid;
  std::int64_t first = 0;      // slot of values[0]
  std::vector<double> values;  // NaN: missing
};

// The newest samples of a history on a grid of its usual interval (the median, rounded to what people set),
// at most `most` slots of it. Of two samples in a slot the first counts. Bounded whatever the times are.
Regular regular(const History& history, std::size_t column, std::size_t most);

// Lags (in slots, strongest first, at most three) at which values repeat themselves, found by their
// autocorrelation: peaks that stand out, of which there are at least so many cycles. A day and a week are
// candidates wherever there are as many of them. O(n log n).
std::vector<std::size_t> season_candidates(const Regular& samples, std::size_t cycles = 3);

// The given season in slots; 0 for none, and where it is shorter than two slots of this series or longer than
// kLongestSeason: one series among many must not end it all.
std::size_t given_season(const SeasonLength& season, Nanos step);

}  // namespace aiops::model
