// The truth: when something was wrong, as labels say it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/time.hpp"
#include "report/scores.hpp"

namespace aiops::report {

// Something labelled: an interval, both ends included, of the series that `key` matches.
struct Event {
  record::SeriesKey key;     // a series matches if it has all these fields with these values; none: all match
  std::optional<Slot> slot;  // set where the label came with the rows of this series: it alone matches
  Nanos start = 0, end = 0;
  std::string kind;

  bool matches(Slot of, const record::SeriesKey& series) const;
  // "cart", "cpu{service=\"cart\"}", "" where every series matches.
  std::string text() const;
};

// Makes events of the column `truth`: rows of a series that follow each other with the same kind are one
// event.
class TruthColumn {
 public:
  void add(Slot slot, Nanos time, std::string_view kind);
  // The events of all series, in the order of their starts. To be called once.
  std::vector<Event> take();

 private:
  std::vector<std::optional<std::size_t>> open_;  // by slot: the event that its last row was in
  std::vector<Event> events_;
};

struct LabelOptions {
  std::string file;
  std::vector<std::string> by;  // key fields, as the scores have them; empty: the default key
  TimeUnit time_unit = TimeUnit::automatic;
  std::string windows;  // for windows.json: which of its names holds for all series
};

// Reads labels in one of three forms, told by what the file holds:
//   intervals: CSV or NDJSON with start, end (absent: the start), kind (may be absent) and fields of the key,
//   each
//              of which may be empty or absent and then matches any;
//   points:    CSV or NDJSON with timestamp, label (0 or 1) and fields of the key: rows labelled 1 that
//   follow each
//              other are one event;
//   windows:   the Numenta Anomaly Benchmark's JSON object of NAME: [[start, end], …]. NAME holds for the
//   series
//              one of whose fields is NAME, its last part, or that without .csv; see also
//              LabelOptions::windows.
// Throws InputError.
std::vector<Event> read_labels(const LabelOptions& options, Diagnostics& diagnostics);

}  // namespace aiops::report
