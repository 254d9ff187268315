#include "incident/history.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

using namespace aiops;
using namespace aiops::incident;

namespace {

constexpr Nanos kKeep = 10 * kMinute;

// Values a minute apart.
History history(const std::vector<double>& values) {
  History made;
  Nanos time = 0;
  for (const double value : values) made.add(time += kMinute, value, kKeep);
  return made;
}

}  // namespace

TEST_CASE("a cut tells what was before from what is now") {
  const History series = history({1, 2, 3, 4, 100, 102, 101, 7});
  const Cut cut = series.cut(4 * kMinute, 7 * kMinute);
  CHECK(cut.before == std::vector<double>{1, 2, 3, 4});
  CHECK(cut.after == std::vector<double>{100, 102, 101});
  CHECK(cut.usual == 2.5);
  CHECK(cut.now == 101);
  CHECK(cut.high == 4);
  CHECK(cut.usable());
  CHECK_FALSE(series.cut(2 * kMinute, 7 * kMinute).usable());
  CHECK_FALSE(series.cut(8 * kMinute, 9 * kMinute).usable());
}

TEST_CASE("surprise: the share of the history that was as far out, and how much further it is") {
  // Worked by hand: n = 4 and none as far: -ln(0.5 / 5) - ln 2, and ln((97.5 + 0.125) / (1.5 + 0.125)).
  const Cut far = history({1, 2, 3, 4, 100}).cut(4 * kMinute, 5 * kMinute);
  CHECK(surprise(far, 1) == doctest::Approx(std::log(10.0) - std::numbers::ln2 + std::log(97.625 / 1.625)));
  CHECK(surprise(far, -1) == 0);
  // Two of six were at 5 or more: -ln(2.5 / 7) - ln 2.
  const Cut seen = history({1, 1, 1, 1, 5, 6, 5}).cut(6 * kMinute, 7 * kMinute);
  CHECK(surprise(seen, 1) == doctest::Approx(std::log(7 / 2.5) - std::numbers::ln2));
  CHECK(surprise(history({5, 6, 7, 1}).cut(3 * kMinute, 4 * kMinute), -1) > 1);
}

TEST_CASE("long histories are an even sample with exact extremes, in bounded memory") {
  History series;
  for (int i = 0; i < 100'000; ++i) series.add(i * kSecond, i == 500 ? 1e6 : i % 100, kKeep);
  series.add(100'000 * kSecond, 50, kKeep);
  const Cut cut = series.cut(99'999 * kSecond, 100'000 * kSecond);
  CHECK(cut.count == 100'000);
  CHECK(cut.before.size() <= History::kSample + History::kRecent);
  CHECK(cut.usual == doctest::Approx(49.5).epsilon(0.15));
  CHECK(cut.high == 1e6);
}

TEST_CASE("missing values are passed over, and values above a limit on request") {
  const History series = history({1, NAN, 2, 30, 3, 4});
  CHECK(series.cut(5 * kMinute, 6 * kMinute).before.size() == 4);
  CHECK(series.cut(5 * kMinute, 6 * kMinute, 10).before == std::vector<double>{1, 2, 3});
}

TEST_CASE("times that run backwards") {
  History series;
  series.add(kDay, 1, kKeep);
  for (std::size_t i = 0; i < 2 * History::kRecent; ++i) series.add(kHour, 2, kKeep);
  series.add(kDay + kMinute, 3, kKeep);
  const Cut cut = series.cut(kDay, kDay + kMinute);
  CHECK(cut.count == 2 * History::kRecent + 1);
  CHECK(cut.after == std::vector<double>{3});
}
