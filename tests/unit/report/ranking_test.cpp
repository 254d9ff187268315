#include "report/ranking.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

using namespace aiops::report;

namespace {

struct Series {
  std::vector<float> value;
  std::vector<double> score;
  std::vector<std::uint8_t> label;
};

// 600 rows with ties, labelled spans near each other and at the end: tests/data/report/ranking.csv.
Series ranking_data() {
  Series series;
  const auto lines = aiops::split(aiops::read_file(AIOPS_TEST_DATA "/report/ranking.csv"), '\n');
  for (std::size_t i = 1; i < lines.size() && !lines[i].empty(); ++i) {
    const auto fields = aiops::split(lines[i], ',');
    double value = 0, score = 0;
    REQUIRE(aiops::parse_number(fields[0], value) == aiops::Number::ok);
    REQUIRE(aiops::parse_number(fields[1], score) == aiops::Number::ok);
    series.value.push_back(static_cast<float>(value));
    series.score.push_back(score);
    series.label.push_back(fields[2] == "1");
  }
  return series;
}

std::vector<float> wave(int period) {
  std::vector<float> values;
  for (int i = 0; i < 2000; ++i) {
    values.push_back(
        static_cast<float>(std::sin(2 * std::numbers::pi * i / period) + 0.01 * (i * 7919 % 101) / 101));
  }
  return values;
}

}  // namespace

TEST_CASE("average precision is that of scikit-learn") {
  // sklearn.metrics.average_precision_score, scikit-learn 1.9.1.
  const Series series = ranking_data();
  REQUIRE(series.score.size() == 600);
  CHECK(average_precision(series.score, series.label) == doctest::Approx(0.6278935984397185).epsilon(1e-12));
}

TEST_CASE("average precision by hand") {
  // Falling: 0.9 labelled (1 of 1), 0.8 not, 0.7 labelled and not, a tie (2 of 4): (1 + 2/4) / 2.
  const std::vector<double> scores = {0.7, 0.8, 0.9, 0.7};
  CHECK(average_precision(scores, std::vector<std::uint8_t>{1, 0, 1, 0}) == doctest::Approx(0.75));
  CHECK(average_precision(scores, std::vector<std::uint8_t>{1, 1, 1, 1}) == 1);
  CHECK(std::isnan(average_precision(scores, std::vector<std::uint8_t>{0, 0, 0, 0})));
}

TEST_CASE("the volume under the surface is that of its authors' program") {
  // RangeAUC_volume_opt of the package VUS 0.0.6 (Paparrizos et al.), last result, run on ranking.csv.
  const Series series = ranking_data();
  CHECK(vus_pr(series.score, series.label, 0) == doctest::Approx(0.5291318177479891).epsilon(1e-9));
  CHECK(vus_pr(series.score, series.label, 1) == doctest::Approx(0.5291318177479891).epsilon(1e-9));
  CHECK(vus_pr(series.score, series.label, 10) == doctest::Approx(0.611322802025661).epsilon(1e-9));
  CHECK(vus_pr(series.score, series.label, 48) == doctest::Approx(0.7259569672963206).epsilon(1e-9));
  CHECK(vus_pr(series.score, series.label, 125) == doctest::Approx(0.8146810000904186).epsilon(1e-9));
}

TEST_CASE("the volume where there is little to see") {
  const std::vector<double> one = {0.3};
  CHECK(vus_pr(one, std::vector<std::uint8_t>{1}, 10) == doctest::Approx(1));
  CHECK(std::isnan(vus_pr(one, std::vector<std::uint8_t>{0}, 10)));
  CHECK(std::isnan(vus_pr({}, {}, 10)));
}

TEST_CASE("the window is the period, as TSB-AD finds it") {
  // find_length_rank of the package TSB-AD 1.5 on the same numbers.
  CHECK(autocorrelation_window(ranking_data().value) == 46);
  CHECK(autocorrelation_window(wave(7)) == 7);
  CHECK(autocorrelation_window(wave(100)) == 100);
  CHECK(autocorrelation_window(wave(350)) == 125);  // too long
  CHECK(autocorrelation_window(wave(5)) == 125);    // too short
}

TEST_CASE("the window of series without a period") {
  CHECK(autocorrelation_window({}) == kDefaultWindow);
  CHECK(autocorrelation_window(std::vector<float>(1000, 4.0f)) == kDefaultWindow);
  CHECK(autocorrelation_window(std::vector<float>(1000, std::nanf(""))) == kDefaultWindow);
  std::vector<float> gaps = wave(100);
  for (std::size_t i = 0; i < gaps.size(); i += 10) gaps[i] = std::nanf("");
  CHECK(autocorrelation_window(gaps) == 100);
}
