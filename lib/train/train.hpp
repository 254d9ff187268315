// From records to a new version of a model: the whole of training.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "model/detector.hpp"
#include "record/reader.hpp"
#include "train/fit.hpp"

namespace aiops::train {

struct TrainOptions {
  record::ReaderOptions input;
  std::string rejects;  // file for lines that could not be read; "": none
  std::string models = "models/default";
  std::vector<std::string> features;  // columns scored together; empty: each value is a series of its own
  std::string window;                 // "60", "5m"; "": features of the record if it has them, else 60
  Nanos train_window = 0;             // 0: all
  std::vector<std::string> exclude;   // files of scores
  FitOptions fit;
};

// What the detector sees, and which columns to read for it.
struct Plan {
  model::Schema schema;
  record::Columns columns;
};

// names: the fields of the first record. Throws UsageError.
Plan plan(const TrainOptions& options, const std::vector<std::string>& names);

// Reads, fits, writes the next version and makes it current. Says what was trained and names the series that
// were skipped. Returns Status::input if lines could not be read (the rest was trained on),
// Status::interrupted, with nothing written, if a stop was requested. Throws InputError if no series had rows
// enough.
Status train(const TrainOptions& options, Diagnostics& diagnostics);

}  // namespace aiops::train
