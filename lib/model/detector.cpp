#include "model/detector.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "model/adaptive_detector.hpp"
#include "model/ensemble_detector.hpp"
#include "model/exec_detector.hpp"
#include "model/forest_detector.hpp"
#include "model/holt_winters_detector.hpp"
#include "model/light_detector.hpp"
#include "model/seasonal_esd_detector.hpp"
#include "model/threshold_detector.hpp"
#include "record/fields.hpp"

namespace aiops::model {
namespace {

std::unique_ptr<Detector> make_forest(const Parameters& parameters) {
  return std::make_unique<ForestDetector>(parameters.isolation_forest);
}

ParameterList forest_parameters(const Parameters& parameters) {
  const IsolationForestParameters& forest = parameters.isolation_forest;
  return {{"trees", static_cast<double>(forest.trees)},
          {"samples", static_cast<double>(forest.samples)},
          {"contamination", forest.contamination},
          {"range_weight", forest.range_weight}};
}

std::unique_ptr<Detector> make_adaptive(const Parameters& parameters) {
  return std::make_unique<AdaptiveDetector>(parameters.adaptive);
}

ParameterList adaptive_parameters(const Parameters& parameters) {
  const AdaptiveParameters& adaptive = parameters.adaptive;
  return {{"warm_up", static_cast<double>(adaptive.warm_up)}, {"threshold", adaptive.threshold}};
}

std::unique_ptr<Detector> make_holt_winters(const Parameters& parameters) {
  return std::make_unique<HoltWintersDetector>(parameters.holt_winters);
}

ParameterList holt_winters_parameters(const Parameters& parameters) {
  const HoltWintersParameters& given = parameters.holt_winters;
  return {{"season", given.season.text()},
          {"season_kind", std::string(!given.season_kind                                ? "auto"
                                      : *given.season_kind == EtsSeason::multiplicative ? "multiplicative"
                                                                                        : "additive")},
          {"trend", std::string(!given.trend                       ? "auto"
                                : *given.trend == EtsTrend::none   ? "none"
                                : *given.trend == EtsTrend::damped ? "damped"
                                                                   : "linear")},
          {"confidence", given.confidence}};
}

std::unique_ptr<Detector> make_seasonal_esd(const Parameters& parameters) {
  return std::make_unique<SeasonalEsdDetector>(parameters.seasonal_esd);
}

ParameterList seasonal_esd_parameters(const Parameters& parameters) {
  return {{"season", parameters.seasonal_esd.season.text()},
          {"significance", parameters.seasonal_esd.significance}};
}

std::unique_ptr<Detector> make_threshold(const Parameters&) { return std::make_unique<ThresholdDetector>(); }

std::unique_ptr<Detector> make_exec(const Parameters&) { return std::make_unique<ExecDetector>(); }

ParameterList no_parameters(const Parameters&) { return {}; }

std::unique_ptr<Detector> make_light(const Parameters& parameters) {
  return std::make_unique<LightDetector>(parameters.light);
}

ParameterList light_parameters(const Parameters& parameters) {
  return {{"warm_up", static_cast<double>(parameters.light.warm_up)},
          {"threshold", parameters.light.threshold}};
}

std::unique_ptr<Detector> make_ensemble(const Parameters& parameters) {
  return std::make_unique<EnsembleDetector>(parameters);
}

ParameterList ensemble_parameters(const Parameters& parameters) {
  return {{"members", parameters.ensemble.members}, {"threshold", parameters.ensemble.threshold}};
}

}  // namespace

int Schema::find(std::string_view input) const {
  const auto found = std::find(inputs.begin(), inputs.end(), input);
  return found == inputs.end() ? -1 : static_cast<int>(found - inputs.begin());
}

std::size_t Schema::value_input() const { return static_cast<std::size_t>(std::max(0, find(field::kValue))); }

std::size_t single_value(std::string_view detector, const Schema& schema) {
  if (schema.joint) {
    throw UsageError(fmt::format(
        "{} scores one value at a time; for columns together (--features) use isolation-forest", detector));
  }
  return schema.value_input();
}

Nanos refractory_of(double step) {
  constexpr double kMost = 120, kFewest = 40, kShortest = 300, kLong = 36'000;
  const double seconds = step < 60 ? kShortest : std::clamp(kLong / step, kFewest, kMost) * step;
  return static_cast<Nanos>(seconds) * kSecond;
}

const std::vector<DetectorKind>& detectors() {
  static const std::vector<DetectorKind> table = {
      {"adaptive", "one metric at a time; learns as it goes, with or without training: what to begin with",
       true, true, false, make_adaptive, adaptive_parameters},
      {"isolation-forest",
       "rows that few random splits set apart from the rest; best for several columns together", true, false,
       true, make_forest, forest_parameters},
      {"light",
       "one metric at a time in 1 KB; learns as it goes, with or without training: for 100,000 series", true,
       true, false, make_light, light_parameters},
      {"holt-winters",
       "level, trend and season, with prediction intervals, where a history has a clear rhythm", true, false,
       false, make_holt_winters, holt_winters_parameters},
      {"seasonal-esd",
       "a robust season and a test for outliers, where there are few seasons; learns as it goes", true, true,
       false, make_seasonal_esd, seasonal_esd_parameters},
      {"ensemble", "unlike detectors (--members) on one scale, that of their probabilities", true, true, true,
       make_ensemble, ensemble_parameters},
      {"threshold", "bounds that are known beforehand (--upper, --lower, [[threshold]]), and nothing else",
       false, true, false, make_threshold, no_parameters},
      {"exec", "a model of your own: a process in any language (--exec) that is asked for each score", false,
       true, false, make_exec, no_parameters},
  };
  return table;
}

const DetectorKind& find_detector(std::string_view name) {
  std::vector<std::string> names;
  for (const DetectorKind& kind : detectors()) {
    if (kind.name == name) return kind;
    names.emplace_back(kind.name);
  }
  const std::string near = nearest(name, names);
  throw UsageError(fmt::format("no detector '{}'{}; there is {}", printable(name),
                               near.empty() ? "" : fmt::format(": did you mean {}?", near),
                               join(names, ", ")));
}

std::unique_ptr<Detector> make_cold(std::string_view name, const Schema& schema,
                                    const Parameters& parameters) {
  const DetectorKind& kind = find_detector(name);
  if (!kind.cold) {
    throw UsageError(fmt::format(
        "{} knows nothing before it is trained: train it with aiops-train, or use adaptive", kind.name));
  }
  std::unique_ptr<Detector> detector = kind.make(parameters);
  detector->load(schema, {});
  return detector;
}

}  // namespace aiops::model
