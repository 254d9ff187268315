#include "report/evaluate.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.hpp"
#include "report/evaluate_text.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::report;
using testing::minute;
using testing::series_name;

namespace {

ScoreRow row(double at, double score, bool alert, std::string_view truth = "") {
  ScoreRow made;
  made.time = minute(at);
  made.value = made.score = made.level = score;
  made.alert = alert;
  made.truth = truth;
  return made;
}

Event event(const std::string& key, double start, double end, std::string kind = "fault") {
  Event made;
  if (!key.empty()) made.key = record::SeriesKey::parse(key);
  made.start = minute(start);
  made.end = minute(end);
  made.kind = std::move(kind);
  return made;
}

const std::vector<SeriesName> kNames = {series_name("cpu{service=\"cart\"}"),
                                        series_name("latency{service=\"cart\"}"),
                                        series_name("cpu{service=\"pay\"}")};

// 200 quiet rows a minute apart of one series, alerts at the given minutes.
void fill(Evaluation& evaluation, Slot slot, const std::vector<int>& alerts) {
  for (int at = 0; at < 200; ++at) {
    const bool alert = std::find(alerts.begin(), alerts.end(), at) != alerts.end();
    evaluation.add(slot, row(at, alert ? 2 : 0.1, alert));
  }
}

}  // namespace

// The event lies within the minute that begins at 60: its row is labelled, its alert is right, and it is
// known at 61.
TEST_CASE("a row that stands for a stretch of time belongs to the events that it overlaps") {
  for (const bool stretch : {false, true}) {
    EvaluateOptions options;
    options.row_length = stretch ? minute(1) : 0;
    options.grace = 0;
    Evaluation evaluation(options);
    fill(evaluation, 0, {60});
    const EvaluateResult result = evaluation.finish(kNames, std::vector{event("", 60.25, 60.75)});
    CHECK(result.found == stretch);
    CHECK(result.false_alarms == !stretch);
    CHECK(result.points.true_positives == stretch);
    if (stretch) CHECK(result.max_delay == minute(0.75));
  }
}

TEST_CASE("events, alerts, delays and false alarms by hand") {
  Evaluation evaluation({});
  // Found at 52 (delay 2) and, in the grace, at 104 (delay 4); missed: 150 to 155. 20 and 40 are one false
  // alarm (20 minutes apart, below the 30 of a one-minute series); 199 another one.
  fill(evaluation, 0, {20, 40, 52, 104, 199});
  // 52 joins 40 (12 minutes): so the alert of 20, 40 and 52 is right.
  const EvaluateResult result = evaluation.finish(
      kNames,
      std::vector{event("", 50, 60, "spike"), event("", 100, 101, "dip"), event("", 150, 155, "dip")});
  CHECK(result.found == 2);
  CHECK(result.missed == 1);
  CHECK(result.event_recall() == doctest::Approx(2.0 / 3));
  CHECK(result.alerts == 3);
  CHECK(result.false_alarms == 1);
  CHECK(result.event_precision() == doctest::Approx(2.0 / 3));
  CHECK(result.event_f1() == doctest::Approx(2.0 / 3));
  CHECK(result.median_delay == minute(3));
  CHECK(result.max_delay == minute(4));
  // 200 rows a minute apart are 200 minutes.
  CHECK(result.false_alarms_per_day == doctest::Approx(1440.0 / 200));
  // Rows: 11 + 2 + 6 labelled; of the five alerts only 52 is in one.
  CHECK(result.points.true_positives == 1);
  CHECK(result.points.false_positives == 4);
  CHECK(result.points.false_negatives == 18);
}

TEST_CASE("what merges alerts") {
  EvaluateOptions options;
  options.merge = 5 * kMinute;
  SUBCASE("alerts exactly --merge apart are two") {
    Evaluation evaluation(options);
    fill(evaluation, 0, {20, 24, 29});
    CHECK(evaluation.finish(kNames, std::vector{event("", 100, 110)}).false_alarms == 2);
  }
  SUBCASE("rows over the threshold keep an alert open") {
    Evaluation evaluation(options);
    for (int at = 0; at < 60; ++at) {
      const bool over = at >= 20 && at <= 30;
      evaluation.add(0, row(at, over ? 3 : 0, at == 20 || at == 33));
    }
    CHECK(evaluation.finish(kNames, std::vector{event("", 50, 55)}).false_alarms == 1);
  }
  SUBCASE("by itself it is 30 intervals") {
    Evaluation evaluation({});
    for (int at = 0; at < 600; ++at)
      evaluation.add(0, row(at / 60.0, 0.1, at == 100 || at == 129 || at == 159));
    CHECK(evaluation.finish(kNames, std::vector{event("", 9, 9.5)}).false_alarms == 2);
  }
}

