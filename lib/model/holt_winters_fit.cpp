// Learning from a history: the season, the form and its parameters, and how large errors are.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "model/holt_winters_detector.hpp"

namespace aiops::model {
namespace {

constexpr double kOutlier = 6;          // robust standard deviations
constexpr double kMostOutliers = 0.05;  // of the rows: more are no outliers
constexpr std::size_t kLeastWindow = 4000, kLongestWindow = 100'000;
constexpr std::size_t kCycles = 8;  // that a form is fitted to at most

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// 1.4826 times the median of the absolute errors: the standard deviation, if they are normal.
double robust_deviation(const std::vector<double>& errors, std::size_t given) {
  std::vector<double> sizes;
  for (std::size_t i = given; i < errors.size(); ++i) {
    if (std::isfinite(errors[i])) sizes.push_back(std::abs(errors[i]));
  }
  return 1.4826 * median_of(std::move(sizes));
}

// The last rows that a form is fitted to, and how many of them a long season is taken from.
struct Window {
  std::vector<double> values;
  std::size_t given = 0;
};

Window window_of(const std::vector<double>& values, const std::vector<std::size_t>& seasons) {
  std::size_t longest = 0, fixed = 0;
  for (const std::size_t season : seasons) {
    longest = std::max(longest, season);
    if (season > kFittedSeason) fixed = std::max(fixed, season);
  }
  const std::size_t size = std::min(values.size(), std::max(kLeastWindow, kCycles * longest));
  Window window;
  window.values.assign(values.end() - static_cast<std::ptrdiff_t>(size), values.end());
  if (fixed > 0) window.given = fixed * (size >= 4 * fixed ? 2 : 1);
  return window;
}

// What is to be tried.
std::vector<EtsForm> forms_of(const HoltWintersParameters& parameters,
                              const std::vector<std::size_t>& seasons) {
  std::vector<EtsForm> forms;
  const bool wanted = parameters.season.kind != SeasonLength::Kind::automatic && !seasons.empty();
  for (const EtsTrend trend : {EtsTrend::none, EtsTrend::damped, EtsTrend::linear}) {
    if (parameters.trend && *parameters.trend != trend) continue;
    if (!wanted) forms.push_back({trend, EtsSeason::none, 1});
    for (const std::size_t season : seasons) {
      for (const EtsSeason kind : {EtsSeason::additive, EtsSeason::multiplicative}) {
        if (!parameters.season_kind || *parameters.season_kind == kind)
          forms.push_back({trend, kind, season});
      }
    }
  }
  return forms;
}

// Values whose errors are beyond the limit are left out; returns how many.
std::size_t leave_outliers_out(const std::vector<double>& errors, double limit, std::size_t given,
                               std::vector<double>& values) {
  std::size_t out = 0;
  for (std::size_t i = given; i < values.size(); ++i) {
    if (!(std::abs(errors[i]) > limit) || limit == 0) continue;
    values[i] = kMissing;
    ++out;
  }
  return out;
}

}  // namespace

EtsFit HoltWintersDetector::choose(const Regular& samples) {
  std::vector<std::size_t> seasons;
  if (parameters_.season.kind == SeasonLength::Kind::automatic) {
    seasons = season_candidates(samples);
  } else if (const std::size_t given = given_season(parameters_.season, grid_.step); given > 0) {
    seasons.push_back(given);
  }
  std::erase_if(seasons, [&](std::size_t season) { return 2 * season > samples.values.size(); });
  const Window window = window_of(samples.values, seasons);
  std::vector<double> shifted = window.values;
  for (double& value : shifted) value -= shift_;

  EtsFit best;
  const auto fit_form = [&](const EtsForm& form, const std::vector<double>& values) {
    return fit_ets(form, values, window.given);
  };
  const auto values_for = [&](const EtsForm& form) -> const std::vector<double>& {
    return form.season == EtsSeason::multiplicative ? window.values : shifted;
  };
  for (const EtsForm& form : forms_of(parameters_, seasons)) {
    const EtsFit fit = fit_form(form, values_for(form));
    if (fit.count > 0 && (best.count == 0 || fit.aicc < best.aicc)) best = fit;
  }
  if (best.count == 0) {  // too few values for any: a level that follows slowly
    best.model.alpha = 0.1;
    for (const double value : shifted) {
      if (std::isfinite(value)) best.model.level = value;
    }
  }
  if (best.model.form.season == EtsSeason::multiplicative) shift_ = 0;
  std::vector<double> kept = values_for(best.model.form);
  Ets trial = best.model;
  const std::vector<double> errors = filter(trial, kept);
  const double limit = kOutlier * robust_deviation(errors, window.given);
  const std::size_t out = leave_outliers_out(errors, limit, window.given, kept);
  if (out > 0 && static_cast<double>(out) < kMostOutliers * static_cast<double>(best.count)) {
    const EtsFit again = fit_form(best.model.form, kept);
    if (again.count > 0) best.model = again.model;
  }
  // Over the window once more: the state at its end, with outliers clipped.
  std::vector<double> learned;
  for (const double value : values_for(best.model.form)) {
    const double error = value - best.model.expected();
    learned.push_back(std::isfinite(value) ? error : kMissing);
    const double clipped = limit > 0 ? std::clamp(error, -limit, limit) : error;
    best.model.update(std::isfinite(value) ? clipped : 0);
  }
  learned.erase(learned.begin(), learned.begin() + static_cast<std::ptrdiff_t>(window.given));
  double magnitude = 0;
  for (const double value : window.values) {
    if (std::isfinite(value)) magnitude = std::max(magnitude, std::abs(value));
  }
  learn_errors(learned, best.free, magnitude);
  return best;
}

void HoltWintersDetector::learn_errors(const std::vector<double>& errors, std::size_t free,
                                       double magnitude) {
  const double least = std::max(kResolution * magnitude, std::numeric_limits<double>::min());
  least_sigma_ = least;
  const double robust = robust_deviation(errors, 0), limit = kOutlier * robust;
  double square = 0, count = 0;
  std::vector<double> sizes;
  for (const double error : errors) {
    if (!std::isfinite(error)) continue;
    sizes.push_back(std::abs(error));
    if (robust > 0 && std::abs(error) > limit) continue;
    square += error * error;
    count += 1;
  }
  // What was fitted makes errors smaller than those to come.
  const double left = std::max(1.0, count - static_cast<double>(free));
  sigma_ = std::max(least, std::sqrt(square / left));
  const double inflate = std::sqrt(std::max(1.0, count) / left);
  for (double& size : sizes) size *= inflate / sigma_;
  if (sizes.empty()) sizes.push_back(0);
  const double share = 1 - parameters_.confidence;
  tail_.fit(std::move(sizes), share);
  double low = 1e-3, high = 1e6;
  for (int i = 0; i < 100; ++i) {
    const double middle = std::sqrt(low * high);
    (tail_.log_probability(middle) > std::log(share) ? low : high) = middle;
  }
  bound_ = high;
}

void HoltWintersDetector::fit(const Schema& schema, const History& history, std::uint64_t) {
  value_ = single_value(name(), schema);
  Regular samples = regular(history, value_, kLongestWindow);
  grid_ = samples.grid;
  last_ = samples.first + static_cast<std::int64_t>(samples.values.size()) - 1;
  double first = kMissing, low = kMissing, high = kMissing;
  for (const double value : samples.values) {
    if (!std::isfinite(value)) continue;
    if (std::isnan(first)) first = low = high = value;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (std::isnan(first)) throw InputError("expected rows with a value, there is none");
  if (low == high) constant_ = first;
  // A power of 2, so that values keep their bits.
  const double range = high - low, size = range > 0 ? range : std::max(std::abs(first), 1.0);
  scale_ = std::exp2(std::round(std::log2(size)));
  for (double& value : samples.values) value /= scale_;
  shift_ = first / scale_;
  model_ = choose(samples).model;
}

}  // namespace aiops::model
