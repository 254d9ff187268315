// The evidence of one window of time against each service, by kind of fault. Made for one ranking, from what
// a CauseRanker has kept; see cause.hpp.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "incident/cause.hpp"

namespace aiops::incident {

// One thing that speaks against a service.
struct Finding {
  std::string fault;
  double score = 0;  // nats
  std::string metric, why;
};

// Values of one kind from several series, each less what is usual for its series.
struct Shift {
  std::vector<double> before, after;  // milliseconds
  double usual = 0, now = 0;          // of the series that moved most
  std::string operation;              // of that
  double most = -1;
  void add(const Cut& cut, const std::string& operation);
};

class Evidence {
 public:
  // The ranker must outlive it.
  Evidence(const CauseRanker& ranker, Nanos from, Nanos to);
  // Best first; one for each service that has any.
  std::vector<Cause> causes(const std::vector<std::string>& services) const;

 private:
  using Series = CauseRanker::Series;
  // What one series says, already gated by its impact.
  struct Sign {
    double nats = 0;
    std::string metric, why;
  };
  using Signs = std::map<std::string, Sign>;  // by service: the strongest

  bool use(Source source) const { return options_.use[static_cast<std::size_t>(source)]; }
  void find_services();
  void robust_z();
  void collect_series();
  void collect_series(const Series& series);
  void collect_edges();
  void collect_spans();
  void collect_own();
  void collect_way(const SpanSeries& series, const Cut& cut);
  void collect_visits(const SpanSeries& series, const Cut& cut);
  Sign latency_shift(const Shift& shift, std::string_view what) const;
  void collect_logs();
  Sign latency_sign(const Series& series, const Cut& cut) const;
  double template_of(const std::string& service, std::string& why) const;
  Sign starved_by(const std::string& service) const;
  void judge_cpu();
  void judge_network();
  void judge_errors();
  void judge_visits();
  Signs judge_breaks() const;
  bool traced(const std::string& service) const;
  double trouble_of(const std::string& service) const;
  bool judge_alerts();
  void judge_changes();
  void add(const std::string& service, std::string fault, const Sign& sign, double weight = 1);
  static double nats_of(const Signs& signs, const std::string& service);

  const CauseRanker& ranker_;
  const CauseOptions& options_;
  const Graph& graph_;
  Nanos from_, to_;
  std::map<std::string, std::vector<Finding>> findings_;  // by service
  std::map<std::string, bool> observed_;                  // services, and whether any series is theirs
  Signs cpu_, client_, server_, errors_, fewer_, own_;
  // Of the ways to each service: from the mesh's metrics, of its callers; from spans, both in and out.
  std::map<std::string, std::vector<Sign>> ways_, span_ways_;
  std::set<std::string> seen_;     // services whose ways spans have measured
  std::set<std::string> visited_;  // services whose own time spans have measured
  Signs failed_, unanswered_;      // from spans: failures of its own, calls of it that got no answer
  // By caller and callee: calls that nobody answered and that may have been of the callee, and calls that are
  // no longer seen.
  std::map<std::string, Signs> lost_, dropped_;
  // Visits of a service that end where they went on before: by service and the callee that came last, "" for
  // a step of its own.
  std::map<std::string, Signs> broken_;
};

}  // namespace aiops::incident
