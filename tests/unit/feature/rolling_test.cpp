#include "feature/rolling.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "base/error.hpp"
#include "base/random.hpp"

using namespace aiops;
using namespace aiops::feature;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// The large value, and what it leaves behind in sums, is the point.
constexpr std::array kValues = {1.0, 2.5, -3.25, 1e6, 7.0, 7.0, 7.0, 7.0, 0.001, 4.0};

void check(double got, double expected) {
  if (std::isnan(expected)) {
    CHECK(std::isnan(got));
  } else {
    CHECK(got == doctest::Approx(expected).epsilon(1e-12));
  }
}

}  // namespace

// Source: pandas 1.5.3, Series(v).rolling(4, min_periods=1).mean(), .rolling(4, min_periods=2).std(); the
// last two deviations are numpy's std(ddof=1) of the window, for in pandas the million leaves an error of
// 2e-6 behind.
TEST_CASE("a window of samples agrees with pandas") {
  const std::vector<double> mean = {1.0,         1.75,        0.08333333333333333, 250000.0625,
                                    250001.5625, 250002.6875, 250005.25,           7.0,
                                    5.25025,     4.50025};
  const std::vector<double> deviation = {kNone,
                                         1.0606601717798212,
                                         2.9825883613622133,
                                         499999.95833926386,
                                         499998.95835093054,
                                         499998.2083566806,
                                         499996.49999999994,
                                         0.0,
                                         3.4995,
                                         3.316172530191998};
  Rolling rolling({4, 0});
  for (std::size_t i = 0; i < kValues.size(); ++i) {
    CAPTURE(i);
    const Features f = rolling.update(0, kValues[i]);
    check(f.mean, mean[i]);
    check(f.std, deviation[i]);
    check(f.delta, i ? kValues[i] - kValues[i - 1] : kNone);
    check(f.zscore, std::isnan(deviation[i]) ? kNone
                    : deviation[i] > 0       ? (kValues[i] - mean[i]) / deviation[i]
                                             : 0);
  }
}

// Source: the same with times and rolling('5s').
TEST_CASE("a window of time agrees with pandas") {
  const std::vector<int> seconds = {0, 1, 2, 10, 11, 12, 13, 30, 31, 32};
  const std::vector<double> mean = {
      1.0, 1.75, 0.08333333333333333, 1000000.0, 500003.5, 333338.0, 250005.25, 7.0, 3.5005, 3.667};
  const std::vector<double> deviation = {
      kNone, 1.0606601717798212, 2.9825883613622133, kNone, 707101.8314390793, 577346.2277377414, 499996.5,
      kNone, 4.949040361524646,  3.5113625560457296};
  Rolling rolling({0, 5 * kSecond});
  for (std::size_t i = 0; i < kValues.size(); ++i) {
    CAPTURE(i);
    const Features f = rolling.update(seconds[i] * kSecond, kValues[i]);
    check(f.mean, mean[i]);
    check(f.std, deviation[i]);
  }
}

TEST_CASE("a constant series has no deviation, whatever was before it") {
  Rolling rolling({10, 0});
  Random random(1);
  for (int i = 0; i < 1000; ++i) rolling.update(0, random.normal() * 1e9);
  Features f{};
  for (int i = 0; i < 10; ++i) f = rolling.update(0, 0.1);
  CHECK(f.std == 0);
  CHECK(f.zscore == 0);
  CHECK(f.mean == 0.1);
}

TEST_CASE("a long stream, and a spike of 1e308, leave no error behind") {
  Rolling rolling({60, 0});
  Random random(2);
  std::vector<double> last;
  Features f{};
  for (int i = 0; i < 200'000; ++i) {
    double x = 1e6 + random.normal() * 1e-3;
    if (i == 199'000) x = 1e308;
    if (i == 150'000) x = -1e15;
    f = rolling.update(0, x);
    if (i >= 200'000 - 60) last.push_back(x);
  }
  double mean = 0, sum = 0;
  for (double x : last) mean += (x - 1e6) / 60;
  for (double x : last) sum += (x - 1e6 - mean) * (x - 1e6 - mean);
  CHECK(f.mean - 1e6 == doctest::Approx(mean).epsilon(1e-3));
  CHECK(f.std == doctest::Approx(std::sqrt(sum / 59)).epsilon(1e-3));
}

TEST_CASE("a missing value updates nothing") {
  Rolling a({4, 0}), b({4, 0});
  a.update(0, 1);
  b.update(0, 1);
  CHECK(std::isnan(a.update(1, kNone).mean));
  const Features x = a.update(2, 5), y = b.update(2, 5);
  CHECK(x.delta == y.delta);
  CHECK(x.mean == y.mean);
}

TEST_CASE("saved and loaded, it goes on as if it had not stopped") {
  for (const Window window : {Window{7, 0}, Window{0, 20 * kSecond}}) {
    Rolling whole(window);
    Random random(3);
    for (int i = 0; i < 100; ++i) whole.update(i * kSecond, random.normal());
    std::string bytes;
    whole.save(bytes);
    Rolling again(window);
    std::string_view in = bytes;
    again.load(in);
    CHECK(in.empty());
    for (int i = 100; i < 200; ++i) {
      const double x = random.normal();
      const Features f = whole.update(i * kSecond, x), g = again.update(i * kSecond, x);
      CHECK(f.mean == g.mean);
      CHECK(f.std == g.std);
      CHECK(f.delta == g.delta);
    }
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      std::string_view cut = std::string_view(bytes).substr(0, n);
      Rolling fresh(window);
      CHECK_THROWS_AS(fresh.load(cut), InputError);
    }
    std::string_view other = bytes;
    Rolling different({9, 0});
    CHECK_THROWS_AS(different.load(other), InputError);
  }
}

TEST_CASE("a state with more values than its window is refused") {
  Rolling rolling({7, 0});
  for (int i = 0; i < 7; ++i) rolling.update(i, i);
  std::string bytes;
  rolling.save(bytes);
  bytes[bytes.size() - 7 * sizeof(double) - 4] = 8;  // the number of values, in 32 bits before them
  bytes.append(sizeof(double), '\0');
  std::string_view in = bytes;
  Rolling again({7, 0});
  CHECK_THROWS_AS(again.load(in), InputError);
}

TEST_CASE("windows are read as samples or as time") {
  CHECK(Window::parse("60") == Window{60, 0});
  CHECK(Window::parse("1h30m") == Window{0, 90 * kMinute});
  CHECK(Window::parse("5m").text() == "5m");
  for (const char* bad : {"", "0", "-1", "1000001", "x", "0s", "5 m", "1.5"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(Window::parse(bad), UsageError);
  }
}
