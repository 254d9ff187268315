// What an evaluation found, for people and for programs, and the gates that a check puts on it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/evaluate.hpp"

namespace aiops::report {

enum class ShowEvents { all, missed, none };

// Figures, then kinds and labelled events, a line each.
std::string evaluation_text(const EvaluateResult& result, ShowEvents show);

// One JSON object on one line, newline included. A figure that does not exist is null.
std::string evaluation_json(const EvaluateResult& result);

// Least or most that a check asks for; not set: not asked.
struct Gates {
  std::optional<double> min_recall, min_precision, min_f1;  // of events and alerts, 0 to 1
  std::optional<double> max_false_alarms_per_day;           // a series and day
  std::optional<Nanos> max_delay;                           // of the slowest event that was found
};

// One sentence for each gate that trips, with the figure. A figure that does not exist (no alert: no
// precision) trips its gate.
std::vector<std::string> tripped(const Gates& gates, const EvaluateResult& result);

}  // namespace aiops::report
