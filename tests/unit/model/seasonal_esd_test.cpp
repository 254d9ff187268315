#include "model/seasonal_esd_detector.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/esd.hpp"
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

// High by day, low by night, every half hour.
Stream days(std::size_t count, std::uint64_t seed = 1) {
  Random random(seed);
  Stream out;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = 100 + (i % 48 >= 16 && i % 48 < 40 ? 30 : 0) + random.normal();
    out.add(static_cast<Nanos>(i) * 30 * kMinute, x);
  }
  return out;
}

std::vector<Verdict> cold(const Stream& stream, const Parameters& parameters = {}) {
  const auto detector = make_cold("seasonal-esd", kSchema, parameters);
  const auto state = detector->start();
  std::vector<Verdict> verdicts(stream.time.size());
  detector->update(state.get(), {stream.time.data(), stream.value.data(), stream.time.size(), 1},
                   verdicts.data());
  return verdicts;
}

}  // namespace

// By scipy 1.x: stats.norm.ppf, stats.t.ppf.
TEST_CASE("quantiles agree with scipy") {
  CHECK(normal_quantile(1e-12) == doctest::Approx(-7.034483825301131).epsilon(1e-9));
  CHECK(normal_quantile(0.01) == doctest::Approx(-2.3263478740408408).epsilon(1e-9));
  CHECK(normal_quantile(0.3) == doctest::Approx(-0.5244005127080409).epsilon(1e-9));
  CHECK(normal_quantile(0.999999) == doctest::Approx(4.753424308817087).epsilon(1e-9));
  CHECK(std::abs(normal_quantile(0.5)) < 1e-12);
  CHECK(student_quantile(0.975, 10) == doctest::Approx(2.228138851986274).epsilon(1e-4));
  CHECK(student_quantile(1 - 1e-6, 30) == doctest::Approx(5.871117120408624).epsilon(1e-3));
  CHECK(student_quantile(0.0001, 60) == doctest::Approx(-3.9620893647059408).epsilon(1e-5));
  CHECK(student_quantile(1 - 4.3e-6, 5000) == doctest::Approx(4.454307631478899).epsilon(1e-6));
}

// Rosner's own data and bounds, as the NIST/SEMATECH e-Handbook of Statistical Methods has them (1.3.5.17.3).
TEST_CASE("the test finds Rosner's three outliers") {
  const double published[] = {3.158794, 3.151430, 3.143890, 3.136165, 3.128247,
                              3.120128, 3.111796, 3.103243, 3.094456, 3.085425};
  for (int i = 0; i < 10; ++i) {
    CHECK(esd_critical(0.05, 54, i + 1) == doctest::Approx(published[i]).epsilon(2e-5));
  }
  CHECK(esd_critical(0.05, 2000, 1) == doctest::Approx(4.205972428400603).epsilon(1e-5));
  CHECK(esd_critical(0.05, 2000, 20) == doctest::Approx(4.203747159916243).epsilon(1e-5));
  std::vector<double> data = {-0.25, 0.68, 0.94, 1.15, 1.20, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49,
                              1.49,  1.55, 1.56, 1.58, 1.65, 1.69, 1.70, 1.76, 1.77, 1.81, 1.91,
                              1.94,  1.96, 1.99, 2.06, 2.09, 2.10, 2.14, 2.15, 2.23, 2.24, 2.26,
                              2.35,  2.37, 2.40, 2.47, 2.54, 2.62, 2.64, 2.90, 2.92, 2.92, 2.93,
                              3.21,  3.26, 3.30, 3.59, 3.68, 4.30, 4.64, 5.34, 5.42, 6.01};
  int outliers = 0;
  for (int i = 1; i <= 10; ++i) {
    double mean = 0, square = 0;
    for (const double x : data) mean += x / static_cast<double>(data.size());
    for (const double x : data) square += (x - mean) * (x - mean) / static_cast<double>(data.size() - 1);
    const auto farthest = std::max_element(data.begin(), data.end(), [&](double a, double b) {
      return std::abs(a - mean) < std::abs(b - mean);
    });
    if (std::abs(*farthest - mean) / std::sqrt(square) > esd_critical(0.05, 54, i)) outliers = i;
    data.erase(farthest);
  }
  CHECK(outliers == 3);
}