TEST_CASE("an event of a service is found by any of its metrics, and by no other service") {
  Evaluation evaluation({});
  fill(evaluation, 0, {});
  fill(evaluation, 1, {55});
  fill(evaluation, 2, {53});
  const EvaluateResult result = evaluation.finish(kNames, std::vector{event("{service=\"cart\"}", 50, 60)});
  REQUIRE(result.events.size() == 1);
  CHECK(result.events[0].found);
  CHECK(result.events[0].delay == minute(5));
  CHECK(result.events[0].found_by == "latency{service=\"cart\"}");
  CHECK(result.false_alarms == 1);
  CHECK(result.false_alarms_per_day == doctest::Approx(1440.0 / 600));
}

TEST_CASE("the column truth makes events of its series") {
  Evaluation evaluation({});
  for (int at = 0; at < 100; ++at) {
    evaluation.add(0, row(at, 0.1, at == 21,
                          at >= 20 && at < 25   ? "spike"
                          : at >= 25 && at < 30 ? "dip"
                                                : ""));
    evaluation.add(1, row(at, 0.1, at == 27));
  }
  const EvaluateResult result = evaluation.finish(kNames, {});
  REQUIRE(result.events.size() == 2);
  CHECK(result.events[0].event.kind == "spike");
  CHECK(result.events[0].event.end == minute(24));
  CHECK(result.events[0].found);
  CHECK_FALSE(result.events[1].found);  // the alert at 27 is another series'
  CHECK(result.false_alarms == 1);
}

TEST_CASE("labels that cannot be judged are told apart, and without any there is nothing to judge by") {
  Evaluation evaluation({});
  fill(evaluation, 0, {55});
  SUBCASE("some") {
    const EvaluateResult result = evaluation.finish(
        kNames, std::vector{event("", 50, 60), event("", 900, 910), event("{service=\"gone\"}", 50, 60)});
    CHECK(result.events.size() == 1);
    CHECK(result.outside.size() == 1);
    CHECK(result.unmatched.size() == 1);
  }
  SUBCASE("none") { CHECK_THROWS_AS(evaluation.finish(kNames, std::vector<Event>{}), InputError); }
}

TEST_CASE("rows without a score are left out of ranking, and an event without any says so") {
  Evaluation evaluation({});
  for (int at = 0; at < 100; ++at)
    evaluation.add(0, row(at, at < 50 ? kMissing : at == 80 ? 2 : 0.1, at == 80));
  const EvaluateResult result = evaluation.finish(kNames, std::vector{event("", 10, 20), event("", 80, 80)});
  CHECK(result.scored == 50);
  CHECK(result.rows == 100);
  CHECK_FALSE(result.events[0].scored);
  CHECK(result.events[1].scored);
  CHECK(result.average_precision == 1);
  CHECK(result.points.false_negatives == 0);
}

TEST_CASE("rows in any order give the same figures") {
  Evaluation forward({}), backward({});
  for (int at = 0; at < 300; ++at) forward.add(0, row(at, at % 37 / 10.0, at % 50 == 3));
  for (int at = 299; at >= 0; --at) backward.add(0, row(at, at % 37 / 10.0, at % 50 == 3));
  const std::vector events = {event("", 50, 60), event("", 200, 240)};
  CHECK(evaluation_json(forward.finish(kNames, events)) == evaluation_json(backward.finish(kNames, events)));
}

