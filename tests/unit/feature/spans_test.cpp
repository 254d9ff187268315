#include "feature/spans.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace aiops;
using namespace aiops::feature;

namespace {

struct Row {
  Nanos window;
  std::uint32_t caller, callee;  // an operation's row: 0 and its number
  SpanRow row;
};

struct Kept : SpanReceiver {
  std::vector<Row> rows;
  std::vector<std::string> traces;
  void operation(Nanos window, std::uint32_t operation, const SpanRow& row) override {
    rows.push_back({window, 0, operation, row});
  }
  void edge(Nanos window, std::uint32_t caller, std::uint32_t callee, const SpanRow& row) override {
    rows.push_back({window, caller, callee, row});
  }
  void trace(std::string_view id, const Trace& trace) override {
    traces.push_back(std::string(id) + ' ' + std::to_string(trace.spans.size()));
  }
};

TraceSpan span(std::uint64_t id, std::uint64_t parent, double second, double ms, std::uint32_t service,
               bool error = false) {
  return {id,      parent,  static_cast<Nanos>(second * 1e9), static_cast<Nanos>(ms * 1e6),
          service, service, TraceSpan::Kind::other,           error};
}

}  // namespace

// numpy 1.24: quantile([1, 2, 4, 8, 100], [0.5, 0.95, 0.99]).
TEST_CASE("quantiles as numpy has them") {
  const std::vector<double> values = {1, 2, 4, 8, 100};
  CHECK(SpanWindows::quantile(values, 0.5) == 4);
  CHECK(SpanWindows::quantile(values, 0.95) == doctest::Approx(81.6));
  CHECK(SpanWindows::quantile(values, 0.99) == doctest::Approx(96.32));
  CHECK(SpanWindows::quantile({7}, 0.99) == 7);
  CHECK(std::isnan(SpanWindows::quantile({}, 0.5)));
}

TEST_CASE("operations and edges of a window") {
  Kept kept;
  SpanWindows windows({kMinute, kMinute, 1000, false}, kept);
  windows.add("a", span(1, 0, 1, 100, 1));
  windows.add("a", span(2, 1, 1.01, 30, 2, true));
  windows.add("b", span(1, 0, 2, 50, 1));
  windows.add("b", span(2, 1, 2, 10, 2));
  windows.add("b", span(3, 1, 2, 10, 1));  // within the service: no edge
  CHECK(kept.rows.empty());
  windows.flush();
  REQUIRE(kept.rows.size() == 3);
  // Service 1: 100, 50 and 10 ms; self 70, 40 (two children at once) and 10.
  CHECK(kept.rows[0].row == SpanRow{3, 0, 0, 160.0 / 3, 50, 95, 99, 3, 40, 120});
  CHECK(kept.rows[1].row[0] == 2);
  CHECK(kept.rows[1].row[2] == 0.5);
  CHECK(kept.rows[2].caller == 1);
  CHECK(kept.rows[2].callee == 2);
  CHECK(kept.rows[2].row[1] == 1);
  CHECK(kept.rows[2].row[4] == 20);
}

TEST_CASE("a window waits for the traces that reach into it") {
  Kept kept;
  SpanWindows windows({kMinute, 10 * kSecond, 1000, false}, kept);
  windows.add("a", span(1, 0, 55, 1, 1));
  windows.add("a", span(2, 1, 63, 1, 2));
  windows.add("b", span(1, 0, 71, 1, 3));  // a is open still: no row
  CHECK(kept.rows.empty());
  windows.add("b", span(2, 0, 74, 1, 3));
  REQUIRE(kept.rows.size() == 1);
  CHECK(kept.rows[0].window == 0);
  SUBCASE("a span of a closed window is late") {
    windows.add("c", span(1, 0, 59, 1, 1));
    CHECK(windows.late() == 1);
    windows.add("c", span(1, 0, 60, 1, 1));
    CHECK(windows.late() == 1);
  }
  windows.flush();
  CHECK(kept.rows.back().window == kMinute);
}

TEST_CASE("a trace that is never quiet is complete after ten time-outs") {
  Kept kept;
  SpanWindows windows({kMinute, 10 * kSecond, 100'000, false}, kept);
  for (int second = 0; second < 200; ++second) windows.add("a", span(second + 1, 0, second, 1, 1));
  CHECK(!kept.rows.empty());
  windows.flush();
  double sum = 0;
  for (const Row& row : kept.rows) sum += row.row[0];
  CHECK(sum == 200);
}

TEST_CASE("memory is bounded: the traces quiet for longest are taken for complete") {
  Kept kept;
  SpanWindows windows({kMinute, kMinute, 100, true}, kept);
  for (int i = 0; i < 101; ++i) windows.add("t" + std::to_string(1000 + i), span(1, 0, i * 0.01, 1, 1));
  CHECK(windows.cut() == 26);  // 75 stay
  REQUIRE(kept.traces.size() == 26);
  CHECK(kept.traces.front() == "t1000 1");
  windows.flush();
  CHECK(kept.traces.size() == 101);
}

TEST_CASE("spans without a trace, spans that come twice, spans without their parent") {
  Kept kept;
  SpanWindows windows({}, kept);
  windows.add("", span(1, 0, 1, 1, 1));
  windows.add("a", span(1, 5, 1, 1, 1));
  windows.add("a", span(1, 5, 1, 1, 1));
  windows.flush();
  CHECK(windows.out_of_trace() == 1);
  CHECK(windows.repeated() == 1);
  CHECK(windows.orphans() == 1);
  REQUIRE(kept.rows.size() == 1);
  CHECK(kept.rows[0].row[0] == 1);
}
