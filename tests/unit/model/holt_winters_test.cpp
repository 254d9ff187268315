#include "model/holt_winters_detector.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

const Schema kSchema = schema_of({"value"});

struct Stream {
  std::vector<Nanos> time;
  std::vector<double> value;
  void add(Nanos at, double x) { time.push_back(at), value.push_back(x); }
};

// Hourly values: high in the day, low at night; from `from` on.
Stream hourly(std::size_t count, std::size_t from, std::uint64_t seed = 1) {
  Random random(seed);
  Stream out;
  for (std::size_t i = 0; i < from + count; ++i) {
    const double x = 100 + (i % 24 >= 8 && i % 24 < 20 ? 30 : 0) + random.normal();
    if (i >= from) out.add(static_cast<Nanos>(i) * kHour, x);
  }
  return out;
}

HoltWintersDetector trained(const Stream& history, const HoltWintersParameters& parameters = {}) {
  HoltWintersDetector detector(parameters);
  std::vector<float> data;
  for (const double x : history.value) data.push_back(static_cast<float>(x));
  detector.fit(kSchema, {history.time.data(), data.data(), data.size(), 1}, 1);
  return detector;
}

std::vector<Verdict> judge(const Detector& detector, const Stream& stream) {
  const auto state = detector.start();
  std::vector<Verdict> verdicts(stream.time.size());
  detector.update(state.get(), {stream.time.data(), stream.value.data(), stream.time.size(), 1},
                  verdicts.data());
  return verdicts;
}

}  // namespace

TEST_CASE("it finds the season, and what is usual by day is an anomaly by night") {
  const HoltWintersDetector detector = trained(hourly(24 * 20, 0));
  CHECK(detector.form() == EtsForm{EtsTrend::none, EtsSeason::additive, 24});
  Stream next = hourly(48, 24 * 20);
  next.value[26] += 30;  // two o'clock
  const std::vector<Verdict> verdicts = judge(detector, next);
  for (std::size_t i = 0; i < 48; ++i) {
    CAPTURE(i);
    CHECK((verdicts[i].score >= 1) == (i == 26));
    CHECK(verdicts[i].expected == doctest::Approx(verdicts[i].trend + verdicts[i].seasonal));
    CHECK((verdicts[i].seasonal > 0) == (i % 24 >= 8 && i % 24 < 20));
    CHECK(verdicts[i].trend == doctest::Approx(115).epsilon(0.02));
    CHECK((verdicts[i].p_value <= 0.0002) == (i == 26));
  }
  REQUIRE(verdicts[26].reasons.size() == 1);
  CHECK(verdicts[26].reasons[0].starts_with("residual=3"));
}

TEST_CASE("an anomaly does not pull the level, and a new level is learned") {
  const HoltWintersDetector detector = trained(hourly(24 * 20, 0));
  Stream clean = hourly(24 * 30, 24 * 20), spiked = clean, moved = clean;
  for (std::size_t i = 50; i < 53; ++i) spiked.value[i] += 1e6;
  for (std::size_t i = 50; i < moved.value.size(); ++i) moved.value[i] += 40;
  const std::vector<Verdict> usual = judge(detector, clean), after = judge(detector, spiked),
                             level = judge(detector, moved);
  CHECK(after[51].score > 1000);
  for (std::size_t i = 56; i < 120; ++i) {
    CHECK(std::abs(after[i].expected - usual[i].expected) < usual[i].upper - usual[i].expected);
  }
  CHECK(level[50].score >= 1);
  CHECK(level.back().score < 1);
}

TEST_CASE("so many lie within the interval as the user asked for") {
  for (const double confidence : {0.9, 0.99}) {
    HoltWintersParameters parameters;
    parameters.confidence = confidence;
    const HoltWintersDetector detector = trained(hourly(24 * 80, 0), parameters);
    double outside = 0;
    const std::vector<Verdict> verdicts = judge(detector, hourly(24 * 200, 24 * 80));
    for (const Verdict& verdict : verdicts) outside += verdict.score >= 1 ? 1 : 0;
    CHECK(outside / static_cast<double>(verdicts.size()) == doctest::Approx(1 - confidence).epsilon(0.35));
  }
}

