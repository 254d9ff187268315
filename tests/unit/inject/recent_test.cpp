#include "inject/recent.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <limits>

using aiops::inject::Level;
using aiops::inject::RecentValues;

namespace {

RecentValues of(std::initializer_list<double> values) {
  RecentValues recent;
  for (const double value : values) recent.add(value);
  return recent;
}

}  // namespace

// Expected figures: Python 3.11, statistics.median of the values and of the absolute deviations,
// times 1.4826.
TEST_CASE("median and robust deviation agree with Python's statistics") {
  const Level odd = of({3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5}).level();
  CHECK(odd.median == 4.0);
  CHECK(odd.deviation == doctest::Approx(1.4826).epsilon(1e-12));
  const Level even = of({3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8}).level();
  CHECK(even.median == 4.5);
  CHECK(even.deviation == doctest::Approx(2.2239).epsilon(1e-12));
}

TEST_CASE("only the last 256 values count") {
  RecentValues recent;
  for (int i = 0; i < 400; ++i) recent.add(i * 37 % 101);
  CHECK(recent.last() == 399 * 37 % 101);
  CHECK(recent.level().median == 50.0);
  CHECK(recent.level().deviation == doctest::Approx(37.8063).epsilon(1e-12));
}

TEST_CASE("where most values are the same, the root mean square deviation stands in") {
  const Level level = of({0, 0, 0, 0, 0, 0, 0, 0, 0, 3}).level();
  CHECK(level.median == 0.0);
  CHECK(level.deviation == doctest::Approx(0.9486832980505138).epsilon(1e-12));
}

TEST_CASE("a constant series has a scale, too") {
  CHECK(of({-40, -40, -40}).level().deviation == doctest::Approx(0.4));
  CHECK(of({0, 0}).level().deviation == 1.0);
  CHECK(RecentValues().level().deviation == 1.0);
}

TEST_CASE("the largest floats do not overflow") {
  constexpr double kMax = std::numeric_limits<double>::max();
  const Level level = of({-kMax, kMax, -kMax, kMax}).level();
  CHECK(level.median == 0.0);
  CHECK(level.deviation == kMax);
}
