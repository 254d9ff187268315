#include "score/absence.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "base/error.hpp"
#include "score/state.hpp"

using namespace aiops;
using namespace aiops::score;

namespace {

struct Stream {
  record::SeriesTable table;
  Absence absence{5 * kMinute};
  std::vector<Absence::Gone> gone;

  void row(const std::string& name, Nanos time) {
    absence.row(table.intern(record::SeriesKey::parse(name)), table, time, gone);
  }
};

}  // namespace

TEST_CASE("a series that stops is told once, and again after it came back") {
  Stream stream;
  for (int i = 0; i < 60; ++i) {
    stream.row("a", i * kMinute);
    if (i < 10 || (i >= 30 && i < 40)) stream.row("b", i * kMinute);
  }
  REQUIRE(stream.gone.size() == 2);
  CHECK(stream.gone[0].key.text() == "b");
  CHECK(stream.gone[0].last == 9 * kMinute);
  CHECK(stream.gone[0].due == 14 * kMinute);
  CHECK(stream.gone[1].last == 39 * kMinute);
}

TEST_CASE("a pause of all, a row far ahead and a file sorted by series are nobody's silence") {
  Stream pause;
  for (int i = 0; i < 60; ++i) {
    const Nanos time = i * kMinute + (i >= 30 ? kDay : 0);
    pause.row("a", time);
    pause.row("b", time);
  }
  CHECK(pause.gone.empty());
  // Behind the pause silence counts as before, and is told in the times of the rows.
  for (int i = 60; i < 80; ++i) pause.row("a", i * kMinute + kDay);
  REQUIRE(pause.gone.size() == 1);
  CHECK(pause.gone[0].last == 59 * kMinute + kDay);

  Stream ahead;
  for (int i = 0; i < 60; ++i) {
    ahead.row("a", i == 30 ? std::numeric_limits<Nanos>::max() : i * kMinute);
    ahead.row("b", i == 40 ? std::numeric_limits<Nanos>::min() + 1 : i * kMinute);
  }
  CHECK(ahead.gone.empty());

  Stream sorted;
  for (const char* name : {"a", "b", "c"}) {
    for (int i = 0; i < 60; ++i) sorted.row(name, i * kMinute);
  }
  CHECK(sorted.gone.empty());
}

TEST_CASE("silence goes on from one run to the next") {
  std::string state;
  {
    Stream first;
    for (int i = 0; i < 10; ++i) {
      first.row("a", i * kMinute);
      first.row("b", i * kMinute);
    }
    state = first.absence.save(first.table);
  }
  Stream second;
  second.absence.load(state, "state");
  for (int i = 10; i < 20; ++i) second.row("a", i * kMinute);
  REQUIRE(second.gone.size() == 1);
  CHECK(second.gone[0].key.text() == "b");
  CHECK(second.gone[0].last == 9 * kMinute);
  Stream third;
  third.absence.load(second.absence.save(second.table), "state");
  for (int i = 20; i < 40; ++i) third.row("a", i * kMinute);
  CHECK(third.gone.empty());  // it was told
  CHECK_THROWS_AS(third.absence.load("nonsense", "state"), InputError);
}
