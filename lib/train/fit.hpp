// Fitting a detector to each series and testing it on what it did not see, on several threads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.hpp"
#include "model/bundle.hpp"
#include "train/champion.hpp"
#include "train/figures.hpp"
#include "train/history.hpp"

namespace aiops::train {

struct FitOptions {
  std::string detector{model::kDefaultDetector};
  model::Parameters parameters;
  std::uint64_t seed = 1;
  std::size_t min_samples = 60;  // a series with fewer rows is skipped
  unsigned jobs = 0;             // threads; 0: one for each processor
  BacktestOptions backtest;
  // What earlier versions were told to expect, by series, as bytes.
  std::map<std::string, std::string> known;
  const Champion* champion = nullptr;  // what the result is compared with; outlives fit()
};

struct FittedSeries {
  std::string series;
  std::uint64_t rows = 0;
  Nanos last = kNoTime;          // of its newest row
  Nanos trained = kNoTime;       // when; kNoTime: now
  std::optional<Tested> tested;  // not where it has too few rows
  std::size_t expected = 0;      // episodes
};

// A series that stays as an earlier version has it.
struct KeptSeries {
  FittedSeries card;
  std::string part, expected;
};

struct FitResult {
  model::BundleWriter bundle;
  std::vector<FittedSeries> trained, skipped;  // sorted by name
  Comparison compared;                         // with the champion, over the series that got anomalies
};

// histories: as HistoryCollector::take() gave them; used up. The result does not depend on the number of
// threads. Throws what a detector's fit() throws, UsageError for a detector that there is none of, and stops
// early, with what is finished, when a stop is requested (base/stop.hpp).
FitResult fit(const model::Schema& schema, std::vector<SeriesHistory> histories, const FitOptions& options);

}  // namespace aiops::train
