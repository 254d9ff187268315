#include "train/backtest.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "feature/rolling.hpp"
#include "train/figures.hpp"

using namespace aiops;
using namespace aiops::train;

namespace {

// The highest value seen so far; the score is by how much a value passes it.
struct Highest : model::State {
  double value = 0;
  std::string save() const override {
    std::string out;
    put(out, value);
    return out;
  }
};

// Scores value / highest before - 1 (a value twice the highest has score 1), or with `fixed` value / fixed.
class Detector : public model::Detector {
 public:
  explicit Detector(double fixed = 0) : fixed_(fixed) {}
  std::string_view name() const override { return "test"; }
  void fit(const model::Schema&, const model::History&, std::uint64_t) override {}
  std::unique_ptr<model::State> start() const override { return std::make_unique<Highest>(); }
  std::unique_ptr<model::State> restore(std::string_view bytes) const override {
    auto state = std::make_unique<Highest>();
    state->value = ByteReader(bytes, "state").get<double>();
    return state;
  }
  void update(model::State* state, const model::Rows& rows, model::Verdict* verdicts) const override {
    double& highest = static_cast<Highest*>(state)->value;
    for (std::size_t i = 0; i < rows.count; ++i) {
      const double value = rows.data[i * rows.width];
      verdicts[i] = model::Verdict();
      verdicts[i].score = fixed_ > 0 ? value / fixed_ : highest > 0 ? std::max(0.0, value / highest - 1) : 0;
      highest = std::max(highest, value);
    }
  }
  std::string save() const override { return ""; }
  void load(const model::Schema&, std::string_view) override {}

 private:
  double fixed_;
};

model::Schema values_alone() {
  model::Schema schema;
  schema.inputs = {"value"};
  return schema;
}

SeriesHistory history_of(const std::vector<float>& values, Nanos step = 15 * kSecond) {
  SeriesHistory history;
  history.series = "m";
  history.width = 1;
  history.data = values;
  for (std::size_t i = 0; i < values.size(); ++i)
    history.time.push_back(1'700'000'000 * kSecond + static_cast<Nanos>(i) * step);
  return history;
}

std::vector<float> noise(std::size_t count) {
  Random random(5);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(100 + random.normal());
  return values;
}

}  // namespace

TEST_CASE("the part that is tested: a share of the rows, if there are enough of them and before them") {
  const SeriesHistory history = history_of(noise(200));
  CHECK(backtest_begin(history, 0.2, 60) == 160);
  CHECK(backtest_begin(history, 0.25, 60) == 150);
  CHECK(backtest_begin(history, 0, 60) == 0);
  CHECK(backtest_begin(history, 0.09, 60) == 0);  // 18 rows
  CHECK(backtest_begin(history, 0.2, 161) == 0);
  CHECK(days_from(history, 160) == doctest::Approx(40 * 15.0 / 86400));
}

TEST_CASE(
    "alerts are what somebody would have seen: repeats are held back for five minutes, events are not") {
  std::vector<float> values(100, 1);
  for (const std::size_t row : {5, 60, 61, 70, 79, 80}) values[row] = 10;
  SeriesHistory history = history_of(values);
  Replay replayed = replay(values_alone(), Detector(10), history, 0, 50, {});
  CHECK(replayed.scored == 50);
  CHECK(replayed.alerts == std::vector<std::size_t>{60, 80});  // 20 steps of 15 s later
  CHECK(replayed.scores[10] == 1.0f);
  history.events = true;
  CHECK(replay(values_alone(), Detector(10), history, 0, 50, {}).alerts ==
        std::vector<std::size_t>{60, 61, 70, 79, 80});
}

TEST_CASE("what was said to be expected is no alert here either") {
  std::vector<float> values(200, 1);
  for (const std::size_t row : {60, 61, 100}) values[row] = 10;
  values[150] = 20;
  model::Expected expected;
  expected.add({0, kMinute, {{1, 11}}, {{1, 1}}});
  const Replay replayed = replay(values_alone(), Detector(10), history_of(values), 0, 50, {}, expected);
  CHECK(replayed.alerts == std::vector<std::size_t>{150});
}

TEST_CASE("each anomaly is tried by itself, and what was strange without it does not count") {
  std::vector<float> values(100, 1);
  values[20] = 4;
  values[72] = 8;
  const SeriesHistory history = history_of(values);
  const std::vector<double> big(3, 100.0), doubled(2, 8.0);
  const std::vector<Trial> trials = {{0, 60, big}, {0, 70, {1, 1, 8}}, {0, 80, doubled}, {0, 81, {1, 1}}};
  // Warmed up by row 20, the highest value is 4 until row 72, and no trial changes that.
  const Replay replayed = replay(values_alone(), Detector(), history, 0, 50, trials);
  CHECK(replayed.alerts == std::vector<std::size_t>{72});
  REQUIRE(replayed.trials.size() == 4);
  CHECK(replayed.trials[0].found);
  CHECK(replayed.trials[0].delay == 0);
  CHECK_FALSE(replayed.trials[1].found);  // row 72 alerts anyway
  CHECK_FALSE(replayed.trials[2].found);  // 8 has been seen by then
  CHECK_FALSE(replayed.trials[3].found);
  // Without the warm-up the highest value is 1: 4 is never seen, and the alert comes of 8 all the same.
  const Replay cold =
      replay(values_alone(), Detector(), history, 50, 50, {{0, 60, {2, 3}}, {0, 60, {1, 1, 2}}});
  CHECK(cold.trials[0].found);
  CHECK(cold.trials[1].delay == 30 * kSecond);
}

TEST_CASE(
    "anomalies: of every kind, within the tested part, the same for the same seed, whatever they meet") {
  const SeriesHistory history = history_of(noise(500));
  BacktestOptions options;
  const std::vector<Trial> trials = make_trials(values_alone(), history, 400, options, 3);
  CHECK(trials.size() == 2 * kBacktestKinds.size());
  std::vector<int> kinds(kBacktestKinds.size());
  for (const Trial& trial : trials) {
    ++kinds[trial.kind];
    CHECK(trial.row >= 400);
    CHECK(trial.row + trial.values.size() <= 500);
    // A spike of eight deviations of 1.
    if (trial.kind == 0) CHECK(trial.values[0] - history.data[trial.row] == doctest::Approx(8).epsilon(0.2));
  }
  CHECK(kinds == std::vector<int>(kBacktestKinds.size(), 2));
  const std::vector<Trial> again = make_trials(values_alone(), history, 400, options, 3);
  const std::vector<Trial> other = make_trials(values_alone(), history, 400, options, 4);
  bool same = true, differs = false;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    same &= trials[i].row == again[i].row && trials[i].values == again[i].values;
    differs |= trials[i].row != other[i].row;
  }
  CHECK(same);
  CHECK(differs);
}

