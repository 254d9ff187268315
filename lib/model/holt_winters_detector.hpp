// The detector "holt-winters": exponential smoothing with level, trend and season (ets.hpp), fitted by
// likelihood to the history of a series, and prediction intervals.
//
// fit() lays the history on a grid of its interval, looks for seasons unless one is given, fits every form
// that is allowed and takes the one with the lowest AICc (Hyndman and others, chapter 7). Outliers of the
// history (6 robust standard deviations) are left out and the form is fitted once more. The interval's width
// is the quantile that the errors of the history had (tail.hpp), not a normal distribution's: errors of
// metrics have heavy tails. With errors that are normal it is the same.
//
// Afterwards it goes on filtering. An error beyond the interval is learned as if it were at its bound, so
// that an anomaly does not pull the level (S. Gelper, R. Fried, C. Croux, "Robust Forecasting with
// Exponential and Holt-Winters Smoothing", Journal of Forecasting 29, 2010). After a gap the interval is as
// wide as the forecast is far, and the next value sets the level accordingly. Errors that stay beyond the
// interval on one side for a season (32 to 288 samples) are a new level. The errors' variance is followed
// slowly.
//
// score is |value - expected| in half widths of the interval; p_value is the errors' tail probability.
// Uses the input `value`, or the only one there is. Inputs to be scored together (joint) are refused.
#pragma once

#include <memory>
#include <string>

#include "model/detector.hpp"
#include "model/regular.hpp"
#include "model/tail.hpp"

namespace aiops::model {

class HoltWintersDetector : public Detector {
 public:
  explicit HoltWintersDetector(HoltWintersParameters parameters) : parameters_(parameters) {}

  std::string_view name() const override { return "holt-winters"; }
  void fit(const Schema& schema, const History& history, std::uint64_t seed) override;
  std::unique_ptr<State> start() const override;
  std::unique_ptr<State> restore(std::string_view bytes) const override;
  Nanos refractory(const State* state) const override;
  void update(State* state, const Rows& rows, Verdict* verdicts) const override;
  std::string save() const override;
  void load(const Schema& schema, std::string_view bytes) override;
  void tell(Parameters& parameters) const override { parameters.holt_winters = parameters_; }

  const EtsForm& form() const { return model_.form; }

 private:
  struct Memory;
  static constexpr double kResolution = 1e-6;  // errors below this share of the values are rounding
  // Chooses a form and fits it; the values are in units of scale_, from shift_ on.
  EtsFit choose(const Regular& samples);
  void learn_errors(const std::vector<double>& errors, std::size_t free, double magnitude);
  void judge(Memory& memory, Nanos time, double value, bool learn, Verdict& verdict) const;
  void learn_error(Memory& memory, double error, double spread) const;
  void restart(Memory& memory) const;

  HoltWintersParameters parameters_;
  std::size_t value_ = 0;  // which input
  Grid grid_;
  double shift_ = 0, scale_ = 1;  // what the model sees is (value - shift) / scale
  Ets model_;                     // behind the last slot of the history
  std::int64_t last_ = 0;         // that slot
  double sigma_ = 1;              // standard deviation of the errors, without outliers
  double least_sigma_ = 1;        // what is less is rounding
  TailModel tail_;                // of |error| / sigma
  double bound_ = 3;              // the interval's half width in sigma
  double constant_ = kMissing;    // the value of a history that never changed
};

}  // namespace aiops::model
