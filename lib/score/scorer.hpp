// Applies a bundle to a stream: features, detector, held level, static thresholds, severity, alert.
//
// One Scorer scores one stream; it owns the state of every series and uses the bundle, which must outlive it.
// One thread calls it; with Options::pool, the series of a batch are worked on by several, and nothing that
// comes out depends on how many. Memory: the state of each series that was seen, and of each in the saved
// state that was not seen yet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/pool.hpp"
#include "feature/rolling.hpp"
#include "model/bundle.hpp"
#include "model/expected.hpp"
#include "record/reader.hpp"
#include "score/budget.hpp"
#include "score/calendar.hpp"
#include "score/exec.hpp"
#include "score/severity.hpp"
#include "score/threshold.hpp"

namespace aiops::score {

// Of samples, where neither the user nor the detector says otherwise.
inline constexpr Nanos kSampleRefractory = 5 * kMinute;

struct Options {
  double critical_score = 2.0;  // scores from here on are critical, from 1 on high
  std::optional<Nanos>
      refractory;  // after an alert a series is quiet so long; not set: for samples as the detector
                   // says, or 5 minutes; none for log records and spans, each of which is an event of its own
  double sensitivity = 1;              // what scores and levels are multiplied by
  std::optional<AlertBudget> budget;   // the threshold follows from it; sensitivity does not count then
  bool learn = true;                   // false: detectors judge and do not learn
  const Calendar* calendar = nullptr;  // times that do not alert and are not learned; outlives the scorer
  double hold = 20;                    // the level decays by 1/e in so many rows
  std::vector<StaticThreshold> thresholds;
  ExecModel* exec = nullptr;      // asked in place of the bundle's detectors; outlives the scorer
  bool thresholds_alone = false;  // they are the detector: score and severity are theirs
  Pool* pool = nullptr;  // works on the series; nullptr: the caller's thread alone. Outlives the scorer
};

// What a row got. Numbers that do not apply are NaN.
struct Scored {
  model::Verdict verdict;  // score, p_value, expected, lower, upper, reasons
  double level = model::kMissing;
  bool alert = false;
  Severity severity = Severity::normal;
  // ok, warming_up, no_data, flat, counter_reset, pending, expected_before; duplicate, out_of_order (not
  // used); no_model; "" for a record of another kind.
  std::string_view status;
  std::string_view detector;  // that gave the verdict; "" without one
  std::string explanation;    // a sentence (score/explain.hpp), where it was asked for
};

struct Counts {
  std::uint64_t rows = 0, scored = 0, alerts = 0, held_back = 0, no_model_rows = 0, no_model_series = 0;
  std::uint64_t excused = 0;      // rows that would be alerts, in times of the calendar
  std::uint64_t expected = 0;     // rows that would be alerts, and look like what was expected before
  std::uint64_t cold_series = 0;  // that were not trained and learn as they go
  Severity worst_alert = Severity::normal;

  void add(const Counts& other);
};

class Scorer {
 public:
  Scorer(model::Bundle& bundle, Options options);
  ~Scorer();

  // Scores the rows of a batch that was read with the columns of input.hpp; out[i] is row i's. Throws
  // InputError for a damaged part of the bundle.
  void score(const record::Batch& batch, const record::SeriesTable& table, std::vector<Scored>& out);

  // What goes on from one run to the next, as bytes, and back. load() before the first score(); throws
  // InputError with `name` in front. State of series that this run did not see is kept as it was.
  std::string save() const;
  void load(std::string_view bytes, std::string_view name);
  // Forgets a series whose number is about to be given to another.
  void evict(record::SeriesId id);

  // How long a series that was seen is quiet after an alert, if it is one of samples.
  Nanos refractory(record::SeriesId id) const;
  const Counts& counts() const { return counts_; }
  const std::vector<std::string>& unknown_series() const {
    return unknown_;
  }  // the first ten without a model

 private:
  struct Series;
  Series& begin(record::SeriesId id, const record::SeriesTable& table);
  void wake(Series& series) const;
  void list(const record::Batch& batch, const record::SeriesTable& table, std::vector<Scored>& out);
  bool take(const record::Batch& batch, std::size_t row, const record::SeriesTable& table, Scored& scored);
  void detect(const record::Batch& batch, std::vector<Scored>& out);
  void prefetch(record::SeriesId id, model::Detector::Ahead ahead) const;
  void work(const record::Batch& batch, std::size_t begin, std::size_t end, std::vector<Scored>& out,
            Counts& counts);
  void inputs(Series& series, const record::Batch& batch, std::size_t slot);
  void ask(const record::Batch& batch, std::vector<Scored>& out);
  void judge(Series& series, const record::Batch& batch, std::size_t row, Scored& scored, Counts& counts);
  static Nanos usual_refractory(const Series& series);
  bool looks_expected(Series& series, const record::Batch& batch, std::size_t row,
                      const Scored& scored) const;
  Nanos quiet_after(const Series& series, record::Kind kind) const;
  static bool excused(const Series& series, Nanos time);
  void scale(Series& series, Nanos time, Scored& scored) const;
  Thresholds::Outcome cross(Series& series, Nanos time, double value, Scored& scored) const;

  model::Bundle& bundle_;
  const Options options_;
  std::size_t width_;
  int value_input_ = -1;
  double explain_from_ = 1;                 // the detector's score from which on reasons may be wanted
  double decay_;                            // of the level, from row to row
  std::vector<std::size_t> rolling_order_;  // of the five rolling features, where each input comes from
  std::vector<std::unique_ptr<Series>> series_;
  std::unordered_map<std::string, std::string> saved_;
  std::vector<std::string> unknown_;
  std::unique_ptr<BudgetKeeper> budget_;
  Counts counts_;
  // Of the batch being scored. A slot for each row that is judged: those of a series stand together, in
  // order, and the series in the order in which they came.
  std::vector<record::SeriesId> touched_;
  std::vector<std::uint32_t> slot_, row_;  // [row], kNoSlot for a row without; and back
  std::vector<double> inputs_;             // [slot * width + input]
  std::vector<Nanos> times_;
  std::vector<std::uint8_t> cold_, frozen_;  // rows whose rolling window is not filled; that are not learned
};

}  // namespace aiops::score
