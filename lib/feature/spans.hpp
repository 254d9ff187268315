// Features of spans: for each window of time what each service's operations did, who called whom, and,
// trace by trace, what it waited for.
//
// A span's self time and its caller are known when its trace is complete. Nothing says when that is, so a
// trace is taken for complete when the stream (the newest start of a span) has gone on for trace_timeout
// since the newest span of the trace began; a span has to arrive within that time of its start. Windows are
// aligned to the epoch and half open, a span belongs to that of its start. A window closes when the stream is
// trace_timeout beyond its end and no trace is open that began before. A span that comes later still is late,
// and only counted.
//
// Memory: 56 bytes a span of an open trace, max_spans at most (then the traces quiet for longest are taken
// for complete, which is counted), and the open windows: of a window's durations at most kExact a key are
// kept; beyond that percentiles are those of an even sample of them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "feature/trace.hpp"

namespace aiops::feature {

inline constexpr std::array<std::string_view, 10> kSpanFeatures = {
    "request_count", "error_sum",    "error_rate",          "duration_mean", "duration_p50",
    "duration_p95",  "duration_p99", "requests_per_minute", "self_mean",     "self_sum"};
inline constexpr std::size_t kEdgeFeatures = 8;  // the first so many are those of edges

// In the order of kSpanFeatures; durations in milliseconds.
using SpanRow = std::array<double, kSpanFeatures.size()>;

class SpanReceiver {
 public:
  virtual ~SpanReceiver() = default;
  virtual void operation(Nanos window, std::uint32_t operation, const SpanRow& row) = 0;
  virtual void edge(Nanos window, std::uint32_t caller, std::uint32_t callee, const SpanRow& row) = 0;
  virtual void trace(std::string_view id, const Trace& trace) = 0;
};

struct SpanOptions {
  Nanos window = kMinute;
  Nanos trace_timeout = kMinute;
  std::size_t max_spans = 500'000;
  bool traces = false;  // traces are handed over, in place of windows
};

class SpanWindows {
 public:
  static constexpr std::size_t kExact = 65536;
  static constexpr int kLongestTrace = 10;  // in trace_timeouts: a trace that is never quiet is complete then

  // The receiver must outlive it. What closes together is handed over in the order of time, then of numbers,
  // operations before edges.
  SpanWindows(SpanOptions options, SpanReceiver& receiver) : options_(options), receiver_(receiver) {}

  void add(std::string_view trace, const TraceSpan& span);
  // Takes all open traces for complete and closes all windows.
  void flush();

  std::uint64_t late() const { return late_; }
  std::uint64_t repeated() const { return repeated_; }
  std::uint64_t orphans() const { return orphans_; }            // spans whose parent never came
  std::uint64_t cut() const { return cut_; }                    // traces closed early for max_spans
  std::uint64_t out_of_trace() const { return out_of_trace_; }  // spans without a trace's id: not used
  // The value at share p of sorted values (Hyndman & Fan 1996, type 7, as numpy's default).
  static double quantile(const std::vector<double>& sorted, double p);

 private:
  struct Open {
    std::vector<TraceSpan> spans;
    Nanos oldest = 0, newest = 0;  // starts
  };
  struct Sums {
    std::uint64_t count = 0, errors = 0;
    double duration = 0, self = 0;
    std::vector<double> durations;
    void add(const TraceSpan& span, Nanos self_time, Random& random);
    SpanRow row(Nanos window);
  };
  struct Window {
    std::map<std::uint32_t, Sums> operations;
    std::map<std::pair<std::uint32_t, std::uint32_t>, Sums> edges;
  };
  using Traces = std::unordered_map<std::string, Open>;

  void sweep(bool all);
  void make_room();
  void complete(std::vector<Traces::iterator>& traces);
  void use(const Trace& trace);
  void close_windows(Nanos end);

  SpanOptions options_;
  SpanReceiver& receiver_;
  Traces open_;
  std::map<Nanos, Window> windows_;
  std::string name_;
  std::size_t spans_ = 0;  // of open traces
  Nanos newest_ = kNoTime, swept_ = kNoTime, closed_ = kNoTime;
  std::uint64_t late_ = 0, repeated_ = 0, orphans_ = 0, cut_ = 0, out_of_trace_ = 0;
  Random random_{1};
  Trace trace_;
};

}  // namespace aiops::feature
