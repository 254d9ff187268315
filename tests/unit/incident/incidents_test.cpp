#include "incident/incidents.hpp"

#include <doctest/doctest.h>

#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::at;
using testing::Stream;

namespace {

const std::vector<std::string> kAll = {"gate", "front", "cart", "store", "search", "mail"};

void shop(Graph& graph) {
  graph.add_call("gate", "front", 1, Trust::file);
  graph.add_call("front", "cart", 1, Trust::file);
  graph.add_call("front", "search", 1, Trust::file);
  graph.add_call("cart", "store", 1, Trust::file);
  graph.add_call("gate", "mail", 1, Trust::file);
}

}  // namespace

TEST_CASE("what alerts at one instant is told of as one, with its onset and what was expected") {
  Stream stream;
  stream.quiet(kAll, 0, 20);
  stream.row("cart", "latency", 25, 2);
  stream.row("cart", "errors", 25, 1.5, score::Severity::critical);
  CHECK(stream.told.empty());  // the instant is not over
  stream.quiet(kAll, 30, 60);
  REQUIRE(stream.opened().size() == 1);
  const Incident one = stream.opened()[0];
  CHECK(one.members.size() == 2);
  CHECK(one.start == at(25));
  CHECK(one.severity == score::Severity::critical);
  CHECK(one.revision == 1);
  CHECK(one.title == "cart: latency 2, expected 0; 2 metrics");
  CHECK(is_id(one.id));
}

TEST_CASE("numbers for people") {
  CHECK(figure(0.0529213) == "0.0529");
  CHECK(figure(3.8e-8, 0.4) == "0");
  CHECK(figure(3.8e-8) == "3.8e-08");
  CHECK(figure(33701888.4) == "33,701,888");
  CHECK(figure(-1234.5) == "-1,235");
  CHECK(figure(999.4) == "999");
  CHECK(figure(kNone) == "?");
}

TEST_CASE("the same rows give the same id, other beginnings another") {
  CHECK(make_id(at(0), "cart", "cpu") == make_id(at(0), "cart", "cpu"));
  CHECK(make_id(at(0), "cart", "cpu") != make_id(at(0), "cart", "memory"));
  CHECK(make_id(at(0), "cart", "cpu") != make_id(at(0.5), "cart", "cpu"));
  const std::string strange = make_id(at(0), std::string(300, '/') + "..", "x");
  CHECK(is_id(strange));
  CHECK_FALSE(is_id("../journal"));
  CHECK_FALSE(is_id(std::string(65, 'a')));
  CHECK_FALSE(is_id(""));
}

TEST_CASE("a failure that rolls from service to service is one incident") {
  Stream stream;
  shop(stream.graph);
  const char* rolling[] = {"store", "cart", "front", "gate"};
  for (int i = 0; i < 4; ++i) {
    stream.row(rolling[i], "latency", 90.0 * i, 2);
    stream.quiet(kAll, 90.0 * i + 5, 90.0 * i + 85);
  }
  CHECK(stream.opened().size() == 1);
  REQUIRE(stream.open().size() == 1);
  CHECK(stream.open()[0].services == std::vector<std::string>{"store", "cart", "front", "gate"});
}

TEST_CASE("two at once in different parts of the graph stay two, though both show at the entrance") {
  Stream stream;
  shop(stream.graph);
  stream.row("store", "latency", 0, 2);
  stream.quiet(kAll, 5, 55);
  stream.row("front", "latency", 60, 2);  // of the store
  stream.row("search", "cpu", 60, 2);     // another one
  stream.quiet(kAll, 65, 85);
  stream.row("gate", "latency", 90, 2);
  stream.incidents.finish();
  REQUIRE(stream.opened().size() == 2);
  REQUIRE(stream.open().size() == 2);
  CHECK(stream.open()[0].services.front() == "store");
  CHECK(stream.open()[1].services.front() == "search");
  for (const Event event : stream.events()) CHECK(event != Event::merged);
}

