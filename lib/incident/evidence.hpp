// The evidence of one window of time against each service, by kind of fault. Made for one ranking, from what
// a CauseRanker has kept; see cause.hpp.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "incident/cause.hpp"

namespace aiops::incident {

// One thing that speaks against a service.
struct Finding {
  std::string fault;
  double score = 0;  // nats
  std::string metric, why;
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
  void collect_way(const SpanSeries& series, const Cut& cut);
  void collect_visits(const SpanSeries& series, const Cut& cut);
  double span_nats(const Cut& cut) const;
  void collect_logs();
  Sign latency_sign(const Series& series, const Cut& cut) const;
  double template_of(const std::string& service, std::string& why) const;
  Sign starved_by(const std::string& service) const;
  void judge_cpu();
  void judge_network();
  void judge_errors();
  void judge_calls();
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
  std::set<std::string> seen_;  // services whose ways spans have measured
  Signs dropped_;               // calls that are no longer made, by caller
};

}  // namespace aiops::incident
