#include "incident/life.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::at;
using testing::full_incident;

namespace {

Incident in_state(State state) {
  Incident one = full_incident();
  one.state = state;
  one.verdict.clear();
  one.confirmed = {};
  return one;
}

}  // namespace

TEST_CASE("open, acknowledged, resolved, open again: each a revision, with who and why") {
  const Incident seen = acknowledge(in_state(State::open), "ada", "on it");
  CHECK(seen.state == State::acknowledged);
  CHECK(seen.revision == 8);
  CHECK(seen.by == "ada");
  const Incident over = resolve(seen, {"bob", "rolled back", false, "cart/latency"});
  CHECK(over.state == State::resolved);
  CHECK(over.end == at(60));
  CHECK(over.closed == at(90));
  CHECK(over.verdict == "confirmed");
  CHECK(over.confirmed.service == "cart");
  CHECK(over.confirmed.metric == "latency");
  const Incident again = reopen(over, "ada", "still slow");
  CHECK(again.state == State::open);
  CHECK(again.end == kNoTime);
  CHECK(again.reopened == 3);
  CHECK(again.verdict.empty());
  CHECK(resolve(again, {"ada", "", true, ""}).verdict == "false-alarm");
}

TEST_CASE("what is not possible is refused") {
  CHECK_THROWS_AS(acknowledge(in_state(State::acknowledged), "ada", ""), UsageError);
  CHECK_THROWS_AS(acknowledge(in_state(State::resolved), "ada", ""), UsageError);
  CHECK_THROWS_AS(reopen(in_state(State::open), "ada", ""), UsageError);
  CHECK_THROWS_AS(resolve(in_state(State::resolved), {"bob", "", false, ""}), UsageError);
  CHECK_THROWS_AS(resolve(in_state(State::open), {"", "", false, ""}), UsageError);
  CHECK_THROWS_AS(resolve(in_state(State::open), {"ada", "", true, "cart"}), UsageError);
  CHECK_THROWS_AS(resolve(in_state(State::open), {"ada", "", false, "/cpu"}), UsageError);
  Incident merged = in_state(State::resolved);
  merged.merged_into = "other";
  CHECK_THROWS_WITH_AS(resolve(merged, {"ada", "", false, ""}), doctest::Contains("other"), UsageError);
  // What the rule closed may be given its cause.
  Incident quiet = in_state(State::resolved);
  quiet.by = "rule";
  CHECK(resolve(quiet, {"ada", "", false, "cart"}).verdict == "confirmed");
}
