#include <doctest/doctest.h>

#include <fstream>

#include "base/file.hpp"
#include "desk.hpp"

using namespace aiops;
using namespace aiops::deliver;

TEST_CASE("an incident is told once, then what becomes of it") {
  Desk desk;
  desk.take(incident("x", 1));
  desk.work();
  desk.take(incident("x", 1));  // known
  desk.take(incident("x", 2, "acknowledged"));
  desk.work();
  desk.take(incident("x", 3, "resolved"));
  desk.work();
  desk.take(incident("x", 4, "open"));
  desk.work();
  CHECK(desk.lines() == Lines{"opened x.1", "acknowledged x.2", "resolved x.3", "reopened x.4"});
  CHECK(desk.told[0]->messages[1].handle == "\"h\"");
  CHECK(desk.notifier->finish() == Status::done);
}

TEST_CASE("that it opened and that it ended are both told, however fast it went") {
  Desk desk;
  desk.take(incident("x", 1));
  desk.take(incident("x", 2));
  desk.take(incident("x", 3, "resolved"));
  desk.work();
  CHECK(desk.lines() == Lines{"opened x.2", "resolved x.3"});
}

TEST_CASE("a receiver that is down is told later how things stand, and the others are told now") {
  Desk desk({}, 2);
  for (int i = 0; i < 3; ++i) desk.told[0]->outcomes.push_back(later_outcome());
  desk.take(incident("x", 1));
  desk.work();
  CHECK(desk.lines() == Lines{"opened x.1"});  // tried
  CHECK(desk.lines(1) == Lines{"opened x.1"});
  desk.take(incident("x", 2));
  desk.later(kMinute);
  desk.later(kMinute);
  desk.later(kMinute);
  CHECK(desk.lines() == Lines{"opened x.1", "opened x.2", "opened x.2", "opened x.2"});
  CHECK(desk.lines(1) == Lines{"opened x.1", "updated x.2"});
  CHECK(desk.diagnostics.warnings.size() == 3);
  desk.later(kHour);
  CHECK(desk.lines().size() == 4);
}

TEST_CASE("what the receiver asks for is waited for") {
  Desk desk;
  desk.told[0]->outcomes.push_back(later_outcome(true, 30 * kSecond));
  desk.take(incident("x", 1));
  desk.work();
  desk.later(29 * kSecond);
  CHECK(desk.lines().size() == 1);
  desk.later(2 * kSecond);
  CHECK(desk.lines().size() == 2);
}

TEST_CASE("a message that the receiver takes later keeps no other back") {
  Desk desk;
  desk.told[0]->outcomes.push_back(later_outcome(false));
  desk.take(incident("x", 1));
  desk.take(incident("y", 1));
  desk.work();
  CHECK(desk.lines() == Lines{"opened x.1", "opened y.1"});
}

TEST_CASE("a message that is refused is not sent again, and the next one is") {
  Desk desk;
  desk.told[0]->outcomes.push_back({Outcome::refused, "nonsense", -1, "", false});
  desk.take(incident("x", 1));
  desk.work();
  desk.later(kDay);
  CHECK(desk.lines() == Lines{"opened x.1"});
  desk.begin();
  desk.later(kDay);
  CHECK(desk.lines() == Lines{"opened x.1"});
  desk.take(incident("x", 2));
  desk.work();
  CHECK(desk.lines() == Lines{"opened x.1", "opened x.2"});
  CHECK(desk.diagnostics.warnings.at(0).find("refused x.1: nonsense") != std::string::npos);
}

TEST_CASE("routes go by what fits first") {
  Route critical = to({0});
  critical.conditions = {Condition::one_of("severity", {"critical"})};
  critical.more = true;
  Route shop = to({1});
  shop.conditions = {Condition::parse("service=shop")};
  Desk desk({critical, shop}, 2);
  desk.take(incident("x", 1, "open", R"(,"severity":"critical","services":["shop"])"));
  desk.take(incident("y", 1, "open", R"(,"severity":"critical","services":["z"])"));
  desk.take(incident("z", 1, "open", R"(,"services":["z"])"));
  desk.work();
  CHECK(desk.lines(0) == Lines{"opened x.1", "opened y.1"});
  CHECK(desk.lines(1) == Lines{"opened x.1"});
  CHECK(desk.diagnostics.warnings.at(0).find("incident z: no route") != std::string::npos);
  // Who was told hears the end, although it fits no more.
  desk.take(incident("x", 2, "resolved", R"(,"severity":"high")"));
  desk.work();
  CHECK(desk.lines(0).back() == "resolved x.2");
}

TEST_CASE("a group waits for company, and is one conversation") {
  Route route = to({0});
  route.group_by = {"service"};
  route.group_wait = 10 * kSecond;
  Desk desk({route});
  desk.take(incident("x", 1, "open", R"(,"services":["a"])"));
  desk.take(incident("y", 1, "open", R"(,"services":["a"])"));
  desk.take(incident("z", 1, "open", R"(,"services":["b"])"));
  desk.work();
  CHECK(desk.lines().empty());
  desk.later(11 * kSecond);
  REQUIRE(desk.told[0]->messages.size() == 2);
  CHECK(desk.told[0]->messages[0].incidents.size() == 2);
  CHECK(desk.told[0]->messages[0].conversation == "x");
  desk.take(incident("x", 2, "resolved", R"(,"services":["a"])"));
  desk.work();
  CHECK(desk.told[0]->messages.back().what == What::updated);  // y is still open
  desk.take(incident("y", 2, "resolved", R"(,"services":["a"])"));
  desk.work();
  CHECK(desk.told[0]->messages.back().what == What::resolved);
  // The next of the same kind is another conversation.
  desk.take(incident("w", 1, "open", R"(,"services":["a"])"));
  desk.later(11 * kSecond);
  CHECK(desk.told[0]->messages.back().conversation == "w");
}

