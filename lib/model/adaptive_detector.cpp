#include "model/adaptive_detector.hpp"

#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "model/counter.hpp"
#include "model/tail.hpp"

namespace aiops::model {
namespace {

constexpr std::uint8_t kFormat = 6;
constexpr std::string_view kWhat = "state of the adaptive detector";

struct AdaptiveState : State {
  Counter counter;
  AdaptiveSeries series;
  // While rows are not to be learned: the series as it was before the first of them. The means of the last
  // samples follow such rows too, and would make what comes after them strange.
  std::unique_ptr<AdaptiveSeries> before;

  explicit AdaptiveState(const AdaptiveParameters& parameters) : series(parameters) {}
  std::string save() const override {
    std::string bytes;
    put(bytes, kFormat);
    Archive archive(bytes);
    AdaptiveSeries copy = before ? *before : series;  // an archive takes what it could also change
    copy.archive(archive);
    Counter(counter).archive(archive);
    return bytes;
  }
  void set_learning(bool learn) {
    if (learn && before) series = *std::exchange(before, nullptr);
    if (!learn && !before) before = std::make_unique<AdaptiveSeries>(series);
  }
};

}  // namespace

void AdaptiveDetector::fit(const Schema& schema, const History& history, std::uint64_t) {
  value_ = single_value(name(), schema);
  AdaptiveState state(parameters_);
  AdaptiveSeries::Judgement unused;
  bool any = false;
  for (std::size_t i = 0; i < history.count; ++i) {
    const double value = history.data[i * history.width + value_];
    if (!std::isfinite(value)) {
      state.series.miss();
      continue;
    }
    if (const double before = state.counter.push(value); before > 0) state.series.count_on_from(before);
    state.series.push(history.time[i], value, true, unused);
    any = true;
  }
  if (!any) throw InputError("expected rows with a value, there is none");
  learned_ = fitted_ = state.save();
}

std::unique_ptr<State> AdaptiveDetector::start() const {
  if (learned_.empty()) return std::make_unique<AdaptiveState>(parameters_);
  return restore(learned_);
}

std::unique_ptr<State> AdaptiveDetector::restore(std::string_view bytes) const {
  ByteReader head(bytes, kWhat);
  head.check(head.get<std::uint8_t>() == kFormat, "is of another version");
  auto state = std::make_unique<AdaptiveState>(parameters_);
  Archive archive(head.take(head.left()), kWhat);
  state->series.archive(archive);
  state->counter.archive(archive);
  archive.end();
  return state;
}

void AdaptiveDetector::update(State* state, const Rows& rows, Verdict* verdicts) const {
  AdaptiveState& memory = *static_cast<AdaptiveState*>(state);
  AdaptiveSeries::Judgement judged;
  for (std::size_t i = 0; i < rows.count; ++i) {
    Verdict& verdict = verdicts[i];
    verdict = Verdict();
    const bool learn = rows.frozen == nullptr || rows.frozen[i] == 0;
    memory.set_learning(learn);
    AdaptiveSeries& series = memory.series;
    const double value = rows.data[i * rows.width + value_];
    if (!std::isfinite(value)) {
      series.miss();
      verdict.condition = Condition::no_data;
      continue;
    }
    const double before = memory.counter.push(value);
    if (before > 0) series.count_on_from(before);
    if (!series.push(rows.time == nullptr ? kNoTime : rows.time[i], value, learn, judged)) {
      verdict.condition = Condition::warming_up;
      continue;
    }
    verdict.score = judged.surprise / parameters_.threshold;
    verdict.level = judged.level / parameters_.threshold;
    verdict.p_value = probability_of(judged.surprise);
    verdict.expected = judged.expected;
    verdict.lower = judged.lower;
    verdict.upper = judged.upper;
    if (judged.flat) verdict.condition = Condition::flat;
    if (before > 0) verdict.condition = Condition::counter_reset;
    if (verdict.score < rows.explain_from) continue;
    verdict.reasons = series.reasons(judged);
    verdict.lowest = judged.lowest;
    verdict.highest = judged.highest;
    verdict.since = series.since();
  }
}

void AdaptiveDetector::prefetch(const State* state, Ahead ahead) const {
  const AdaptiveSeries& series = static_cast<const AdaptiveState*>(state)->series;
  if (ahead == Ahead::far) {
    series.prefetch();
  } else {
    series.prefetch_more();
  }
}

Nanos AdaptiveDetector::refractory(const State* state) const {
  return refractory_of(static_cast<const AdaptiveState*>(state)->series.step());
}

void AdaptiveDetector::load(const Schema& schema, std::string_view bytes) {
  value_ = single_value(name(), schema);
  if (!bytes.empty()) restore(bytes);  // throws if it is none
  learned_ = bytes;
}

}  // namespace aiops::model
