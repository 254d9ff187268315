// The rows that aiops-score adds to those that it reads, and what it says at its end.
#pragma once

#include <memory>
#include <string>

#include "absence_rows.hpp"
#include "base/diagnostics.hpp"
#include "joint_rows.hpp"

namespace aiops::tools {

// nullptr: none of the kind.
struct Added {
  std::unique_ptr<JointRows> joint;
  std::unique_ptr<AbsenceRows> absence;

  // Before the first row; later calls do nothing.
  void begin(const record::Reader& reader);
  score::Severity worst_alert() const;

  // --state, of the scorer and of these; nothing for a path "". A file that is not there is an empty state.
  void load_state(const std::string& path, score::Scorer& scorer);
  void save_state(const std::string& path, const score::Scorer& scorer,
                  const record::SeriesTable& table) const;

 private:
  bool begun_ = false;
};

// What was scored, alerted and added, in a few lines. thresholds_alone: there is no other detector.
void tell(const score::Scorer& scorer, const Added& added, bool thresholds_alone, Diagnostics& diagnostics);

}  // namespace aiops::tools
