#include "inject/plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/error.hpp"

using namespace aiops;
using namespace aiops::inject;

namespace {

// rows one second apart, values 10 and 11 in turn
SeriesSurvey survey_of(std::int64_t rows, std::int64_t warmup = 0, Nanos after = kNoTime) {
  SeriesSurvey survey;
  for (std::int64_t i = 0; i < rows; ++i)
    survey.observe(i * kSecond, i % 2 == 0 ? 10 : 11, "1.5", warmup, after);
  return survey;
}

Placement placement(std::vector<Anomaly> kinds, std::int64_t count, std::uint64_t seed = 1) {
  Placement result;
  result.kinds = std::move(kinds);
  result.count = count;
  result.seed = seed;
  return result;
}

std::string refusal(const std::vector<SeriesSurvey>& surveys, const Placement& asked) {
  try {
    place(surveys, asked);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "placed";
}

}  // namespace

TEST_CASE("a survey tells what may be changed and what values look like") {
  SeriesSurvey survey;
  survey.observe(10, -2, "-2", 1, 30);
  survey.observe(20, 5, "5.25", 1, 30);
  survey.observe(30, 3, "3.0", 1, 30);
  survey.observe(40, 4, "4", 1, 30);
  CHECK(survey.rows == 4);
  CHECK(survey.first_usable == 2);
  CHECK(survey.usable() == 2);
  CHECK(survey.first_time == 30);
  CHECK(survey.last_time == 40);
  CHECK(survey.min == -2);
  CHECK(survey.max == 5);
  CHECK(survey.decimals == 2);
  survey.observe(50, 4e-3, "4e-3", 1, 30);
  CHECK(survey.decimals == kAllDecimals);
}

TEST_CASE("anomalies keep within their series, and apart by the margin") {
  const std::vector<SeriesSurvey> surveys{survey_of(500, 32), survey_of(20, 32),
                                          survey_of(300, 32, 100 * kSecond)};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto events =
        place(surveys, placement({Anomaly::spike, Anomaly::flat_line, Anomaly::gap}, 15, seed));
    REQUIRE(events.size() == 15);
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto& event = events[i];
      const auto& survey = surveys[event.series];
      CHECK(event.rows == info(event.kind).rows);
      CHECK(event.start >= survey.first_usable);
      CHECK(event.start + event.rows <= survey.rows);
      if (i == 0 || events[i - 1].series != event.series) continue;
      CHECK(event.start >= events[i - 1].start + events[i - 1].rows + margin(events[i - 1].rows));
    }
  }
}

TEST_CASE("kinds are dealt out evenly") {
  const auto events = place({survey_of(5000), survey_of(5000)},
                            placement({Anomaly::spike, Anomaly::dip, Anomaly::drift}, 31));
  std::map<Anomaly, int> counts;
  for (const auto& event : events) ++counts[event.kind];
  CHECK(counts == std::map<Anomaly, int>{{Anomaly::spike, 11}, {Anomaly::dip, 10}, {Anomaly::drift, 10}});
}

TEST_CASE("the same seed gives the same places, another seed others") {
  const std::vector<SeriesSurvey> surveys{survey_of(1000), survey_of(1000)};
  const auto starts = [&](std::uint64_t seed) {
    std::vector<std::pair<std::uint32_t, std::int64_t>> result;
    for (const auto& event : place(surveys, placement({Anomaly::spike}, 10, seed))) {
      result.emplace_back(event.series, event.start);
    }
    return result;
  };
  CHECK(starts(7) == starts(7));
  CHECK(starts(7) != starts(8));
}

TEST_CASE("every usable row is met with about the same probability") {
  // One spike in 100 usable rows. 10000 draws: 100 for each row, standard deviation 10; seven of those are
  // allowed.
  const std::vector<SeriesSurvey> surveys{survey_of(110, 10)};
  std::vector<int> hits(110);
  for (std::uint64_t seed = 0; seed < 10000; ++seed) {
    ++hits[static_cast<std::size_t>(place(surveys, placement({Anomaly::spike}, 1, seed))[0].start)];
  }
  CHECK(*std::max_element(hits.begin(), hits.begin() + 10) == 0);
  CHECK(*std::min_element(hits.begin() + 10, hits.end()) > 30);
  CHECK(*std::max_element(hits.begin() + 10, hits.end()) < 170);
}

