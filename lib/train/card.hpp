// card.json: what a version of a model was made from, for people and scripts.
#pragma once

#include <string>
#include <vector>

#include "model/detector.hpp"
#include "train/fit.hpp"
#include "train/history.hpp"

namespace aiops::train {

// Intervals of --feedback.
struct FeedbackCounts {
  std::uint64_t expected = 0, missed = 0;
};

struct CardFacts {
  Nanos created = 0;
  std::vector<std::string> files;  // as given; "-" for standard input
  Nanos train_window = 0;          // 0: all
  HistoryCounts counts;
  FeedbackCounts feedback;
  std::vector<FittedSeries> kept;  // series that were not trained now
  std::string bundle;              // its bytes, for size and checksum
  std::string champion;            // the version that it was compared with; "": none
  bool promoted = true;
  std::string not_promoted;  // why not
};

// The back-test of all series together.
Figures figures_of(const FitResult& result);

// The parameters that a detector goes by, as a JSON object.
std::string parameters_json(const model::DetectorKind& kind, const model::Parameters& values);

// One JSON object over several lines: created, detector, parameters, seed, inputs, what was read, the
// back-test, and each series with its rows.
std::string card(const CardFacts& facts, const model::Schema& schema, const FitOptions& options,
                 const FitResult& result);

}  // namespace aiops::train
