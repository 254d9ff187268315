// Quantiles, with the values that Prometheus' own tests expect (promql/testdata/histograms.test,
// native_histograms.test of Prometheus 3).
#include "source/quantile.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace aiops::source;

TEST_CASE("classic histograms") {
  const std::vector<CumulativeBucket> buckets = {{0.1, 50}, {0.2, 70}, {1, 110}, {HUGE_VAL, 110}};
  CHECK(quantile_of(0, buckets) == 0);
  CHECK(quantile_of(0.25, buckets) == doctest::Approx(0.1 * 27.5 / 50));
  CHECK(quantile_of(0.5, buckets) == doctest::Approx(0.125));
  CHECK(quantile_of(0.75, buckets) == doctest::Approx(0.45));
  CHECK(quantile_of(1, buckets) == 1);
  // In the last bucket its lower end; below zero the upper end of the first.
  CHECK(quantile_of(0.99, std::vector<CumulativeBucket>{{1, 5}, {2, 6}, {HUGE_VAL, 100}}) == 2);
  CHECK(quantile_of(0.1, std::vector<CumulativeBucket>{{-1, 5}, {HUGE_VAL, 5}}) == -1);
  // Counters that were not read at the same moment.
  CHECK(quantile_of(0.5, std::vector<CumulativeBucket>{{1, 10}, {2, 9}, {HUGE_VAL, 10}}) ==
        doctest::Approx(0.5));
}

TEST_CASE("no quantile where nothing was counted, or the last bucket is not open") {
  CHECK(std::isnan(quantile_of(0.5, std::vector<CumulativeBucket>{})));
  CHECK(std::isnan(quantile_of(0.5, std::vector<CumulativeBucket>{{1, 0}, {HUGE_VAL, 0}})));
  CHECK(std::isnan(quantile_of(0.5, std::vector<CumulativeBucket>{{1, 3}, {2, 4}})));
  CHECK(std::isnan(quantile_of(0.5, std::vector<CumulativeBucket>{{HUGE_VAL, 4}})));
  CHECK(std::isnan(quantile_of(0.5, std::vector<NativeBucket>{})));
}

TEST_CASE("native histograms: exponential between powers, linear around zero and within custom bounds") {
  // {{schema:0 sum:5 count:4 buckets:[1 2 1]}}: bounds 0.5, 1, 2, 4
  const std::vector<NativeBucket> exponential = {{0.5, 1, 1}, {1, 2, 2}, {2, 4, 1}};
  CHECK(quantile_of(0.5, exponential) == doctest::Approx(std::sqrt(2)));
  CHECK(quantile_of(0, exponential) == 0.5);
  CHECK(quantile_of(1, exponential) == 4);
  const std::vector<NativeBucket> negative = {{-4, -2, 1}, {-2, -1, 2}, {-1, -0.5, 1}};
  CHECK(quantile_of(0.5, negative) == doctest::Approx(-std::sqrt(2)));
  CHECK(quantile_of(0.25, std::vector<NativeBucket>{{-0.001, 0.001, 2}, {1, 2, 2}}) ==
        doctest::Approx(0.0005));
  CHECK(quantile_of(0.5, std::vector<NativeBucket>{{-0.001, 0.001, 2}}) == doctest::Approx(0));
  CHECK(quantile_of(0.5, std::vector<NativeBucket>{{10, 13, 4}}) == doctest::Approx(11.5));
  CHECK(quantile_of(0.9, std::vector<NativeBucket>{{0, 5, 1}, {5, HUGE_VAL, 9}}) == 5);
}
