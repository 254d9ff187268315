// What spans tell of causes, trace by trace: where the time of an answer went (the way between two services,
// or a service itself), which calls were no longer made or got no answer, where failures began, and after
// which step visits ended. Each becomes series that are held against their own history, as samples are.
//
// Who did not answer is not in the trace. It is told by who answered when the same operation had come to the
// same step before. A service that makes no spans at all is told by the names of the calls to it, if it is
// known to the graph.
//
// Durations are compared with durations of the same clock, so skew between services does not matter for the
// way; for a service's own time a child that lies outside of its parent is moved into its middle, which
// is counted and told (skewed(), largest_skew()).
//
// A trace is taken for complete after trace_timeout (feature/spans.hpp). Memory: kMostOpen spans of open
// traces, and kMostSeries series. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "feature/spans.hpp"
#include "incident/graph.hpp"
#include "incident/history.hpp"

namespace aiops::incident {

// A span as it comes. Texts need to live during the call only.
struct SpanRecord {
  std::string_view trace_id, span_id, parent_span_id;
  std::string_view service, operation, kind;  // kind: client, server, …, or ""
  Nanos start = 0, duration = 0;
  bool error = false;
};

enum class SpanSign : std::uint8_t { way, own, calls, errors, answers, lost, ends };

// A series made of spans.
struct SpanSeries {
  SpanSign sign{};
  std::string service;  // way, answers: the callee; calls: the caller
  std::string
      other;  // way, answers: the caller; calls, lost: the callee; ends: the callee where a step is a call
  std::string operation;  // that began the visit of the service: own, calls, errors, lost, ends
  std::string step;       // ends: what was done last, as text; "": nothing at all
  // way, own: milliseconds. calls: number in a visit. errors: 1 for a visit that failed by itself, or 0.
  // answers: 1 for a call that got none, or whose failure the callee knows nothing of. lost: 1 for a visit
  // with a call that nobody answered, and the callee is one of those who may have been asked. ends: of each
  // visit that came to the step, 1 if it did nothing after it.
  History history;
  double visits = 0;
  bool bare = false;  // own: some calls have no span around them, so the time has ways in it
};

class SpanWatch : private feature::SpanReceiver {
 public:
  static constexpr std::size_t kMostSeries = 20'000;
  static constexpr std::size_t kMostOpen = 200'000;  // spans of traces that are not complete
  static constexpr Nanos kBucket = 10 * kSecond;
  static constexpr int kInBucket = 8;  // values of a series that are taken in one bucket of time

  // The graph must outlive it. keep: how long values stay as they are (History).
  SpanWatch(Graph& graph, Nanos keep, Nanos trace_timeout = 15 * kSecond);

  void add(const SpanRecord& span);
  // Takes all open traces for complete.
  void flush() { windows_.flush(); }

  const std::vector<SpanSeries>& series() const { return series_; }
  bool empty() const { return series_.empty(); }
  std::uint64_t skewed() const { return skewed_; }  // spans outside of their parents, by their clocks
  Nanos largest_skew() const { return largest_skew_; }
  std::uint64_t refused() const { return refused_; }  // values for which there was no room
  std::uint64_t late() const { return windows_.late(); }
  std::uint64_t orphans() const { return windows_.orphans(); }  // spans whose parents never came
  std::uint64_t cut() const { return windows_.cut(); }          // traces taken for complete for want of room

 private:
  static constexpr std::size_t kStepsBefore = 3;
  struct Visit;  // of a service by a call: its entry span and the spans of the service beneath it
  struct Shape;  // of a trace: who waits for whom, and which visit each span belongs to
  using Key = std::tuple<SpanSign, std::uint32_t, std::uint32_t, std::uint32_t>;

  void operation(Nanos, std::uint32_t, const feature::SpanRow&) override {}
  void edge(Nanos, std::uint32_t, std::uint32_t, const feature::SpanRow&) override {}
  void trace(std::string_view id, const feature::Trace& trace) override;

  std::uint32_t number(std::string_view name);
  bool straighten(feature::Trace& trace);
  void use(const feature::Trace& trace);
  void use_calls(const feature::Trace& trace, Shape& shape);
  std::map<std::uint32_t, Visit> visits_of(const feature::Trace& trace, const Shape& shape);
  void add_step(const feature::Trace& trace, const Shape& shape, std::uint32_t span, Visit& visit);
  void take_visit(const feature::Trace& trace, std::uint32_t at, const Visit& visit);
  void take_steps(const Visit& visit, std::uint32_t operation, std::uint32_t caller, Nanos time);
  // The operation that asks, the operation that began the visit, and the steps before: who answered.
  using Context = std::array<std::uint32_t, 2 + kStepsBefore>;
  Context context_of(const Visit& visit, std::uint32_t operation, std::uint32_t asking,
                     std::size_t steps) const;
  void learn(const Context& context, std::uint32_t callee);
  std::uint32_t named_by(const feature::TraceSpan& call);
  std::uint32_t most_likely(const Context& context, double share) const;
  // of: service or operation; other: a service or a step, or 0; caller: its number and 1, or 0.
  struct Of {
    std::uint32_t of = 0, other = 0, caller = 0;
  };
  void take(SpanSign sign, Of of, Nanos time, double value, std::string_view operation, bool bare = false);

  Graph& graph_;
  Nanos keep_;
  feature::SpanWindows windows_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> names_;
  std::vector<SpanSeries> series_;
  struct Place {
    std::size_t at = 0;
    Nanos bucket = kNoTime;
    int taken = 0;
  };
  std::map<Key, Place> places_;
  // By operation and who called it: services that it has called.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> called_;
  std::map<Context, std::vector<std::pair<std::uint32_t, double>>> answered_;
  struct Named {
    std::uint64_t calls = 0;
    std::uint32_t service = ~0u;
  };
  std::map<std::uint32_t, Named> named_;  // by operation: the service that its name tells
  std::uint64_t skewed_ = 0, refused_ = 0;
  Nanos largest_skew_ = 0;
};

}  // namespace aiops::incident
