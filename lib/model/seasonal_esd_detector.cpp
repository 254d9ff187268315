#include "model/seasonal_esd_detector.hpp"

#include <cmath>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/number.hpp"

namespace aiops::model {
namespace {

constexpr std::uint8_t kFormat = 1;

struct EsdState : State {
  EsdSeries series;
  explicit EsdState(const SeasonalEsdParameters& parameters)
      : series(parameters.season, parameters.significance) {}
  std::string save() const override { return series.save(); }
};

std::string reason_of(double sigmas, double score) {
  const double bound = score > 0 ? std::abs(sigmas) / score : 0;
  return "deviation=" + text_6(sigmas) + "(bound " + text_6(bound) + ")";
}

}  // namespace

void SeasonalEsdDetector::fit(const Schema& schema, const History& history, std::uint64_t) {
  value_ = single_value(name(), schema);
  EsdState state(parameters_);
  bool any = false;
  for (std::size_t i = 0; i < history.count; ++i) {
    const double value = history.data[i * history.width + value_];
    if (!std::isfinite(value)) {
      state.series.miss(history.time[i]);
      continue;
    }
    state.series.push(history.time[i], value, true);
    any = true;
  }
  if (!any) throw InputError("expected rows with a value, there is none");
  learned_ = state.save();
}

std::unique_ptr<State> SeasonalEsdDetector::start() const {
  if (learned_.empty()) return std::make_unique<EsdState>(parameters_);
  return restore(learned_);
}

std::unique_ptr<State> SeasonalEsdDetector::restore(std::string_view bytes) const {
  auto state = std::make_unique<EsdState>(parameters_);
  state->series.load(bytes);
  return state;
}

Nanos SeasonalEsdDetector::refractory(const State* state) const {
  return refractory_of(static_cast<const EsdState*>(state)->series.step());
}

void SeasonalEsdDetector::update(State* state, const Rows& rows, Verdict* verdicts) const {
  EsdSeries& series = static_cast<EsdState*>(state)->series;
  for (std::size_t i = 0; i < rows.count; ++i) {
    Verdict& verdict = verdicts[i];
    verdict = Verdict();
    const double value = rows.data[i * rows.width + value_];
    const Nanos time = rows.time == nullptr ? kNoTime : rows.time[i];
    if (!std::isfinite(value)) {
      series.miss(time);
      verdict.condition = Condition::no_data;
      continue;
    }
    const auto judgement = series.push(time, value, rows.frozen == nullptr || rows.frozen[i] == 0);
    if (!judgement) {
      verdict.condition = Condition::warming_up;
      continue;
    }
    verdict.score = judgement->score;
    verdict.p_value = judgement->p_value;
    verdict.expected = judgement->expected;
    verdict.lower = judgement->lower;
    verdict.upper = judgement->upper;
    verdict.trend = judgement->trend;
    verdict.seasonal = judgement->seasonal;
    if (judgement->flat) verdict.condition = Condition::flat;
    if (verdict.score >= rows.explain_from) verdict.reasons = {reason_of(judgement->sigmas, verdict.score)};
  }
}

std::string SeasonalEsdDetector::save() const {
  std::string out;
  put(out, kFormat);
  parameters_.season.save(out);
  put(out, parameters_.significance);
  return out + learned_;
}

void SeasonalEsdDetector::load(const Schema& schema, std::string_view bytes) {
  value_ = single_value(name(), schema);
  if (bytes.empty()) return;
  ByteReader in(bytes, "seasonal-esd");
  in.check(in.get<std::uint8_t>() == kFormat, "is of another version");
  parameters_.season = SeasonLength::load(in);
  parameters_.significance = in.get<double>();
  in.check(parameters_.significance > 0 && parameters_.significance < 1,
           "has a significance that makes no sense");
  learned_ = in.take(in.left());
  if (!learned_.empty()) restore(learned_);  // throws if it is none
}

}  // namespace aiops::model