TEST_CASE("exactly what fits is placed, and one more is refused with how many fit") {
  // A spike takes 11 rows with its margin, the last one only its own: 9 in 99 rows, 1 in 11, 0 in none.
  const std::vector<SeriesSurvey> surveys{survey_of(99), survey_of(11), survey_of(10, 10)};
  CHECK(place(surveys, placement({Anomaly::spike}, 10)).size() == 10);
  CHECK(
      refusal(surveys, placement({Anomaly::spike}, 11)) ==
      "--count 11: 110 usable rows in 2 series can take 10 anomalies and no more; ask for fewer, or shorten "
      "--duration or --warmup");
  CHECK(refusal({survey_of(10, 10)}, placement({Anomaly::spike}, 1)) ==
        "no series has rows that may be changed: all are shorter than --warmup, or end before --after; give "
        "more rows, "
        "or a shorter warm-up");
}

TEST_CASE("a length in time becomes rows by the spacing of the series") {
  auto asked = placement({Anomaly::drift}, 1);
  asked.length = Length::parse("90s");
  auto event = place({survey_of(1000)}, asked)[0];
  CHECK(event.rows == 90);
  CHECK(event.time == 90 * kSecond);
  CHECK(event.limit == event.start + 90 + 45);
  asked.length = Length::parse("7");
  event = place({survey_of(1000)}, asked)[0];
  CHECK(event.rows == 7);
  CHECK(event.time == 0);
}

TEST_CASE("lengths that are none are refused") {
  for (const char* text : {"", "0", "-3", "1.5", "0s", "-2s", "abc", "9999999999999999999"}) {
    CHECK_THROWS_AS(Length::parse(text), UsageError);
  }
}

TEST_CASE("a length that nothing can hold is refused without overflow") {
  auto asked = placement({Anomaly::drift}, 1);
  for (const char* text : {"9223372036854775807", "9000000000s"}) {
    asked.length = Length::parse(text);
    CHECK(refusal({survey_of(100)}, asked).find("can take 0 anomalies") != std::string::npos);
  }
}

TEST_CASE("what could not be seen is not placed: a dip near 0, a flat line in a flat one") {
  SeriesSurvey zeros, flat;
  for (int i = 0; i < 200; ++i) zeros.observe(i, 0, "0", 0, kNoTime), flat.observe(i, 7, "7", 0, kNoTime);
  CHECK(refusal({zeros}, placement({Anomaly::dip}, 1)) != "placed");
  CHECK(refusal({zeros, flat}, placement({Anomaly::flat_line}, 1)) != "placed");
  CHECK(place({zeros, flat}, placement({Anomaly::dip}, 3))[0].series == 1);
  CHECK(refusal({zeros}, placement({Anomaly::spike, Anomaly::gap}, 4)) == "placed");
  SeriesSurvey low, high;  // mean 2 and 5, standard deviation 1
  for (int i = 0; i < 200; ++i) {
    const double side = i % 2 == 0 ? 1 : -1;
    low.observe(i, 2 + side, "1", 0, kNoTime), high.observe(i, 5 + side, "1", 0, kNoTime);
  }
  CHECK(low.deviation() == doctest::Approx(1.0025).epsilon(1e-4));  // sqrt(200 / 199)
  for (const auto& event : place({low, high}, placement({Anomaly::dip}, 5))) CHECK(event.series == 1);
  CHECK(refusal({low}, placement({Anomaly::dip}, 1)).find("(a dip needs a series that is well above 0") !=
        std::string::npos);
  auto small = placement({Anomaly::dip}, 1);
  small.magnitude = 1;
  CHECK(refusal({low}, small) == "placed");
}

TEST_CASE("names of kinds") {
  for (const auto& row : anomalies()) {
    CHECK(parse_anomaly(row.name) == row.kind);
    CHECK(info(row.kind).name == row.name);
  }
  CHECK_THROWS_WITH_AS(parse_anomaly("spikes"),
                       "\"spikes\" is no kind of anomaly (did you mean spike?); expected one of spike, dip, "
                       "level-shift, drift, variance, flat-line, gap, latency, errors",
                       UsageError);
  CHECK_NOTHROW(check_anomalies({Anomaly::latency, Anomaly::errors}));
  CHECK_THROWS_AS(check_anomalies({}), UsageError);
  CHECK_THROWS_WITH_AS(
      check_anomalies({Anomaly::errors, Anomaly::dip}),
      "--kind: dip goes into values and errors into log records; run aiops-inject once for each, "
      "one behind the other",
      UsageError);
}
