// Whether a model still fits the data: for cron and CI.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "record/reader.hpp"
#include "train/promote.hpp"

namespace aiops::train {

enum class Trouble : std::uint8_t {
  old,      // trained longer ago than is allowed
  unknown,  // in the data, and the model does not know it
  missing,  // in the model, and the data has no row of it
  drifted,  // scored unlike in the back-test
};
std::string_view trouble_name(Trouble trouble);

struct Finding {
  Trouble trouble;
  std::string series;  // "": the model as a whole
  std::string text;
};

struct CheckOptions {
  record::ReaderOptions input;
  bool values_given = false;  // --value was
  std::string rejects;        // file for lines that could not be read; "": none
  std::string calendar;       // file of times that are neither compared nor learned; "": none
  std::string models = "models/default";
  Nanos max_age = 30 * kDay;     // 0: any
  std::size_t min_samples = 60;  // of a series that the model does not know, before it counts
  bool retrain = false;
  Promote promote = Promote::if_better;
  double backtest_share = 0.2;
  std::uint64_t seed = 1;
  unsigned jobs = 0;
};

struct CheckResult {
  std::string model, version;  // "models/shop", "v0003"
  Nanos created = kNoTime;
  std::uint64_t series = 0;       // of the data
  std::uint64_t too_short = 0;    // of them not in the model, and with too few rows to be trained
  std::uint64_t compared = 0;     // tested for drift
  std::vector<Finding> findings;  // by kind, then series
  std::uint64_t left = 0;         // of the findings, without those that training anew has remedied
  std::string retrained;          // the new version; "": none
  Status status = Status::done;   // gate: findings are left
};

// Reads the data and looks at the model in use. With `retrain`, series that are unknown, have drifted or are
// old get new parts in a new version, the others keep theirs byte for byte; findings that this remedies do
// not count for the status. Throws InputError where there is no model, or no data.
CheckResult check(const CheckOptions& options, Diagnostics& diagnostics);

// A line for each finding; "" if there is none.
std::string check_text(const CheckResult& result);
std::string check_json(const CheckResult& result);

}  // namespace aiops::train
