// Ranks services by the alerts of an incident alone, where there are no values: which alerts are rare for
// whom, what came first, and who was confirmed as the cause of incidents that looked like this one.
//
// Memory: alerts of the last kMostAlerts, one line for each kind of alert, kMostPast earlier incidents. One
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"

namespace aiops::incident {

enum class AlertKind : std::uint8_t { gauge, counter, slow_call, failed_call, log };

struct Alert {
  Nanos time = 0;
  std::string service;  // that it points at; of calls: the callee
  std::string caller;   // of calls
  std::string what;     // the metric without what changes from case to case
  std::string name;     // as people know it; "": what
  std::string family;   // metrics that move together: cpu, memory, …
  AlertKind kind = AlertKind::counter;
  bool part = false;  // of one part (a core, a device) or an extreme, not of the whole
  bool down = false;
  double count = 1;  // of a log's template: how many messages
};

// Defaults are those of the published measurements in docs/quality.md.
struct AlertWeights {
  double gauge = 3, part = 0.15, slow_call = 0.2, failed_call = 1, log = 1;  // other counters: 1
  double falls = 0.5;      // a counter that fell: less work, which is rather an effect
  double explained = 0.2;  // a failed call whose callee itself failed to reach another
  Nanos explained_within = kSecond;
  Nanos decay = kMinute;  // e-folding time since the first alert
  Nanos failure_decay = 5 * kSecond;
  double others = 0.3;  // of alerts of one family beside its largest
  double likeness = 2;  // what a confirmed cause of an incident of the very same kind adds
};

struct AlertScore {
  std::string service;
  double score = 0;
  std::string why;
};

class AlertRank {
 public:
  static constexpr std::size_t kMostAlerts = 50'000, kMostKinds = 100'000, kMostPast = 1000;
  explicit AlertRank(AlertWeights weights = {}) : weights_(weights) {}

  void add(Alert alert);
  std::vector<Nanos> times() const;  // sorted
  // Best first. Rarity is judged by what was learned before.
  std::vector<AlertScore> rank(Nanos from, Nanos to) const;
  void learn(Nanos from, Nanos to, std::string_view confirmed);

 private:
  using Signature = std::set<std::string>;
  struct Past {
    Signature signature;
    std::string cause;
  };
  std::vector<const Alert*> within(Nanos from, Nanos to) const;
  double rarity(const Alert& alert) const;
  double weight(const Alert& alert, Nanos start, const std::vector<const Alert*>& failures) const;
  static std::string kind_of(const Alert& alert);
  static Signature signature_of(const std::vector<const Alert*>& alerts);
  void add_past(const std::vector<const Alert*>& alerts, std::map<std::string, AlertScore>& scores) const;

  AlertWeights weights_;
  std::deque<Alert> alerts_;
  double incidents_ = 0;                                // learned
  std::unordered_map<std::string, double> of_service_;  // incidents with this alert of this service
  std::unordered_map<std::string, double> of_kind_;     // services and incidents with this kind of alert
  std::set<std::string> services_;
  std::deque<Past> past_;
};

}  // namespace aiops::incident
