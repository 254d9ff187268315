// The rows of each series as charts need them: kept compactly, and written as compact JSON for the page.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "report/column.hpp"
#include "report/scores.hpp"

namespace aiops::report {

// A row that alerted or was over the threshold: drawn as a dot, with its reasons.
struct Mark {
  Nanos time = 0;
  float score = 0, value = 0;  // value as in ChartSeries: less base
  std::int32_t reasons = -1;   // of ChartSeries::reasons; -1: none
  Severity severity = Severity::normal;
  bool alert = false;
};

// One series; 28 bytes a row. Values are kept as 32-bit floats less the first value, so that a slowly growing
// large number keeps its digits.
class ChartSeries {
 public:
  static constexpr std::size_t kMostMarks = 2000;  // the worst are kept, those that alerted before the others
  static constexpr std::size_t kMostReasons = 500;  // beyond, only rows that alerted have theirs

  void add(const ScoreRow& row);
  std::size_t rows() const { return rows_.size(); }
  std::size_t marks() const { return marks_.size(); }
  // Forgets all but so many marks: those that alerted go last, then the worst.
  void keep_worst_marks(std::size_t most);

  // Appends the members of the series' JSON object that hold its rows and marks: see html/decode.js for the
  // reading side. `stride`: so many rows become one point (the lowest and highest value, means of the
  // others). Times are in milliseconds since `origin`. Frees the rows; to be called once.
  void append_json(std::string& out, Nanos origin, std::size_t stride);

 private:
  void add_mark(const ScoreRow& row);
  // What stands together in a row stands together in memory: rows come from one series after another, and
  // each costs a cache line or two, in place of one for each of its fields. 28 bytes, for which the time is
  // in two halves.
  enum Track : std::size_t { kValue, kExpected, kLower, kUpper, kLevel, kTracks };
  struct Row {
    std::uint32_t time_low, time_high;
    float track[kTracks];
  };
  static_assert(sizeof(Row) == 28);
  static Nanos time_of(const Row& row) {
    return static_cast<Nanos>(std::uint64_t{row.time_high} << 32 | row.time_low);
  }
  std::vector<Row> take_rows();  // in the order of time

  Column<Row> rows_;
  std::vector<Mark> marks_;
  std::vector<std::string> reasons_;
  double base_ = std::numeric_limits<double>::quiet_NaN();
  Nanos newest_ = kNoTime;
  bool sorted_ = true;
};

// How many rows a point of each series stands for, so that all tracks together stay below `bytes` of JSON. 1
// for short series: the long ones give way first.
std::vector<std::size_t> choose_strides(const std::vector<std::size_t>& rows, std::size_t bytes);

// Text as a JSON string that may stand inside <script>: "<" is escaped.
void append_script_string(std::string& out, std::string_view text);

void append_base64(std::string& out, std::string_view bytes);

}  // namespace aiops::report