TEST_CASE("no anomaly where it would change nothing, or cannot be made") {
  // Constant: no flat line. At 0 and never negative: no dip.
  for (const Trial& trial : make_trials(values_alone(), history_of(std::vector<float>(200, 0)), 160, {}, 1)) {
    CHECK(kBacktestKinds[trial.kind] != inject::Anomaly::flat_line);
    CHECK(kBacktestKinds[trial.kind] != inject::Anomaly::dip);
  }
  model::Schema joint = values_alone();
  joint.joint = true;
  CHECK(make_trials(joint, history_of(noise(200)), 160, {}, 1).empty());
}

TEST_CASE(
    "features that came with the records: computed anew with the anomaly if their window is the usual one") {
  model::Schema schema;
  schema.inputs = {"value", "delta", "rolling_mean", "rolling_std", "zscore"};
  const std::vector<float> values = noise(300);
  for (const std::uint32_t window : {60u, 30u}) {
    SeriesHistory history = history_of(values);
    history.width = 5;
    history.data.clear();
    feature::Rolling rolling({window, 0});
    for (std::size_t i = 0; i < values.size(); ++i) {
      const feature::Features f = rolling.update(history.time[i], values[i]);
      for (const double number : {double{values[i]}, f.delta, f.mean, f.std, f.zscore})
        history.data.push_back(static_cast<float>(number));
    }
    CHECK(make_trials(schema, history, 240, {}, 1).empty() == (window != 60));
  }
}

TEST_CASE("figures: by hand") {
  Tested one, two;
  one.alerts = 3;
  one.days = 0.5;
  one.rows = two.rows = 100;
  one.anomalies = {{0, true, 30}, {0, true, 10}, {0, true, 20}, {0, true, 40}, {1, false, 0}};
  two.days = 2;
  two.alerts = 1;
  const Figures figures = sum_up({&one, &two});
  CHECK(figures.alerts_per_day == 6.5);
  CHECK(figures.series_days == 2.5);
  CHECK(figures.injected() == 5);
  CHECK(figures.found() == 4);
  CHECK(figures.kinds[0].median_delay == 20);
  CHECK_FALSE(figures.kinds[1].median_delay);
  std::vector<float> scores;
  for (int i = 100; i >= 0; --i) scores.push_back(static_cast<float>(i));
  const Deciles deciles = Deciles::of(scores);
  CHECK(deciles.count == 101);
  CHECK(deciles.at[0] == 10);
  CHECK(deciles.at[8] == 90);
}
