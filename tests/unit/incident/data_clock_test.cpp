#include "incident/data_clock.hpp"

#include <doctest/doctest.h>

#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::at;

namespace {

const std::vector<std::string> kServices = {"a", "b", "c", "d", "e", "f", "g", "h"};

}  // namespace

TEST_CASE("one service whose clock is ahead moves no time, and is told once") {
  DataClock clock;
  for (int t = 0; t < 100; t += 5) {
    for (const std::string& one : kServices) {
      const double ahead = one == "c" ? 3600 : 0;
      const Nanos placed = clock.see(one, at(t + ahead));
      if (one == "c" && t > 20) CHECK(placed <= at(t));
    }
  }
  CHECK(clock.now() == at(95));
  const auto ahead = clock.take_ahead();
  REQUIRE(ahead.size() == 1);
  CHECK(ahead[0].first == "c");
  CHECK(ahead[0].second >= 3595 * kSecond);
  CHECK(clock.take_ahead().empty());
}

TEST_CASE("after a break of the whole stream nobody is ahead") {
  DataClock clock;
  for (const std::string& one : kServices) clock.see(one, at(0));
  for (const std::string& one : kServices) CHECK(clock.see(one, at(7200)) == at(7200));
  CHECK(clock.now() == at(7200));
  CHECK(clock.take_ahead().empty());
}

TEST_CASE("time goes on where most services have stopped, and never back") {
  DataClock clock;
  for (const std::string& one : kServices) clock.see(one, at(0));
  for (int t = 5; t < 100; t += 5) {
    for (const char* one : {"a", "b", "c"}) clock.see(one, at(t));
  }
  CHECK(clock.now() == at(95));
  for (const std::string& one : kServices) clock.see(one, at(10));
  CHECK(clock.now() == at(95));
  CHECK(clock.services(10 * kSecond) == 3);
}

TEST_CASE("where few services are heard of any more, these move the time") {
  DataClock clock;
  for (int i = 0; i < 200; ++i) clock.see("s" + std::to_string(i), at(i % 7));
  for (int hour = 1; hour < 5; ++hour) {
    for (int i = 0; i < 100; ++i) clock.see(i % 2 == 0 ? "s1" : "s2", at(3600 * hour + i));
  }
  CHECK(clock.now() >= at(4 * 3600));
  CHECK(clock.services(kHour) == 2);
}

TEST_CASE("a single service is its own clock") {
  DataClock clock;
  clock.see("", at(0));
  clock.see("", at(100'000));
  CHECK(clock.now() == at(100'000));
}
