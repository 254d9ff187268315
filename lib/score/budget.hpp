// A number of alerts in place of a threshold: --alert-budget 1/day.
//
// A scope (a series, a group or everything) that has n rows in the budget's period gives its number of alerts
// where the probability of a row is budget / n, if the detector's probabilities are right: that is where the
// threshold begins. What comes out then corrects it, as adaptive conformal inference does (I. Gibbs, E.
// Candès, "Adaptive conformal inference under distribution shift", NeurIPS 2021): each alert raises the
// threshold, and time without one lowers it, so that in the long run the rate is the budget's, whatever the
// data does. It is lowered by half a decade at most, for a quiet service should not be made to alert.
//
// One thread. Memory: 100 bytes a scope.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "record/series.hpp"

namespace aiops::score {

struct AlertBudget {
  double alerts = 0;  // more than 0
  Nanos per = kDay;
  // The key fields that make a scope; empty: one scope for everything. nullopt: each series is one.
  std::optional<std::vector<std::string>> by;

  // "1/day", "4/week", "0.25/day", "10/12h". nullopt if it is none.
  static std::optional<AlertBudget> parse(std::string_view text);
};

class BudgetKeeper {
 public:
  struct Scope {
    double offset = 0;  // of the threshold, as learned
    std::uint64_t rows = 0;
    Nanos oldest = kNoTime, newest = kNoTime;
  };

  explicit BudgetKeeper(AlertBudget budget) : budget_(std::move(budget)) {}

  // The scope of a series; stays valid.
  Scope& scope(const record::SeriesKey& key);
  // A row came; before it is judged. The surprise (-log10 of the p-value) from which on it is an alert;
  // nullopt while too little has come to tell how often rows come.
  std::optional<double> threshold(Scope& scope, Nanos time) const;
  // It was an alert.
  static void alerted(Scope& scope);

  // As Scorer::save() and load(); the names begin with "(budget)".
  std::string save() const;
  void load(std::string_view bytes, std::string_view name);

 private:
  AlertBudget budget_;
  std::unordered_map<std::string, Scope> scopes_;
};

}  // namespace aiops::score
