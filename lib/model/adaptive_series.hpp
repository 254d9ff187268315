// One series as the detector "adaptive" knows it: everything that goes on from sample to sample.
//
// From a sample come nine signals (adaptive_signals.hpp): deviations from what was expected, and distances
// from all that was ever seen. Each has a tail model of its own (adaptive_tail.hpp) that turns it into a
// surprise, -log10 of the probability of as much; surprises of one kind are combined by a norm, and the
// result is calibrated by its own tail, so that one threshold serves all series.
//
// Causal: a verdict depends on this sample and those before it alone. A positive factor on all values changes
// nothing; a shift only what rounding changes (values are kept relative to the first ones).
//
// Memory: 10 KB after 64 samples, growing with the history to 48 KB. Owns it; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/adaptive_codebook.hpp"
#include "model/adaptive_interval.hpp"
#include "model/adaptive_parameters.hpp"
#include "model/adaptive_recent.hpp"
#include "model/adaptive_signals.hpp"
#include "model/adaptive_tail.hpp"

namespace aiops::model {

class AdaptiveSeries {
 public:
  // parameters: must outlive the series.
  explicit AdaptiveSeries(const AdaptiveParameters& parameters);

  struct Judgement {
    double surprise = 0;  // -log10 of the probability, calibrated; the threshold is parameters.threshold
    double level = 0;     // held, in the same unit
    double expected = 0, lower = 0, upper = 0;  // of the value
    bool flat = false;                          // the value has never changed
  };
  // Judges the sample, then learns it, unless learn is false: then only what the next samples are compared
  // with follows it. nullopt: not enough samples yet. value: finite. time: kNoTime if unknown.
  std::optional<Judgement> push(Nanos time, double value, bool learn = true);
  // The range of all samples before the one judged last, and the time of the first; kNoTime if unknown.
  struct Before {
    double lowest, highest;
    Nanos since;
  };
  Before before() const { return {origin_ + lowest_before_, origin_ + highest_before_, began_}; }
  // Before the first sample of a counter that began anew: it goes on from the value that it had.
  void count_on_from(double value) { origin_ -= value; }
  // A sample whose value is missing: nothing is learned.
  void miss();
  // What surprised in the sample that push() judged last, strongest first: "jump=1.4(usual 0.12)".
  std::vector<std::string> reasons() const;

  std::uint64_t samples() const { return samples_; }
  double step() const { return interval_.seconds(); }  // between samples, in seconds
  // Bytes of memory.
  std::size_t bytes() const;
  void archive(Archive& archive);

 private:
  struct Pending {
    Nanos time;
    double value;
  };
  using Surprises = std::array<double, kChannels>;

  void begin();
  void rescale();
  double floor() const;
  void settle_hold();
  Signals see(Nanos time, double value, bool learn);
  bool learns();
  void surprise(const Signals& signals, bool learn);
  double residual_surprise() const;
  double own_surprise(double residual, bool learn);
  void watch_change(double residual);
  // The channel's weighted surprise: what it adds to the score.
  double strength(Channel channel) const;
  std::string reason(Channel channel) const;

  const AdaptiveParameters& p_;
  std::vector<Pending> pending_;  // until there are enough to begin with
  Interval interval_;
  RecentValues recent_;
  SignalMaker maker_;
  std::vector<TailHistogram> tails_;  // by Channel
  std::array<Codebook, 2> books_;     // of Channel::never_seen and never_seen_move
  Boxcar delayed_;                    // means that are too new for the codebook: they would overlap
  OwnTail own_level_, own_score_;
  double origin_ = 0;  // values are kept relative to it
  SignalMaker::Scale scale_;
  double hold_ = 0, decay_ = 0;  // held surprise, and its factor from sample to sample
  double many_ = 0;              // mean surprise over as many samples
  int lag_ = 0;                  // that decay_ was made for
  double shortness_ = 0;         // log10(60 s / step), 0 from a minute on
  int event_ = 0;                // samples of the event that is going on; counts down after it
  double credit_ = 0;            // of its samples, until one is learned
  double change_ = 0;            // running mean of the surprise
  int relearn_ = 0;              // samples that are yet to be learned as they are
  std::uint64_t samples_ = 0, next_scale_ = 0, calm_ = 0;

  Nanos began_ = kNoTime;

  // Of the sample judged last; not saved.
  double lowest_before_ = 0, highest_before_ = 0;
  Signals signals_;
  Surprises surprises_{};
  std::array<double, 2> nearest_{};
  double level_discount_ = 1;  // where the series is smooth, its level tells less
};

}  // namespace aiops::model