TEST_CASE("rows outside --from and --to are not evaluated") {
  EvaluateOptions options;
  options.from = minute(40);
  options.to = minute(150);
  Evaluation evaluation(options);
  fill(evaluation, 0, {20, 55, 180});
  const EvaluateResult result = evaluation.finish(kNames, std::vector{event("", 10, 30), event("", 50, 60)});
  CHECK(result.rows == 111);
  CHECK(result.alerts == 1);
  CHECK(result.outside.size() == 1);
}

TEST_CASE("gates trip below and above, and on a figure that does not exist") {
  Evaluation evaluation({});
  fill(evaluation, 0, {55, 120});
  const EvaluateResult result = evaluation.finish(kNames, std::vector{event("", 50, 60), event("", 80, 90)});
  CHECK(tripped({.min_recall = 0.5,
                 .min_precision = 0.5,
                 .min_f1 = 0.5,
                 .max_false_alarms_per_day = 7.2,
                 .max_delay = minute(5)},
                result)
            .empty());
  const auto sentences = tripped({.min_recall = 0.51,
                                  .min_precision = 0.6,
                                  .min_f1 = {},
                                  .max_false_alarms_per_day = 7,
                                  .max_delay = minute(4)},
                                 result);
  REQUIRE(sentences.size() == 4);
  CHECK(sentences[0] == "recall 0.500 is below --min-recall 0.51 (1 of 2 events missed)");
  CHECK(sentences[1] == "precision 0.500 is below --min-precision 0.6 (1 of 2 alerts false)");
  CHECK(sentences[2] ==
        "7.2 false alarms a series and day are above --max-false-alarms-per-day 7 (1 of 2 alerts false)");
  CHECK(sentences[3] == "the longest delay 5m is above --max-delay 4m");
  Evaluation silent({});
  fill(silent, 0, {});
  const EvaluateResult nothing = silent.finish(kNames, std::vector{event("", 50, 60)});
  CHECK(std::isnan(nothing.event_precision()));
  CHECK(tripped({.min_recall = {},
                 .min_precision = 0.1,
                 .min_f1 = {},
                 .max_false_alarms_per_day = 0,
                 .max_delay = 0},
                nothing)
            .size() == 1);
}

TEST_CASE("an event that begins within the last row's time is in the time of the rows") {
  EvaluateOptions options;
  options.row_length = kMinute;
  Evaluation evaluation(options);
  fill(evaluation, 0, {199});
  const EvaluateResult result =
      evaluation.finish(kNames, std::vector{event("", 199.5, 199.9), event("", 200, 201)});
  CHECK(result.found == 1);
  CHECK(result.outside.size() == 1);  // the last row ends where it begins
  CHECK(result.false_alarms == 0);
}

// 200 minutes of one series are 1/7.2 of a day: at 7.2 a day one alert is allowed. The two highest are 12
// minutes apart and apart and one; 104, in the grace of an event, is the next.
TEST_CASE("a ranking is judged at a budget by the rules of alerts and events") {
  EvaluateOptions options;
  options.budgets = {7.2, 14.4};
  Evaluation evaluation(options);
  for (int at = 0; at < 200; ++at) {
    const double score = at == 40 ? 5 : at == 52 ? 4 : at == 104 ? 3 : at == 150 ? 2 : 0.1;
    evaluation.add(0, row(at, score, false));
  }
  const EvaluateResult result =
      evaluation.finish(kNames, std::vector{event("", 50, 60), event("", 100, 101)});
  REQUIRE(result.at_budget.size() == 2);
  CHECK(result.alerts == 0);
  CHECK(result.at_budget[0].threshold == 4);
  CHECK(result.at_budget[0].alerts == 1);
  CHECK(result.at_budget[0].recall() == 0.5);
  CHECK(result.at_budget[1].threshold == 3);
  CHECK(result.at_budget[1].recall() == 1);
  CHECK(result.at_budget[1].precision() == 1);
  CHECK(evaluation_text(result, ShowEvents::none)
            .find("at budget  7.2 a series and day, from 4 on: 1 alerts, 0 false: recall 0.500  precision "
                  "1.000") != std::string::npos);
  CHECK(evaluation_json(result).find(
            "\"at_budget\":[{\"per_series_and_day\":7.2,\"threshold\":4,\"alerts\":1,"
            "\"false\":0,\"found\":1,\"recall\":0.5,\"precision\":1,") != std::string::npos);
}
