// One series as the detector "light" knows it: what "adaptive" does (adaptive_series.hpp), in less than 1 KB.
//
// From a sample come six signals: its deviations from a daily profile, from a forecast and from the sample
// before, means of these, and how far the mean of the last 24 values is from any such mean before. Each has a
// tail model (light_tail.hpp) that turns it into a surprise, -log10 of the probability of as much. The fourth
// norm of the surprises is calibrated by a tail model of its own, so that one threshold serves all series.
//
// Causal: a verdict depends on this sample and those before it alone. A positive factor on all values changes
// nothing; a shift only what rounding changes (values are kept relative to the first one). No memory but
// itself; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/archive.hpp"
#include "model/light_memory.hpp"
#include "model/light_parameters.hpp"
#include "model/light_tail.hpp"

namespace aiops::model {

class LightSeries {
 public:
  enum Channel { kStep, kForecast, kDaily, kLevel, kDailyLevel, kNeverSeen };
  static constexpr int kChannels = 6;

  struct Judgement {
    double surprise = 0;  // -log10 of the probability, calibrated; the threshold is parameters.threshold
    double level = 0;     // held, in the same unit
    double expected = 0, lower = 0, upper = 0;  // of the value
    bool flat = false;                          // the value has never changed
    // For reasons().
    std::array<double, kChannels> signal{}, strength{};
    double plain = 0, forecast = 0, nearest = 0, error = 0;
  };

  // Judges the sample, then learns it, unless learn is false: then only what the next samples are compared
  // with follows it. nullopt: not enough samples yet. value: finite. time: kNoTime if unknown.
  std::optional<Judgement> push(Nanos time, double value, const LightParameters& parameters, bool learn);
  // Before the first sample of a counter that began anew: it goes on from the value that it had.
  void count_on_from(double value) { origin_ -= value; }
  // What surprised, strongest first: "jump=1.4(usual 0.12)".
  std::vector<std::string> reasons(const Judgement& judgement, const LightParameters& parameters) const;

  double step() const { return step_.seconds(); }  // between samples
  void archive(Archive& archive);

 private:
  static LightTail::Shape shape(const LightParameters& p);
  static LightTail::Shape own_shape(const LightParameters& p);
  void begin(const LightParameters& p);
  void rescale(const LightParameters& p);
  Judgement see(Nanos time, double value, const LightParameters& p, bool learn);
  void surprise(Judgement& out, const LightParameters& p, bool learn);
  void combine(Judgement& out, double residual, const LightParameters& p, bool tails);
  void watch_change(double surprise, const LightParameters& p);
  bool learns(const LightParameters& p);

  double origin_ = 0;    // values are kept relative to it
  double previous_ = 0;  // value
  LightStep step_;
  std::uint32_t samples_ = 0;
  LightSpread spread_;
  LightProfile profile_;
  LightForecast forecast_;
  LightSeen seen_;
  std::array<float, 16> last_{};                                  // residuals from the profile
  float offset_ = 0;                                              // of the level from the profile
  float level_error_ = 0, plain_error_ = 0, forecast_error_ = 0;  // mean absolute
  float log_scale_ = 0;  // where the tails' positions begin: logarithm
  float hold_ = 0, change_ = 0, credit_ = 0;
  std::int32_t event_ = 0, calm_ = 0;
  std::array<LightTail, kChannels> tails_;
  LightTail own_;
};

}  // namespace aiops::model