TEST_CASE("with three days of history, what is usual by day is an outlier by night") {
  Stream stream = days(48 * 4);
  stream.value[48 * 3 + 6] += 30;  // three o'clock
  const std::vector<Verdict> verdicts = cold(stream);
  for (std::size_t i = 0; i < stream.value.size(); ++i) {
    CAPTURE(i);
    if (i < 64) CHECK(verdicts[i].condition == Condition::warming_up);
    if (i < 48 * 3) continue;
    CHECK((verdicts[i].score >= 1) == (i == 48 * 3 + 6));
    CHECK(verdicts[i].expected == doctest::Approx(verdicts[i].trend + verdicts[i].seasonal));
    CHECK(std::abs(verdicts[i].expected - (i % 48 >= 16 && i % 48 < 40 ? 130 : 100)) < 4);
  }
  REQUIRE(verdicts[48 * 3 + 6].reasons.size() == 1);
  CHECK(verdicts[48 * 3 + 6].reasons[0].starts_with("deviation="));
}

TEST_CASE("of normal errors, as many are taken for outliers as the significance says") {
  Stream stream;
  Random random(3);
  for (std::size_t i = 0; i < 30'000; ++i) stream.add(static_cast<Nanos>(i) * kMinute, 10 + random.normal());
  const auto outliers = [&](double significance) {
    Parameters parameters;
    parameters.seasonal_esd = {SeasonLength::parse("none"), significance};
    const std::vector<Verdict> verdicts = cold(stream, parameters);
    return std::count_if(verdicts.begin() + 2000, verdicts.end(),
                         [](const Verdict& v) { return v.score >= 1; });
  };
  // 5 % for each 1,440 samples: 1 in 28,000; half of all at 50 %: 10. The level is estimated, too.
  CHECK(outliers(0.05) <= 6);
  CHECK(outliers(0.5) >= 4);
  CHECK(outliers(0.5) <= 40);
}

TEST_CASE("a new level is learned, and a burst leaves none behind") {
  Stream stream = days(48 * 12);
  for (std::size_t i = 48 * 6; i < 48 * 6 + 5; ++i) stream.value[i] += 1000;
  for (std::size_t i = 48 * 8; i < stream.value.size(); ++i) stream.value[i] += 50;
  const std::vector<Verdict> verdicts = cold(stream);
  CHECK(verdicts[48 * 6 + 2].score > 10);
  CHECK(std::abs(verdicts[48 * 6 + 6].expected - 100) < 4);
  CHECK(verdicts[48 * 8].score >= 1);
  CHECK(verdicts.back().score < 1);
  CHECK(std::abs(verdicts.back().expected - 150) < 6);
}

TEST_CASE("a trained model's new series have its parameters") {
  SeasonalEsdDetector detector({SeasonLength::parse("24"), 0.2});
  const Stream stream = days(200);
  std::vector<float> data(stream.value.begin(), stream.value.end());
  detector.fit(kSchema, {stream.time.data(), data.data(), data.size(), 1}, 1);
  SeasonalEsdDetector loaded({});
  loaded.load(kSchema, detector.save());
  Parameters told;
  loaded.tell(told);
  CHECK(told.seasonal_esd.significance == 0.2);
  CHECK(told.seasonal_esd.season.text() == "24");
}

TEST_CASE("memory is bounded") {
  Stream stream;
  Random random(3);
  for (std::size_t i = 0; i < 40'000; ++i) {
    stream.add(static_cast<Nanos>(i) * kMinute,
               std::sin(static_cast<double>(i) / 200) + 0.1 * random.normal());
  }
  const auto detector = make_cold("seasonal-esd", kSchema, {});
  const auto state = detector->start();
  std::vector<Verdict> verdicts(stream.time.size());
  detector->update(state.get(), {stream.time.data(), stream.value.data(), stream.time.size(), 1},
                   verdicts.data());
  CHECK(state->save().size() < 56 * 1024);
}