TEST_CASE("what is found to be the cause of two makes them one, and the older keeps its name") {
  Stream stream;
  stream.graph.add_call("orders", "base", 1, Trust::spans);
  stream.graph.add_call("users", "base", 1, Trust::spans);
  stream.row("orders", "latency", 0, 2);
  stream.quiet({"orders", "users", "base"}, 5, 35);
  stream.row("users", "latency", 40, 2);
  stream.quiet({"orders", "users", "base"}, 45, 55);
  REQUIRE(stream.open().size() == 2);
  const std::string oldest = stream.open()[0].id;
  stream.row("base", "cpu", 60, 2);
  stream.incidents.finish();
  REQUIRE(stream.open().size() == 1);
  CHECK(stream.open()[0].id == oldest);
  CHECK(stream.open()[0].services.size() == 3);
  const auto& last = stream.told[stream.told.size() - 2];
  CHECK(last.first == Event::merged);
  CHECK(last.second.merged_into == oldest);
  CHECK(last.second.state == State::resolved);
}

TEST_CASE("most services within a minute are one incident, told as such, whatever the graph says") {
  Stream stream;
  shop(stream.graph);
  stream.quiet(kAll, 0, 20);
  for (const char* service : {"mail", "search", "store", "gate"}) stream.row(service, "restarts", 25, 2);
  stream.incidents.finish();
  REQUIRE(stream.open().size() == 1);
  CHECK(stream.open()[0].fleet_wide());
  CHECK(stream.open()[0].title.starts_with("fleet-wide: 4 services"));
  // A failure that rolls through most of them has one beginning.
  Stream rolling;
  shop(rolling.graph);
  rolling.quiet(kAll, 0, 20);
  for (const char* service : {"store", "cart", "front", "gate"}) rolling.row(service, "latency", 25, 2);
  rolling.incidents.finish();
  REQUIRE(rolling.open().size() == 1);
  CHECK_FALSE(rolling.open()[0].fleet_wide());
  // Of a stream of alerts alone, the graph knows that there are others.
  Stream alerts;
  shop(alerts.graph);
  for (const char* other : {"a", "b", "c", "d"}) alerts.graph.add_call("gate", other, 1, Trust::file);
  for (const char* service : {"mail", "search", "store", "cart"}) alerts.row(service, "restarts", 25, 2);
  alerts.incidents.finish();
  CHECK(alerts.open().size() == 3);
  // Half of that is not the fleet.
  Stream two;
  shop(two.graph);
  two.quiet(kAll, 0, 20);
  for (const char* service : {"mail", "store"}) two.row(service, "restarts", 25, 2);
  two.incidents.finish();
  CHECK(two.open().size() == 2);
}

TEST_CASE("what begins together and depends on the same thing is one, though that shows nothing") {
  for (const double apart : {20.0, 40.0}) {
    Stream stream;
    stream.graph.add_call("orders", "base", 1, Trust::file);
    stream.graph.add_call("users", "base", 1, Trust::file);
    stream.row("orders", "latency", 0, 2);
    stream.row("users", "latency", apart, 2);
    stream.incidents.finish();
    CHECK(stream.open().size() == (apart < 30 ? 1 : 2));
  }
}

TEST_CASE("whom the graph does not know goes with those with whom it was before") {
  Stream stream;
  stream.graph.add_call("cart", "store", 1, Trust::file);
  stream.graph.add_call("mail", "post", 1, Trust::file);
  for (int hour = 0; hour < 3; ++hour) {
    stream.row("store", "latency", 7200.0 * hour, 2);
    stream.row("node-1", "disk", 7200.0 * hour + 5, 2);
    stream.row("post", "latency", 7200.0 * hour + 3600, 2);
    stream.row("node-2", "disk", 7200.0 * hour + 3605, 2);
  }
  stream.row("store", "latency", 36000, 2);
  stream.row("post", "latency", 36060, 2);
  stream.row("node-1", "disk", 36065, 2);  // the other one had the newer sign
  stream.row("node-2", "disk", 36070, 2);
  stream.incidents.finish();
  REQUIRE(stream.open().size() == 2);
  CHECK(stream.open()[0].services == std::vector<std::string>{"store", "node-1"});
  CHECK(stream.open()[1].services == std::vector<std::string>{"post", "node-2"});
  // Well known, and never in such company.
  Stream alone;
  alone.graph.add_call("cart", "store", 1, Trust::file);
  for (int hour = 0; hour < 3; ++hour) alone.row("node-1", "disk", 3600.0 * hour, 2);
  alone.row("store", "latency", 36000, 2);
  alone.row("node-1", "disk", 36010, 2);
  alone.row("node-9", "disk", 36020, 2);  // of which nothing is known
  alone.incidents.finish();
  REQUIRE(alone.open().size() == 2);
  CHECK(alone.open()[0].services == std::vector<std::string>{"store"});
  CHECK(alone.open()[1].services == std::vector<std::string>{"node-1", "node-9"});
}

