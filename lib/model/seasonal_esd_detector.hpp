// The detector "seasonal-esd": a robust season and a test for outliers (esd_series.hpp says how), for short
// histories. It learns as it goes, with or without training.
//
// What fit() leaves is the state that the series is in at the end of its history. score is the robust
// deviation in that which the test asks for; p_value is the tail probability among the errors of late. Uses
// the input `value`, or the only one there is. Inputs to be scored together (joint) are refused.
#pragma once

#include <memory>
#include <string>

#include "model/detector.hpp"
#include "model/esd_series.hpp"

namespace aiops::model {

class SeasonalEsdDetector : public Detector {
 public:
  explicit SeasonalEsdDetector(SeasonalEsdParameters parameters) : parameters_(parameters) {}

  std::string_view name() const override { return "seasonal-esd"; }
  void fit(const Schema& schema, const History& history, std::uint64_t seed) override;
  std::unique_ptr<State> start() const override;
  std::unique_ptr<State> restore(std::string_view bytes) const override;
  Nanos refractory(const State* state) const override;
  void update(State* state, const Rows& rows, Verdict* verdicts) const override;
  std::string save() const override;
  void load(const Schema& schema, std::string_view bytes) override;
  void tell(Parameters& parameters) const override { parameters.seasonal_esd = parameters_; }

 private:
  SeasonalEsdParameters parameters_;
  std::string learned_;    // a saved state; empty: nothing
  std::size_t value_ = 0;  // which input
};

}  // namespace aiops::model
