// How well scores rank labelled rows above the others, whatever the threshold.
//
// All take one series: scores (higher: stranger; finite) and labels (0 or 1) of the same length, in the order
// of time. NaN where no row is labelled. Nothing is kept; safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aiops::report {

// Area under the curve of precision over recall as average precision, the sum of precision times gain in
// recall over falling thresholds; rows with equal scores pass the threshold together (as scikit-learn's
// average_precision_score). 0 to 1.
double average_precision(std::span<const double> scores, std::span<const std::uint8_t> labels);
// The same of scores that are already apart: those of labelled rows and those of the others. Sorts both.
double average_precision_apart(std::span<double> labelled, std::span<double> others);

// Volume under the surface of precision and recall (Paparrizos et al., "Volume Under the Surface", PVLDB
// 15(11), 2022; equal to the TSB-AD benchmark's RangeAUC_volume_opt): the mean over buffer widths 0 to
// `window` of the area under a curve that gives a hit near a labelled span part of the credit, sqrt(1 -
// distance / width), and weighs recall with the share of spans that were hit at all. 250 thresholds at
// quantiles of the scores.
double vus_pr(std::span<const double> scores, std::span<const std::uint8_t> labels, int window);

inline constexpr int kDefaultWindow = 125;
inline constexpr std::size_t kAutocorrelationRows = 20'000;  // rows that autocorrelation_window looks at

// The window for vus_pr: the lag of the highest local maximum of the values' autocorrelation, as TSB-AD
// chooses it (lags 3 to 400 of the first 20,000 rows; a maximum at lag 3, 4, 5 or beyond 303 does not count).
// kDefaultWindow where there is none. A missing value (NaN) stands for the one before it.
int autocorrelation_window(std::span<const float> values);

}  // namespace aiops::report
