// How good a ranking is where it may alert so often and no more: one threshold for all series.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "report/scores.hpp"

namespace aiops::report {

struct AtBudget {
  double per_day = 0;           // alerts a series and day that were asked for
  double threshold = kMissing;  // rows of this rank and above alert; NaN: none may
  std::uint64_t alerts = 0, false_alarms = 0, found = 0, events = 0;
  double precision() const;  // NaN without an alert
  double recall() const;
  double f1() const;
};

// Takes the ranks of all series, then judges them at any number of budgets. Keeps 24 bytes a row.
class BudgetJudge {
 public:
  // Rows from `from` to `to` find the event of that index. An event may have spans in several series.
  struct Span {
    Nanos from, to;
    std::size_t event;
  };
  // One series: rows in the order of time (a rank of NaN: not scored), and what of them finds an event.
  // Alerting rows less than `merge` apart are one alert.
  void add(std::span<const Nanos> time, std::span<const double> rank, Nanos merge, double days,
           std::vector<Span> spans);
  // The threshold goes down from the highest rank, as long as there are no more alerts than that, and never
  // to the lowest rank of all: that is no alert.
  AtBudget at(double per_day, std::size_t events);

 private:
  struct Row {
    double rank;
    Nanos time;
    std::uint32_t series;
  };
  struct Series {
    Nanos merge;
    std::vector<Span> spans;
  };
  void sort();

  std::vector<Row> rows_;  // the highest first, once sorted
  std::vector<Series> series_;
  double days_ = 0;
  bool sorted_ = false;
};

}  // namespace aiops::report
