// The detector "adaptive": one metric at a time, learning with every sample (adaptive_series.hpp says how).
//
// What fit() leaves is the state that the series is in at the end of its history, and start() goes on from
// it: a warm start. Without fit() it starts cold and says warming_up for the first 64 samples. score is the
// calibrated surprise over the threshold's; p_value is 10^-surprise; level is its own (held in proportion to
// the series' rhythm).
//
// Uses the input `value`, or the only one there is. Inputs to be scored together (joint) are refused.
#pragma once

#include <memory>
#include <string>

#include "model/adaptive_series.hpp"
#include "model/detector.hpp"

namespace aiops::model {

// Its states refer to it: it must outlive them.
class AdaptiveDetector : public Detector {
 public:
  explicit AdaptiveDetector(AdaptiveParameters parameters) : parameters_(parameters) {}
  AdaptiveDetector(const AdaptiveDetector&) = delete;
  AdaptiveDetector& operator=(const AdaptiveDetector&) = delete;

  std::string_view name() const override { return "adaptive"; }
  void fit(const Schema& schema, const History& history, std::uint64_t seed) override;
  std::unique_ptr<State> start() const override;
  std::unique_ptr<State> restore(std::string_view bytes) const override;
  Nanos refractory(const State* state) const override;
  void prefetch(const State* state, Ahead ahead) const override;
  void update(State* state, const Rows& rows, Verdict* verdicts) const override;
  std::string save() const override { return std::string(learned_); }
  void load(const Schema& schema, std::string_view bytes) override;

 private:
  AdaptiveParameters parameters_;
  std::string fitted_;        // what fit() left
  std::string_view learned_;  // a saved state, that or what load() was given; empty: nothing
  std::size_t value_ = 0;     // which input
};

}  // namespace aiops::model
