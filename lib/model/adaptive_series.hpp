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
// Memory: 15 KB after 64 samples, growing with the history to 38 KB, 30 KB on average. Owns it; one thread.
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
  static constexpr int kBooks = 2;
  using Surprises = std::array<double, kChannels>;

  // parameters: must outlive the series.
  explicit AdaptiveSeries(const AdaptiveParameters& parameters);

  struct Judgement {
    double surprise = 0;  // -log10 of the probability, calibrated; the threshold is parameters.threshold
    double level = 0;     // held, in the same unit
    double expected = 0, lower = 0, upper = 0;  // of the value
    bool flat = false;                          // the value has never changed
    double lowest = 0, highest = 0;             // of all values before
    // For reasons().
    Signals signals;
    Surprises logs{}, surprises{};  // of the signals' sizes; what they were judged to be
    std::array<Codebook::Nearest, kBooks> nearest{};
    double level_discount = 1;  // where the series is smooth, its level tells less
  };
  // Judges the sample, then learns it, unless learn is false: then only what the next samples are compared
  // with follows it. Returns false if there were not enough samples yet, and then `out` says nothing. value:
  // finite. time: kNoTime if unknown.
  bool push(Nanos time, double value, bool learn, Judgement& out);
  // The time of the first sample; kNoTime if unknown.
  Nanos since() const { return began_; }
  // Before the first sample of a counter that began anew: it goes on from the value that it had.
  void count_on_from(double value) { origin_ -= value; }
  // A sample whose value is missing: nothing is learned.
  void miss();
  // What surprised in the sample that push() judged last, strongest first: "jump=1.4(usual 0.12)".
  std::vector<std::string> reasons(const Judgement& judged) const;

  // A sample is about to come: has the memory that it needs fetched into the cache, first the object itself,
  // then, when that is there, what it refers to.
  void prefetch() const;
  void prefetch_more() const;

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
  void begin();
  void rescale();
  double floor() const;
  TailHistogram::Shape shape(int channel) const {
    return {channel < kResidualChannels ? p_->residual_tail : p_->novelty_tail, p_->tail_prior,
            p_->prior_weight};
  }
  void settle_hold();
  void settle_step();
  void see(Nanos time, double value, bool learn, Judgement& out);
  bool learns();
  void surprise(bool learn, Judgement& out);
  void judge(double resolution, Judgement& out) const;
  double residual_surprise(const Judgement& judged) const;
  double own_surprise(double residual, bool learn, const Judgement& judged);
  void watch_change(double residual);
  // The channel's weighted surprise: what it adds to the score.
  double strength(Channel channel, const Judgement& judged) const;
  std::string reason(Channel channel, const Judgement& judged) const;

  // In the order in which a sample needs them: what stands together is fetched together.
  const AdaptiveParameters* p_;
  double origin_ = 0;  // values are kept relative to it
  SignalMaker::Scale scale_;
  double hold_ = 0, decay_ = 0;  // held surprise, and its factor from sample to sample
  double many_ = 0;              // mean surprise over as many samples
  double shortness_ = 0;         // log10(60 s / step), 0 from a minute on
  double of_step_ = 0;           // what the step adds to the score
  double event_weight_ = 1;      // of a sample of an event
  double credit_ = 0;            // of its samples, until one is learned
  double change_ = 0;            // running mean of the surprise
  int lag_ = 0;                  // that decay_ was made for
  int event_ = 0;                // samples of the event that is going on; counts down after it
  int relearn_ = 0;              // samples that are yet to be learned as they are
  std::uint32_t known_ = 0;      // a bit for each of delayed_, the newest the lowest: it is there already
  std::uint64_t samples_ = 0, next_scale_ = 0, calm_ = 0;
  RecentValues recent_;
  Boxcar<24> delayed_;  // means that are too new for the codebook: they would overlap
  SignalMaker maker_;
  Interval interval_;
  std::array<TailHistogram, kChannels> tails_;  // by Channel
  OwnTail own_level_, own_score_;
  std::array<Codebook, kBooks> books_;  // of Channel::never_seen and never_seen_move
  std::vector<Pending> pending_;        // until there are enough to begin with
  Nanos began_ = kNoTime;
};

}  // namespace aiops::model
