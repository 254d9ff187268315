#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.hpp"
#include "base/random.hpp"
#include "model/adaptive_boxcar.hpp"
#include "model/adaptive_codebook.hpp"
#include "model/adaptive_interval.hpp"
#include "model/adaptive_recent.hpp"
#include "model/adaptive_regression.hpp"
#include "model/adaptive_season.hpp"
#include "model/adaptive_tail.hpp"
#include "model/quick_log.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();

template <typename Part>
std::string saved(Part part) {
  std::string bytes;
  Archive archive(bytes);
  part.archive(archive);
  return bytes;
}

// What is loaded saves as the same bytes, and half of it is refused.
template <typename Part>
Part reloaded(const Part& part, Part into) {
  const std::string bytes = saved(part);
  Archive archive(std::string_view(bytes), "part");
  into.archive(archive);
  archive.end();
  CHECK(saved(into) == bytes);
  Part again = part;
  Archive half(std::string_view(bytes).substr(0, bytes.size() / 2), "part");
  CHECK_THROWS_AS(again.archive(half), InputError);
  return into;
}

constexpr TailHistogram::Shape kShape = {0.02, 0.3, 10};

TailHistogram pareto_tail(int samples, double shape) {
  TailHistogram tail;
  tail.set_floor(std::log(0.01), std::log(0.01));
  Random random(5);
  for (int i = 0; i < samples; ++i) tail.add(-std::log(1 - random.uniform()) / shape, kShape);
  return tail;
}

void add(Codebook& book, double value, double resolution) {
  book.add(value, book.nearest(value, resolution), resolution);
}

}  // namespace

