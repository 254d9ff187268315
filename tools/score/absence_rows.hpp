// Series that stop, as rows of the stream.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "added_rows.hpp"
#include "score/absence.hpp"
#include "score/calendar.hpp"
#include "score/scorer.hpp"

namespace aiops::tools {

// One row for each series that stops: no value, status no_data, an alert unless the calendar excuses it.
class AbsenceRows {
 public:
  using Write = std::function<void(std::string_view line, const score::Scored& row)>;

  // after: > 0. calendar: nullptr if there is none; outlives this.
  AbsenceRows(Nanos after, std::string time, const score::Calendar* calendar, bool explain, Write write);
  void begin(record::Format format, std::string_view header) { rows_.begin(format, header); }
  // Before the row of a series is written.
  void row(record::SeriesId id, const record::SeriesTable& table, Nanos time);

  score::Absence& series() { return absence_; }
  std::uint64_t alerts() const { return alerts_; }

 private:
  void write(const score::Absence::Gone& gone);

  AddedRows rows_;
  const Nanos after_;
  const score::Calendar* calendar_;
  bool explain_;
  Write write_;
  score::Absence absence_;
  std::vector<score::Absence::Gone> gone_;
  std::uint64_t alerts_ = 0;
};

}  // namespace aiops::tools
