// Exponential smoothing in its state space form, with additive errors: R. J. Hyndman, A. B. Koehler,
// J. K. Ord, R. D. Snyder, "Forecasting with Exponential Smoothing: The State Space Approach", Springer 2008,
// chapters 2, 5 and 6. Holt-Winters' methods are two of its forms.
//
//     expected = (level + phi slope) + season        or        (level + phi slope) season
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aiops::model {

enum class EtsTrend : std::uint8_t { none, damped, linear };
enum class EtsSeason : std::uint8_t { none, additive, multiplicative };

struct EtsForm {
  EtsTrend trend = EtsTrend::none;
  EtsSeason season = EtsSeason::none;
  std::size_t period = 1;  // steps of a season; at least 2 where there is one

  bool operator==(const EtsForm&) const = default;
};

// A model and the state that it is in before the next step. A value; one thread.
struct Ets {
  EtsForm form;
  double alpha = 0, beta = 0, gamma = 0, phi = 1;  // beta and gamma as in the state space form
  double level = 0, slope = 0;
  std::vector<double> season;  // by phase; empty without
  std::size_t phase = 0;       // of the next step

  double trend() const { return level + phi * slope; }
  double expected() const;
  // Takes the next step; error: the value less what was expected. false, and nothing learned, where a
  // multiplicative season has no meaning: its level or its factor is not above 0.
  bool update(double error);
  // Takes steps whose values are missing: what was expected is taken for them. O(1).
  void skip(std::int64_t steps);
  // Standard deviation of the error of a forecast `steps` (at least 1) ahead in that of one step, once all
  // but one of them were skipped. Exact for additive seasons, to the first order for multiplicative ones.
  // O(min(steps, 4,096)).
  double spread(std::int64_t steps) const;
};

struct EtsFit {
  Ets model;  // in the state before the first value
  double sse = 0, log_likelihood = 0, aicc = 0;
  std::size_t count = 0, free = 0;  // values, and parameters that were fitted (states and variance included)
};

// Values on a regular grid, NaN where one is missing (what is expected is taken for it). Maximizes the
// likelihood: smoothing parameters within their usual bounds, the initial level and slope, and the initial
// season up to `kFittedSeason` phases. A longer season is no parameter: it is taken from the first `given`
// values, at least a cycle, which then do not count for the likelihood; forms are compared with the same
// `given`. Deterministic. count is 0 if the form cannot be fitted: too few values for its parameters, less
// than two cycles, a multiplicative season and values that are not above 0.
inline constexpr std::size_t kFittedSeason = 24;
EtsFit fit_ets(const EtsForm& form, const std::vector<double>& values, std::size_t given = 0);

// The errors of one step ahead; NaN where a value is missing. Leaves the model behind the last value.
std::vector<double> filter(Ets& model, const std::vector<double>& values);

}  // namespace aiops::model
