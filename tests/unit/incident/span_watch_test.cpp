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
  CHECK(spans.last(SpanSign::answers, "cart", "web") == 0);
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

namespace {

// A visit of web that asks cart, then ads, each by a span "GET" of its own, and writes to its store; `steps`
// of these, and without the answer to the last if `silent`.
void visit_of_web(Spans& spans, int steps, bool silent = false) {
  spans.add("1", "", "web", 0, 100, false, "page");
  if (steps > 0) spans.add("2", "1", "web", 10, 20, silent && steps == 1, "GET");
  if (steps > 0 && !(silent && steps == 1)) spans.add("3", "2", "cart", 15, 10);
  if (steps > 1) spans.add("4", "1", "web", 40, 20, silent && steps == 2, "GET");
  if (steps > 1 && !(silent && steps == 2)) spans.add("5", "4", "ads", 45, 10);
  if (steps > 2) spans.add("6", "1", "web", 70, 10, false, "INSERT");
  ++spans.trace;
}

}  // namespace

TEST_CASE("who did not answer is who answered after the same steps before") {
  Spans spans;
  for (int i = 0; i < 5; ++i) visit_of_web(spans, 3);
  visit_of_web(spans, 2, true);
  spans.watch.flush();
  CHECK(spans.last(SpanSign::answers, "ads", "web") == 1);
  CHECK(spans.last(SpanSign::answers, "cart", "web") == 0);
  CHECK(spans.last(SpanSign::own, "web") == 60);  // it waited in vain, and did not work
  CHECK(spans.last(SpanSign::errors, "web") == 0);
  CHECK(spans.last(SpanSign::lost, "web", "ads") == 0);
}

TEST_CASE("where nothing tells who did not answer, all who may have been asked are kept in mind") {
  Spans spans;
  for (int i = 0; i < 6; ++i) {
    spans.add("1", "", "web", 0, 100, false, "page");
    spans.add("2", "1", "web", 10, 20, false, "GET");
    spans.add("3", "2", i % 2 == 0 ? "cart" : "ads", 15, 10);
    ++spans.trace;
  }
  visit_of_web(spans, 1, true);
  spans.watch.flush();
  CHECK(spans.last(SpanSign::lost, "web", "ads") == 1);
  CHECK(spans.last(SpanSign::lost, "web", "cart") == 1);
  CHECK(spans.last(SpanSign::answers, "ads", "web") == 0);
  CHECK(spans.last(SpanSign::errors, "web") == 0);
}

TEST_CASE("a call that fails for its caller alone counts against who was called") {
  Spans spans;
  spans.add("1", "", "web", 0, 100, true);
  spans.add("2", "1", "web", 10, 20, true, "GET");
  spans.add("3", "2", "cart", 15, 10);
  spans.watch.flush();
  CHECK(spans.last(SpanSign::answers, "cart", "web") == 1);
  CHECK(spans.last(SpanSign::errors, "web") == 0);
}

TEST_CASE("each step tells whether the visit ended with it") {
  Spans spans;
  visit_of_web(spans, 3);
  visit_of_web(spans, 2);
  spans.watch.flush();
  const SpanSeries* const ads = spans.find(SpanSign::ends, "web", "ads");
  REQUIRE(ads != nullptr);
  CHECK(ads->operation == "page");
  CHECK(ads->step == "ads");
  CHECK(ads->history.cut(-kDay, kDay).after == std::vector<double>{0, 1});
  CHECK(spans.last(SpanSign::ends, "web", "cart") == 0);
}

TEST_CASE("a service that asks one other in place of work is no way to it") {
  Spans spans;
  spans.add("1", "", "web", 0, 100);
  spans.add("2", "1", "cart", 10, 20);
  spans.watch.flush();
  CHECK(spans.find(SpanSign::way, "cart", "web") == nullptr);
  CHECK(spans.last(SpanSign::own, "web") == 80);
  CHECK(spans.find(SpanSign::own, "web")->bare);
  CHECK_FALSE(spans.find(SpanSign::own, "cart")->bare);
}

TEST_CASE("spans in any order, twice, without their parents, or in a circle do no harm") {
  Spans spans;
  spans.add("3", "2", "cart", 30, 20);
  spans.add("2", "1", "web", 10, 60, false, "GET cart");
  spans.add("3", "2", "cart", 30, 20);
  spans.add("1", "", "web", 0, 100);
  ++spans.trace;
  spans.add("9", "8", "cart", 0, 15);  // its parent never comes
  ++spans.trace;
  spans.add("1", "2", "web", 0, 10);
  spans.add("2", "1", "cart", 0, 10);
  spans.watch.flush();
  CHECK(spans.find(SpanSign::own, "cart")->visits == 3);
  CHECK(spans.find(SpanSign::way, "cart", "web")->history.cut(-kDay, kSecond / 2).after ==
        std::vector<double>{40});
  CHECK(spans.watch.orphans() == 1);
}

TEST_CASE("a trace of very many spans is read in bounded memory") {
  Spans spans;
  spans.add("root", "", "web", 0, 60'000);
  for (int i = 1; i <= 100'000; ++i) {
    const std::string id = std::to_string(i), operation = "op" + std::to_string(i % 1000);
    spans.add(id.c_str(), i % 2 == 0 ? "root" : std::to_string(i - 1).c_str(), "web", i / 2, 1, false,
              operation.c_str());
  }
  spans.watch.flush();
  CHECK(spans.find(SpanSign::own, "web")->visits == 1);
  CHECK(spans.watch.series().size() < 300);
}

TEST_CASE("a service without spans of its own is told by the names of the calls to it") {
  Spans spans;
  spans.graph.add_call("web", "cart-service", 1, Trust::file);
  spans.add("1", "", "web", 0, 100, false, "page");
  spans.add("2", "1", "web", 10, 40, true, "shop.CartService/Get");
  spans.add("3", "1", "web", 60, 20, false, "render");
  spans.watch.flush();
  CHECK(spans.last(SpanSign::way, "cart-service", "web") == 40);
  CHECK(spans.last(SpanSign::answers, "cart-service", "web") == 1);
  CHECK(spans.last(SpanSign::own, "web") == 60);
  CHECK(spans.last(SpanSign::errors, "web") == 0);
}
