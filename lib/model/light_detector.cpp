#include "model/light_detector.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "model/counter.hpp"
#include "model/light_series.hpp"
#include "model/prefetch.hpp"
#include "model/tail.hpp"

namespace aiops::model {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::string_view kWhat = "state of the light detector";

struct LightState : State {
  Counter counter;
  LightSeries series;
  // While rows are not to be learned: the series as it was before the first of them.
  std::unique_ptr<LightSeries> before;

  std::string save() const override {
    std::string bytes;
    put(bytes, kFormat);
    Archive archive(bytes);
    LightSeries copy = before ? *before : series;  // an archive takes what it could also change
    copy.archive(archive);
    Counter(counter).archive(archive);
    return bytes;
  }
  void set_learning(bool learn) {
    if (learn && before) series = *std::exchange(before, nullptr);
    if (!learn && !before) before = std::make_unique<LightSeries>(series);
  }
};
static_assert(sizeof(LightState) <= LightDetector::kStateBytes);

}  // namespace

void LightDetector::fit(const Schema& schema, const History& history, std::uint64_t) {
  value_ = single_value(name(), schema);
  LightState state;
  bool any = false;
  for (std::size_t i = 0; i < history.count; ++i) {
    const double value = history.data[i * history.width + value_];
    if (!std::isfinite(value)) continue;
    if (const double before = state.counter.push(value); before > 0) state.series.count_on_from(before);
    state.series.push(history.time[i], value, parameters_, true);
    any = true;
  }
  if (!any) throw InputError("expected rows with a value, there is none");
  learned_ = fitted_ = state.save();
}

std::unique_ptr<State> LightDetector::start() const {
  if (learned_.empty()) return std::make_unique<LightState>();
  return restore(learned_);
}

std::unique_ptr<State> LightDetector::restore(std::string_view bytes) const {
  ByteReader head(bytes, kWhat);
  head.check(head.get<std::uint8_t>() == kFormat, "is of another version");
  auto state = std::make_unique<LightState>();
  Archive archive(head.take(head.left()), kWhat);
  state->series.archive(archive);
  state->counter.archive(archive);
  archive.end();
  return state;
}

// All of it: a sample needs nearly all.
void LightDetector::prefetch(const State* state, Ahead ahead) const {
  const auto* memory = static_cast<const LightState*>(state);
  if (ahead == Ahead::near) model::prefetch(memory, memory + 1);
}

void LightDetector::update(State* state, const Rows& rows, Verdict* verdicts) const {
  LightState& memory = *static_cast<LightState*>(state);
  for (std::size_t i = 0; i < rows.count; ++i) {
    Verdict& verdict = verdicts[i];
    verdict = Verdict();
    const bool learn = rows.frozen == nullptr || rows.frozen[i] == 0;
    memory.set_learning(learn);
    const double value = rows.data[i * rows.width + value_];
    if (!std::isfinite(value)) {
      verdict.condition = Condition::no_data;
      continue;
    }
    const double before = memory.counter.push(value);
    if (before > 0) memory.series.count_on_from(before);
    const Nanos time = rows.time == nullptr ? kNoTime : rows.time[i];
    const auto judged = memory.series.push(time, value, parameters_, learn);
    if (!judged) {
      verdict.condition = Condition::warming_up;
      continue;
    }
    verdict.score = judged->surprise / parameters_.threshold;
    verdict.level = judged->level / parameters_.threshold;
    verdict.p_value = probability_of(judged->surprise);
    verdict.expected = judged->expected;
    verdict.lower = judged->lower;
    verdict.upper = judged->upper;
    if (judged->flat) verdict.condition = Condition::flat;
    if (before > 0) verdict.condition = Condition::counter_reset;
    if (verdict.score >= rows.explain_from) verdict.reasons = memory.series.reasons(*judged, parameters_);
  }
}

// As adaptive has it: what is alerted once a minute is one event to whoever is on call.
Nanos LightDetector::refractory(const State* state) const {
  constexpr double kSteps = 120, kShortest = 300, kLongest = 36'000;
  const double step = static_cast<const LightState*>(state)->series.step();
  const double seconds = step < 60 ? kShortest : std::clamp(kSteps * step, kShortest, kLongest);
  return static_cast<Nanos>(seconds) * kSecond;
}

void LightDetector::load(const Schema& schema, std::string_view bytes) {
  value_ = single_value(name(), schema);
  if (!bytes.empty()) restore(bytes);  // throws if it is none
  learned_ = bytes;
}

}  // namespace aiops::model