TEST_CASE("what the graph would keep apart, and what always came together, is one") {
  for (const int before : {0, 2, 3}) {
    Stream stream;
    stream.graph.add_call("orders", "base", 1, Trust::file);
    stream.graph.add_call("users", "base", 1, Trust::file);
    for (int hour = 0; hour < before; ++hour) {
      stream.row("orders", "latency", 3600.0 * hour, 2);
      stream.row("users", "latency", 3600.0 * hour + 5, 2);
    }
    stream.row("orders", "latency", 36000, 2);
    stream.row("users", "latency", 36060, 2);
    stream.incidents.finish();
    CHECK(stream.open().size() == (before < 3 ? 2 : 1));
  }
}

TEST_CASE("without a graph time alone decides") {
  Stream stream;
  stream.row("a", "cpu", 0, 2);
  stream.row("b", "cpu", 60, 2);
  stream.row("c", "cpu", 600, 2);
  stream.incidents.finish();
  REQUIRE(stream.opened().size() == 2);
}

TEST_CASE("an echo of a fault keeps an incident open, and gathers nothing more") {
  Stream stream;
  stream.row("a", "latency", 0, 4);
  for (int t = 5; t < 60; t += 5) stream.row("a", "latency", t, 4, score::Severity::high, false);
  for (int t = 60; t < 300; t += 5) stream.row("a", "latency", t, 1.1, score::Severity::high, false);
  stream.row("a", "errors", 300, 5);
  stream.incidents.finish();
  CHECK(stream.opened().size() == 2);
  CHECK(stream.open().size() == 2);
}

TEST_CASE("quiet resolves it, with the time of its last sign; a sign soon after opens it again") {
  Stream stream;
  stream.row("a", "cpu", 0, 2);
  stream.row("a", "cpu", 60, 2, score::Severity::high, false);
  stream.quiet({"a", "b"}, 65, 700);
  CHECK(stream.events().back() == Event::resolved);
  const Incident over = stream.told.back().second;
  CHECK(over.end == at(60));
  CHECK(over.by == "rule");
  CHECK(over.why == "quiet for 10m");
  stream.row("a", "cpu", 800, 2);
  CHECK(stream.events().back() == Event::reopened);
  CHECK(stream.told.back().second.id == over.id);
  CHECK(stream.told.back().second.reopened == 1);
  CHECK(stream.told.back().second.end == kNoTime);
  CHECK(stream.told.back().second.revision == over.revision + 1);
  // Much later it is another one.
  stream.quiet({"a"}, 805, 1500);
  stream.row("a", "cpu", 2400, 2);
  stream.incidents.finish();
  CHECK(stream.opened().size() == 2);
}

TEST_CASE("a stream of alerts alone: what comes an hour later is another incident") {
  Stream stream;
  for (int hour = 0; hour < 3; ++hour) {
    stream.row("a", "cpu", 3600.0 * hour, 2);
    stream.row("b", "cpu", 3600.0 * hour + 5, 2);
  }
  stream.incidents.finish();
  CHECK(stream.opened().size() == 3);
}

TEST_CASE("late rows find their incident, and reading all again changes nothing") {
  Stream stream;
  const auto feed = [&] {
    stream.row("a", "cpu", 100, 2);
    stream.quiet({"a"}, 105, 300);
    stream.row("a", "latency", 95, 2);  // late
    stream.incidents.finish();
  };
  feed();
  REQUIRE(stream.open().size() == 1);
  CHECK(stream.open()[0].start == at(95));
  CHECK(stream.open()[0].members.front().series.get("metric") == "latency");
  const std::size_t before = stream.told.size();
  feed();
  CHECK(stream.told.size() == before);
}

