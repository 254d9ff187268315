// What a Scorer keeps of a series. What every row needs stands first, in one cache line.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "score/scorer.hpp"
#include "score/state.hpp"

namespace aiops::score {

struct alignas(64) Scorer::Series {
  SeriesMemory memory;
  const model::Detector* detector = nullptr;
  std::unique_ptr<model::State> state;
  std::uint32_t first = 0, rows = 0;  // this batch's slots
  // Rows to come whose rolling features, computed elsewhere, are taken for those of a window not filled yet.
  std::uint32_t unfilled = 0;
  bool judged = false;  // there is a detector, or will be after wake()
  bool asleep = true;   // wake() is to be called
  // What is not empty below, so that most rows need not look there.
  bool has_thresholds = false, has_excused = false, has_expected = false;

  std::optional<feature::Rolling> rolling;
  Thresholds thresholds;
  BudgetKeeper::Scope* budget = nullptr;
  std::vector<Calendar::Time> excused;  // in which it does not alert and is not learned
  model::Expected expected;             // what somebody said of it
  model::ExpectedRun expected_run;
  std::string name, members;         // members: in a JSON object, for a process
  std::optional<std::size_t> found;  // in the bundle
  std::optional<SeriesState> kept;   // of an earlier run, until it is awake
};

}  // namespace aiops::score
