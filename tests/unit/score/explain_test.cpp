#include "score/explain.hpp"

#include <doctest/doctest.h>

using namespace aiops;
using namespace aiops::score;

namespace {

record::SeriesKey key(std::string_view text) { return record::SeriesKey::parse(text); }

Scored high() {
  Scored row;
  row.severity = Severity::high;
  row.status = "ok";
  return row;
}

}  // namespace

TEST_CASE("what it is, what was never seen, what was expected") {
  Scored row = high();
  row.verdict.lower = 0.21;
  row.verdict.upper = 0.33;
  row.verdict.lowest = 0.1;
  row.verdict.highest = 0.42;
  row.verdict.since = 0;
  row.verdict.reasons = {"daily=1.8(expected 0.21..0.33)", "jump=+1.5(usual 0.1)"};
  CHECK(explain(key("latency_p99{service=\"cart\"}"), 1.8, 14 * kDay + kHour, row) ==
        "latency_p99 of cart is 1.8; never above 0.42 in 14 days; expected 0.21 to 0.33 at this hour");
  CHECK(explain(key("latency_p99{service=\"cart\",pod=\"a\"}"), 0.05, 3 * kHour, row) ==
        "latency_p99 of cart (pod a) is 0.05; never below 0.1 in 3 hours; expected 0.21 to 0.33");
  CHECK(explain(key("latency_p99"), 0.4, kNoTime, row) ==
        "latency_p99 is 0.4; expected 0.21 to 0.33; it stepped by +1.5 (usual 0.1)");
  row.severity = Severity::normal;
  CHECK(explain(key("latency_p99"), 0.4, kNoTime, row).empty());
}

TEST_CASE("reasons in words where no band tells") {
  Scored row = high();
  row.verdict.reasons = {"flat=36(usual 5)", "threshold=3>=2 for 5m"};
  CHECK(explain(key("cache{pod=\"b\"}"), 3, kNoTime, row) ==
        "cache of pod b is 3; it has stood still for 36 rows (usual 5); at its bound: 3>=2 for 5m");
  row.verdict.reasons = {"rolling_std=0.2(+0.5)", "zscore=8(+0.3)"};
  CHECK(explain(key("cpu"), 3, kNoTime, row) == "cpu is 3; rolling_std=0.2(+0.5)");
  CHECK(explain({}, model::kMissing, kNoTime, row) == "a row is unusual; rolling_std=0.2(+0.5)");
  row.status = "no_data";
  row.verdict.reasons = {"no_data=5m(last 2026-01-01T00:00:00Z)"};
  CHECK(explain(key("cpu"), model::kMissing, 0, row) ==
        "cpu has stopped; no row for 5m (last 2026-01-01T00:00:00Z)");
}

TEST_CASE("of a joint row, who moved") {
  Scored row = high();
  row.detector = "joint";
  row.verdict.reasons = {"moved=2(of 8)", "latency_p99=4.2", "errors=3"};
  CHECK(explain(key("(joint){service=\"cart\"}"), 3, kNoTime, row) ==
        "2 of 8 metrics of cart moved: latency_p99=4.2, errors=3");
}
