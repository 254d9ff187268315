// One trace taken apart: who called whom, the time of each span that is not its children's, what failed, and
// the critical path.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace aiops::feature {

struct TraceSpan {
  enum class Kind : std::uint8_t { other, client, server };
  std::uint64_t id = 0, parent = 0;          // 0: none
  Nanos start = 0, duration = 0;             // duration is not negative
  std::uint32_t service = 0, operation = 0;  // numbers that the caller gave; operation: of a service's
  Kind kind = Kind::other;
  bool error = false;
  Nanos end() const { return start + duration; }
};

struct Trace {
  static constexpr std::uint32_t kNone = ~0u;

  std::vector<TraceSpan> spans;       // in the order of time
  std::vector<std::uint32_t> parent;  // of each span: its place in `spans`, or kNone
  std::vector<Nanos> self;            // of each span: its time without that of its children
  std::uint32_t root = 0;             // the first span without a parent
  std::uint64_t orphans = 0;          // spans whose parent is not here
  std::uint64_t repeated = 0;         // spans that came more than once, and count once
};

// spans: all of one trace, at least one, in any order. A span that is there twice (the same id, kind, service
// and times) counts once. A client's and a server's span with one id (Zipkin shares them) are parent and
// child. Children count for self time as far as they lie within their parent; where they overlap, once.
// Parents that run in a circle are none.
void take_apart(std::vector<TraceSpan> spans, Trace& trace);

// What the root waited for: going back from its end, at each instant the child that ended last, and so on
// within that child. Place and time of each span on the path, in the order of time; the times add up to the
// root's duration.
std::vector<std::pair<std::uint32_t, Nanos>> critical_path(const Trace& trace);

}  // namespace aiops::feature
