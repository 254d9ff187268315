// Labelled anomalies into a stream of samples or log records.
//
// Two passes over the input: the first counts the rows of each series and looks at their values, the second
// writes every line as it came, save the fields that an anomaly changes. Memory goes with the number of
// series, not with the length of the stream. The same input, options and seed give the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "inject/edit.hpp"
#include "inject/plan.hpp"
#include "inject/repeatable.hpp"
#include "inject/shape.hpp"
#include "record/matcher.hpp"
#include "record/reader.hpp"
#include "record/writer.hpp"

namespace aiops::inject {

struct InjectOptions {
  Placement placement;
  std::vector<record::Matcher> only;  // none: every series
  std::int64_t warmup = 32;           // rows at the start of each series that are left alone, >= 1
  Nanos after = kNoTime;              // rows before this time are, too
  std::string truth{field::kTruth};   // name of a field to append: the kind, or empty; "": none
  std::string labels;                 // CSV file of intervals: key fields, start, end, kind; "": none
};

// An anomaly as it was injected. Times are those of its first and its last row.
struct Injected {
  Anomaly kind = Anomaly::spike;
  record::SeriesKey series;
  Nanos start = kNoTime, end = kNoTime;
  std::int64_t rows = 0;
};

// The intervals as CSV, by start, then series.
std::string labels_csv(std::vector<Injected> injected);

class Injector {
 public:
  // reader: names files' columns; its `files` is ignored. All references must outlive this.
  Injector(const record::ReaderOptions& reader, InjectOptions options, RepeatableInput& input,
           Diagnostics& diagnostics);

  // Writes the stream to the sink, which is left open, and the labels. Throws InputError (no rows that could
  // be changed), UsageError (no series matches; not so many anomalies fit) before anything is written.
  // Returns Status::interrupted, with the output incomplete, when a stop was requested.
  Status run(record::Sink& sink, record::Rejects& rejects);

  const std::vector<Injected>& injected() const { return injected_; }

 private:
  // Series by order of appearance: the same number in both passes, also for a series that was evicted and
  // came back.
  class Numbers {
   public:
    std::uint32_t of(record::SeriesId id, std::uint8_t flags);

   private:
    std::vector<std::uint32_t> numbers_;
    std::uint32_t next_ = 0;
  };
  // A series with anomalies, in the second pass.
  struct State {
    std::size_t next = 0, end = 0;  // its events
    std::int64_t row = 0;
    RecentValues recent;
    std::optional<Shape> shape;  // of the running anomaly
    std::size_t running = 0;     // index in injected_
    std::int64_t done = 0;       // its rows so far
    Nanos until = kNoTime;       // where it has a time
  };

  bool eligible(const record::Batch& batch, std::size_t row) const;
  void plan();
  void survey(KeptDiagnostics& quiet);
  void check_survey(std::uint64_t rows, const std::string& example) const;
  void make_states();
  Status write(record::Sink& sink, record::Rejects& rejects);
  // The anomaly that the row lies in, with the row changed in edit_; nullptr: none.
  const Event* change(const record::Batch& batch, std::size_t row, const record::SeriesTable& series);
  void begin_event(State& state, const Event& event, const record::SeriesKey& key, Nanos time, double value);
  void apply(State& state, const Event& event, const record::Batch& batch, std::size_t row);
  void say() const;

  record::ReaderOptions reader_;
  const InjectOptions options_;
  RepeatableInput& input_;
  Diagnostics& diagnostics_;
  bool logs_ = false;  // kinds for log records
  bool errors_ = false, latency_ = false;
  std::vector<SeriesSurvey> surveys_;
  std::vector<Event> events_;
  std::vector<State> states_;            // of series with anomalies
  std::vector<std::uint32_t> state_of_;  // by number of the series
  Numbers numbers_;                      // of the second pass
  std::optional<FieldFinder> finder_;
  Edit edit_;
  std::vector<Injected> injected_;
  std::vector<Anomaly> impossible_;
};

}  // namespace aiops::inject
