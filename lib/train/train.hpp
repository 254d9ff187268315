// From records to a new version of a model: the whole of training.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "model/detector.hpp"
#include "record/reader.hpp"
#include "train/fit.hpp"
#include "train/promote.hpp"

namespace aiops::train {

struct TrainOptions {
  record::ReaderOptions input;
  std::string rejects;  // file for lines that could not be read; "": none
  std::string models = "models/default";
  std::vector<std::string> features;  // columns scored together; empty: each value is a series of its own
  std::string window;                 // "60", "5m"; "": features of the record if it has them, else 60
  Nanos train_window = 0;             // 0: all
  std::vector<std::string> exclude;   // files of scores
  std::vector<std::string> feedback;  // files of labels with a verdict
  std::string calendar;               // file of times that are not learned; "": none
  bool forget_expected = false;       // do not take over what the version in use expects
  Nanos if_older = 0;                 // do nothing while the version in use is younger
  Promote promote = Promote::if_better;
  FitOptions fit;
};

// What the detector sees, and which columns to read for it.
struct Plan {
  model::Schema schema;
  record::Columns columns;
};

// names: the fields of the first record. Throws UsageError.
Plan plan(const TrainOptions& options, const std::vector<std::string>& names);

// With if_older, does nothing while the version in use is younger, and says so; else
// reads, fits, tests, writes the next version and makes it current if it is no worse than the one in use
// (Comparison::worse), or as `promote` has it. Says what was trained and names the series that were skipped.
// Returns Status::input if lines could not be read (the rest was trained on), Status::gate if the version was
// not made current because it is worse, Status::interrupted, with nothing written, if a stop was requested.
// Throws InputError if no series had rows enough.
Status train(const TrainOptions& options, Diagnostics& diagnostics);

}  // namespace aiops::train
