#include <doctest/doctest.h>

#include <filesystem>

#include "base/file.hpp"
#include "desk.hpp"

using namespace aiops;
using namespace aiops::deliver;

TEST_CASE("a restart tells what was not told, and nothing twice") {
  Desk desk;
  desk.take(incident("x", 1));
  desk.work();
  desk.told[0]->outcomes.push_back(later_outcome());
  desk.take(incident("y", 1));
  desk.work();
  desk.begin();
  desk.take(incident("x", 1));  // the stream begins again, too
  desk.work();
  CHECK(desk.lines() == Lines{"opened x.1", "opened y.1", "opened y.1"});
  desk.take(incident("x", 2, "resolved"));
  desk.work();
  CHECK(desk.told[0]->messages.back().handle == "\"h\"");
  CHECK(desk.lines().back() == "resolved x.2");
}

TEST_CASE("a journal that a kill has torn") {
  Desk desk;
  desk.options.shorten_beyond = 1 << 20;
  desk.take(incident("x", 1));
  desk.work();
  std::string text = read_file(desk.scratch.file("journal"));
  // Killed while it noted that x was sent: it is sent again, with the same key.
  write_file(desk.scratch.file("journal"), text.substr(0, text.size() - 30));
  desk.begin();
  desk.work();
  CHECK(desk.lines() == Lines{"opened x.1", "opened x.1"});
  desk.begin();
  desk.later(kHour);
  CHECK(desk.lines().size() == 2);
  CHECK(desk.diagnostics.warnings.at(0).find("no line of this journal") != std::string::npos);
}

TEST_CASE("a full disk keeps nobody from being told") {
  KeptDiagnostics diagnostics;
  Ledger ledger("/dev/full", diagnostics);
  auto told = std::make_shared<FakeReceiver::Told>();
  std::vector<Destination> destinations;
  destinations.push_back({"a", std::make_unique<FakeReceiver>(told)});
  Notifier notifier(std::move(destinations), {}, ledger, diagnostics);
  notifier.accept(incident("x", 1));
  notifier.drain(kMinute);
  CHECK(told->messages.size() == 1);
  CHECK(notifier.finish() == Status::output);
  CHECK(diagnostics.warnings.size() == 1);
}

TEST_CASE("what must not be done twice is not begun again after a kill") {
  Manners manners;
  manners.once = true;
  Desk desk({}, 1, manners);
  desk.take(incident("x", 1));
  desk.work();
  // The kill came before the end was noted: the last line is gone.
  std::string text = read_file(desk.scratch.file("journal"));
  write_file(desk.scratch.file("journal"), text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  desk.begin();
  desk.work();
  CHECK(desk.lines() == Lines{"opened x.1"});
  CHECK(desk.diagnostics.warnings.at(0).find("it is not begun again") != std::string::npos);
}

TEST_CASE("two processes do not deliver by the same journal") {
  Desk desk;
  KeptDiagnostics diagnostics;
  Ledger other(desk.scratch.file("journal"), diagnostics);
  Notifier second({}, {}, other, diagnostics);
  CHECK_THROWS_AS(second.restore(), UsageError);
}

TEST_CASE("what is over is forgotten after its time") {
  Desk desk;
  desk.take(incident("x", 1));
  desk.take(incident("x", 2, "resolved"));
  desk.work();
  desk.later(8 * kDay);
  desk.take(incident("x", 3));
  desk.work();
  CHECK(desk.lines().back() == "opened x.3");
}

TEST_CASE("a journal in short says all that matters") {
  Desk desk({to({0}), to({1})}, 2);
  desk.routes[0].more = true;
  desk.routes[0].repeat = kHour;
  desk.begin();
  for (int i = 0; i < 3; ++i) desk.told[1]->outcomes.push_back(later_outcome());
  for (int revision = 1; revision <= 50; ++revision) desk.take(incident("x", revision));
  desk.take(incident("y", 1, "resolved"));
  desk.work();
  desk.later(kHour);
  for (int i = 0; i < 9; ++i) desk.told[1]->outcomes.push_back(later_outcome());
  desk.take(incident("x", 51, "acknowledged"));
  desk.take(incident("x", 52, "resolved"));
  const std::size_t before = desk.told[0]->messages.size();
  desk.ledger->flush();
  desk.start();  // nothing is told before the journal is read, and put in short
  const auto size = std::filesystem::file_size(desk.scratch.file("journal"));
  CHECK(size < 3000);
  desk.begin();
  CHECK(std::filesystem::file_size(desk.scratch.file("journal")) == size);
  desk.work();
  const Lines all = desk.lines();
  CHECK(Lines(all.begin() + static_cast<std::ptrdiff_t>(before), all.end()) ==
        Lines{"acknowledged x.51", "resolved x.52"});
  CHECK(desk.told[0]->messages.back().handle == "\"h\"");
  desk.take(incident("x", 50));  // known, and long told
  desk.later(kHour);
  CHECK(desk.lines().back() == "resolved x.52");
}

TEST_CASE("of what is over the evidence is forgotten, and it may still be opened again") {
  Desk desk;
  const std::string evidence =
      R"(,"severity":"critical","services":["cart"],"why":")" + std::string(9000, 'x') + '"';
  desk.take(incident("x", 1, "open", evidence));
  desk.take(incident("x", 2, "resolved", evidence));
  desk.work();
  desk.later(2 * kMinute);
  desk.begin();
  CHECK(std::filesystem::file_size(desk.scratch.file("journal")) < 1000);
  desk.take(incident("x", 2, "resolved", evidence));
  desk.take(incident("x", 3, "open", evidence));
  desk.work();
  CHECK(desk.lines() == Lines{"opened x.1", "resolved x.2", "reopened x.3"});
}

TEST_CASE("how often it was told again, and records without a number, outlast a journal in short") {
  Route route = to({0});
  route.repeat = kHour;
  Desk desk({route});
  const auto bare = [](const std::string& state, const std::string& title) {
    return read_incident(R"({"id":"x","state":")" + state + R"(","title":")" + title + R"(","members":[]})");
  };
  desk.take(bare("open", "a"));
  desk.work();
  desk.take(bare("open", "b"));
  desk.later(kHour);
  desk.later(kHour);
  desk.begin();
  desk.later(kHour);
  desk.take(bare("resolved", "b"));
  desk.work();
  CHECK(desk.lines() ==
        Lines{"opened x.1", "updated x.2", "repeated x.2.again1", "repeated x.2.again2", "resolved x.3"});
}

TEST_CASE("the journal is put in short while it runs, and a silence added meanwhile is kept") {
  Desk desk;
  desk.options.shorten_beyond = 20'000;
  desk.start();
  Ledger other(desk.scratch.file("journal"), desk.diagnostics);  // opened before: it has the old file
  for (int revision = 1; revision <= 400; ++revision) {
    desk.take(incident("x", revision));
    desk.later(kMinute);
  }
  CHECK(std::filesystem::file_size(desk.scratch.file("journal")) < 25'000);
  Silence silence;
  silence.id = "s";
  silence.match = {Condition::parse("id=y")};
  silence.from = desk.time - 1;
  silence.until = desk.time + kDay;
  other.add(desk.time, silence);
  other.flush();
  desk.begin();
  desk.take(incident("y", 1));
  desk.work();
  CHECK(desk.lines().back() == "updated x.400");
  CHECK(desk.lines().size() == 400);
}
