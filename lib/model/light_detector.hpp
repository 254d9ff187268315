// The detector "light": one metric at a time, learning with every sample, in 1 KB (light_series.hpp says
// how).
//
// For 100,000 series and more. What fit() leaves is the state that the series is in at the end of its
// history, and start() goes on from it; without fit() it starts cold and says warming_up for the first 64
// samples. score is the calibrated surprise over the threshold's, p_value 10^-surprise, level its own.
//
// Uses the input `value`, or the only one there is. Inputs to be scored together (joint) are refused.
#pragma once

#include <memory>
#include <string>

#include "model/detector.hpp"
#include "model/light_parameters.hpp"

namespace aiops::model {

class LightDetector : public Detector {
 public:
  explicit LightDetector(const LightParameters& parameters) : parameters_(parameters) {}

  LightDetector(const LightDetector&) = delete;
  LightDetector& operator=(const LightDetector&) = delete;

  // Of memory, for each series.
  static constexpr std::size_t kStateBytes = 1024;

  std::string_view name() const override { return "light"; }
  void fit(const Schema& schema, const History& history, std::uint64_t seed) override;
  std::unique_ptr<State> start() const override;
  std::unique_ptr<State> restore(std::string_view bytes) const override;
  Nanos refractory(const State* state) const override;
  void prefetch(const State* state, Ahead ahead) const override;
  void update(State* state, const Rows& rows, Verdict* verdicts) const override;
  std::string save() const override { return std::string(learned_); }
  void load(const Schema& schema, std::string_view bytes) override;

 private:
  LightParameters parameters_;
  std::string fitted_;        // what fit() left
  std::string_view learned_;  // a saved state, that or what load() was given; empty: nothing
  std::size_t value_ = 0;     // which input
};

}  // namespace aiops::model
