// When scores make an incident: a rule that can be read, as
//
//   model and threshold             both say so of the service
//   critical or 3 of 5              one critical alert, or 3 of a series' last 5 rows over the threshold
//   2 series or joint 1e-6          two series of the service, or its p-values taken together
//
// Conditions are joined by "and" and "or", "and" binds closer. Each is asked of one service: what was met
// stays met for the rule's memory (the window in which incidents gather).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "incident/scored_row.hpp"

namespace aiops::incident {

class Rule {
 public:
  // Throws UsageError that says where the text is wrong and what is expected. Words: "threshold" (an alert by
  // a static threshold), "model" (an alert by the model's score), "either" and "both" of these, "critical"
  // (an alert of that severity), "N of M" (1 <= N <= M <= 64), "N series" (N >= 1), "joint P" (0 < P < 1).
  static Rule parse(std::string_view text);

  struct Condition {
    enum class Kind : std::uint8_t { threshold, model, critical, rows, series, joint } kind;
    unsigned n = 0, m = 0;  // rows: n of m; series: n
    double p = 0;           // joint
  };
  // Any of these, all conditions of which are met.
  std::vector<std::vector<Condition>> any;
  std::string text;

  bool needs_p_values() const { return has(Condition::Kind::joint); }
  // Whether every row counts, and not alone those that alert.
  bool needs_all_rows() const { return has(Condition::Kind::rows) || needs_p_values(); }

 private:
  bool has(Condition::Kind kind) const;
};

// Cauchy combination of p-values, also for such as depend on each other: Liu and Xie, Journal of the American
// Statistical Association 115 (2020), 393-402. Each of them is held within 1e-300 and 1 - 1e-15. No p-values:
// 1.
double combine_p_values(const std::vector<double>& p_values);

// What a rule remembers of each service. Memory: what its series need, for as long as they are heard of
// within the window. One thread.
class RuleState {
 public:
  RuleState(Rule rule, Nanos window) : rule_(std::move(rule)), window_(window) {}

  // Takes a row; true if the rule is met by its service, and the row is a sign itself.
  bool push(const ScoredRow& row);
  // Forgets what is older than the window before `now`.
  void forget(Nanos now);
  std::size_t services() const { return services_.size(); }
  const Rule& rule() const { return rule_; }

 private:
  struct Series {
    std::uint64_t over = 0;  // newest row: lowest bit
    Nanos seen = kNoTime, alerted = kNoTime, rows_met = kNoTime;
    double p_value = 1;
  };
  struct Service {
    std::unordered_map<std::string, Series> series;
    Nanos threshold = kNoTime, model = kNoTime, critical = kNoTime, seen = kNoTime;
  };
  bool met(const Rule::Condition& condition, const Service& service, Nanos now) const;
  bool recent(Nanos time, Nanos now) const { return time != kNoTime && now - time <= window_; }

  Rule rule_;
  Nanos window_;
  std::map<std::string, Service, std::less<>> services_;
};

}  // namespace aiops::incident
