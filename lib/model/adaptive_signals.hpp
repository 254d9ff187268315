// What a sample says of a series, in the numbers that the detector "adaptive" watches.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"
#include "model/adaptive_boxcar.hpp"
#include "model/adaptive_parameters.hpp"
#include "model/adaptive_regression.hpp"
#include "model/adaptive_season.hpp"

namespace aiops::model {

// Each is watched by a tail model of its own. The first seven make one surprise, the last two another.
enum class Channel {
  level,            // mean of the last 8 residuals from the profile that follows the level
  daily_level,      // mean of the last 16 residuals from the plain profile
  jump,             // difference to the sample before
  forecast,         // error of a forecast from the last four plain residuals
  drift,            // mean of the last 8 errors of a forecast from the last four values
  daily,            // residual from the plain profile
  flat,             // samples for which the value has stood still, if more than from its first on
  never_seen,       // mean of the last 24 values: as close as this it has never been to any such mean before
  never_seen_move,  // the same of the value's deviation from the mean of the last 400
};
// Runs of equal values have a lighter tail than other surprises, whose logarithm the tail models take. Runs
// up to kShortestRun say nothing.
inline constexpr double kShortestRun = 5;
inline double log_of_run(double samples) { return 0.5 * std::sqrt(samples); }
inline double run_of_log(double log) { return 4 * log * log; }

inline constexpr int kChannels = 9, kResidualChannels = 7;

struct Signals {
  std::array<double, kChannels> value{};  // by Channel, with their sign, in the unit of the values
  double expected = 0;                    // of the value, by the profile that follows the level
  double plain = 0;                       // by the plain profile
  double forecast = 0;                    // by the last residuals
  double deviation = 0;                   // |value - expected| in mean deviations, 0 if there is no range yet
};

// The memory behind the signals: 5 KB at most. One thread.
class SignalMaker {
 public:
  explicit SignalMaker(const AdaptiveParameters& parameters);

  struct Scale {
    double unit = 0;   // R of the series; 0: it has never changed
    double range = 0;  // maximum - minimum
  };
  // samples: how many were learned before.
  Signals push(double value, Nanos time, Scale scale, std::uint64_t samples, Learning learning);
  void set_step(double seconds) { season_.set_step(seconds); }

  // How well the last samples tell the next one: error of the forecasts over that of the profile, 0.05 to 1.
  double roughness(double unit) const;
  // The smallest step that was ever seen: 1 for counts. 0: none yet.
  double quantum() const { return quantum_; }
  double mean_deviation() const { return season_.offset_deviation().value(); }
  std::size_t heap() const { return season_.heap(); }  // bytes
  void prefetch() const;
  void prefetch_more() const;  // when that is there
  void archive(Archive& archive);

 private:
  static constexpr int kOrder = 4;

  double forecast_residual(double residual, Scale scale, std::uint64_t samples, Learning learning);
  double forecast_value(double value, double mean, double plain, bool known, Scale scale,
                        std::uint64_t samples, Learning learning);

  const AdaptiveParameters* p_;
  double previous_ = 0, quantum_ = 0;
  std::uint64_t flat_ = 0;  // samples that the value has stood still
  double first_flat_ = -1;  // the same from the first value on; -1: it has not changed yet
  std::array<double, kOrder> residuals_{}, values_{};  // the last, newest first
  Deviation residual_error_, value_error_;
  Regression<kOrder> residual_model_;
  Regression<kOrder + 1> value_model_;
  Boxcar<8> short_residuals_, errors_;
  Boxcar<16> long_residuals_;
  Boxcar<24> novel_mean_;
  Season season_;
  Boxcar<400> novel_deviation_;
};

}  // namespace aiops::model
