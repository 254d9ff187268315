#include <doctest/doctest.h>

#include <cmath>

#include "base/random.hpp"
#include "model/light_memory.hpp"
#include "model/light_tail.hpp"
#include "model/quick_log.hpp"

using namespace aiops;
using namespace aiops::model;

TEST_CASE("light: the quick logarithm is the logarithm") {
  for (float x = 1e-37F; x < 1e37F; x *= 1.37F) {
    const double error = std::abs(quick_log(x) - std::log(static_cast<double>(x)));
    REQUIRE(error <= 1e-6 * std::max(1.0, std::abs(std::log(static_cast<double>(x)))));
  }
}

TEST_CASE("light: the tail's probabilities, by hand") {
  LightTail::Shape shape;
  shape.floor = 0;
  LightTail tail;
  for (int i = 0; i < 95; ++i) tail.add(0.25F, shape);
  CHECK(tail.surprise(0.7F, shape) == doctest::Approx(std::log10(96 / 1.0)).epsilon(0.2));
  for (int i = 0; i < 5; ++i) tail.add(3.25F, shape);
  // Body: the first bucket (up to 0.5), where all 95 count in full: (100 + 1) / (100 + 1).
  CHECK(tail.surprise(0.25F, shape) == doctest::Approx(0));
  // Tail: five at 3.25, 2.75 above its start; index (5 * 2.75 + 10 * 0.3) / (5 + 10) = 1.11667, so at 4.25
  // ln(101 / 6) + 3.75 / 1.11667 = 6.18155, by ln 10.
  CHECK(tail.surprise(4.25F, shape) == doctest::Approx(2.68462).epsilon(1e-4));
  // And back: where it is 2.
  const float at = tail.limited(4.25F, tail.surprise(4.25F, shape), 2, shape);
  CHECK(tail.surprise(at, shape) == doctest::Approx(2).epsilon(1e-4));
  // Two buckets higher all the same counts stand two buckets lower, and nothing is still nothing.
  const float before = tail.surprise(4.25F, shape);
  tail.shift(-2, shape);
  CHECK(tail.surprise(3.25F, shape) == doctest::Approx(before).epsilon(0.2));
  CHECK(tail.count() == 100);
  tail.forget(0.5, shape);
  CHECK(tail.count() == 50);
}

TEST_CASE("light: counts are halved before they overflow, and the tail keeps its members") {
  LightTail::Shape shape;
  LightTail tail;
  Random random(3);
  for (int i = 0; i < 200'000; ++i) tail.add(static_cast<float>(std::abs(random.normal())), shape);
  CHECK(tail.count() <= 65'000);
  CHECK(tail.count() >= 32'500);
  // |normal| >= 2.5758 has probability 0.01.
  CHECK(tail.surprise(2.5758F, shape) == doctest::Approx(2).epsilon(0.1));
}

TEST_CASE("light: the interval follows a stream, and no odd clock") {
  LightStep step;
  CHECK(step.seconds() == doctest::Approx(300));
  Nanos time = 0;
  const auto push = [&](int count, Nanos gap) {
    for (int i = 0; i < count; ++i) step.push(time += gap);
  };
  push(10, kMinute);
  CHECK(step.seconds() == doctest::Approx(60));
  push(3, 7 * kDay);
  CHECK(step.seconds() == doctest::Approx(60));
  push(5, -kHour);
  CHECK(step.seconds() == doctest::Approx(60));
  push(40, 15 * kSecond);
  CHECK(step.seconds() == doctest::Approx(15));
}

TEST_CASE("light: a mean that was never seen is as far as from the nearest that was") {
  LightSeen seen;
  LightSeen::Distance last;
  for (int i = 0; i < 200; ++i) last = seen.push(10 + i % 2, 1, true);
  CHECK(last.distance == 0);
  for (int i = 0; i < 24; ++i) last = seen.push(13, 1, true);
  CHECK(last.mean == doctest::Approx(13));
  CHECK(last.nearest == doctest::Approx(10.5).epsilon(0.01));
  CHECK(last.distance == doctest::Approx(2.5).epsilon(0.01));
  for (int i = 0; i < 48; ++i) last = seen.push(13, 1, true);
  CHECK(last.distance == 0);
}