TEST_CASE("passengers of airlines have a season that is a factor and a trend") {
  // As in ets_test.cpp, monthly; the first five years.
  const std::vector<double> passengers = {
      112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170,
      158, 133, 114, 140, 145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180, 193, 181,
      183, 218, 230, 242, 209, 191, 172, 194, 196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201};
  Stream months;
  for (std::size_t i = 0; i < passengers.size(); ++i)
    months.add(static_cast<Nanos>(i) * 30 * kDay, passengers[i]);
  const HoltWintersDetector detector = trained(months);
  CHECK(detector.form().season == EtsSeason::multiplicative);
  CHECK(detector.form().period == 12);
  HoltWintersParameters parameters;
  parameters.season_kind = EtsSeason::additive;
  parameters.trend = EtsTrend::damped;
  CHECK(trained(months, parameters).form() == EtsForm{EtsTrend::damped, EtsSeason::additive, 12});
  parameters.season = SeasonLength::parse("none");
  CHECK(trained(months, parameters).form() == EtsForm{EtsTrend::damped, EtsSeason::none, 1});
  parameters.season = SeasonLength::parse("6");
  CHECK(trained(months, parameters).form().period == 6);
  parameters.season = SeasonLength::parse("90d");
  CHECK(trained(months, parameters).form().period == 3);
}

TEST_CASE("after a gap the interval is as wide as the forecast is far, and the first value counts") {
  HoltWintersParameters parameters;
  parameters.trend = EtsTrend::linear;
  Random random(4);
  Stream walk;
  double level = 100;
  for (int i = 0; i < 600; ++i) walk.add(i * kMinute, (level += random.normal()) + 0.1 * random.normal());
  const HoltWintersDetector detector = trained(walk, parameters);
  Stream next;
  for (int i = 600; i < 605; ++i) next.add(i * kMinute, level);
  for (int i = 0; i < 5; ++i) next.add((1000 + i) * kMinute, level + 30);
  const std::vector<Verdict> verdicts = judge(detector, next);
  CHECK(verdicts[5].upper - verdicts[5].lower > 10 * (verdicts[4].upper - verdicts[4].lower));
  for (const Verdict& verdict : verdicts) CHECK(verdict.score < 1);
}

TEST_CASE("samples that miss their step a little, come twice or not at all are on the grid of the others") {
  Stream exact = hourly(24 * 20, 0), rough;
  Random random(2);
  for (std::size_t i = 0; i < exact.time.size(); ++i) {
    if (i % 50 == 17) continue;
    const Nanos time = exact.time[i] + static_cast<Nanos>(random.below(600)) * kSecond;
    rough.add(time, exact.value[i]);
    if (i % 30 == 3) rough.add(time + kMinute, exact.value[i]);
  }
  const HoltWintersDetector detector = trained(rough);
  CHECK(detector.form().period == 24);
  const std::vector<Verdict> verdicts = judge(detector, hourly(100, 24 * 20));
  for (const Verdict& verdict : verdicts) CHECK(verdict.score < 1);
}

TEST_CASE("seasons as people write them") {
  CHECK(SeasonLength::parse("auto").text() == "auto");
  CHECK(SeasonLength::parse("none").text() == "none");
  CHECK(SeasonLength::parse("24h").text() == "1d");
  CHECK(SeasonLength::parse("288").text() == "288");
  for (const char* text : {"", "0", "1", "5000", "-3", "12 h", "0s", "daily"}) {
    CHECK_THROWS_AS(SeasonLength::parse(text), UsageError);
  }
}

TEST_CASE("seasons are found by their autocorrelation") {
  for (const std::size_t period : {7, 24, 144}) {
    Random random(period);
    Regular samples;
    samples.grid.step = kMinute;
    for (std::size_t i = 0; i < 6 * period + 100; ++i) {
      const double wave =
          std::sin(2 * std::numbers::pi * static_cast<double>(i % period) / static_cast<double>(period));
      samples.values.push_back(
          i % 31 == 30 ? kMissing : 1000 + 0.01 * static_cast<double>(i) + wave + 0.3 * random.normal());
    }
    const std::vector<std::size_t> found = season_candidates(samples);
    REQUIRE(!found.empty());
    CHECK(std::abs(static_cast<double>(found[0]) - static_cast<double>(period)) <=
          0.02 * static_cast<double>(period));
  }
  Regular noise;
  Random random(5);
  for (int i = 0; i < 5000; ++i) noise.values.push_back(random.normal());
  CHECK(season_candidates(noise).empty());
}

// A day of 288 samples is taken from the first values, which then do not count: the level and the slope
// before them were left to chance, and far off where a form without a season fitted better.
TEST_CASE("a form without a season starts where the values start, also beside long seasons") {
  Random random(3);
  std::vector<double> values;
  for (int i = 0; i < 2000; ++i) {
    values.push_back(5 * std::sin(2 * std::numbers::pi * i / 288) + random.uniform());
  }
  for (const EtsTrend trend : {EtsTrend::none, EtsTrend::damped, EtsTrend::linear}) {
    EtsFit fit = fit_ets({trend, EtsSeason::none, 1}, values, 576);
    CHECK(std::abs(fit.model.level) < 10);
    CHECK(std::abs(fit.model.slope) < 10);
    for (const double error : filter(fit.model, values)) CHECK(std::abs(error) < 10);
  }
}
