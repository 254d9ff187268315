// What the detector "light" goes by. One set serves every series; docs/quality.md tells what it was measured
// on.
#pragma once

#include <array>

namespace aiops::model {

struct LightParameters {
  // Counted in samples unless said otherwise. "Surprises" are -log10 of a tail probability.
  int warm_up = 64;            // samples before the first score
  double floor_share = 0.004;  // deviations below this share of the series' range R say nothing
  double tail = 0.02;          // share of what was seen that is tail
  double own_tail = 0.15;      // of the score's own
  double tail_prior = 0.3, prior_weight = 10;  // of the Hill estimate
  double offset_samples = 45;                  // half width of the mean that the level follows
  double profile_gain = 0.2;                   // share of a new day in the profile
  double clip = 4;                             // what is learned is clipped at so many mean deviations
  double forgetting = 0.999;                   // of the autoregression, a sample
  // step, forecast, profile, mean of 8 residuals from the level, mean of 16 from the profile, never seen
  std::array<double, 6> weights = {0.65, 1, 1, 1, 0.7, 1};
  double deviation_weight = 0.6;                   // of the plain deviation from the expected value
  double own_floor = 0.4;                          // surprises below it are not tail
  double own_half = 8000;                          // samples until the score's own tail is trusted by half
  double step_exponent = 0.5;                      // the score falls by log10(300 s / step) times this …
  double shortest_step = 60, longest_step = 3600;  // … within these bounds, in seconds
  // Steps below a minute, in terms of log10(60 s / step).
  double short_novelty = 8;  // taken off the surprise of novelty
  double short_gain = 0.15;  // added to the score
  double short_event_weight =
      2;  // a sample of an event is learned with a weight of (step / 60 s) to this power
  double short_event_score = 0.5;  // the score from which on it is one
  double most_learned = 2;         // there a surprise above it is learned as if it were so large
  double hold_samples = 12, hold_seconds = 1800;  // the level is held for so long together
  double change_mean = 3;                         // mean surprise that tells of a lasting change
  int change_span = 120;
  double change_keep = 0.25;  // share of the tails that is kept then
  double threshold = 3.25;    // the surprise at which score is 1

  bool operator==(const LightParameters&) const = default;
};

}  // namespace aiops::model
