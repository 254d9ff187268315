// What somebody said of earlier alerts: this was expected; this was missed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "model/detector.hpp"
#include "model/expected.hpp"
#include "record/matcher.hpp"
#include "record/reader.hpp"
#include "train/history.hpp"

namespace aiops::train {

// Intervals of series, read from files of labels. Owns what it holds.
class Feedback {
 public:
  // Reads intervals (aiops-formats(5), labels) with a column verdict: expected or missed. columns: how the
  // training input names series (by) and writes times (time_unit). Throws InputError, with file and line, for
  // what is none.
  void read(const std::vector<std::string>& files, const record::Columns& columns, Diagnostics& diagnostics);
  bool empty() const { return entries_.empty(); }

  // What concerns a series, by start; each of these counts as used.
  struct OfSeries {
    std::vector<Interval> expected, missed;
  };
  OfSeries of(const record::SeriesKey& series);

  // Entries that were expected, that were missed, and those of them that concerned no series.
  std::uint64_t expected() const { return count(false); }
  std::uint64_t missed() const { return count(true); }
  std::uint64_t unused() const;

 private:
  struct Entry {
    record::SeriesKey key;  // a series matches if it has all these fields with these values
    std::vector<record::Matcher> selector;
    Interval time;
    bool missed = false, used = false;
  };
  std::uint64_t count(bool missed) const;

  std::vector<Entry> entries_;
};

// What is to be expected of a series, by the rows of its history that were said to be; intervals without a
// row are left out.
model::Expected expected_of(const model::Schema& schema, const SeriesHistory& history);

}  // namespace aiops::train
