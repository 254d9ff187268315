// A verdict as a sentence, for those who are woken by it.
#pragma once

#include <string>

#include "record/series.hpp"
#include "score/scorer.hpp"

namespace aiops::score {

// "latency_p99 of cart is 1.8; never above 0.42 in 14 days; expected 0.21 to 0.33 at this hour": what it is,
// how it lies to all that was seen (where the detector keeps that) and to what was expected, or else what
// drove the score.
// "" for a row of normal severity. value: NaN if the row has no single one. time: of the row; kNoTime if
// unknown.
std::string explain(const record::SeriesKey& key, double value, Nanos time, const Scored& row);

}  // namespace aiops::score
