// Are scores distributed as they were in the back-test?
#pragma once

#include <vector>

#include "train/figures.hpp"

namespace aiops::train {

// The two-sample Kolmogorov-Smirnov test, as far as the deciles of one of the samples tell.
struct Drift {
  bool tested = false;  // enough scores in both
  double distance = 0;  // at least so far are the two distribution functions apart somewhere
  double allowed = 0;   // what is no drift yet
  bool higher = false;  // the new scores are higher
  bool drifted() const { return tested && distance > allowed; }
};

// Allowed is what chance explains once in a thousand times (Smirnov 1948), and 0.2 at least: a smaller change
// matters to nobody. Scores of neighbouring rows go together (windows and held levels see the same rows), so
// 16 rows count as one. Not tested with fewer than 64 scores on either side.
Drift drift(const Deciles& before, std::vector<float> scores);

}  // namespace aiops::train
