#include "source/histogram.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace aiops::source;

// Prometheus' own cases of histogram_quantile, promql/promqltest/testdata/histograms.test.
TEST_CASE("quantiles of explicit buckets as Prometheus has them") {
  const std::vector<double> bounds = {0.1, 0.2, 1};
  const std::vector<double> counts = {5, 2, 4, 1};  // 5, 7, 11, 12 at most le
  CHECK(histogram_quantile(0, bounds, counts) == 0);
  CHECK(histogram_quantile(0.2, bounds, counts) == doctest::Approx(0.048));
  CHECK(histogram_quantile(0.5, bounds, counts) == doctest::Approx(0.15));
  CHECK(histogram_quantile(0.8, bounds, counts) == doctest::Approx(0.72));
  CHECK(histogram_quantile(0.99, bounds, counts) == 1);
  const std::vector<double> below = {-0.2, -0.1, 0.3};  // 1, 3, 4, 6
  CHECK(histogram_quantile(0.1, below, {1, 2, 1, 2}) == -0.2);
  CHECK(histogram_quantile(0.25, below, {1, 2, 1, 2}) == doctest::Approx(-0.175));
  CHECK(std::isnan(histogram_quantile(0.5, bounds, {0, 0, 0, 0})));
  CHECK(std::isnan(histogram_quantile(0.5, {}, {7})));
}

TEST_CASE("quantiles of exponential buckets: even in the logarithm") {
  ExponentialHistogram histogram;
  histogram.positive = {{0, 2}, {1, 2}};  // (1, 2], (2, 4]
  CHECK(histogram_quantile(0.5, histogram) == doctest::Approx(2));
  CHECK(histogram_quantile(0.25, histogram) == doctest::Approx(std::sqrt(2)));
  CHECK(histogram_quantile(1, histogram) == doctest::Approx(4));
  histogram.zero = 4;
  CHECK(histogram_quantile(0.5, histogram) == 0);
  histogram.negative = {{0, 8}};  // [-2, -1)
  CHECK(histogram_quantile(0.25, histogram) == doctest::Approx(-std::sqrt(2)));
  CHECK(std::isnan(histogram_quantile(0.5, ExponentialHistogram())));
}

TEST_CASE("exponential histograms of different scales: the finer one is widened, then taken away") {
  ExponentialHistogram older, newer;
  older.scale = 1;
  older.positive = {{0, 1}, {1, 1}, {-1, 1}};
  newer.scale = 0;
  newer.positive = {{0, 3}, {-1, 1}, {2, 4}};
  CHECK(newer.subtract(older));
  CHECK(newer.scale == 0);
  CHECK(newer.positive == std::map<std::int32_t, double>{{-1, 0}, {0, 1}, {2, 4}});
  ExponentialHistogram anew;
  anew.positive = {{0, 1}};
  ExponentialHistogram larger;
  larger.positive = {{0, 2}};
  CHECK(!anew.subtract(larger));
  CHECK(anew.positive.at(0) == 1);
}
