// What is shown of a member, and when the trouble is over: signs on the way back are none.
#include <doctest/doctest.h>

#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::at;
using testing::Stream;

TEST_CASE("the way back is no further sign: the value that is shown is off to the first side") {
  Stream stream;
  record::SeriesKey key;
  key.set("service", "a");
  key.set("metric", "up");
  const std::string name = key.text();
  ScoredRow row;
  row.series = &key;
  row.name = name;
  row.service = "a";
  row.alert = true;
  row.severity = score::Severity::critical;
  row.time = at(0), row.value = 0, row.expected = 1, row.score = 6;
  stream.incidents.add(row);
  row.time = at(60), row.value = 1, row.expected = 0, row.score = 7;
  stream.incidents.add(row);
  stream.incidents.finish();
  CHECK(stream.open()[0].members[0].value == 0);
  CHECK(stream.open()[0].members[0].until == at(60));
}

TEST_CASE("the value that is shown is the one farthest off, the score the highest") {
  Stream stream;
  const std::pair<double, double> rows[] = {{2, 2.0}, {9, 2.5}, {5, 2.8}, {7, 2.1}};
  for (int i = 0; i < 4; ++i) {
    stream.value = rows[i].first;
    stream.row("a", "cpu", 5 * i, rows[i].second);
  }
  stream.incidents.finish();
  CHECK(stream.open()[0].members[0].value == 9);
  CHECK(stream.open()[0].members[0].score == 2.8);
}

TEST_CASE("a value that is back where it was is no further sign, however odd the way back is found") {
  Stream stream;
  stream.value = 5;
  for (int t = 0; t <= 60; t += 5) stream.row("a", "latency", t, 3);
  stream.value = 0.5;
  for (int t = 65; t <= 300; t += 5) stream.row("a", "latency", t, 2.5);
  stream.value = kNone;
  stream.quiet({"a"}, 305, 660);
  CHECK(stream.events().back() == Event::resolved);
  CHECK(stream.told.back().second.end == at(60));
  // Nor does it open again what is over.
  stream.value = 0.5;
  stream.row("a", "latency", 700, 2.5);
  CHECK(stream.events().back() == Event::resolved);
  stream.value = 5;
  stream.row("a", "latency", 705, 2.5);
  CHECK(stream.events().back() == Event::reopened);
}

TEST_CASE(
    "what was wrong within its range, by a bound of the user's or without a move goes on to be a sign") {
  const auto end_of = [](double first, const std::string& reasons) {
    Stream stream;
    stream.value = first;
    stream.row("a", "m", 0, 3);
    stream.value = 0.5;
    stream.reasons = reasons;
    for (int t = 5; t <= 60; t += 5) stream.row("a", "m", t, 1.5);
    return stream.open().at(0).members.at(0).until;
  };
  CHECK(end_of(5, "forecast=0.5") == at(0));
  CHECK(end_of(0.5, "drift=0.1") == at(60));
  CHECK(end_of(5, "threshold=0.5>=0.4") == at(60));
  CHECK(end_of(5, "flat=40") == at(60));
}

TEST_CASE("an operator's word holds while what he mended comes back") {
  Stream stream;
  stream.value = 5;
  stream.row("a", "latency", 0, 3);
  stream.incidents.settle();
  Incident over = stream.told.back().second;
  over.state = State::resolved;
  over.by = "ada";
  stream.incidents.change(over, Event::resolved);
  stream.value = 0.5;
  stream.row("a", "latency", 10, 2.5);
  CHECK(stream.events().back() == Event::resolved);
}
