// What the detector "adaptive" goes by. One set serves every series; docs/quality.md tells how it was chosen.
#pragma once

#include <array>

namespace aiops::model {

struct AdaptiveParameters {
  // Counted in samples unless said otherwise. "Surprises" are -log10 of a tail probability.
  int warm_up = 64;                            // samples before the first score
  int short_mean = 8, long_mean = 16;          // of residuals
  int novel_mean = 24, novel_deviation = 400;  // of values: what is looked for in the codebooks
  double floor_share = 0.002;   // surprises below this share of the series' range R say nothing
  double floor_of_step = 0.05;  // the same of the smallest step that the series has ever made
  double resolution = 0.3;      // of the codebooks, in floors
  double residual_tail = 0.03, novelty_tail = 0.01, score_tail = 0.15;  // share of what was seen that is tail
  double tail_prior = 0.3, prior_weight = 10;                           // of the Hill estimate
  double offset_samples = 45;  // half width of the mean that the seasonal profile is offset by
  double profile_gain = 0.1;   // least share of a new value in its bin of the profile
  double clip = 4;             // what is learned is clipped at so many mean deviations
  double forgetting = 0.9995;  // of the autoregression, a sample
  // Channels: mean of 8 residuals, mean of 16 plain residuals, step, forecast from residuals, mean of 8
  // forecast errors, plain residual, flat run.
  std::array<double, 7> weights = {1, 0.7, 0.65, 1, 0.9, 1, 0.8};
  double level_discount = 0.4;    // exponent of the discount of the level channels where the series is smooth
  double deviation_weight = 0.6;  // of the plain deviation from the expected value
  double own_floor = 0.4;         // surprises below it are not tail
  double own_level = 5000, own_score = 10000;      // samples until a score's own tail is trusted by half
  double step_exponent = 0.5;                      // the score falls by log10(300 s / step) times this …
  double shortest_step = 60, longest_step = 3600;  // … within these bounds, in seconds
  double change_mean = 3;                          // mean surprise that tells of a lasting change
  int change_span = 120, relearn = 300;
  double change_keep = 0.25;  // share of the tails that is kept then
  // Steps below a minute, in terms of log10(60 s / step) unless said otherwise: neighbouring samples tell
  // less of what was never seen, there are more of them to be wrong about, and an event has many.
  double short_novelty = 1;     // taken off the surprise of novelty
  double short_trust = 0.1;     // added to the weight of residuals
  double short_penalty = 0.25;  // taken off the score
  double short_event_weight =
      2;  // a sample of an event is learned with a weight of (step / 60 s) to this power
  double short_event_score = 0.5;  // the score from which on it is one
  double short_learned = 2.5;      // a surprise above it is learned as if it were so large
  double short_profile = 1,
         short_offset = 0.5;  // the profile's gain and the offset's by (step / 60 s) to this power
  double short_carry = 30;    // samples that the last bin counts for where it stands in for a new one
  double threshold = 3.6;     // the surprise at which score is 1

  bool operator==(const AdaptiveParameters&) const = default;
};

}  // namespace aiops::model
