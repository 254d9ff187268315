// The kinds of anomaly that can be injected, one row of a table each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aiops::inject {

enum class Anomaly : std::uint8_t {
  spike,
  dip,
  level_shift,
  drift,
  variance,
  flat_line,
  gap,
  latency,
  errors
};

struct AnomalyInfo {
  Anomaly kind;
  std::string_view name;
  int rows;               // length where the user names none
  bool log;               // goes into log records, not into values
  std::string_view what;  // for people
};

// Every kind, in the order in which help lists them; the index is the enumerator.
std::span<const AnomalyInfo> anomalies();
const AnomalyInfo& info(Anomaly kind);

// A kind by its name. Throws UsageError that lists the names, and the one that was probably meant.
Anomaly parse_anomaly(std::string_view name);

// Throws UsageError when there are none, or kinds for values and kinds for log records among them.
void check_anomalies(const std::vector<Anomaly>& kinds);

}  // namespace aiops::inject
