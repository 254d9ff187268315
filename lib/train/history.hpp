// The training history: rows of inputs, series by series, as they come out of a reader.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "feature/rolling.hpp"
#include "model/detector.hpp"
#include "record/reader.hpp"
#include "score/calendar.hpp"
#include "train/exclude.hpp"

namespace aiops::train {

class Feedback;

// Both ends included.
struct Interval {
  Nanos start = 0, end = 0;
};

// One series' rows, in the order in which they came; `width` floats each.
struct SeriesHistory {
  std::string series;
  std::vector<Nanos> time;
  std::vector<float> data;
  std::size_t width = 0;
  bool events = false;  // log records or spans: each alerts by itself

  std::vector<Interval> expected;  // said to be nothing to alert on

  std::size_t count() const { return time.size(); }
  model::History view() const { return {time.data(), data.data(), time.size(), width}; }
};

struct HistoryCounts {
  std::uint64_t rows = 0;                 // kept
  std::uint64_t excluded = 0;             // by --exclude
  std::uint64_t missed = 0;               // by --feedback: anomalies that nobody was told of
  std::uint64_t in_calendar = 0;          // in times of --calendar
  std::uint64_t incomplete = 0;           // an input was missing
  Nanos first = kNoTime, last = kNoTime;  // of the rows kept
};

// Collects rows. Memory: 8 bytes and 4 an input for each row within the training window, at most twice of it;
// and a series' rolling window while it reads. One thread.
class HistoryCollector {
 public:
  // train_window: only rows later than the newest of all series less this are kept; 0: all. exclusions may be
  // empty; all must outlive the collector. feedback, calendar: nullptr for none.
  HistoryCollector(const model::Schema& schema, Nanos train_window, const Exclusions& exclusions,
                   Feedback* feedback = nullptr, const score::Calendar* calendar = nullptr);

  // The batch's values are the schema's inputs, or with `derive` the value alone.
  void add(const record::Batch& batch, const record::SeriesTable& table);
  // The series' number is going to be another's: what it had is lost.
  void forget(record::SeriesId id);

  // All series that had a row, sorted by name, without rows before the training window (so that one may be
  // empty) and, where they are at most a quarter, without those of a rolling window that was not filled yet.
  // Ends the collector.
  std::vector<SeriesHistory> take();
  const HistoryCounts& counts() const { return counts_; }

 private:
  struct Series {
    explicit Series(feature::Window window) : rolling(window) {}
    SeriesHistory history;
    std::vector<Interval> missed;
    std::vector<score::Calendar::Time> excused;
    std::size_t begin = 0;  // rows before it are out of the training window
    std::size_t cold = 0;   // rows before it came while the rolling window was not filled yet
    feature::Rolling rolling;
  };

  Series& series(record::SeriesId id, const record::SeriesTable& table);
  void add_row(Series& series, Nanos time);
  static void drop(Series& series, std::size_t rows);
  void trim(Series& series, bool all);

  model::Schema schema_;
  Nanos train_window_;
  const Exclusions& exclusions_;
  Feedback* feedback_;
  const score::Calendar* calendar_;
  std::vector<std::unique_ptr<Series>> series_;  // by number; nullptr: none
  std::vector<double> row_;                      // the one being added
  std::size_t assumed_window_ = 0;               // of rolling inputs that come with the records
  Nanos newest_ = kNoTime;
  HistoryCounts counts_;
};

}  // namespace aiops::train
