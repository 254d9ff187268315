// From histories to a new version of a model: fit, test, compare, write, and bring into use.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "model/store.hpp"
#include "train/fit.hpp"
#include "train/promote.hpp"

namespace aiops::train {

struct VersionInput {
  model::Schema schema;
  std::vector<SeriesHistory> histories;
  HistoryCounts counts;
  std::vector<std::string> files;  // where they are from; none: standard input
  Nanos train_window = 0;          // 0: all
  std::vector<KeptSeries> kept;    // series that stay as they were
  bool take_over = true;           // what the version in use expects of series
  FeedbackCounts feedback;
};

struct VersionOptions {
  std::string models;  // as the user named it, for messages
  Promote promote = Promote::if_better;
  FitOptions fit;
};

// Says what was trained. Returns Status::gate if the version was not made current because it is worse than
// the one in use, Status::interrupted, with nothing written, if a stop was requested. Throws what fit() and
// the store throw.
Status make_version(model::Store& store, const model::Store::Lock& lock, VersionInput input,
                    const VersionOptions& options, Diagnostics& diagnostics);

}  // namespace aiops::train
