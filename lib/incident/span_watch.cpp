#include "incident/span_watch.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <set>

#include "base/file.hpp"
#include "feature/window_start.hpp"

namespace aiops::incident {
namespace {

using feature::Trace;
using feature::TraceSpan;

constexpr std::size_t kMostNames = 100'000;
constexpr std::uint32_t kNoName = ~0u;
constexpr std::size_t kMostContexts = 50'000, kMostAnswering = 16, kMostSteps = 256;
constexpr std::size_t kShortName = 4, kLongName = 8;  // letters that name a service in a call, in any span
constexpr double kOften = 3, kMostly = 0.8;           // answers, and shares of them
constexpr std::string_view kSeparator = "\x1f";       // between service and operation

// An id as a number: 16 hex digits as they are, anything else by its checksum. 0: none.
std::uint64_t id_of(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (text.size() <= 16 && wrong == std::errc() && end == text.data() + text.size()) return id;
  return text.empty() ? 0 : checksum(text) | 1;
}

double milliseconds(Nanos time) { return static_cast<double>(time) / 1e6; }

// Letters and digits, small.
std::string letters_of(std::string_view text) {
  std::string out;
  for (const unsigned char c : text)
    if (std::isalnum(c) != 0) out += static_cast<char>(std::tolower(c));
  return out;
}

// Whether the span is a service's answer to somebody else, not something within the service.
bool called(const Trace& trace, std::uint32_t at) {
  const TraceSpan& span = trace.spans[at];
  const std::uint32_t parent = trace.parent[at];
  if (span.kind != TraceSpan::Kind::other) return span.kind == TraceSpan::Kind::server;
  return parent == Trace::kNone || trace.spans[parent].service != span.service;
}

}  // namespace

SpanWatch::SpanWatch(Graph& graph, Nanos keep, Nanos trace_timeout)
    : graph_(graph),
      keep_(keep),
      windows_({.window = kMinute, .trace_timeout = trace_timeout, .max_spans = kMostOpen, .traces = true},
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

void SpanWatch::take(SpanSign sign, Of of, Nanos time, double value, std::string_view operation, bool bare) {
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
    if (sign == SpanSign::way || sign == SpanSign::calls || sign == SpanSign::answers ||
        sign == SpanSign::lost) {
      fresh.other = names_[of.other];
    } else if (sign == SpanSign::ends && of.other != of.of) {
      const std::string& step = names_[of.other];
      const std::size_t cut = step.find(kSeparator);
      fresh.step = cut == std::string::npos ? step : step.substr(cut + 1);
      if (cut == std::string::npos) fresh.other = step;
    }
  }
  Place& place = at->second;
  SpanSeries& series = series_[place.at];
  ++series.visits;
  series.bare |= bare;
  const Nanos bucket = feature::window_start(time, kBucket);
  if (bucket != place.bucket) {
    place.bucket = bucket;
    place.taken = 0;
  }
  if (place.taken >= kInBucket) return;
  ++place.taken;
  series.history.add(time, value, keep_);
}

void SpanWatch::learn(const Context& context, std::uint32_t callee) {
  if (answered_.size() >= kMostContexts && answered_.count(context) == 0) return;
  auto& callees = answered_[context];
  const auto at =
      std::find_if(callees.begin(), callees.end(), [&](const auto& one) { return one.first == callee; });
  if (at != callees.end()) {
    ++at->second;
  } else if (callees.size() < kMostAnswering) {
    callees.emplace_back(callee, 1);
  }
}

std::uint32_t SpanWatch::most_likely(const Context& context, double share) const {
  const auto found = answered_.find(context);
  if (found == answered_.end()) return kNoName;
  double all = 0;
  std::pair<std::uint32_t, double> best{kNoName, 0};
  for (const auto& one : found->second) {
    all += one.second;
    if (one.second > best.second) best = one;
  }
  return best.second >= kOften && best.second >= share * all ? best.first : kNoName;
}

struct SpanWatch::Shape {
  std::vector<std::uint32_t> entry;   // of each span: the span that began the visit
  std::vector<std::uint32_t> callee;  // of a span around one call alone: the callee's service, else kNoName
  std::vector<char> leaf;
  std::vector<char> passed_on;  // a failure that came from a child
};

struct SpanWatch::Visit {
  Nanos own = 0;
  bool failed = false, unanswered = false, bare = false;
  std::set<std::uint32_t> lost;  // who may have been asked, where nothing tells who it was
  std::map<std::uint32_t, int> calls;
  std::vector<std::uint32_t> steps;  // services that were called, and operations of its own; in order
};

void SpanWatch::use(const Trace& trace) {
  const std::size_t n = trace.spans.size();
  Shape shape{std::vector<std::uint32_t>(n, Trace::kNone), std::vector<std::uint32_t>(n, kNoName),
              std::vector<char>(n, 1), std::vector<char>(n, 0)};
  use_calls(trace, shape);
  // The entry of each span's visit: the nearest span above it (or itself) that was called by another service.
  std::vector<std::uint32_t>& entry = shape.entry;
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
  for (const auto& [at, visit] : visits_of(trace, shape)) take_visit(trace, at, visit);
}

void SpanWatch::use_calls(const Trace& trace, Shape& shape) {
  std::vector<std::uint32_t> children(trace.spans.size());
  for (std::size_t i = 0; i < trace.spans.size(); ++i) {
    const std::uint32_t parent = trace.parent[i];
    if (parent == Trace::kNone) continue;
    ++children[parent];
    shape.leaf[parent] = 0;
    if (trace.spans[i].error) shape.passed_on[parent] = 1;
  }
  for (std::uint32_t i = 0; i < trace.spans.size(); ++i) {
    const std::uint32_t parent = trace.parent[i];
    if (parent == Trace::kNone || trace.spans[parent].service == trace.spans[i].service) continue;
    const TraceSpan &caller = trace.spans[parent], &callee = trace.spans[i];
    graph_.add_call(names_[caller.service], names_[callee.service], 1, Trust::spans);
    // A span around one call alone is the caller's view of it: what it is longer was spent on the way. One
    // that was called itself does work of its own.
    if (children[parent] != 1 || called(trace, parent)) continue;
    shape.callee[parent] = callee.service;
    take(SpanSign::way, {callee.service, caller.service}, caller.start,
         milliseconds(std::max<Nanos>(0, caller.duration - callee.duration)), {});
    take(SpanSign::answers, {callee.service, caller.service}, caller.start, caller.error && !callee.error,
         {});
  }
}

// steps: how many of those before count.
SpanWatch::Context SpanWatch::context_of(const Visit& visit, std::uint32_t operation, std::uint32_t asking,
                                         std::size_t steps) const {
  Context context;
  context.fill(kNoName);
  context[0] = asking;
  context[1] = operation;
  for (std::size_t i = 0; i < steps && i < visit.steps.size(); ++i)
    context[2 + i] = visit.steps[visit.steps.size() - 1 - i];
  return context;
}

// The other service that a call names, as "shop.CartService/Get" the service cart-service; none: kNoName. The
// longest, if several. Looked up ever more rarely: services become known as time goes on.
std::uint32_t SpanWatch::named_by(const TraceSpan& call) {
  if (named_.size() >= kMostSeries && named_.count(call.operation) == 0) return kNoName;
  Named& named = named_[call.operation];
  if (!std::has_single_bit(++named.calls)) return named.service;
  named.service = kNoName;
  const std::string_view own = names_[call.service], name = names_[call.operation];
  const std::string operation = letters_of(name.substr(own.size() + 1));
  std::size_t longest = (call.kind == TraceSpan::Kind::client ? kShortName : kLongName) - 1;
  std::string found;  // numbered behind the loop, for that may move the names
  for (const std::string& service : graph_.services()) {
    const std::string letters = letters_of(service);
    if (service == own || letters.size() <= longest || operation.find(letters) == std::string::npos) continue;
    longest = letters.size();
    found = service;
  }
  if (!found.empty()) named.service = number(found);
  return named.service;
}

// What a span is among the steps of its visit. A call that nobody answered is a step of who was asked: who
// answered after the same steps, or after fewer of them.
void SpanWatch::add_step(const Trace& trace, const Shape& shape, std::uint32_t i, Visit& visit) {
  const TraceSpan& span = trace.spans[i];
  const std::uint32_t operation = trace.spans[shape.entry[i]].operation;
  std::uint32_t step = shape.callee[i];
  bool waits = step != kNoName;  // for another service: not the service's own time
  if (waits) {
    for (std::size_t steps = 0; steps <= kStepsBefore; ++steps)
      learn(context_of(visit, operation, span.operation, steps), step);
  } else if (shape.leaf[i] && shape.entry[i] != i) {
    for (std::size_t steps = kStepsBefore + 1; steps-- > 0 && step == kNoName;)
      step = most_likely(context_of(visit, operation, span.operation, steps), kMostly);
    const auto known = answered_.find(context_of(visit, operation, span.operation, 0));
    waits = step != kNoName || known != answered_.end();
    if (step != kNoName) {
      visit.unanswered = true;
      take(SpanSign::answers, {step, span.service}, span.start, 1, {});
    } else if (waits) {
      for (const auto& [callee, times] : known->second) visit.lost.insert(callee);
    } else if (step = named_by(span); step != kNoName) {
      waits = true;
      graph_.add_call(names_[span.service], names_[step], 1, Trust::spans);
      take(SpanSign::way, {step, span.service}, span.start, milliseconds(span.duration), {});
      take(SpanSign::answers, {step, span.service}, span.start, span.error, {});
    }
  }
  if (!waits) visit.own += trace.self[i];
  visit.failed |= span.error && !shape.passed_on[i] && !waits;
  if (waits || shape.entry[i] != i) visit.steps.push_back(step != kNoName ? step : span.operation);
}

std::map<std::uint32_t, SpanWatch::Visit> SpanWatch::visits_of(const Trace& trace, const Shape& shape) {
  std::map<std::uint32_t, Visit> visits;
  for (std::uint32_t i = 0; i < trace.spans.size(); ++i) {
    const std::uint32_t parent = trace.parent[i];
    add_step(trace, shape, i, visits[shape.entry[i]]);
    if (shape.entry[i] != i || parent == Trace::kNone) continue;
    Visit& caller = visits[shape.entry[parent]];
    ++caller.calls[trace.spans[i].service];
    // Without a span around it the call itself is the step.
    if (shape.callee[parent] != kNoName) continue;
    caller.steps.push_back(trace.spans[i].service);
    caller.bare = true;
  }
  return visits;
}

void SpanWatch::take_visit(const Trace& trace, std::uint32_t at, const Visit& visit) {
  const TraceSpan& span = trace.spans[at];
  // By number of operations, which has the service in it.
  const std::string_view operation =
      std::string_view(names_[span.operation]).substr(names_[span.service].size() + 1);
  take(SpanSign::own, {span.operation}, span.start, milliseconds(visit.own), operation, visit.bare);
  const bool waited = visit.unanswered || !visit.lost.empty();  // in vain: no failure of its own
  take(SpanSign::errors, {span.operation}, span.start, visit.failed && !waited, operation);
  // What a visit does depends on who asks; how long it takes, less so.
  const std::uint32_t caller =
      trace.parent[at] == Trace::kNone ? 0 : trace.spans[trace.parent[at]].service + 1;
  if (visit.lost.empty()) take_steps(visit, span.operation, caller, span.start);
  std::vector<std::uint32_t>& called = called_[{span.operation, caller}];
  for (const auto& [service, times] : visit.calls)
    if (std::find(called.begin(), called.end(), service) == called.end()) called.push_back(service);
  for (const std::uint32_t service : called) {
    const auto calls = visit.calls.find(service);
    take(SpanSign::calls, {span.operation, service, caller}, span.start,
         calls == visit.calls.end() ? 0 : calls->second, operation);
    take(SpanSign::lost, {span.operation, service, caller}, span.start, visit.lost.count(service) != 0,
         operation);
  }
}

// Whether the visit ended with a step, once for each that it came to.
void SpanWatch::take_steps(const Visit& visit, std::uint32_t operation, std::uint32_t caller, Nanos time) {
  const std::string_view name = std::string_view(names_[operation]);
  const std::string_view text = name.substr(name.find(kSeparator) + 1);
  const auto ended = [&](std::uint32_t step, bool last) {
    take(SpanSign::ends, {operation, step, caller}, time, last, text);
  };
  ended(operation, visit.steps.empty());
  std::vector<std::uint32_t> steps = visit.steps;
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  if (steps.size() > kMostSteps) steps.resize(kMostSteps);
  for (const std::uint32_t step : steps)
    if (step != operation) ended(step, step == visit.steps.back());
}

}  // namespace aiops::incident
