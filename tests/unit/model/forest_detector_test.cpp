#include "model/forest_detector.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/isa.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

const std::vector<std::string> kFive = {"value", "delta", "rolling_mean", "rolling_std", "zscore"};

struct Trained {
  Schema schema;
  std::unique_ptr<Detector> detector;

  Trained(Schema of, const std::vector<float>& data, IsolationForestParameters parameters = {})
      : schema(std::move(of)) {
    Parameters all;
    all.isolation_forest = parameters;
    detector = find_detector("isolation-forest").make(all);
    const std::size_t width = schema.inputs.size();
    std::vector<Nanos> time(data.size() / width);
    detector->fit(schema, {time.data(), data.data(), time.size(), width}, 3);
  }

  std::vector<Verdict> judge(const std::vector<double>& rows, const std::uint8_t* cold = nullptr) const {
    const std::size_t width = schema.inputs.size();
    std::vector<Verdict> verdicts(rows.size() / width);
    detector->update(nullptr, {nullptr, rows.data(), verdicts.size(), width, cold}, verdicts.data());
    return verdicts;
  }
};

// Features of independent normal numbers, mean 50 and deviation 5, as rolling ones would be.
std::vector<float> feature_rows(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> rows;
  double before = 50;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = 50 + 5 * random.normal(), mean = 50 + 0.6 * random.normal(),
                 std = 5 + 0.4 * random.normal();
    for (double x : {value, value - before, mean, std, (value - mean) / std})
      rows.push_back(static_cast<float>(x));
    before = value;
  }
  return rows;
}

std::vector<double> widened(const std::vector<float>& rows) { return {rows.begin(), rows.end()}; }

const std::vector<double> kUsual = {50, 0, 50, 5, 0};
const std::vector<double> kSpike = {110, 60, 51, 9, 6.6};

}  // namespace

