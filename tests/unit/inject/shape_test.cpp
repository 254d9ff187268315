#include "inject/shape.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "inject/plan.hpp"

using namespace aiops::inject;

namespace {

constexpr Level kBefore{100, 2};
constexpr Plausible kAny{true, kAllDecimals};
constexpr Plausible kCounts{false, 0};

Shape shape(Anomaly kind, Plausible plausible, std::uint64_t seed = 1, Level before = kBefore) {
  return Shape(kind, 5, before, 97, plausible, seed);
}

}  // namespace

TEST_CASE("a spike and a dip move the value by the magnitude times the deviation") {
  CHECK(shape(Anomaly::spike, kAny).apply(101.5, 1) == 111.5);
  CHECK(shape(Anomaly::dip, kAny).apply(101.5, 1) == 91.5);
  CHECK(shape(Anomaly::latency, kAny).apply(101.5, 1) == 111.5);
}

TEST_CASE("a drift grows with its progress, up or down by its seed") {
  int up = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    auto drift = shape(Anomaly::drift, kAny, seed);
    const double first = *drift.apply(100, 0.1), last = *drift.apply(100, 1);
    CHECK(std::abs(first - 100) == doctest::Approx(1));
    CHECK(std::abs(last - 100) == doctest::Approx(10));
    CHECK((first > 100) == (last > 100));
    up += last > 100;
  }
  CHECK(up > 30);
  CHECK(up < 70);
}

TEST_CASE("a flat line holds the value before it, a gap has none") {
  CHECK(shape(Anomaly::flat_line, kAny).apply(123, 1) == 97);
  CHECK(shape(Anomaly::gap, kAny).apply(123, 1) == std::nullopt);
}

TEST_CASE("a variance burst has the spread that was asked for") {
  auto burst = shape(Anomaly::variance, kAny);
  double sum = 0, squares = 0;
  constexpr int kRows = 20000;
  for (int i = 0; i < kRows; ++i) {
    const double moved = *burst.apply(100, 1) - 100;
    sum += moved;
    squares += moved * moved;
  }
  // Ten is five deviations of two; both limits are more than four standard errors away.
  CHECK(std::abs(sum / kRows) < 0.3);
  CHECK(std::sqrt(squares / kRows) == doctest::Approx(10).epsilon(0.02));
}

TEST_CASE("what is never negative stays so, and goes up where there is no room below") {
  CHECK(shape(Anomaly::dip, kCounts).apply(3, 1) == 0);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CHECK(*shape(Anomaly::level_shift, kCounts, seed, {4, 2}).apply(4, 1) == 14);
  }
  CHECK(shape(Anomaly::dip, kCounts).possible(100));
  CHECK_FALSE(shape(Anomaly::dip, kCounts).possible(5));
  CHECK_FALSE(shape(Anomaly::dip, kCounts, 1, {0, 2}).possible(7));
  CHECK_FALSE(shape(Anomaly::dip, kCounts, 1, {5.9, 2}).possible(7));
  CHECK(shape(Anomaly::dip, kCounts, 1, {6, 2}).possible(7));
  CHECK(shape(Anomaly::dip, kAny, 1, {0, 2}).possible(7));
}

TEST_CASE("values keep the digits after the point that the series has") {
  CHECK(shape(Anomaly::spike, kCounts, 1, {4, 0.33}).apply(4, 1) == 6);         // 4 + 1.65
  CHECK(shape(Anomaly::spike, {true, 2}, 1, {4, 0.3333}).apply(4, 1) == 5.67);  // 4 + 1.6665
}

TEST_CASE("a change too small to be printed becomes one unit of the last digit") {
  CHECK(shape(Anomaly::spike, kCounts, 1, {4, 1e-3}).apply(4, 1) == 5);
  CHECK(shape(Anomaly::dip, {true, 1}, 1, {4, 1e-3}).apply(4, 1) == 3.9);
}

TEST_CASE("the largest floats stay finite") {
  constexpr double kMax = std::numeric_limits<double>::max();
  CHECK(shape(Anomaly::spike, kAny, 1, {0, kMax}).apply(kMax, 1) == kMax);
  CHECK(shape(Anomaly::dip, kAny, 1, {0, kMax}).apply(-kMax, 1) == -kMax);
}
