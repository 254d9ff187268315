#include "incident/span_watch.hpp"

#include <algorithm>
#include <charconv>

#include "base/file.hpp"
#include "feature/window_start.hpp"

namespace aiops::incident {
namespace {

using feature::Trace;
using feature::TraceSpan;

constexpr std::size_t kMostNames = 100'000;
constexpr std::uint32_t kNoName = ~0u;
constexpr std::string_view kSeparator = "\x1f";  // between service and operation

// An id as a number: 16 hex digits as they are, anything else by its checksum. 0: none.
std::uint64_t id_of(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (text.size() <= 16 && wrong == std::errc() && end == text.data() + text.size()) return id;
  return text.empty() ? 0 : checksum(text) | 1;
}

double milliseconds(Nanos time) { return static_cast<double>(time) / 1e6; }

}  // namespace

SpanWatch::SpanWatch(Graph& graph, Nanos keep, Nanos trace_timeout)
    : graph_(graph),
      keep_(keep),
      windows_({.window = kMinute, .trace_timeout = trace_timeout, .max_spans = 200'000, .traces = true},
               *this) {}

std::uint32_t SpanWatch::number(std::string_view name) {
  const auto at = numbers_.find(std::string(name));
  if (at != numbers_.end()) return at->second;
  if (names_.size() >= kMostNames) return kNoName;
  names_.emplace_back(name);
  return numbers_.emplace(name, static_cast<std::uint32_t>(names_.size() - 1)).first->second;
}

void SpanWatch::add(const SpanRecord& record) {
  TraceSpan span;
  span.id = id_of(record.span_id);
  span.parent = id_of(record.parent_span_id);
  span.start = record.start;
  span.duration = std::max<Nanos>(record.duration, 0);
  span.service = number(record.service);
  span.operation = number(std::string(record.service).append(kSeparator).append(record.operation));
  if (span.service == kNoName || span.operation == kNoName) {
    ++refused_;
    return;
  }
  span.kind = record.kind == "client"   ? TraceSpan::Kind::client
              : record.kind == "server" ? TraceSpan::Kind::server
                                        : TraceSpan::Kind::other;
  span.error = record.error;
  windows_.add(record.trace_id, span);
}

// Moves spans that lie outside of their parents in other services into the middle of these, with all that is
// beneath them. True if any was.
bool SpanWatch::straighten(Trace& trace) {
  // Spans stand in the order of time by their own clocks, so a child may stand before its parent: shifts are
  // looked up along the parents.
  std::vector<Nanos> shift(trace.spans.size(), 0);
  std::vector<char> done(trace.spans.size(), 0);
  std::vector<std::uint32_t> way;
  bool any = false;
  for (std::uint32_t i = 0; i < trace.spans.size(); ++i) {
    for (std::uint32_t at = i; !done[at]; at = trace.parent[at]) {
      way.push_back(at);
      done[at] = 1;
      if (trace.parent[at] == Trace::kNone) break;
    }
    for (; !way.empty(); way.pop_back()) {
      const std::uint32_t at = way.back(), parent = trace.parent[at];
      if (parent == Trace::kNone) continue;
      shift[at] = shift[parent];
      const TraceSpan &child = trace.spans[at], &over = trace.spans[parent];
      if (child.service == over.service || child.duration > over.duration) continue;
      const Nanos start = child.start + shift[at], over_start = over.start + shift[parent];
      if (start >= over_start && start + child.duration <= over_start + over.duration) continue;
      const Nanos middle = over_start + (over.duration - child.duration) / 2;
      largest_skew_ = std::max(largest_skew_, std::abs(middle - start));
      shift[at] += middle - start;
      ++skewed_;
      any = true;
    }
  }
  for (std::size_t i = 0; i < shift.size(); ++i) trace.spans[i].start += shift[i];
  return any;
}

void SpanWatch::trace(std::string_view, const Trace& seen) {
  Trace copy = seen;
  if (!straighten(copy)) return use(seen);
  Trace straight;
  feature::take_apart(std::move(copy.spans), straight);
  use(straight);
}

void SpanWatch::take(SpanSign sign, Of of, Nanos time, double value, std::string_view operation) {
  const Key key{sign, of.of, of.other, of.caller};
  auto at = places_.find(key);
  if (at == places_.end()) {
    if (series_.size() >= kMostSeries) {
      ++refused_;
      return;
    }
    at = places_.emplace(key, Place{series_.size()}).first;
    SpanSeries& fresh = series_.emplace_back();
    fresh.sign = sign;
    fresh.operation = operation;
    const std::string& name = names_[of.of];
    fresh.service = name.substr(0, name.find(kSeparator));
    if (sign == SpanSign::way || sign == SpanSign::calls) fresh.other = names_[of.other];
  }
  Place& place = at->second;
  SpanSeries& series = series_[place.at];
  ++series.visits;
  const Nanos bucket = feature::window_start(time, kBucket);
  if (bucket != place.bucket) {
    place.bucket = bucket;
    place.taken = 0;
  }
  if (place.taken >= kInBucket) return;
  ++place.taken;
  series.history.add(time, value, keep_);
}

void SpanWatch::use(const Trace& trace) {
  const std::size_t n = trace.spans.size();
  std::vector<std::uint32_t> children(n), entry(n, Trace::kNone);
  std::vector<char> waits(n, 0);  // for another service: not the service's own time
  for (const std::uint32_t parent : trace.parent)
    if (parent != Trace::kNone) ++children[parent];
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint32_t parent = trace.parent[i];
    if (parent == Trace::kNone || trace.spans[parent].service == trace.spans[i].service) continue;
    const TraceSpan &caller = trace.spans[parent], &callee = trace.spans[i];
    graph_.add_call(names_[caller.service], names_[callee.service], 1, Trust::spans);
    // A span around one call alone is the caller's view of it: what it is longer was spent on the way.
    if (children[parent] != 1) continue;
    waits[parent] = 1;
    take(SpanSign::way, {callee.service, caller.service}, caller.start,
         milliseconds(std::max<Nanos>(0, caller.duration - callee.duration)), {});
  }
  // The entry of each span's visit: the nearest span above it (or itself) that was called by another service.
  std::vector<std::uint32_t> way;
  for (std::uint32_t i = 0; i < n; ++i) {
    std::uint32_t at = i;
    while (entry[at] == Trace::kNone) {
      way.push_back(at);
      const std::uint32_t parent = trace.parent[at];
      if (parent == Trace::kNone || trace.spans[parent].service != trace.spans[at].service) {
        entry[at] = at;
        break;
      }
      at = parent;
    }
    for (; !way.empty(); way.pop_back()) entry[way.back()] = entry[at];
  }
  use_visits(trace, entry, waits);
}

struct SpanWatch::Visit {
  Nanos own = 0;
  int parts = 0;  // spans of the service
  bool failed = false;
  std::map<std::uint32_t, int> calls;
};

void SpanWatch::use_visits(const Trace& trace, const std::vector<std::uint32_t>& entry,
                           const std::vector<char>& waits) {
  std::map<std::uint32_t, Visit> visits;
  std::vector<char> passed_on(trace.spans.size(), 0);  // a failure that came from a child
  for (std::size_t i = 0; i < trace.spans.size(); ++i)
    if (trace.spans[i].error && trace.parent[i] != Trace::kNone) passed_on[trace.parent[i]] = 1;
  for (std::uint32_t i = 0; i < trace.spans.size(); ++i) {
    Visit& visit = visits[entry[i]];
    if (!waits[i]) visit.own += trace.self[i];
    ++visit.parts;
    visit.failed |= trace.spans[i].error && !passed_on[i];
    if (entry[i] == i && trace.parent[i] != Trace::kNone)
      ++visits[entry[trace.parent[i]]].calls[trace.spans[i].service];
  }
  for (const auto& [at, visit] : visits) {
    const TraceSpan& span = trace.spans[at];
    // By number of operations, which has the service in it.
    const std::string_view operation =
        std::string_view(names_[span.operation]).substr(names_[span.service].size() + 1);
    take(SpanSign::own, {span.operation}, span.start, milliseconds(visit.own), operation);
    // What a visit does depends on who asks; how long it takes, less so.
    const std::uint32_t caller =
        trace.parent[at] == Trace::kNone ? 0 : trace.spans[trace.parent[at]].service + 1;
    take(SpanSign::parts, {span.operation, 0, caller}, span.start, visit.parts, operation);
    take(SpanSign::errors, {span.operation}, span.start, visit.failed, operation);
    std::vector<std::uint32_t>& called = called_[{span.operation, caller}];
    for (const auto& [service, times] : visit.calls)
      if (std::find(called.begin(), called.end(), service) == called.end()) called.push_back(service);
    for (const std::uint32_t service : called) {
      const auto calls = visit.calls.find(service);
      take(SpanSign::calls, {span.operation, service, caller}, span.start,
           calls == visit.calls.end() ? 0 : calls->second, operation);
    }
  }
}

}  // namespace aiops::incident
