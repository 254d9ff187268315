// Fitting: least squares over the smoothing parameters and the initial states. With additive errors the
// likelihood, its variance concentrated out, is highest where the sum of squares is lowest.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "model/ets.hpp"
#include "model/least_squares.hpp"

namespace aiops::model {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLeast = 1e-4;  // of the smoothing parameters, and most of them is 1 less this
constexpr int kTrialRounds = 8, kRounds = 120;
constexpr std::size_t kFirstCycles = 3;  // that a fitted season begins with

struct Start {
  double alpha, beta, gamma;  // beta in alpha, gamma in 1 - alpha
};
constexpr Start kStarts[] = {{0.5, 0.1, 0.1}, {0.1, 0.05, 0.05}, {0.9, 0.2, 0.3}};

bool seasonal(const EtsForm& form) { return form.season != EtsSeason::none; }

// Which of the free parameters stands where.
struct Layout {
  std::size_t beta = 0, gamma = 0, phi = 0, level = 0, slope = 0, season = 0, size = 1;  // 0: none

  // fit_state: level and slope before the first value, too.
  Layout(const EtsForm& form, bool fit_season, bool fit_state) {
    if (form.trend != EtsTrend::none) beta = size++;
    if (seasonal(form)) gamma = size++;
    if (form.trend == EtsTrend::damped) phi = size++;
    if (fit_state) level = size++;
    if (fit_state && form.trend != EtsTrend::none) slope = size++;
    if (fit_season) {
      season = size;
      size += form.period;
    }
  }

  void apply(const std::vector<double>& x, Ets& model) const {
    model.alpha = x[0];
    model.beta = beta != 0 ? x[0] * x[beta] : 0;
    model.gamma = gamma != 0 ? (1 - x[0]) * x[gamma] : 0;
    model.phi = phi != 0 ? x[phi] : 1;
    if (level != 0) model.level = x[level];
    if (slope != 0) model.slope = x[slope];
    if (season == 0) return;
    std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(season), model.form.period, model.season.begin());
  }
};

// Means of each cycle; NaN for one without values.
std::vector<double> cycle_means(const std::vector<double>& y, std::size_t period, std::size_t cycles) {
  std::vector<double> means;
  for (std::size_t c = 0; c < cycles; ++c) {
    double sum = 0, count = 0;
    for (std::size_t i = c * period; i < (c + 1) * period; ++i) {
      if (std::isfinite(y[i])) sum += y[i], count += 1;
    }
    means.push_back(count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN());
  }
  return means;
}

// The season before the first value, and level and slope with it, from the first cycles.
bool start_season(const std::vector<double>& y, std::size_t given, Ets& model) {
  const std::size_t period = model.form.period;
  const std::size_t cycles = given > 0 ? given / period : std::min(kFirstCycles, y.size() / period);
  const std::vector<double> means = cycle_means(y, period, cycles);
  for (const double mean : means) {
    if (!std::isfinite(mean)) return false;
  }
  const auto steps = static_cast<double>(period);
  const auto apart = static_cast<double>(std::max<std::size_t>(1, cycles - 1));
  model.slope = (means.back() - means.front()) / (apart * steps);
  const bool ratio = model.form.season == EtsSeason::multiplicative;
  model.season.assign(period, 0);
  double total = 0;
  for (std::size_t j = 0; j < period; ++j) {
    double sum = 0, count = 0;
    for (std::size_t c = 0; c < cycles; ++c) {
      const double value = y[c * period + j];
      const double base = means[c] + model.slope * (static_cast<double>(j) - (steps - 1) / 2);
      if (!std::isfinite(value)) continue;
      if (ratio && !(base > 0)) return false;
      sum += ratio ? value / base : value - base;
      count += 1;
    }
    model.season[j] = count > 0 ? sum / count : ratio ? 1 : 0;
    total += model.season[j];
  }
  for (double& one : model.season) {
    one = ratio ? one * steps / total : one - total / steps;
    if (ratio && !(one > 0)) return false;
  }
  model.level = means.front() - model.slope * (steps + 1) / 2;
  return true;
}

// Level and slope from a line through the first ten values.
void start_line(const std::vector<double>& y, Ets& model) {
  double n = 0, st = 0, sy = 0, stt = 0, sty = 0;
  for (std::size_t i = 0; i < y.size() && n < 10; ++i) {
    if (!std::isfinite(y[i])) continue;
    const auto t = static_cast<double>(i + 1);
    n += 1, st += t, sy += y[i], stt += t * t, sty += t * y[i];
  }
  const double spread = n * stt - st * st;
  model.slope = spread > 0 ? (n * sty - st * sy) / spread : 0;
  model.level = n > 0 ? (sy - model.slope * st) / n : 0;
  if (model.form.trend == EtsTrend::none && n > 0) model.level = sy / n;
}

double scale_of(const std::vector<double>& y) {
  double n = 0, mean = 0, square = 0;
  for (const double value : y) {
    if (!std::isfinite(value)) continue;
    n += 1;
    const double delta = value - mean;
    mean += delta / n;
    square += delta * (value - mean);
  }
  const double scale = n > 0 ? std::sqrt(square / n) : 0;
  return scale > 0 ? scale : std::max(std::abs(mean), std::numeric_limits<double>::min());
}