TEST_CASE("1.0 is the threshold: the share of usual rows above it is the contamination") {
  IsolationForestParameters parameters;
  parameters.contamination = 0.01;
  const Trained trained(schema_of(kFive), feature_rows(5000, 1), parameters);
  int alerts = 0, fresh_alerts = 0;
  for (const Verdict& verdict : trained.judge(widened(feature_rows(5000, 1)))) alerts += verdict.score >= 1;
  CHECK(alerts >= 40);
  CHECK(alerts <= 60);
  for (const Verdict& verdict : trained.judge(widened(feature_rows(20'000, 2))))
    fresh_alerts += verdict.score >= 1;
  CHECK(fresh_alerts >= 100);
  CHECK(fresh_alerts <= 400);
}

TEST_CASE("score and p_value say the same: p = contamination ^ score") {
  const Trained trained(schema_of(kFive), feature_rows(2000, 1));
  for (const Verdict& verdict : trained.judge(widened(feature_rows(500, 2)))) {
    CHECK(verdict.score >= 0);
    CHECK(verdict.p_value == doctest::Approx(std::pow(0.0002, verdict.score)));
    CHECK(verdict.p_value > 0);
    CHECK(verdict.p_value <= 1);
  }
}

TEST_CASE("a spike is an alert, and stronger the higher it is, beyond all that was seen") {
  const Trained trained(schema_of(kFive), feature_rows(720, 1));
  CHECK(trained.judge(kUsual)[0].score < 0.3);
  double before = 1;
  for (const double height : {90.0, 110.0, 150.0, 400.0}) {
    const double score = trained.judge({height, height - 50, 50, 5, (height - 50) / 5})[0].score;
    CHECK(score > before);
    before = score;
  }
  IsolationForestParameters forest_alone;
  forest_alone.range_weight = 0;
  const Trained alone(schema_of(kFive), feature_rows(720, 1), forest_alone);
  CHECK(alone.judge({400, 350, 50, 5, 70})[0].score == alone.judge({150, 100, 50, 5, 20})[0].score);
}

TEST_CASE("a series that was constant alerts when it changes") {
  std::vector<float> rows;
  for (int i = 0; i < 200; ++i) rows.insert(rows.end(), {1, 0, 1, 0, 0});
  const Trained trained(schema_of(kFive), rows);
  CHECK(trained.judge({1, 0, 1, 0, 0})[0].score == 0);
  const Verdict down = trained.judge({0, -1, 0.98, 0.13, -7.6})[0];
  CHECK(down.score > 2);
  CHECK(down.expected == 1);
}

TEST_CASE("reasons name what drove an alert, strongest first, and only alerts have them") {
  const std::vector<float> rows = normal_rows(3000, 3, 5);
  const Trained trained(schema_of({"a", "b", "c"}, true), rows);
  CHECK(trained.judge({0.1, 0.2, -0.1})[0].reasons.empty());
  const Verdict one = trained.judge({0, 25, 0})[0];
  REQUIRE(one.score >= 1);
  REQUIRE(one.reasons.size() == 1);
  CHECK(one.reasons[0].rfind("b=25(+", 0) == 0);
  // What the reason says is what the score loses when b is at its median, which is near 0.
  const double fall = std::stod(one.reasons[0].substr(one.reasons[0].find('+')));
  CHECK(fall == doctest::Approx(one.score - trained.judge({0, 0, 0})[0].score).epsilon(0.05));
  const Verdict two = trained.judge({9, 0, -30})[0];
  REQUIRE(two.reasons.size() == 2);
  CHECK(two.reasons[0].rfind("c=-30(", 0) == 0);
  CHECK(two.reasons[1].rfind("a=9(", 0) == 0);
}

TEST_CASE("rows with a missing input are not scored, and others are as without them") {
  const double nan = std::nan("");
  const Trained trained(schema_of(kFive), feature_rows(500, 1));
  const std::vector<Verdict> verdicts =
      trained.judge({50, 0, 50, 5, 0, nan, nan, nan, nan, nan, 110, 60, 51, 9, 6.6, 50, nan, 50, nan, nan});
  CHECK(verdicts[0].condition == Condition::ok);
  CHECK(verdicts[1].condition == Condition::no_data);
  CHECK(std::isnan(verdicts[1].score));
  CHECK(std::isnan(verdicts[1].p_value));
  CHECK(std::isnan(verdicts[1].expected));
  CHECK(verdicts[3].condition == Condition::warming_up);
  CHECK(std::isnan(verdicts[3].score));
  CHECK(verdicts[0].score == trained.judge(kUsual)[0].score);
  CHECK(verdicts[2].score == trained.judge(kSpike)[0].score);
  const Trained joint(schema_of({"a", "b"}, true), normal_rows(500, 2, 1));
  CHECK(joint.judge({nan, 1})[0].condition == Condition::no_data);
}

TEST_CASE("what stood in a verdict before is gone") {
  const Trained trained(schema_of(kFive), feature_rows(500, 1));
  Verdict verdict;
  verdict.reasons = {"old"};
  verdict.level = 7;
  trained.detector->update(nullptr, {nullptr, kUsual.data(), 1, 5}, &verdict);
  CHECK(verdict.reasons.empty());
  CHECK(std::isnan(verdict.level));
}

TEST_CASE("expected and band: the rolling mean, kept within what training saw") {
  const Trained trained(schema_of(kFive), feature_rows(5000, 1));
  const Verdict usual = trained.judge({53, 1, 50.5, 4.9, 0.5})[0];
  CHECK(usual.expected == doctest::Approx(50.5));
  CHECK(usual.lower == doctest::Approx(50.5 - 3 * 4.9));
  CHECK(usual.upper == doctest::Approx(50.5 + 3 * 4.9));
  // Mean and deviation inflated by an anomaly within the window: central 99 % of the values is 50 ± 2.58 · 5,
  // the 95th percentile of the deviations 5 + 1.645 · 0.4.
  const Verdict after = trained.judge({50, 0, 90, 60, -0.7})[0];
  CHECK(after.expected == doctest::Approx(62.9).epsilon(0.02));
  CHECK(after.upper - after.expected == doctest::Approx(3 * 5.66).epsilon(0.02));
}

TEST_CASE("expected and band without rolling inputs, and none for joint scores") {
  std::vector<float> rows = normal_rows(5000, 1, 2);
  const Verdict alone = Trained(schema_of({"value"}), rows).judge({5})[0];
  CHECK(alone.expected == doctest::Approx(0).epsilon(0.05));
  CHECK(alone.lower == doctest::Approx(-2.58).epsilon(0.07));
  CHECK(alone.upper == doctest::Approx(2.58).epsilon(0.07));
  CHECK(std::isnan(Trained(schema_of({"value", "b"}, true), rows).judge({0, 0})[0].expected));
}

TEST_CASE("cold rows are judged by value and delta, not by a window that is not filled") {
  const Trained trained(schema_of(kFive), feature_rows(2000, 1));
  const double nan = std::nan("");
  // The mean of two values, and their deviation, lie where a mean of sixty never does.
  const std::vector<double> rows = {44, -4, 43, 1.4, 0.7, 110, 50, 85, 35, 0.7, 50, 0, 50, nan, nan};
  const std::uint8_t cold[] = {1, 1, 1};
  const std::vector<Verdict> told = trained.judge(rows, cold), untold = trained.judge(rows);
  CHECK(untold[0].score >= 1);
  CHECK(told[0].score < 0.8);
  CHECK(told[1].score >= 1);  // a spike is one nevertheless
  CHECK(told[2].condition == Condition::ok);
  CHECK(told[2].score < 0.5);
}

TEST_CASE("numbers beyond a float are alerts, not errors") {
  const Trained trained(schema_of(kFive), feature_rows(500, 1));
  for (const double huge : {1e300, -1e300, 1e39}) {
    const Verdict verdict = trained.judge({huge, huge, 50, 5, 0})[0];
    CHECK(verdict.score > 1);
    CHECK(std::isfinite(verdict.score));
    CHECK(verdict.p_value > 0);
  }
}

TEST_CASE("a detector that comes back from its bytes gives the same verdicts on every instruction set") {
  const Trained trained(schema_of(kFive), feature_rows(1500, 1));
  const std::string bytes = trained.detector->save();
  Trained loaded(schema_of(kFive), feature_rows(60, 9));
  loaded.detector->load(loaded.schema, bytes);
  CHECK(loaded.detector->save() == bytes);
  std::vector<double> rows = widened(feature_rows(700, 2));
  rows.insert(rows.end(), kSpike.begin(), kSpike.end());
  set_isa(Isa::portable);
  const std::vector<Verdict> expected = trained.judge(rows);
  for (const Isa level : {Isa::portable, Isa::avx2, Isa::avx512}) {
    set_isa(level);
    const std::vector<Verdict> found = loaded.judge(rows);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(found[i].score == expected[i].score);
      CHECK(found[i].p_value == expected[i].p_value);
      CHECK(found[i].lower == expected[i].lower);
      CHECK(found[i].reasons == expected[i].reasons);
      const Verdict alone = loaded.judge({rows.begin() + static_cast<std::ptrdiff_t>(5 * i),
                                          rows.begin() + static_cast<std::ptrdiff_t>(5 * i + 5)})[0];
      CHECK(alone.score == expected[i].score);
    }
  }
}

TEST_CASE("bytes that are no detector are refused; no byte of them crashes") {
  const Trained trained(schema_of(kFive), feature_rows(200, 1), {.trees = 2, .samples = 32});
  const std::string good = trained.detector->save();
  Trained other(schema_of(kFive), feature_rows(60, 9));
  for (std::size_t length = 0; length < good.size(); length += 1 + length / 40) {
    CHECK_THROWS_AS(other.detector->load(other.schema, good.substr(0, length)), InputError);
  }
  CHECK_THROWS_AS(other.detector->load(schema_of({"value"}), good), InputError);
  Random random(4);
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good;
    bad[random.below(static_cast<std::uint32_t>(bad.size()))] = static_cast<char>(random.below(256));
    try {
      other.detector->load(other.schema, bad);
      other.judge(kSpike);
    } catch (const InputError&) {
    }
  }
}

TEST_CASE("training needs complete rows and parameters that make sense") {
  const float nan = std::nanf("");
  CHECK_THROWS_AS(Trained(schema_of({"a", "b"}, true), {nan, 1, 2, nan}), InputError);
  CHECK_THROWS_AS(Trained(schema_of({"a"}, true), {1, 2}, {.contamination = 0}), UsageError);
  CHECK_THROWS_AS(Trained(schema_of({"a"}, true), {1, 2}, {.trees = -1}), UsageError);
  // Incomplete rows are left out: the same detector as without them.
  const Trained with(schema_of({"a"}, true), {1, nan, 2, 3, 4, nan}),
      without(schema_of({"a"}, true), {1, 2, 3, 4});
  CHECK(with.detector->save() == without.detector->save());
  CHECK(Trained(schema_of({"a"}, true), {5}).judge({5})[0].score == 0);
}

TEST_CASE("the table of detectors") {
  CHECK(find_detector("isolation-forest").make({})->name() == "isolation-forest");
  CHECK(detectors().front().name == kDefaultDetector);
  try {
    find_detector("isolation-forrest");
    FAIL("no error");
  } catch (const UsageError& error) {
    CHECK(std::string(error.what()).find("did you mean isolation-forest?") != std::string::npos);
  }
}
