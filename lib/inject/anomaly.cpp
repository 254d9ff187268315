#include "inject/anomaly.hpp"

#include <fmt/format.h>

#include <array>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::inject {
namespace {

constexpr std::array kTable = {
    AnomalyInfo{Anomaly::spike, "spike", 1, false, "raised by the magnitude"},
    AnomalyInfo{Anomaly::dip, "dip", 1, false, "lowered by the magnitude"},
    AnomalyInfo{Anomaly::level_shift, "level-shift", 30, false, "raised or lowered for a while"},
    AnomalyInfo{Anomaly::drift, "drift", 60, false, "climbs or sinks row by row, up to the magnitude"},
    AnomalyInfo{Anomaly::variance, "variance", 30, false, "noise of the magnitude around the value"},
    AnomalyInfo{Anomaly::flat_line, "flat-line", 30, false, "stays at the value before it"},
    AnomalyInfo{Anomaly::gap, "gap", 10, false, "no value"},
    AnomalyInfo{Anomaly::latency, "latency", 10, true, "duration_ms raised by the magnitude"},
    AnomalyInfo{Anomaly::errors, "errors", 10, true, "status_code 500 and severity_text ERROR"},
};

}  // namespace

std::span<const AnomalyInfo> anomalies() { return kTable; }

const AnomalyInfo& info(Anomaly kind) { return kTable[static_cast<std::size_t>(kind)]; }

Anomaly parse_anomaly(std::string_view name) {
  std::vector<std::string> known;
  for (const auto& row : kTable) {
    if (row.name == name) return row.kind;
    known.emplace_back(row.name);
  }
  const auto meant = nearest(name, known);
  throw UsageError(fmt::format("\"{}\" is no kind of anomaly{}; expected one of {}", printable(name),
                               meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant),
                               join(known, ", ")));
}

void check_anomalies(const std::vector<Anomaly>& kinds) {
  if (kinds.empty()) throw UsageError("--kind: expected at least one kind of anomaly");
  for (const auto kind : kinds) {
    if (info(kind).log == info(kinds.front()).log) continue;
    throw UsageError(fmt::format(
        "--kind: {} goes into values and {} into log records; run aiops-inject once for each, one behind the "
        "other",
        info(info(kind).log ? kinds.front() : kind).name, info(info(kind).log ? kind : kinds.front()).name));
  }
}

}  // namespace aiops::inject
