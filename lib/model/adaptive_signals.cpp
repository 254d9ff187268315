#include "model/adaptive_signals.hpp"

#include <algorithm>
#include <cmath>

namespace aiops::model {
namespace {

constexpr std::uint64_t kInFull = 50;
constexpr double kResidualClip = 8;          // deviations: what the forecast is told of an outlier
constexpr double kSmallestDeviation = 0.01;  // of the unit: what the plain deviation is measured against
constexpr double kSmoothest = 0.05;
constexpr double kNoStep = 1e-6;  // of the range: below it a step is rounding

// Products of inputs must not lose what else there is to rounding.
double limited(double input) {
  constexpr double kLargestInput = 1000;
  return std::clamp(input, -kLargestInput, kLargestInput);
}

template <std::size_t N>
void shift_in(std::array<double, N>& last, double newest) {
  std::copy_backward(last.begin(), last.end() - 1, last.end());
  last[0] = newest;
}

double& at(Signals& signals, Channel channel) { return signals.value[static_cast<int>(channel)]; }

}  // namespace

SignalMaker::SignalMaker(const AdaptiveParameters& parameters)
    : p_(&parameters),
      short_residuals_(parameters.short_mean),
      errors_(parameters.short_mean),
      long_residuals_(parameters.long_mean),
      novel_mean_(parameters.novel_mean),
      novel_deviation_(parameters.novel_deviation) {}

// AR(4) of the plain residuals. Returns the error of the forecast.
double SignalMaker::forecast_residual(double residual, Scale scale, std::uint64_t samples,
                                      Learning learning) {
  const double unit = scale.unit;
  Regression<kOrder>::Inputs inputs;
  for (int i = 0; i < kOrder; ++i) inputs[i] = limited(residuals_[i] / unit);
  const double error = residual - residual_model_.predict(inputs) * unit;
  const bool in_full = samples <= kInFull || learning == Learning::fast;
  const double learned = in_full ? error : residual_error_.clip(error, p_->clip);
  if (learning != Learning::none) residual_model_.learn(inputs, learned / unit, p_->forgetting);
  residual_error_.learn(error, scale.range, samples, learning);
  shift_in(residuals_,
           samples > kInFull ? season_.plain_deviation().clip(residual, kResidualClip) : residual);
  return error;
}

// AR(4) of the values around their mean, with the plain profile as a regressor. Returns the error of the
// forecast.
double SignalMaker::forecast_value(double value, double mean, double plain, bool known, Scale scale,
                                   std::uint64_t samples, Learning learning) {
  const double unit = scale.unit;
  Regression<kOrder + 1>::Inputs inputs;
  for (int i = 0; i < kOrder; ++i) inputs[i] = limited((values_[i] - mean) / unit);
  inputs[kOrder] = known ? limited((plain - mean) / unit) : 0;
  const double error = value - mean - value_model_.predict(inputs) * unit;
  const bool in_full = samples <= kInFull || learning == Learning::fast;
  const double learned = in_full ? error : value_error_.clip(error, p_->clip);
  if (learning != Learning::none) value_model_.learn(inputs, learned / unit, p_->forgetting);
  value_error_.learn(error, scale.range, samples, learning);
  shift_in(values_, value);
  return error;
}

Signals SignalMaker::push(double value, Nanos time, Scale scale, std::uint64_t samples, Learning learning) {
  if (samples == 0) previous_ = value;
  Signals out;
  const double step = value - previous_;
  previous_ = value;
  const double size = std::abs(step);
  if (learning != Learning::none && size > kNoStep * scale.range && (quantum_ == 0 || size < quantum_)) {
    quantum_ = size;
  }
  // A series that has stood still from its first value on may do so again.
  if (step != 0 && first_flat_ < 0) first_flat_ = static_cast<double>(flat_);
  flat_ = samples > 0 && step == 0 ? flat_ + 1 : 0;

  const Season::Residuals season = season_.push(value, time, scale.range, samples, learning, *p_);
  if (scale.unit == 0) scale.unit = 1;  // all values are the same: any unit will do
  const double residual_error = forecast_residual(season.plain_residual, scale, samples, learning);
  const double value_error =
      forecast_value(value, season_.mean(), season.plain, season.known, scale, samples, learning);

  at(out, Channel::level) = short_residuals_.push(season.offset_residual);
  at(out, Channel::daily_level) = long_residuals_.push(season.plain_residual);
  at(out, Channel::jump) = step;
  // Where the value stands still, what is left of an error is what the models have to learn, not the series.
  const bool still = flat_ >= kOrder;
  at(out, Channel::forecast) = still ? 0 : residual_error;
  at(out, Channel::drift) = errors_.push(still ? 0 : value_error);
  at(out, Channel::daily) = season.plain_residual;
  const auto run = static_cast<double>(flat_);
  at(out, Channel::flat) = run > first_flat_ ? run : 0;
  at(out, Channel::never_seen) = novel_mean_.push(value);
  at(out, Channel::never_seen_move) = value - novel_deviation_.push(value);
  out.expected = value - season.offset_residual;
  out.plain = season.plain;
  out.forecast = value - residual_error;
  const double least = std::max(mean_deviation(), kSmallestDeviation * scale.unit);
  out.deviation = std::abs(season.offset_residual) / least;
  return out;
}

double SignalMaker::roughness(double unit) const {
  const double forecast = std::min(residual_error_.value(), value_error_.value());
  return std::clamp(forecast / (mean_deviation() + 0.001 * unit), kSmoothest, 1.0);
}

void SignalMaker::prefetch() const {
  model::prefetch(this, &season_);
  season_.prefetch();
  model::prefetch(&novel_deviation_);
}

void SignalMaker::prefetch_more() const {
  season_.prefetch_more();
  model::prefetch(novel_deviation_.next());
}

void SignalMaker::archive(Archive& archive) {
  season_.archive(archive);
  short_residuals_.archive(archive);
  long_residuals_.archive(archive);
  errors_.archive(archive);
  novel_mean_.archive(archive);
  novel_deviation_.archive(archive);
  residual_model_.archive(archive);
  value_model_.archive(archive);
  archive(residuals_);
  archive(values_);
  residual_error_.archive(archive);
  value_error_.archive(archive);
  archive(previous_, flat_, first_flat_, quantum_);
}

}  // namespace aiops::model