TEST_CASE("updates keep their distance, changes of state do not") {
  Route route = to({0});
  route.update_interval = kMinute;
  Desk desk({route});
  desk.take(incident("x", 1));
  desk.work();
  desk.take(incident("x", 2));
  desk.later(30 * kSecond);
  CHECK(desk.lines().size() == 1);
  desk.take(incident("x", 3));
  desk.later(31 * kSecond);
  CHECK(desk.lines().back() == "updated x.3");
  desk.take(incident("x", 4, "open", R"(,"severity":"critical")"));
  desk.work();
  CHECK(desk.lines().back() == "updated x.4");
}

TEST_CASE("what is open is told again, until somebody has acknowledged it") {
  Route route = to({0});
  route.repeat = kHour;
  Desk desk({route});
  desk.take(incident("x", 1));
  desk.work();
  desk.later(kHour);
  desk.later(kHour);
  CHECK(desk.lines() == Lines{"opened x.1", "repeated x.1.again1", "repeated x.1.again2"});
  desk.take(incident("x", 2, "acknowledged"));
  desk.later(kHour);
  desk.later(kHour);
  CHECK(desk.lines().size() == 4);
}

TEST_CASE("what expires is sent again in time, and the journal does not grow of it") {
  Manners manners;
  manners.resend = kMinute;
  Desk desk({}, 1, manners);
  desk.take(incident("x", 1));
  desk.work();
  const std::size_t before = read_file(desk.scratch.file("journal")).size();
  desk.later(kMinute);
  desk.later(kMinute);
  CHECK(desk.lines().size() == 3);
  CHECK(read_file(desk.scratch.file("journal")).size() == before);
  desk.begin();
  desk.work();
  CHECK(desk.lines().size() == 4);  // at once, for nobody knows how long it was away
  desk.take(incident("x", 2, "resolved"));
  desk.work();
  desk.later(kHour);
  CHECK(desk.lines().size() == 5);
}

TEST_CASE("quiet hours hold messages back, and tell then how things stand") {
  Route route = to({0});
  route.quiet = {QuietHours::parse("11:00-13:00")};
  Desk desk({route});
  desk.take(incident("x", 1));
  desk.take(incident("x", 2, "resolved"));
  desk.take(incident("y", 1));
  desk.work();
  CHECK(desk.lines().empty());
  desk.begin();
  desk.later(61 * kMinute);
  CHECK(desk.lines() == Lines{"resolved x.2", "opened y.1"});
}

TEST_CASE("a silence, added by another process while this one runs") {
  Desk desk;
  desk.take(incident("v", 1));
  desk.work();
  Ledger other(desk.scratch.file("journal"), desk.diagnostics);
  Silence silence{"s1", "ann", "", {Condition::parse("id=~[vxy]")}, desk.time, desk.time + kHour};
  other.add(desk.time, silence);
  other.flush();
  desk.work();
  desk.take(incident("v", 2, "resolved"));  // told before: its end is told
  desk.work();
  desk.take(incident("x", 1));
  desk.take(incident("y", 1));
  desk.take(incident("z", 1));
  desk.work();
  desk.take(incident("x", 2, "resolved"));  // began and ended in the silence
  desk.later(kMinute);
  CHECK(desk.lines() == Lines{"opened v.1", "resolved v.2", "opened z.1"});
  desk.later(kHour);
  CHECK(desk.lines().back() == "opened y.1");
  CHECK(desk.lines().size() == 4);
}

TEST_CASE("a silence that is expired early") {
  Desk desk;
  desk.ledger->add(desk.time,
                   Silence{"s1", "ann", "", {Condition::parse("id=x")}, desk.time, desk.time + kHour});
  desk.ledger->flush();
  desk.work();
  desk.take(incident("x", 1));
  desk.work();
  CHECK(desk.lines().empty());
  desk.ledger->add_expired(desk.time, "s1", "ann");
  desk.ledger->flush();
  desk.later(kMinute);
  CHECK(desk.lines() == Lines{"opened x.1"});
}

TEST_CASE("a digest is one message a day") {
  Route route = to({0});
  route.digest = 13 * 60;
  Desk desk({route});
  desk.take(incident("x", 1));
  desk.take(incident("x", 2, "resolved"));
  desk.take(incident("y", 1));
  desk.later(30 * kMinute);
  CHECK(desk.lines().empty());
  desk.begin();
  desk.later(31 * kMinute);
  REQUIRE(desk.told[0]->messages.size() == 1);
  CHECK(desk.told[0]->messages[0].what == What::digest);
  CHECK(desk.told[0]->messages[0].incidents.size() == 2);
  desk.later(kHour);
  CHECK(desk.told[0]->messages.size() == 1);
  desk.later(23 * kHour);  // y is still open
  REQUIRE(desk.told[0]->messages.size() == 2);
  CHECK(desk.told[0]->messages[1].incidents.size() == 1);
  desk.take(incident("y", 2, "resolved"));
  desk.later(kDay);
  desk.later(kDay);
  CHECK(desk.told[0]->messages.size() == 3);
}
