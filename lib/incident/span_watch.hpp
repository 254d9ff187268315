// What spans tell of causes, trace by trace: where the time of an answer went (the way between two services,
// or a service itself), which calls were no longer made, and where failures began. Each becomes series that
// are held against their own history, as samples are.
//
// Durations are compared with durations of the same clock, so skew between services does not matter for the
// way; for a service's own time a child that lies outside of its parent is moved into its middle, which
// is counted and told (skewed(), largest_skew()).
//
// A trace is taken for complete after trace_timeout (feature/spans.hpp). Memory: max_spans of open traces,
// and kMostSeries series. One thread.
#pragma once

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

enum class SpanSign : std::uint8_t { way, own, calls, parts, errors };

// A series made of spans.
struct SpanSeries {
  SpanSign sign{};
  std::string service;    // way: the callee; calls: the caller
  std::string other;      // way: the caller; calls: the callee
  std::string operation;  // that began the visit of the service: own, calls, parts, errors
  History history;        // way, own: milliseconds; calls, parts: number in a visit; errors: 0 or 1 for one
  double visits = 0;
};

class SpanWatch : private feature::SpanReceiver {
 public:
  static constexpr std::size_t kMostSeries = 20'000;
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

 private:
  struct Visit;  // of a service by a call: its entry span and the spans of the service beneath it
  using Key = std::tuple<SpanSign, std::uint32_t, std::uint32_t, std::uint32_t>;

  void operation(Nanos, std::uint32_t, const feature::SpanRow&) override {}
  void edge(Nanos, std::uint32_t, std::uint32_t, const feature::SpanRow&) override {}
  void trace(std::string_view id, const feature::Trace& trace) override;

  std::uint32_t number(std::string_view name);
  bool straighten(feature::Trace& trace);
  void use(const feature::Trace& trace);
  void use_visits(const feature::Trace& trace, const std::vector<std::uint32_t>& entry,
                  const std::vector<char>& waits);
  // of: service or operation; other: a service, or 0; caller: its number and 1, or 0.
  struct Of {
    std::uint32_t of = 0, other = 0, caller = 0;
  };
  void take(SpanSign sign, Of of, Nanos time, double value, std::string_view operation);

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
  std::uint64_t skewed_ = 0, refused_ = 0;
  Nanos largest_skew_ = 0;
};

}  // namespace aiops::incident
