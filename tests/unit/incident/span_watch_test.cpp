#include "incident/span_watch.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace aiops;
using namespace aiops::incident;

namespace {

// Spans of one trace after another; times in milliseconds.
struct Spans {
  Graph graph;
  SpanWatch watch{graph, 10 * kMinute};
  int trace = 0;

  void add(const char* id, const char* parent, const char* service, int start, int duration,
           bool error = false, const char* operation = "op") {
    const std::string name = std::to_string(trace);
    watch.add({name, id, parent, service, operation, "", trace * kSecond + start * kMillisecond,
               duration * kMillisecond, error});
  }
  const SpanSeries* find(SpanSign sign, std::string_view service, std::string_view other = "") const {
    for (const SpanSeries& series : watch.series())
      if (series.sign == sign && series.service == service && series.other == other) return &series;
    return nullptr;
  }
  // The newest value of a series.
  double last(SpanSign sign, std::string_view service, std::string_view other = "") {
    const SpanSeries* const series = find(sign, service, other);
    REQUIRE(series != nullptr);
    return series->history.cut(-kDay, kDay).after.back();
  }
};

}  // namespace

TEST_CASE("the way to a service is what its caller waits longer than it works") {
  Spans spans;
  spans.add("1", "", "web", 0, 100);
  spans.add("2", "1", "web", 10, 60, false, "GET cart");
  spans.add("3", "2", "cart", 30, 20);
  spans.watch.flush();
  CHECK(spans.last(SpanSign::way, "cart", "web") == 40);
  CHECK(spans.last(SpanSign::own, "web") == 40);
  CHECK(spans.last(SpanSign::own, "cart") == 20);
  CHECK(spans.last(SpanSign::calls, "web", "cart") == 1);
  CHECK(spans.last(SpanSign::parts, "web") == 2);
  CHECK(spans.graph.share("web", "cart") == 1);
}

TEST_CASE("a span around several calls does not tell one way from the other") {
  Spans spans;
  spans.add("1", "", "web", 0, 100);
  spans.add("2", "1", "cart", 10, 20);
  spans.add("3", "1", "ads", 40, 20);
  spans.watch.flush();
  CHECK(spans.find(SpanSign::way, "cart", "web") == nullptr);
  CHECK(spans.last(SpanSign::own, "web") == 60);
}

TEST_CASE("a clock that is off moves no time from one service to the other") {
  Spans spans;
  spans.add("1", "", "web", 0, 100);
  spans.add("2", "1", "web", 10, 60, false, "GET cart");
  spans.add("3", "2", "cart", 5030, 20);
  spans.add("4", "3", "cart", 5035, 5, false, "SELECT");
  spans.watch.flush();
  CHECK(spans.last(SpanSign::way, "cart", "web") == 40);
  CHECK(spans.last(SpanSign::own, "web") == 40);
  CHECK(spans.last(SpanSign::own, "cart") == 20);
  CHECK(spans.watch.skewed() == 1);
  CHECK(spans.watch.largest_skew() == 5000 * kMillisecond);
}

TEST_CASE("failures count where they began, and calls that are no longer made count as none") {
  Spans spans;
  for (spans.trace = 0; spans.trace < 2; ++spans.trace) {
    const bool failing = spans.trace == 1;
    spans.add("1", "", "web", 0, 100, failing);
    spans.add("2", "1", "cart", 10, 20, failing);
    if (!failing) spans.add("3", "2", "db", 15, 5);
  }
  spans.watch.flush();
  CHECK(spans.last(SpanSign::errors, "web") == 0);
  CHECK(spans.last(SpanSign::errors, "cart") == 1);
  CHECK(spans.last(SpanSign::calls, "cart", "db") == 0);
}
