#include "model/ets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aiops::model {
namespace {

constexpr std::int64_t kSpreadSteps = 4096;

// phi + phi^2 + … + phi^steps.
double damped_sum(double phi, double steps) {
  if (phi == 1) return steps;
  return phi * (1 - std::pow(phi, steps)) / (1 - phi);
}

}  // namespace

double Ets::expected() const {
  switch (form.season) {
    case EtsSeason::none:
      return trend();
    case EtsSeason::additive:
      return trend() + season[phase];
    case EtsSeason::multiplicative:
      return trend() * season[phase];
  }
  return trend();
}

bool Ets::update(double error) {
  const double base = trend();
  double share = error;
  bool good = true;
  if (form.season == EtsSeason::multiplicative) {
    good = base > 0 && season[phase] > 0;
    if (!good) error = 0;
    share = good ? error / season[phase] : 0;
    if (good) season[phase] += gamma * error / base;
  } else if (form.season == EtsSeason::additive) {
    season[phase] += gamma * error;
  }
  level = base + alpha * share;
  slope = phi * slope + beta * share;
  if (++phase >= season.size()) phase = 0;
  return good;
}

void Ets::skip(std::int64_t steps) {
  if (steps <= 0) return;
  const auto far = static_cast<double>(steps);
  level += damped_sum(phi, far) * slope;
  slope *= phi == 1 ? 1 : std::pow(phi, far);
  if (!season.empty()) phase = (phase + static_cast<std::uint64_t>(steps) % season.size()) % season.size();
}

double Ets::spread(std::int64_t steps) const {
  double variance = 1, weight = 1, sum = 0;
  const std::size_t period = season.size();
  for (std::int64_t j = 1; j < std::min(steps, kSpreadSteps); ++j) {
    weight *= phi;
    sum += weight;
    double effect = alpha + beta * sum;
    const auto back = static_cast<std::size_t>(j) % std::max<std::size_t>(1, period);
    if (form.season == EtsSeason::multiplicative) {
      const double then = season[(phase + period - back) % period];
      if (then > 0) effect *= season[phase] / then;
    }
    if (period > 0 && back == 0) effect += gamma;
    variance += effect * effect;
  }
  return std::sqrt(variance);
}

std::vector<double> filter(Ets& model, const std::vector<double>& values) {
  std::vector<double> errors;
  errors.reserve(values.size());
  for (const double value : values) {
    const double error = value - model.expected();
    errors.push_back(std::isfinite(value) ? error : std::numeric_limits<double>::quiet_NaN());
    model.update(std::isfinite(value) ? error : 0);
  }
  return errors;
}

}  // namespace aiops::model
