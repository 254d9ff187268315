#include "report/labels.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::report;
using testing::Folder;
using testing::series_name;

namespace {

std::vector<Event> labels(std::string_view text, std::string windows = "") {
  const Folder folder;
  KeptDiagnostics said;
  LabelOptions options;
  options.file = folder.file("labels", text);
  options.windows = std::move(windows);
  return read_labels(options, said);
}

bool matches(const Event& event, const std::string& series) {
  return event.matches(7, series_name(series).key);
}

}  // namespace

TEST_CASE("intervals in CSV: what is empty matches any") {
  const auto events = labels(
      "service,metric,start,end,kind\n"
      "pay,cpu,2026-01-31T12:10:00Z,2026-01-31T12:20:00Z,busy\n"
      "cart,,2026-01-31T12:00:00Z,2026-01-31T12:05:00Z,latency\n"
      ",,2026-01-31T12:30:00Z,,restart\n");
  REQUIRE(events.size() == 3);
  CHECK(events[0].kind == "latency");  // in the order of time
  CHECK(events[0].end - events[0].start == 5 * kMinute);
  CHECK(events[0].text() == "cart");
  CHECK(matches(events[0], "cpu{service=\"cart\",pod=\"a\"}"));
  CHECK_FALSE(matches(events[0], "cpu{service=\"pay\"}"));
  CHECK(events[1].text() == "cpu{service=\"pay\"}");
  CHECK(matches(events[1], "cpu{service=\"pay\"}"));
  CHECK_FALSE(matches(events[1], "memory{service=\"pay\"}"));
  CHECK(events[2].end == events[2].start);
  CHECK(matches(events[2], "memory{service=\"pay\"}"));
}

TEST_CASE("intervals in NDJSON, with labels and epoch times") {
  const auto events = labels(
      "{\"service\":\"cart\",\"labels\":{\"pod\":\"a\"},\"start\":1769860800,\"end\":1769860860,\"kind\":"
      "\"gap\"}\n");
  REQUIRE(events.size() == 1);
  CHECK(events[0].end - events[0].start == kMinute);
  CHECK(matches(events[0], "cpu{service=\"cart\",pod=\"a\"}"));
  CHECK_FALSE(matches(events[0], "cpu{service=\"cart\",pod=\"b\"}"));
}

TEST_CASE("points: rows labelled 1 that follow each other are one event, in each series") {
  const auto events = labels(
      "timestamp,service,label\n"
      "100,a,0\n100,b,1\n160,a,1\n160,b,1\n220,a,1\n220,b,0\n280,a,0\n280,b,1\n");
  REQUIRE(events.size() == 3);
  CHECK(events[0].text() == "b");
  CHECK(events[0].start == 100 * kSecond);
  CHECK(events[0].end == 160 * kSecond);
  CHECK(events[1].text() == "a");
  CHECK(events[1].end == 220 * kSecond);
  CHECK(events[2].start == events[2].end);
}

TEST_CASE("points without a series concern all") {
  const auto events = labels("timestamp,label\n2018-07-03 14:00:00,0\n2018-07-03 15:00:00,1\n");
  REQUIRE(events.size() == 1);
  CHECK(events[0].text().empty());
  CHECK(matches(events[0], "cpu{service=\"cart\"}"));
}

TEST_CASE("windows of the Numenta Anomaly Benchmark") {
  const std::string text =
      "{\n \"realAWS/ec2_cpu.csv\": [[\"2014-04-10 16:15:00.000000\", \"2014-04-12 01:45:00.000000\"]],\n"
      " \"quiet/art.csv\": []\n}\n";
  const auto events = labels(text);
  REQUIRE(events.size() == 1);
  CHECK(format_time(events[0].start) == "2014-04-10T16:15:00Z");
  CHECK(matches(events[0], "ec2_cpu"));
  CHECK(matches(events[0], "value{file=\"realAWS/ec2_cpu.csv\"}"));
  CHECK_FALSE(matches(events[0], "cpu"));
  CHECK(matches(labels(text, "realAWS/ec2_cpu.csv")[0], "anything"));
  CHECK(labels(text, "quiet/art.csv").empty());
  CHECK_THROWS_WITH_AS(labels(text, "other"), doctest::Contains("has no windows of \"other\""), InputError);
}

TEST_CASE("labels that cannot be read are refused with the place and the reason") {
  CHECK_THROWS_WITH_AS(labels(""), doctest::Contains("is empty"), InputError);
  CHECK_THROWS_WITH_AS(labels("time,what\n1,2\n"), doctest::Contains("no column \"start\""), InputError);
  CHECK_THROWS_WITH_AS(labels("start,end\n2026-01-31T12:00:00Z,soon\n"),
                       doctest::Contains(":2: end \"soon\" is not a time"), InputError);
  CHECK_THROWS_WITH_AS(labels("start,end\n2026-01-31T12:00:00Z,2026-01-31T11:00:00Z\n"),
                       doctest::Contains("before the start"), InputError);
  CHECK_THROWS_WITH_AS(labels("start,end\nsoon,2026-01-31T11:00:00Z\n"),
                       doctest::Contains("1 label could not be read"), InputError);
  CHECK_THROWS_AS(labels("{\"a\": [[1, 2]]}"), InputError);
  CHECK_THROWS_AS(labels("{\"a\": 5}"), InputError);
  CHECK_THROWS_AS(labels("{\"a\": "), InputError);
}

TEST_CASE("the column truth: rows of one kind that follow each other are one event") {
  TruthColumn truth;
  for (int at = 0; at < 10; ++at)
    truth.add(0, at, at >= 2 && at < 5 ? "spike" : at >= 5 && at < 7 ? "dip" : "");
  truth.add(3, 4, "spike");
  const auto events = truth.take();
  REQUIRE(events.size() == 3);
  CHECK(events[0].start == 2);
  CHECK(events[0].end == 4);
  CHECK(events[1].slot == Slot{3});
  CHECK(events[2].kind == "dip");
  CHECK(events[2].matches(0, {}));
  CHECK_FALSE(events[2].matches(1, {}));
}
