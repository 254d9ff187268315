#include "report/overview.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "report/summary.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::report;
using testing::minute;
using testing::series_name;

namespace {

ScoreRow row(double at, double value, double score, bool alert = false,
             Severity severity = Severity::normal) {
  ScoreRow made;
  made.time = minute(at);
  made.value = value;
  made.score = made.level = score;
  made.alert = alert;
  made.severity = severity;
  made.status = "ok";
  return made;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

TEST_CASE("a trail keeps the extremes of a stream of any length") {
  Trail trail;
  for (int i = 0; i < 100'000; ++i)
    trail.add(i * kSecond, i == 70'000 ? 99 : i == 30'000 ? -99 : 1, i == 70'000);
  const auto cells = trail.cells(0, 99'999 * kSecond, 10);
  REQUIRE(cells.size() == 10);
  for (const auto& cell : cells) CHECK_FALSE(cell.empty());
  float low = 1, high = 1;
  int alerts = 0;
  for (const auto& cell : cells) {
    low = std::min(low, cell.low);
    high = std::max(high, cell.high);
    alerts += cell.alert;
  }
  CHECK(low == -99);
  CHECK(high == 99);
  CHECK(alerts >= 1);
  CHECK(alerts <= 2);  // a bucket may reach into two columns
  CHECK((cells[6].alert || cells[7].alert));
}

TEST_CASE("a trail of one instant, and what lies outside of it") {
  Trail trail;
  CHECK(trail.empty());
  trail.add(minute(5), 3, false);
  trail.add(minute(4), 7, false);  // late: counts in the first bucket
  CHECK(trail.cells(minute(5), minute(5), 1)[0].high == 7);
  const auto cells = trail.cells(0, minute(10), 10);
  CHECK(cells[4].empty());
  CHECK_FALSE(cells[5].empty());
  CHECK(cells[6].empty());
}

TEST_CASE("a sparkline has a block a cell, blanks for gaps, and marks around alerts") {
  std::vector<Trail::Cell> cells(4);
  const auto fill = [&](std::size_t i, float value, bool alert) {
    cells[i] = {value, value, value, 1, alert};
  };
  fill(0, 0, false);
  fill(1, 7, true);
  fill(3, 3, false);
  CHECK(sparkline(cells, "", "") == "▁█ ▄");
  CHECK(sparkline(cells, "<", ">") == "▁<█> ▄");
  CHECK(sparkline(std::vector<Trail::Cell>(3), "", "") == "   ");
}

TEST_CASE("what is told of a series") {
  OverviewOptions options;
  options.alerts_kept = 10;
  Overview overview(options);
  overview.add(0, row(0, 1, kMissing));
  for (int at = 1; at < 100; ++at) {
    const bool bad = at >= 20 && at < 25;
    ScoreRow one = row(at, at, bad ? 2 + at / 100.0 : 0.5, at == 20 || at == 80,
                       bad ? Severity::critical : Severity::normal);
    if (at == 24) one.reasons = "[\"zscore=9\"]";
    overview.add(0, one);
  }
  overview.add(0, row(100, kMissing, 0.1));
  overview.finish();
  const SeriesOverview& series = overview.series()[0];
  CHECK(series.rows == 101);
  CHECK(series.scored == 100);
  CHECK(series.worst == doctest::Approx(2.24));
  CHECK(series.worst_at == minute(24));
  CHECK(series.severity == Severity::critical);
  CHECK(series.last == 99);
  CHECK(series.last_at == minute(100));
  CHECK(series.alerts == 2);
  REQUIRE(series.groups.size() == 2);
  CHECK(series.groups[0].start == minute(20));
  CHECK(series.groups[0].end == minute(24));  // rows over the threshold belong to it
  CHECK(series.groups[0].rows == 1);
  CHECK(series.groups[0].reasons == "[\"zscore=9\"]");
  CHECK(series.groups[1].start == minute(80));
}

TEST_CASE("only the worst alerts of a series are kept, all are counted") {
  OverviewOptions options;
  options.alerts_kept = 3;
  options.merge = 2 * kMinute;
  Overview overview(options);
  for (int at = 0; at < 100; ++at)
    overview.add(0, row(at, 1, at % 10 == 0 ? 1 + at * 37 % 100 : 0, at % 10 == 0));
  overview.finish();
  CHECK(overview.series()[0].alerts == 10);
  std::vector<double> kept;
  for (const AlertGroup& group : overview.series()[0].groups) kept.push_back(group.worst);
  CHECK(kept == std::vector<double>{71, 81, 91});  // 30·37, 40·37 … modulo 100, in the order of time
}

TEST_CASE("worst first, those never scored last") {
  const std::vector names = {series_name("a"), series_name("b"), series_name("c"), series_name("d")};
  Overview overview({});
  overview.add(0, row(0, 1, kMissing));
  overview.add(1, row(0, 1, 0.5));
  overview.add(2, row(0, 1, 3));
  overview.add(3, row(0, 1, 0.5, true));
  overview.finish();
  CHECK(overview.worst_first(names) == std::vector<Slot>{2, 3, 1, 0});
  CHECK(totals_text(overview.totals()) == "4 series, 1 alert in 1 series, 4 rows (1 not scored)");
  CHECK(time_text(overview.totals()) == "1970-01-01T00:00:00Z to 1970-01-01T00:00:00Z");
  CHECK(totals_text(Overview({}).totals()) == "no rows");
}

TEST_CASE("a summary fits the width, whatever it is") {
  std::vector<SeriesName> names;
  Overview overview({});
  for (Slot slot = 0; slot < 5; ++slot) {
    names.push_back(series_name("a_metric_with_quite_a_long_name{service=\"service-" + std::to_string(slot) +
                                "\",pod=\"ünïcödé-4711\"}"));
    for (int at = 0; at < 300; ++at)
      overview.add(slot, row(at, -1.23456789e-7 * at, at == 200 ? 12345.6 : 0.2, at == 200));
  }
  overview.finish();
  for (int width = 40; width <= 200; ++width) {
    const std::string text = summary_text(overview, names, {width, false, 0});
    const auto lines = lines_of(text);
    REQUIRE(lines.size() >= 8);
    CAPTURE(width);
    for (std::size_t i = 0; i < 7; ++i) CHECK(characters(lines[i]) <= static_cast<std::size_t>(width));
  }
}

TEST_CASE("a summary's colour only adds to it, and names cannot drive the terminal") {
  const std::vector names = {
      SeriesName{record::SeriesKey{{{"service", "evil\033[2J\n"}, {"metric", "cpu"}}}, "x"}};
  Overview overview({});
  for (int at = 0; at < 100; ++at)
    overview.add(0, row(at, at, at == 50 ? 2 : 0, at == 50, at == 50 ? Severity::high : Severity::normal));
  overview.finish();
  const std::string plain = summary_text(overview, names, {100, false, 0});
  CHECK(plain.find('\033') == std::string::npos);
  CHECK(plain.find("evil\\x1b[2J\\x0a") != std::string::npos);
  std::string colour = summary_text(overview, names, {100, true, 0});
  CHECK(colour.find("\033[33mhigh") != std::string::npos);
  while (colour.find('\033') != std::string::npos) {
    const std::size_t at = colour.find('\033');
    colour.erase(at, colour.find('m', at) + 1 - at);
  }
  CHECK(colour == plain);
}

TEST_CASE("a summary of the worst says how many it leaves out") {
  const std::vector names = {series_name("a"), series_name("b"), series_name("c")};
  Overview overview({});
  for (Slot slot = 0; slot < 3; ++slot) overview.add(slot, row(0, 1, slot));
  overview.finish();
  const auto lines = lines_of(summary_text(overview, names, {100, false, 1}));
  REQUIRE(lines.size() == 5);
  CHECK(lines[1].substr(0, 2) == "c ");
  CHECK(lines[2] == "… and 2 more");
}
