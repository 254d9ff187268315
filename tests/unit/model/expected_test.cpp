#include "model/expected.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "model/bundle.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

// 1 to 100: the central 98 % are 2 to 99 (rows 0.99 and 98.01 of 0 to 99, cut), the median is 50.
std::vector<double> hundred() {
  std::vector<double> values;
  for (int i = 100; i > 0; --i) values.push_back(i);
  return values;
}

struct Follow {
  Expected expected;
  ExpectedRun run;
  Nanos time = 1'000 * kMinute;

  // A row a minute; true: it looks like what was expected.
  bool over(double value, Nanos step = kMinute, Nanos grace = 0) {
    time += step;
    return run.covers(expected, time, &value, 1, grace);
  }
  // Rows below the threshold.
  void below(int rows, double value = 50) {
    for (int i = 0; i < rows; ++i) {
      time += kMinute;
      run.below(expected, time, &value, 1);
    }
  }
};

Follow ten_minutes() {
  Follow follow;
  follow.expected.add({0, 10 * kMinute, {{2, 200}}, {{2, 99}}});
  return follow;
}

Range range(const std::vector<double>& episode) {
  double median = 0;
  const Range usual = usual_of(hundred(), &median);
  return range_of(episode, usual, median);
}

}  // namespace

TEST_CASE("the range of an episode: from what is usual to a tenth beyond its extreme, on its side; by hand") {
  CHECK(range({60, 200, 150}) == Range{1, 215});  // 200 + 0.1 (200 - 50)
  const Range down = range({-50, 60});
  CHECK(down.low == -60);  // -50 - 0.1 (50 + 50)
  CHECK(down.high == 99);
  CHECK(range({-50, 150}) == Range{-60, 160});
  // Nothing unusual about the values: then only these.
  CHECK(range({40, 60, 50}) == Range{40, 60});
}

TEST_CASE("the same again is covered; what is larger or goes the other way is not, until it is over") {
  for (const double other : {201.0, 1.0}) {
    Follow follow = ten_minutes();
    CHECK(follow.over(150));
    CHECK(follow.over(200));
    CHECK_FALSE(follow.over(other));
    CHECK_FALSE(follow.over(150));  // it goes down, or comes back: still something else
    follow.below(10);
    CHECK(follow.over(150));
  }
}

TEST_CASE("what lasts longer than one and a half times as long, and the grace, is not covered") {
  for (const int grace : {0, 5}) {
    Follow follow = ten_minutes();
    CHECK(follow.over(150));
    for (int minute = 1; minute <= 15 + grace; ++minute) CHECK(follow.over(150, kMinute, grace * kMinute));
    CHECK_FALSE(follow.over(150, kMinute, grace * kMinute));
    CHECK_FALSE(follow.over(150, kMinute, grace * kMinute));
  }
}

TEST_CASE("an episode is over after 8 rows below the threshold, and as long as it lasted") {
  Follow follow = ten_minutes();
  CHECK(follow.over(150));
  follow.below(9);  // and one more minute: not longer than the ten
  CHECK(follow.over(150));
  CHECK(follow.over(150, 5 * kMinute));
  CHECK_FALSE(follow.over(150));  // 16 minutes since the first
  follow.below(10);
  CHECK(follow.over(150));  // the next
  CHECK(follow.over(150, 15 * kMinute));
  follow.below(7);
  CHECK_FALSE(follow.over(150, kHour));  // too few rows to say that it was over
}

TEST_CASE("values that are not usual again are not calm, though the score is") {
  Follow follow = ten_minutes();
  CHECK(follow.over(150));
  follow.below(20, 150);
  CHECK_FALSE(follow.over(150));  // 21 minutes
  follow.below(11);
  CHECK(follow.over(150));
}

TEST_CASE("an instant is covered for the grace alone; rows without a time never are") {
  Follow follow;
  follow.expected.add({7, 7, {{0, 10}}, {{0, 1}}});
  CHECK(follow.over(5, kMinute, kMinute));
  CHECK(follow.over(5, kMinute, kMinute));
  CHECK_FALSE(follow.over(5, kMinute, kMinute));
  const double value = 5;
  CHECK_FALSE(ExpectedRun().covers(follow.expected, kNoTime, &value, 1, kMinute));
}

TEST_CASE("columns scored together: each in its range") {
  Expected expected;
  expected.add({0, kMinute, {{0, 1}, {10, 20}}, {{0, 1}, {10, 15}}});
  const double inside[] = {1, 10}, outside[] = {1, 21};
  CHECK(ExpectedRun().covers(expected, kMinute, inside, 2, 0));
  CHECK_FALSE(ExpectedRun().covers(expected, kMinute, outside, 2, 0));
  CHECK_FALSE(ExpectedRun().covers(expected, kMinute, inside, 1, 0));
}

TEST_CASE("episodes are kept and read back; one of the same time is replaced, the oldest goes") {
  Expected expected;
  expected.add({20, 30, {{1, 2}}, {{1, 2}}});
  expected.add({10, 15, {{3, 4}}, {{3, 4}}});
  expected.add({20, 30, {{5, 6}}, {{5, 6}}});
  REQUIRE(expected.episodes.size() == 2);
  CHECK(expected.episodes[0].start == 10);
  CHECK(expected.episodes[1].ranges[0] == Range{5, 6});
  CHECK(Expected::parse(expected.bytes()).episodes == expected.episodes);
  CHECK(Expected().bytes().empty());
  CHECK(Expected::parse("").episodes.empty());
  const std::string bytes = expected.bytes();
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    CHECK_THROWS_AS(Expected::parse(std::string_view(bytes).substr(0, length)), InputError);
  }
  for (Nanos i = 0; i < 40; ++i) expected.add({100 + i, 200, {{1, 2}}, {{1, 2}}});
  CHECK(expected.episodes.size() == Expected::kMostEpisodes);
  CHECK(expected.episodes.back().start == 139);

  ExpectedRun run;
  const double value = 1.5;
  run.covers(expected, kMinute, &value, 1, kHour);
  run.below(expected, 2 * kMinute, &value, 1);
  std::string state, again;
  run.save(state);
  ExpectedRun loaded;
  loaded.load(state);
  loaded.save(again);
  CHECK(again == state);
  CHECK(loaded.running());
  CHECK_THROWS_AS(loaded.load("x"), InputError);
}

TEST_CASE("a bundle keeps what was expected; without it, it is what it was") {
  BundleWriter plain(schema_of({"value"})), with(schema_of({"value"}));
  plain.add("a", 1, "part"), plain.add("b", 2, "other");
  with.add("a", 1, "part"), with.add("b", 2, "other", "note");
  CHECK(plain.bytes()[8] == 1);
  CHECK(with.bytes()[8] == 2);
  const Bundle bundle = Bundle::parse(with.bytes(), "m");
  CHECK(bundle.expected(0).empty());
  CHECK(bundle.expected(1) == "note");
  CHECK(bundle.part(1) == "other");
  CHECK(Bundle::parse(plain.bytes(), "m").expected(1).empty());
}
