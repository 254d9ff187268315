// One scored row, as incidents see it.
#pragma once

#include <string_view>

#include "base/time.hpp"
#include "incident/incident.hpp"

namespace aiops::incident {

// Texts live as long as the row that they were read from.
struct ScoredRow {
  const record::SeriesKey* series = nullptr;
  std::string_view name;     // the series as text
  std::string_view service;  // of the series; "" where it has none
  Nanos time = kNoTime;
  double value = kNone, expected = kNone, lower = kNone, upper = kNone;
  double score = kNone, p_value = kNone;
  bool alert = false;  // not where it is held back as a repeat
  score::Severity severity = score::Severity::normal;
  std::string_view reasons;  // as it came: a JSON array, or texts separated by ";"
  std::string_view template_id, log_template, message, trace_id;

  // What said so: a bound that the user set names itself in the reasons; the model by its score.
  bool by_threshold() const { return reasons.find("threshold=") != std::string_view::npos; }
  bool by_model() const { return score >= 1; }
  // Over the threshold, alerted or not.
  bool is_sign() const { return alert || score >= 1 || severity != score::Severity::normal; }
};

}  // namespace aiops::incident