TEST_CASE("what is new is told every half minute, less often as it grows old; urgent at once") {
  Stream stream;
  stream.row("a", "m0", 0, 2);
  for (int t = 5; t <= 100; t += 5) stream.row("a", "m" + std::to_string(t), t, 2);
  const std::size_t early = stream.told.size();
  CHECK(early >= 4);
  CHECK(early <= 6);
  stream.row("a", "m0", 102, 3, score::Severity::critical);
  stream.row("a", "m0", 103, 0);
  CHECK(stream.told.size() == early + 1);
  // Of an incident of some hours each 20th part of its age.
  Stream old;
  old.row("a", "m0", 0, 2);
  for (int t = 60; t <= 36'000; t += 60) old.row("a", "m" + std::to_string(t % 100), t, 2);
  CHECK(old.told.size() < 120);
  CHECK(old.open().size() == 1);
}

TEST_CASE("what lasts is told again after some minutes, and at the end with its last sign") {
  Stream stream;
  for (int t = 0; t <= 1000; t += 5) stream.row("a", "cpu", t, 2, score::Severity::high, t == 0);
  const std::size_t before = stream.told.size();  // opened, four looks at the causes, and twice as it lasts
  CHECK(before >= 7);
  CHECK(before <= 9);
  stream.incidents.finish();
  CHECK(stream.told.size() == before + 1);
  CHECK(stream.told.back().second.members[0].until == at(1000));
  stream.incidents.finish();
  CHECK(stream.told.size() == before + 1);
}

TEST_CASE("memory is bounded: members of an incident, and open incidents") {
  GroupOptions options;
  options.max_open = 5;
  Stream stream(options);
  for (int i = 0; i < 1000; ++i) stream.row("a", "m" + std::to_string(i), 0, 2);
  stream.incidents.finish();
  REQUIRE(stream.open().size() == 1);
  CHECK(stream.open()[0].members.size() == Incidents::kMostMembers);
  CHECK(stream.open()[0].left_out == 800);
  Stream many(options);
  many.graph.add_call("x", "y", 1, Trust::file);
  for (int i = 0; i < 20; ++i) {
    many.graph.add_call("s" + std::to_string(i), "t" + std::to_string(i), 1, Trust::file);
    many.row("s" + std::to_string(i), "cpu", 70.0 * i, 2);
  }
  CHECK(many.open().size() <= 5);
}

TEST_CASE("an operator's word holds, and what goes on is no news; an alert opens it again") {
  Stream stream;
  stream.row("a", "cpu", 0, 2);
  stream.quiet({"a"}, 5, 20);
  Incident said = stream.told.back().second;
  said.state = State::resolved;
  said.by = "ada";
  said.why = "done";
  ++said.revision;
  CHECK(stream.incidents.change(said, Event::resolved));
  CHECK(stream.told.back().second.revision == said.revision);
  CHECK(stream.open().empty());
  stream.row("a", "cpu", 30, 2, score::Severity::high, false);
  CHECK(stream.open().empty());
  stream.row("a", "cpu", 40, 2);
  REQUIRE(stream.open().size() == 1);
  CHECK(stream.told.back().first == Event::reopened);
  said.id = "unknown";
  CHECK_FALSE(stream.incidents.change(said, Event::resolved));
}

TEST_CASE("what a journal knew goes on") {
  Stream first;
  first.row("a", "cpu", 0, 2);
  first.incidents.finish();
  Stream second;
  second.incidents.restore(first.open()[0]);
  second.row("a", "memory", 30, 2);
  second.incidents.finish();
  CHECK(second.opened().empty());
  REQUIRE(second.open().size() == 1);
  CHECK(second.open()[0].id == first.open()[0].id);
  CHECK(second.open()[0].revision == 2);
}

TEST_CASE("what nobody took is not counted as told") {
  Stream stream;
  stream.row("a", "cpu", 0, 2);
  stream.quiet({"a"}, 5, 10);
  REQUIRE(stream.told.size() == 1);
  stream.refuse = true;
  stream.row("a", "memory", 15, 2);
  stream.quiet({"a"}, 50, 60);
  stream.refuse = false;
  stream.quiet({"a"}, 100, 160);
  REQUIRE(stream.told.size() >= 2);
  CHECK(stream.told[1].second.revision == 2);
}
