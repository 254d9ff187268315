// Labels against scores: how much of what was wrong was found, how fast, and how often for nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "report/at_budget.hpp"
#include "report/column.hpp"
#include "report/labels.hpp"
#include "report/scores.hpp"

namespace aiops::report {

struct EvaluateOptions {
  // Alerting rows of a series that are less apart than this are one alert, which rows over the threshold
  // (score >= 1) keep open; < 0: 30 times the series' median interval, at most 30 minutes.
  Nanos merge = -1;
  // How much time a row stands for, from its timestamp on: the window of request features, 0 for samples. A
  // row belongs to the events that it overlaps, and its alert is known at its end.
  Nanos row_length = 0;
  Nanos grace = 5 * kMinute;    // an alert so long after an event's end still finds it
  int window = 0;               // of VUS-PR, in rows; 0: from the series' autocorrelation
  bool rank_by_level = true;    // else by score
  Nanos from = kNoTime;         // rows before are history: not evaluated
  Nanos to = kNoTime;           // the same for rows after, if set
  std::vector<double> budgets;  // alerts a series and day at which the ranking is judged, too
};

struct Quality {
  std::uint64_t true_positives = 0, false_positives = 0, false_negatives = 0;
  // NaN where there is nothing to divide by.
  double precision() const;
  double recall() const;
  double f1() const;
};

struct EventResult {
  Event event;
  std::string series;  // the only one that it concerns, "" if there are several
  bool found = false;
  bool scored = false;   // a row inside it has a score
  Nanos delay = 0;       // from its start to the first alert, if found
  std::string found_by;  // the series of that alert
};

struct SeriesResult {
  std::string text;
  std::uint64_t rows = 0, scored = 0, labelled = 0;
  std::uint64_t alerts = 0, false_alarms = 0;  // merged
  double days = 0;                             // from the first row to the last, and one interval
  int window = 0;
  double average_precision = kMissing, vus_pr = kMissing;  // NaN where no scored row is labelled
};

struct EvaluateResult {
  std::uint64_t rows = 0, scored = 0;
  std::vector<SeriesResult> series;
  std::vector<EventResult> events;        // in the order of their starts
  std::vector<Event> outside, unmatched;  // labels without rows in their time, or of no series: not counted
  Quality points;                         // scored rows; positive: alert
  std::uint64_t found = 0, missed = 0;    // events
  std::uint64_t alerts = 0, false_alarms = 0;
  double false_alarms_per_day = 0;  // a series and day
  std::optional<Nanos> median_delay, max_delay;
  double average_precision = kMissing;       // of all rows together
  double mean_average_precision = kMissing;  // mean over series with labelled rows
  double mean_vus_pr = kMissing;
  std::vector<AtBudget> at_budget;  // one a budget that was asked for

  double event_recall() const;
  double event_precision() const;
  double event_f1() const;
};

// Keeps what is needed of each row (at most 32 bytes of memory a row, ranking included; with budgets 24 more)
// until finish().
class Evaluation {
 public:
  explicit Evaluation(EvaluateOptions options) : options_(options) {}

  void add(Slot slot, const ScoreRow& row);
  // events: the labels; without them, those of the column `truth`. Frees the rows; to be called once.
  // Throws InputError where no event lies in the time of the rows: there is nothing to judge by.
  EvaluateResult finish(const std::vector<SeriesName>& names, std::optional<std::vector<Event>> events);

 private:
  struct Rows {
    Column<Nanos> time;
    Column<double> rank;         // NaN: not scored
    Column<std::uint8_t> alert;  // 2: alert, 1: over the threshold, 0: neither
    Column<float> value;         // the first kAutocorrelationRows
    Nanos oldest = 0, newest = 0;
    bool sorted = true;
  };
  // Which events concern which series, by slot, as indices of result.events; the others go where they belong.
  std::vector<std::vector<std::size_t>> assign(const std::vector<SeriesName>& names,
                                               std::vector<Event> events, EvaluateResult& result) const;

  EvaluateOptions options_;
  std::vector<Rows> rows_;  // by slot
  TruthColumn truth_;
  std::uint64_t scored_ = 0;
};

}  // namespace aiops::report
