#include "feature/trace.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace aiops;
using namespace aiops::feature;
using Kind = TraceSpan::Kind;

namespace {

constexpr std::uint32_t kNone = Trace::kNone;

// Times in milliseconds; the operation is the id, so that a span can be told after sorting.
TraceSpan span(std::uint64_t id, std::uint64_t parent, int start, int duration, std::uint32_t service = 0,
               Kind kind = Kind::other) {
  return {
      id,   parent, start * kMillisecond, duration * kMillisecond, service, static_cast<std::uint32_t>(id),
      kind, false};
}

Trace taken(std::vector<TraceSpan> spans) {
  Trace trace;
  take_apart(std::move(spans), trace);
  return trace;
}

std::vector<std::pair<std::uint32_t, Nanos>> path(const Trace& trace) {
  auto path = critical_path(trace);
  for (auto& [place, time] : path) {
    place = trace.spans[place].operation;
    time /= kMillisecond;
  }
  return path;
}

}  // namespace

TEST_CASE("self time: overlapping children count once, and only within their parent") {
  const Trace trace = taken({span(4, 1, 90, 40), span(1, 0, 0, 100), span(2, 1, 10, 30), span(3, 1, 20, 40),
                             span(5, 1, 25, 5), span(6, 2, 10, 30)});
  REQUIRE(trace.spans.size() == 6);
  CHECK(trace.root == 0);
  CHECK(trace.orphans == 0);
  for (std::size_t i = 0; i < trace.spans.size(); ++i) {
    // 1: 100 - [10, 60) - [90, 100); 2 is its child's altogether.
    const int expected[] = {0, 40, 0, 40, 40, 5, 30};
    CAPTURE(trace.spans[i].operation);
    CHECK(trace.self[i] == expected[trace.spans[i].operation] * kMillisecond);
  }
}

TEST_CASE("the critical path goes back from the end, through who ended last, and adds up to the root") {
  const Trace trace = taken(
      {span(1, 0, 0, 100), span(2, 1, 10, 30), span(3, 1, 20, 40), span(4, 1, 90, 40), span(5, 3, 30, 20)});
  using Path = std::vector<std::pair<std::uint32_t, Nanos>>;
  CHECK(path(trace) == Path{{1, 40}, {2, 10}, {3, 20}, {5, 20}, {4, 10}});
}

TEST_CASE("children that end together, and empty ones") {
  const Trace trace = taken({span(1, 0, 0, 10), span(2, 1, 0, 10), span(3, 1, 5, 5), span(4, 1, 10, 0)});
  Nanos sum = 0;
  for (const auto& [place, time] : path(trace)) sum += time;
  CHECK(sum == 10);
}

TEST_CASE("a client's and a server's span with one id are parent and child") {
  const Trace trace = taken({span(1, 0, 0, 100, 1, Kind::client), span(1, 0, 10, 80, 2, Kind::server),
                             span(2, 1, 20, 10, 2), span(3, 1, 1, 1, 1)});
  REQUIRE(trace.spans.size() == 4);
  CHECK(trace.parent == std::vector<std::uint32_t>{kNone, 0, 0, 2});  // sorted: client, 3, server, 2
  CHECK(trace.root == 0);
  CHECK(trace.self[0] == (100 - 80 - 1) * kMillisecond);
}

TEST_CASE("spans that came twice count once; other spans with the same id do not go") {
  const Trace trace =
      taken({span(1, 0, 0, 100), span(1, 0, 0, 100), span(1, 0, 0, 99), span(0, 0, 3, 1), span(0, 0, 3, 1)});
  CHECK(trace.repeated == 1);
  CHECK(trace.spans.size() == 4);
}

TEST_CASE("a missing parent, and parents in a circle") {
  Trace trace = taken({span(1, 9, 0, 10), span(2, 0, 5, 10)});
  CHECK(trace.orphans == 1);
  CHECK(trace.spans[trace.root].operation == 2);  // whose parent is not missing
  trace = taken({span(1, 2, 0, 10), span(2, 3, 1, 8), span(3, 1, 2, 4), span(4, 4, 3, 1)});
  CHECK(std::count(trace.parent.begin(), trace.parent.end(), kNone) == 2);
  CHECK(trace.root != kNone);
  CHECK(path(trace).size() >= 1);
}