std::vector<Bounded> bounded(const Layout& layout, const Ets& start, const Start& smoothing, double scale) {
  constexpr double kStep = 1e-6;
  const double high = 1 - kLeast;
  std::vector<Bounded> all(layout.size, {0, -kInfinity, kInfinity, kStep * scale});
  all[0] = {smoothing.alpha, kLeast, high, kStep};
  if (layout.beta != 0) all[layout.beta] = {smoothing.beta, kLeast, 1, kStep};
  if (layout.gamma != 0) all[layout.gamma] = {smoothing.gamma, kLeast, 1, kStep};
  if (layout.phi != 0) all[layout.phi] = {0.95, 0.8, 0.98, kStep};
  if (layout.level != 0) all[layout.level].value = start.level;
  if (layout.slope != 0) all[layout.slope].value = start.slope;
  if (layout.season == 0) return all;
  const bool ratio = start.form.season == EtsSeason::multiplicative;
  for (std::size_t j = 0; j < start.form.period; ++j) {
    Bounded& one = all[layout.season + j];
    one.value = start.season[j];
    if (ratio) one.low = 1e-3, one.step = kStep;
  }
  return all;
}

// A factor of all seasons is a factor of the level, and a shift of them a shift of it: the model stays the
// same.
void normalize(Ets& model) {
  if (model.season.empty()) return;
  double mean = 0;
  for (const double one : model.season) mean += one / static_cast<double>(model.season.size());
  const bool ratio = model.form.season == EtsSeason::multiplicative;
  for (double& one : model.season) one = ratio ? one / mean : one - mean;
  // gamma and alpha are as they were: both are of what the level and the season multiply to.
  if (ratio) model.level *= mean, model.slope *= mean;
  if (!ratio) model.level += mean;
}

// Fewer values than parameters, a season that the values do not show, or a ratio to values that have none.
bool cannot_be(const EtsForm& form, const std::vector<double>& values, std::size_t count, std::size_t free) {
  if (count < free + 2) return true;
  if (seasonal(form) && (form.period < 2 || values.size() < 2 * form.period)) return true;
  return form.season == EtsSeason::multiplicative &&
         std::any_of(values.begin(), values.end(), [](double value) { return value <= 0; });
}

// Likelihood and information criterion of the errors, whose sum of squares and number the fit has.
void judge(EtsFit& fit, double scale) {
  const auto n = static_cast<double>(fit.count), k = static_cast<double>(fit.free);
  // Numbers have 24 bits when they come from a history: what is less than that is no error.
  const double variance = std::max(fit.sse / n, std::pow(1e-7 * scale, 2));
  fit.log_likelihood = -n / 2 * (std::log(2 * std::numbers::pi * variance) + 1);
  fit.aicc = -2 * fit.log_likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1);
}

}  // namespace

EtsFit fit_ets(const EtsForm& form, const std::vector<double>& values, std::size_t given) {
  EtsFit fit;
  fit.model.form = form;
  const auto count = static_cast<std::size_t>(
      std::count_if(values.begin() + static_cast<std::ptrdiff_t>(std::min(given, values.size())),
                    values.end(), [](double value) { return std::isfinite(value); }));
  const bool fit_season = seasonal(form) && form.period <= kFittedSeason;
  // Without a season, what the state was before the values that do not count is soon forgotten: no error
  // tells, and it would go anywhere.
  const Layout layout(form, fit_season, seasonal(form) || given == 0);
  // The mean of a season is the level's, and the variance is fitted, too.
  fit.free = layout.size + 1 - (fit_season ? 1 : 0);
  if (seasonal(form) && !fit_season && given < form.period) return fit;
  if (cannot_be(form, values, count, fit.free)) return fit;
  Ets start = fit.model;
  if (!seasonal(form)) {
    start_line(values, start);
  } else if (!start_season(values, fit_season ? 0 : given, start)) {
    return fit;
  }
  if (form.trend == EtsTrend::none) start.slope = 0;

  Ets trial;
  const Residuals residuals = [&](const std::vector<double>& x, std::vector<double>& out) {
    trial = start;
    layout.apply(x, trial);
    out.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool there = std::isfinite(values[i]);
      out[i] = there ? values[i] - trial.expected() : 0;
      if (!trial.update(out[i])) return false;
      if (i < given) out[i] = 0;
    }
    return true;
  };
  const double scale = scale_of(values);
  double best = kInfinity;
  std::vector<Bounded> chosen;
  for (const Start& smoothing : kStarts) {
    std::vector<Bounded> parameters = bounded(layout, start, smoothing, scale);
    const double sse = least_squares(residuals, parameters, kTrialRounds);
    if (sse < best) best = sse, chosen = parameters;
  }
  if (chosen.empty()) return fit;
  fit.sse = least_squares(residuals, chosen, kRounds);
  std::vector<double> x;
  for (const Bounded& one : chosen) x.push_back(one.value);
  fit.model = start;
  layout.apply(x, fit.model);
  if (fit_season) normalize(fit.model);
  fit.count = count;
  judge(fit, scale);
  return fit;
}

}  // namespace aiops::model
