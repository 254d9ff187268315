// Which service is at the root of what is wrong, and how: ranked causes of an incident.
//
// A CauseRanker sees the whole stream (samples or scores with their values, spans, evidence from logs,
// alerts, changes), keeps what each series is usually like (history.hpp), and is asked about a window of
// time: rank(from, to). `from` is when the trouble began, `to` how far the data go; two to three minutes
// between them say far more than one. It is cheap to feed, and a ranking takes a pass over the series.
//
//   Graph graph;                      // shared: merging of incidents uses it, too
//   CauseRanker ranker(graph);
//   ranker.add_sample(key, time, value);        // each record of the stream, as it comes
//   ranker.add_span({.trace_id = …});
//   for (const Cause& cause : ranker.rank(start, newest)) …
//
// How: typed evidence. Each service's own processor, the way between it and its callers, its own time, the
// calls that it no longer makes, and so on, are held against their long history (own-tail p-values of the
// median of the window), gated by impact: what does not matter is no cause however rare it is. Along the
// graph, callers that became slow point at what they call. See docs/quality.md for what each adds.
//
// Memory: about 10 kB a series at most, options.max_series of them. The graph must outlive it. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "incident/alert_rank.hpp"
#include "incident/graph.hpp"
#include "incident/history.hpp"
#include "incident/series_role.hpp"
#include "incident/span_watch.hpp"

namespace aiops::incident {

// Something that was changed: a deployment, a configuration, a flag.
struct Change {
  Nanos time = 0;
  std::string service;  // "": everywhere
  std::string kind, what;
};

struct Cause {
  std::string service;
  std::string metric;            // the series with the strongest evidence, as text; "" where it is no series
  std::string fault;             // cpu, memory, disk, network, latency, error, traffic, log, alert, config
  double score = 0;              // nats; to be compared within one ranking only
  std::vector<std::string> why;  // sentences, strongest first
};

// Sources of evidence, for leaving one out.
enum class Source : std::uint8_t {
  cpu,
  memory,
  latency,
  edges,
  graph,
  errors,
  traffic,
  spans,
  logs,
  alerts,
  changes
};
inline constexpr std::size_t kSources = 11;
std::string_view source_name(Source source);

struct CauseOptions {
  std::vector<bool> use = std::vector<bool>(kSources, true);  // by Source
  bool robust_z = false;  // the baseline in place of all: largest (value - median) / IQR (BARO, FSE 2024)
  std::size_t max_series = 50'000;
  Nanos keep = 15 * kMinute;  // a ranking can look back so far
  Nanos trace_timeout = 15 * kSecond;
  Nanos changes_before = 30 * kMinute;  // a change so long before the start may have to do with it
  double cpu_impact = 40;               // points of the limit that count in full
  double latency_impact = 0.2;          // seconds that count in full
  double most_latency = 5;              // nats that latency of a service says at most
  double usual_share = 0.1;             // of a caller's calls, from which on its latency counts in full
};

class CauseRanker {
 public:
  explicit CauseRanker(Graph& graph, CauseOptions options = {});

  // The number of a series, for add_sample; kNone where max_series are known already.
  static constexpr std::uint32_t kNone = ~0u;
  std::uint32_t slot(const record::SeriesKey& key);
  // A value of the series, scored or not. The graph takes what a mesh counts.
  void add_sample(std::uint32_t slot, Nanos time, double value);
  void add_sample(const record::SeriesKey& key, Nanos time, double value) {
    add_sample(slot(key), time, value);
  }
  // A record of log evidence (metric log_…): what says how unusual it is, and an example of the message.
  void add_log(const record::SeriesKey& key, Nanos time, double score, std::string_view text);
  // A log record as it came: how many errors a service logs is a series of its own, by kLogBucket.
  void add_message(std::string_view service, Nanos time, bool error);
  // A record that alerted. Only what alerts have in common counts here; a value goes to add_sample.
  // count: of log evidence, how many messages; down: the value was below what was expected.
  void add_alert(const record::SeriesKey& key, Nanos time, double count = 1, bool down = false) {
    alerts_.add(alert_of(key, time, count, down));
  }
  void add_span(const SpanRecord& span) { spans_.add(span); }
  void add_change(Change change);
  // The input is over: open traces are complete.
  void flush();

  // Causes, best first; services without evidence are left out. services: only these; empty: all.
  std::vector<Cause> rank(Nanos from, Nanos to, const std::vector<std::string>& services = {}) const;

  // An incident is over: its alerts count for how rare alerts are from now on; confirmed: the service that
  // somebody said was the cause, "" if nobody did. To be called in the order of time.
  void learn(Nanos from, Nanos to, std::string_view confirmed) { alerts_.learn(from, to, confirmed); }

  // Times of the alerts that are kept, in order.
  std::vector<Nanos> alert_times() const { return alerts_.times(); }
  const SpanWatch& spans() const { return spans_; }
  std::uint64_t refused() const { return refused_; }

 private:
  friend class Evidence;
  struct Series {
    record::SeriesKey key;
    SeriesRole role;
    std::string name;
    bool mesh = false;  // a counter of calls
    History history;
  };
  struct LogSign {
    Nanos time;
    std::string service, metric, text;
    double score;
  };
  // Two views of one edge become its way: what the caller waited longer than the callee worked. One view may
  // come long before the other, as from files that are read one by one.
  struct Edge {
    History way;
    std::deque<std::pair<Nanos, double>> caller_waits, callee_waits;  // for the other view of that time
    std::string service, caller, name;
  };
  static constexpr std::size_t kMostWaiting = 4096;
  static constexpr std::size_t kMostLogs = 20'000, kMostText = 300;
  static constexpr Nanos kSameTime = 30 * kSecond;

  void pair_up(const Series& series, Nanos time, double seconds);
  static Alert alert_of(const record::SeriesKey& key, Nanos time, double count, bool down);

  Graph& graph_;
  CauseOptions options_;
  std::vector<Series> series_;
  std::unordered_map<std::string, std::uint32_t> slots_;
  std::map<std::string, Edge> edges_;  // by their series without who reported it
  std::deque<LogSign> logs_;
  struct Messages {
    Nanos bucket = kNoTime;
    double errors = 0;
    History history;  // errors in each bucket that is over
  };
  static constexpr Nanos kLogBucket = 30 * kSecond;
  static constexpr std::size_t kMostServices = 10'000;
  void close_bucket(Messages& messages, Nanos bucket);
  std::map<std::string, Messages, std::less<>> messages_;  // by service
  std::vector<Change> changes_;
  SpanWatch spans_;
  AlertRank alerts_;
  std::uint64_t refused_ = 0;
};

}  // namespace aiops::incident