TEST_CASE("a surprise is -log10 of the probability, in the body and beyond all that was seen") {
  // Pareto: P(X > x) = x ^ -shape, so the surprise is shape * log10(x).
  for (const double shape : {1.0, 2.5}) {
    const TailHistogram tail = pareto_tail(50'000, shape);
    for (const double expected : {0.5, 1.0, 1.6, 3.0, 4.0, 6.0}) {
      const double log = expected * std::log(10) / shape;
      CAPTURE(shape);
      CAPTURE(expected);
      CHECK(tail.surprise(log, kShape) == doctest::Approx(expected).epsilon(0.08));
    }
    CHECK(tail.usual() == doctest::Approx(std::pow(50, 1 / shape)).epsilon(0.2));  // 2 % lie above
  }
}

TEST_CASE("the tail by hand: 94 zeros and five ones; ten times the edge") {
  TailHistogram tail;
  tail.set_floor(0, -7);
  for (int i = 0; i < 95; ++i) tail.add(kNothing, kShape);
  const double bucket = std::log(1.15);
  for (int i = 0; i < 5; ++i) tail.add(10.5 * bucket, kShape);  // five are no more than the fewest of a tail
  // The edge is that of bucket 0 and below the floor, 7 above the origin; the five, in bucket (7 + 10.5 b) /
  // b = 60, are counted at its middle.
  const double middle = (std::floor((7 + 10.5 * bucket) / bucket) + 0.5) * bucket;
  const double index = (5 * (middle - 7) + 3) / 15;
  const double expected = (-std::log(6.0 / 101) + std::log(10) / index) / std::log(10);
  CHECK(tail.surprise(std::log(10), kShape) == doctest::Approx(expected));
  CHECK(tail.surprise(-0.1, kShape) == 0);  // below the floor
}

TEST_CASE("a tail says nothing before 30 samples, and nothing without a scale") {
  TailHistogram tail;
  for (int i = 0; i < 40; ++i) tail.add(kNothing, kShape);
  CHECK(tail.surprise(5, kShape) == 0);
  tail.set_floor(0, -7);
  CHECK(tail.surprise(5, kShape) > 3);
  TailHistogram young;
  young.set_floor(0, -7);
  for (int i = 0; i < 29; ++i) young.add(kNothing, kShape);
  CHECK(young.surprise(5, kShape) == 0);
}

TEST_CASE("the floor moves up and keeps the counts; far down, everything is forgotten") {
  TailHistogram tail = pareto_tail(10'000, 1);
  const double before = tail.surprise(std::log(1000), kShape);
  const double count = tail.count();
  tail.set_floor(std::log(0.1), std::log(0.1));
  CHECK(tail.count() == count);
  CHECK(tail.surprise(std::log(1000), kShape) == doctest::Approx(before).epsilon(0.05));
  tail.set_floor(std::log(1e-9), std::log(1e-12));
  CHECK(tail.count() == 0);
  CHECK(tail.surprise(std::log(1000), kShape) == 0);
}

TEST_CASE("forgetting keeps the shape, and what is new counts for more") {
  TailHistogram tail = pareto_tail(10'000, 1), keen = tail;
  const double log = std::log(20);
  keen.forget(0.1);
  CHECK(keen.count() == doctest::Approx(1000));
  CHECK(keen.surprise(log, kShape) == doctest::Approx(tail.surprise(log, kShape)).epsilon(0.02));
  for (int i = 0; i < 100; ++i) tail.add(log, kShape), keen.add(log, kShape);
  CHECK(keen.surprise(log, kShape) < tail.surprise(log, kShape) - 0.15);
}

TEST_CASE("a bucket that is full halves them all, and what little is left of a tail stays") {
  TailHistogram tail = pareto_tail(1000, 1);
  const double log = std::log(5);
  for (int i = 0; i < 70'000; ++i) tail.add(log, kShape);
  CHECK(tail.count() < 40'000);
  CHECK(tail.count() > 30'000);
  CHECK(tail.surprise(log, kShape) < 0.4);
  TailHistogram few;
  few.set_floor(0, -7);
  for (int i = 0; i < 1000; ++i) few.add(0.5, kShape);
  for (int i = 0; i < 12; ++i) few.add(1 + 0.2 * i, kShape);
  few.forget(0.25);
  CHECK(few.count() == 253);
}

TEST_CASE("the logarithm of a double is the C library's but for its last bits") {
  Random random(8);
  for (int i = 0; i < 100'000; ++i) {
    const double x = std::exp((i % 2 == 0 ? 700 : 0.5) * (2 * random.uniform() - 1));
    REQUIRE(std::abs(quick_log(x) - std::log(x)) <= 1e-15 * std::max(1.0, std::abs(std::log(x))));
  }
  CHECK(quick_log(1.0) == 0);
}

TEST_CASE("tails save and load, and refuse what makes no sense") {
  const TailHistogram tail = pareto_tail(3000, 2);
  const TailHistogram again = reloaded(tail, TailHistogram());
  CHECK(again.surprise(3, kShape) == tail.surprise(3, kShape));
}

TEST_CASE("a score's own tail is trusted the more the longer it is known") {
  OwnTail own(0.15, 0.4, 1000);
  CHECK(own.calibrate(0) == 0);
  CHECK(own.calibrate(-1) == 0);
  CHECK(own.calibrate(7) == doctest::Approx(7).epsilon(0.01));
  // Scores that are probabilities already stay as they are …
  Random random(3);
  for (int i = 0; i < 100'000; ++i) own.calibrate(-std::log10(1 - random.uniform()));
  CHECK(own.calibrate(3) == doctest::Approx(3).epsilon(0.1));
  // … and those that are twice too high are halved.
  OwnTail loud(0.15, 0.4, 1000);
  for (int i = 0; i < 100'000; ++i) loud.calibrate(-2 * std::log10(1 - random.uniform()));
  CHECK(loud.calibrate(6) == doctest::Approx(3).epsilon(0.1));
}

TEST_CASE("regression agrees with ridge regression by hand") {
  // Without forgetting, recursive least squares from P = 10 is (X'X + 1/10) w = X'y.
  Regression<1> model;
  Random random(1);
  double xx = 0.1, xy = 0;
  for (int i = 0; i < 50; ++i) {
    const double x = random.normal(), y = 3 * x + random.normal();
    model.learn({x}, y - model.predict({x}), 1);
    xx += x * x;
    xy += x * y;
  }
  CHECK(model.predict({1}) == doctest::Approx(xy / xx).epsilon(1e-9));
}

TEST_CASE("regression finds the coefficients of an AR(2) and survives what excites it not") {
  Regression<2> model;
  Random random(2);
  double a = 0, b = 0;
  for (int i = 0; i < 20'000; ++i) {
    const double next = 1.2 * a - 0.5 * b + random.normal();
    model.learn({a, b}, next - model.predict({a, b}), 0.9995);
    b = a;
    a = next;
  }
  CHECK(model.predict({1, 0}) == doctest::Approx(1.2).epsilon(0.05));
  CHECK(model.predict({0, 1}) == doctest::Approx(-0.5).epsilon(0.1));
  for (int i = 0; i < 200'000; ++i) model.learn({0, 0}, 0, 0.9995);
  CHECK(std::isfinite(model.predict({1, 1})));
  const Regression<2> again = reloaded(model, Regression<2>());
  CHECK(again.predict({1, 2}) == model.predict({1, 2}));
}

TEST_CASE("a boxcar is the mean of the last values, and a huge one leaves nothing behind") {
  Boxcar<8> boxcar(4);
  CHECK(boxcar.push(1) == 1);
  CHECK(boxcar.push(2) == 1.5);
  CHECK_FALSE(boxcar.full());
  boxcar.push(3);
  CHECK(boxcar.push(4) == 2.5);
  CHECK(boxcar.oldest() == 1);
  CHECK(boxcar.push(5) == 3.5);
  boxcar.push(1e25);
  for (int i = 0; i < 8; ++i) boxcar.push(0.25);
  CHECK(boxcar.mean() == 0.25);
  reloaded(boxcar, Boxcar<8>(4));
}

TEST_CASE("a codebook knows how far a value is from all that it was given") {
  Codebook book;
  CHECK(book.nearest(5, 0.1).distance == 0);
  for (const double value : {1.0, 2.0, 4.0}) add(book, value, 0.1);
  CHECK(book.nearest(2.05, 0.1).distance == 0);
  CHECK(book.nearest(2.5, 0.1).distance == doctest::Approx(0.5));
  CHECK(book.nearest(3.5, 0.1).value == 4);
  CHECK(book.nearest(-3, 0.1).distance == 4);
  CHECK(book.nearest(10, 0.1).distance == 6);
  reloaded(book, Codebook());
}

TEST_CASE("a codebook finds what a search through all of it finds, however many there are") {
  for (const double resolution : {1e-9, 1e-3}) {
    Codebook book;
    Random random(4);
    std::vector<float> all;
    for (int i = 0; i < 2000; ++i) {
      const double value = i % 7 == 0 ? std::floor(10 * random.uniform()) : 10 * random.normal();
      double nearest = std::numeric_limits<double>::infinity();
      for (const float one : all) nearest = std::min(nearest, std::abs(one - value));
      const Codebook::Nearest found = book.nearest(value, resolution);
      const bool is_new = all.empty() || nearest > resolution;
      REQUIRE(found.distance == (is_new && !all.empty() ? nearest : 0));
      if (!all.empty()) REQUIRE(std::abs(found.value - value) == nearest);
      book.add(value, found, resolution);
      if (is_new) all.push_back(static_cast<float>(value));
      if (i % 500 == 0) book = reloaded(book, Codebook());
    }
  }
}

TEST_CASE("a codebook is never larger than 8 KB, and gets coarser instead") {
  Codebook book;
  Random random(1);
  for (int i = 0; i < 20'000; ++i) add(book, random.uniform(), 1e-6);
  CHECK(book.heap() <= 8192);
  CHECK(book.nearest(0.5, 1e-6).distance == 0);
  CHECK(book.nearest(2, 1e-6).distance == doctest::Approx(1).epsilon(0.01));
  reloaded(book, Codebook());
}

TEST_CASE("a codebook without a resolution begins anew when it is full") {
  Codebook book;
  for (int i = 0; i <= 2048; ++i) add(book, i, 0);
  CHECK(book.nearest(0, 0).distance == 2048);
}

TEST_CASE("the interval is the median of the gaps, and follows a change") {
  Interval interval;
  CHECK(interval.seconds() == 300);
  Nanos time = 0;
  const auto push = [&](int count, Nanos gap) {
    bool changed = false;
    for (int i = 0; i < count; ++i) changed |= interval.push(time += gap);
    return changed;
  };
  push(10, 15 * kSecond);
  interval.settle();
  CHECK(interval.seconds() == 15);
  CHECK_FALSE(push(300, 16 * kSecond));  // as good as the same
  CHECK_FALSE(push(1, 7 * kDay));
  CHECK_FALSE(push(200, 15 * kSecond));
  CHECK(interval.seconds() == 15);
  CHECK(push(200, kMinute));
  CHECK(interval.seconds() == 60);
  reloaded(interval, Interval());
}

TEST_CASE("times that stand still, go back, or are not there leave the interval as it is") {
  Interval interval;
  for (int i = 0; i < 1000; ++i) interval.push(kSecond);
  for (int i = 0; i < 1000; ++i) interval.push(-i * kSecond);
  for (int i = 0; i < 1000; ++i) interval.push(kNoTime);
  interval.settle();
  CHECK(interval.seconds() == 300);
  interval.push(std::numeric_limits<Nanos>::min() + 1);
  interval.push(std::numeric_limits<Nanos>::max());
  interval.settle();
  CHECK(interval.seconds() == 86'400);
}

TEST_CASE("recent values: percentiles, range, and the lag of the rhythm") {
  RecentValues recent;
  for (int i = 0; i <= 100; ++i) recent.push(i);
  CHECK(recent.spread().percentile5 == 5);  // as numpy.percentile(range(101), [5, 50, 95])
  CHECK(recent.spread().median == 50);
  CHECK(recent.spread().percentile95 == 95);
  CHECK(recent.spread().range == 100);
  RecentValues wave;
  Random random(1);
  for (int i = 0; i < 600; ++i) wave.push(std::sin(i * 2 * std::numbers::pi / 50) + 0.1 * random.normal());
  CHECK(std::abs(wave.lag() - 50) <= 1);
  const RecentValues again = reloaded(wave, RecentValues());
  CHECK(again.lag() == wave.lag());
  RecentValues flat;
  for (int i = 0; i < 10'000; ++i) flat.push(3);
  CHECK(flat.lag() == 0);
  CHECK(flat.heap() <= 10 * 1024);
}

TEST_CASE("the season learns the time of day, by both profiles") {
  const AdaptiveParameters p;
  Season season;
  season.set_step(3600);
  Random random(1);
  Season::Residuals last{};
  double sum = 0;
  for (std::uint64_t i = 0; i < 24 * 30; ++i) {
    const double wave = 10 * std::sin(static_cast<double>(i) * 2 * std::numbers::pi / 24);
    last =
        season.push(wave + 0.1 * random.normal(), static_cast<Nanos>(i) * kHour, 20, i, Learning::usual, p);
    if (i >= 24 * 20) sum += std::abs(last.plain_residual);
  }
  CHECK(sum / 240 < 0.15);
  CHECK(last.known);
  // A level that moves: the plain profile misses it, the other follows within hours.
  for (std::uint64_t i = 24 * 30; i < 24 * 40; ++i) {
    const double wave = 10 * std::sin(static_cast<double>(i) * 2 * std::numbers::pi / 24);
    last = season.push(wave + 0.3, static_cast<Nanos>(i) * kHour, 20, i, Learning::usual, p);
  }
  CHECK(std::abs(last.offset_residual) < 0.1);
  reloaded(season, Season());
}

TEST_CASE("a season at another step keeps what it knows of the day") {
  const AdaptiveParameters p;
  Season season;
  season.set_step(3600);
  for (std::uint64_t i = 0; i < 240; ++i) {
    season.push(i % 24 < 12 ? 0 : 8, static_cast<Nanos>(i) * kHour, 8, i, Learning::usual, p);
  }
  season.set_step(600);
  CHECK(season.push(0, 6 * kHour, 8, 241, Learning::usual, p).plain == doctest::Approx(0).epsilon(0.1));
  CHECK(season.push(8, 18 * kHour, 8, 242, Learning::usual, p).plain == doctest::Approx(8).epsilon(0.1));
}

TEST_CASE("the week corrects the day where weekends differ, and only there") {
  const auto residual_of = [](bool weekends, int weeks) {
    Season season;
    season.set_step(600);
    const AdaptiveParameters parameters;
    Random random(7);
    double last_week = 0;
    for (int i = 0; i < weeks * 7 * 144; ++i) {
      const int day = i / 144 % 7;
      const double usual = weekends && day >= 5 ? 20 : 50;
      const double value = usual + random.normal();
      const auto now = season.push(value, i * 10 * kMinute, 40, static_cast<std::uint64_t>(i),
                                   Learning::usual, parameters);
      // The first hours of a Monday and of a Saturday, when the profile of the day still has the days before.
      if (i >= (weeks - 1) * 7 * 144 && (day == 0 || day == 5))
        last_week += std::abs(now.plain_residual) / 288;
    }
    return last_week;
  };
  CHECK(residual_of(false, 6) < 1);  // the noise alone: its mean size is 0.8
  CHECK(residual_of(true, 2) > 15);  // a week has come once: nothing is known of weeks
  CHECK(residual_of(true, 8) < 10);  // known, and learned with a prior of two weeks
}
