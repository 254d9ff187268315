// The back-test: what a detector makes of rows that it was not trained on, as they are and with known
// anomalies in them.
//
// A series is cut in two. Rows from the cut on are scored by a detector that was trained on those before it;
// its alerts are what a person on call would have seen. Then each anomaly is tried by itself: from the state
// that the detector had at its first row, over its rows and a few behind them, so that no anomaly changes
// what another one meets. Nothing here keeps a detector or a history; any number of threads may call.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "inject/anomaly.hpp"
#include "model/detector.hpp"
#include "model/expected.hpp"
#include "train/history.hpp"

namespace aiops::train {

// What is injected: of the kinds that go into values, those that a score can tell (a gap has no score).
inline constexpr std::array kBacktestKinds = {inject::Anomaly::spike,       inject::Anomaly::dip,
                                              inject::Anomaly::level_shift, inject::Anomaly::drift,
                                              inject::Anomaly::variance,    inject::Anomaly::flat_line};

struct BacktestOptions {
  double share = 0.2;             // of a series' rows, the last ones; 0: no back-test
  double magnitude = 8;           // of the anomalies, in robust standard deviations, as aiops-inject has it
  int each = 2;                   // anomalies of each kind in a series
  std::size_t most_series = 500;  // into so many series, chosen by the seed
};

// Fewer rows than this tell nothing.
inline constexpr std::size_t kLeastTested = 20;
// Rows behind an anomaly that still find it.
inline constexpr std::size_t kGrace = 5;

// One anomaly in one series.
struct Trial {
  std::size_t kind = 0;        // in kBacktestKinds
  std::size_t row = 0;         // of the history, where it begins
  std::vector<double> values;  // in place of those from `row` on
};

struct TrialResult {
  bool found = false;
  Nanos delay = 0;  // from the anomaly's first row to the first one that reaches the threshold because of it
};

// What one detector did.
struct Replay {
  std::uint64_t scored = 0;
  std::vector<std::size_t> alerts;  // rows of the history, by the threshold and the refractory period
  std::vector<TrialResult> trials;  // those that were asked for, in their order
  std::vector<float> scores;        // of the rows as they are; those that were not scored are left out
};

// Where the tested rows of a series begin; 0 if it has too few: kLeastTested of them, and `least` before.
std::size_t backtest_begin(const SeriesHistory& history, double share, std::size_t least);

// The anomalies for rows from `begin` on, by row. The same arguments give the same ones, whatever detector is
// going to meet them. Kinds that would change nothing are left out. None for columns scored together.
std::vector<Trial> make_trials(const model::Schema& schema, const SeriesHistory& history, std::size_t begin,
                               const BacktestOptions& options, std::uint64_t seed);

// Scores rows from `begin` on, as they are and then with each trial (all with a row >= begin). A detector
// that learns as it goes has seen the rows from `warm` to `begin` before. schema: the detector's. Throws what
// the detector throws.
// expected: what is not alerted on.
Replay replay(const model::Schema& schema, const model::Detector& detector, const SeriesHistory& history,
              std::size_t warm, std::size_t begin, const std::vector<Trial>& trials,
              const model::Expected& expected = {});

// Time from row `begin` to the end of the last row, in days; 0 where rows have no time of their own.
double days_from(const SeriesHistory& history, std::size_t begin);

}  // namespace aiops::train
