// What summary and markdown tell of each series, kept in bounded memory however long the stream is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "report/scores.hpp"
#include "report/trail.hpp"

namespace aiops::report {

struct OverviewOptions {
  bool trail = true;        // keep the trail of each series
  bool draw_level = false;  // of the level in place of the value
  Nanos merge = -1;         // alerts less apart are one; < 0: 30 times the mean interval, at most 30 minutes
  std::size_t alerts_kept = 0;  // of each series, the worst; only these have texts
};

// Alerts of one series that belong together.
struct AlertGroup {
  Nanos start = 0, end = 0;  // first and last row that alerted or was over the threshold
  std::uint64_t rows = 0;    // that alerted
  double worst = 0;          // highest score
  Nanos worst_at = 0;
  double value = kMissing, expected = kMissing, lower = kMissing, upper = kMissing;  // of that row
  Severity severity = Severity::normal;                                              // highest
  std::string reasons;  // of that row, as it came, cut at 2,000 bytes
};

struct SeriesOverview {
  std::uint64_t rows = 0, scored = 0, alerts = 0;  // alerts: merged
  double worst = kMissing;                         // highest score; NaN: never scored
  Nanos worst_at = 0;
  Severity severity = Severity::normal;  // highest
  double last = kMissing;                // newest value
  Nanos first_at = kNoTime, last_at = kNoTime;
  std::string status;  // of the newest row
  bool drew_value = false;
  AlertGroup current;              // the newest, also if it is not among the kept
  std::vector<AlertGroup> groups;  // at most alerts_kept, oldest first
  Trail trail;                     // large: what each row touches stands before it
};

struct Totals {
  std::uint64_t series = 0, rows = 0, scored = 0, alerts = 0, alerting = 0;
  std::uint64_t critical = 0, high = 0;  // series
  Nanos from = kNoTime, to = kNoTime;
};

class Overview {
 public:
  explicit Overview(OverviewOptions options) : options_(options) {}

  void add(Slot slot, const ScoreRow& row);
  // To be called at the end of the rows, before anything below.
  void finish();

  const std::vector<SeriesOverview>& series() const { return series_; }
  // Slots, worst first: by severity (static thresholds may raise it above what the score says), highest score
  // and number of alerts; those never scored after others of their severity; then by name.
  std::vector<Slot> worst_first(const std::vector<SeriesName>& names) const;
  Totals totals() const;

 private:
  void alert(SeriesOverview& series, const ScoreRow& row);
  void keep(SeriesOverview& series) const;
  OverviewOptions options_;
  std::vector<SeriesOverview> series_;
};

// "12 series (1 critical, 3 high), 17 alerts in 4 series, 34,560 rows (9 not scored)", or "no rows".
std::string totals_text(const Totals& totals);
// "2026-01-31T12:00:00Z to 2026-01-31T14:00:00Z"; "" without rows.
std::string time_text(const Totals& totals);

// A series' name in two parts: service, and metric with all other fields ("cpu{pod="a"}"). Either may be "".
std::string service_of(const SeriesName& name);
std::string metric_of(const SeriesName& name);

}  // namespace aiops::report
