#include "absence_rows.hpp"

#include <fmt/core.h>

#include "score/explain.hpp"

namespace aiops::tools {

AbsenceRows::AbsenceRows(Nanos after, std::string time, const score::Calendar* calendar, bool explain,
                         Write write)
    : rows_(std::move(time)),
      after_(after),
      calendar_(calendar),
      explain_(explain),
      write_(std::move(write)),
      absence_(after) {}

void AbsenceRows::row(record::SeriesId id, const record::SeriesTable& table, Nanos time) {
  gone_.clear();
  absence_.row(id, table, time, gone_);
  for (const score::Absence::Gone& gone : gone_) write(gone);
}

void AbsenceRows::write(const score::Absence::Gone& gone) {
  score::Scored row;
  row.status = "no_data";
  if (calendar_ == nullptr || !score::Calendar::contains(calendar_->times_of(gone.key), gone.due)) {
    row.severity = score::Severity::high;
    row.alert = true;
    ++alerts_;
  }
  row.verdict.reasons.push_back(
      fmt::format("no_data={}(last {})", format_duration(after_), format_time(gone.last)));
  if (explain_) row.explanation = score::explain(gone.key, model::kMissing, gone.due, row);
  write_(rows_.line(gone.key, gone.due, model::kMissing), row);
}

}  // namespace aiops::tools
