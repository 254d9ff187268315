#include "report/overview.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.hpp"

namespace aiops::report {
namespace {

constexpr std::size_t kReasonBytes = 2000;

Nanos merge_of(const OverviewOptions& options, const SeriesOverview& series) {
  if (options.merge >= 0) return options.merge;
  if (series.rows < 2) return 30 * kMinute;
  const double span = static_cast<double>(series.last_at) - static_cast<double>(series.first_at);
  return static_cast<Nanos>(std::min(span / static_cast<double>(series.rows - 1), 1.0 * kMinute)) * 30;
}

}  // namespace

void Overview::keep(SeriesOverview& series) const {
  if (series.current.rows == 0 || options_.alerts_kept == 0) return;
  series.groups.push_back(std::move(series.current));
  series.current = {};
  if (series.groups.size() <= options_.alerts_kept) return;
  series.groups.erase(std::min_element(series.groups.begin(), series.groups.end(),
                                       [](const auto& a, const auto& b) { return a.worst < b.worst; }));
}

void Overview::alert(SeriesOverview& series, const ScoreRow& row) {
  AlertGroup& group = series.current;
  const bool goes_on = group.rows > 0 && row.time - group.end < merge_of(options_, series);
  if (!row.alert && !(goes_on && row.score >= 1)) return;
  if (!goes_on) {
    keep(series);
    series.current = {};
    series.current.start = row.time;
    ++series.alerts;
  }
  group.end = std::max(group.end, row.time);
  group.rows += row.alert;
  group.severity = std::max(group.severity, row.severity);
  const double score = std::isnan(row.score) ? row.level : row.score;
  if (!goes_on || score > group.worst) {
    group.worst = score;
    group.worst_at = row.time;
    group.value = row.value;
    group.expected = row.expected;
    group.lower = row.lower;
    group.upper = row.upper;
    if (options_.alerts_kept > 0) group.reasons = row.reasons.substr(0, kReasonBytes);
  }
}

void Overview::add(Slot slot, const ScoreRow& row) {
  if (slot >= series_.size()) series_.resize(slot + 1);
  SeriesOverview& series = series_[slot];
  ++series.rows;
  if (series.first_at == kNoTime || row.time < series.first_at) series.first_at = row.time;
  if (series.last_at == kNoTime || row.time >= series.last_at) {
    series.last_at = row.time;
    if (!std::isnan(row.value)) series.last = row.value;
    if (series.status != row.status) series.status = row.status;
  }
  const double score = std::isnan(row.score) ? row.level : row.score;
  if (!std::isnan(score)) {
    ++series.scored;
    if (!(score <= series.worst)) {
      series.worst = score;
      series.worst_at = row.time;
    }
  }
  series.severity = std::max(series.severity, row.severity);
  alert(series, row);
  if (!options_.trail) return;
  const bool has_value = !options_.draw_level && !std::isnan(row.value);
  if (has_value && !series.drew_value) series.trail = {};  // until now there was only the level to draw
  series.drew_value |= has_value;
  const double drawn = series.drew_value ? row.value : row.level;
  if (!std::isnan(drawn)) series.trail.add(row.time, drawn, row.alert);
}

void Overview::finish() {
  for (SeriesOverview& series : series_) {
    keep(series);
    std::stable_sort(series.groups.begin(), series.groups.end(),
                     [](const AlertGroup& a, const AlertGroup& b) { return a.start < b.start; });
  }
}

std::vector<Slot> Overview::worst_first(const std::vector<SeriesName>& names) const {
  std::vector<Slot> order(series_.size());
  std::iota(order.begin(), order.end(), Slot{0});
  std::sort(order.begin(), order.end(), [&](Slot left, Slot right) {
    const SeriesOverview &a = series_[left], &b = series_[right];
    if (a.severity != b.severity) return a.severity > b.severity;
    const double worst_a = std::isnan(a.worst) ? -1 : a.worst, worst_b = std::isnan(b.worst) ? -1 : b.worst;
    if (worst_a != worst_b) return worst_a > worst_b;
    if (a.alerts != b.alerts) return a.alerts > b.alerts;
    return names[left].text != names[right].text ? names[left].text < names[right].text : left < right;
  });
  return order;
}

Totals Overview::totals() const {
  Totals totals;
  for (const SeriesOverview& series : series_) {
    if (series.rows == 0) continue;
    ++totals.series;
    totals.rows += series.rows;
    totals.scored += series.scored;
    totals.alerts += series.alerts;
    totals.alerting += series.alerts > 0;
    totals.critical += series.severity == Severity::critical;
    totals.high += series.severity == Severity::high;
    totals.from = totals.from == kNoTime ? series.first_at : std::min(totals.from, series.first_at);
    totals.to = std::max(totals.to, series.last_at);
  }
  return totals;
}

std::string totals_text(const Totals& totals) {
  if (totals.rows == 0) return "no rows";
  std::string out = thousands(totals.series) + " series";
  std::vector<std::string> severities;
  if (totals.critical > 0) severities.push_back(thousands(totals.critical) + " critical");
  if (totals.high > 0) severities.push_back(thousands(totals.high) + " high");
  if (!severities.empty()) out += " (" + join(severities, ", ") + ")";
  out += totals.alerts == 0
             ? ", no alerts"
             : fmt::format(", {} in {} series", count(totals.alerts, "alert"), thousands(totals.alerting));
  out += ", " + count(totals.rows, "row");
  if (totals.scored < totals.rows)
    out += fmt::format(" ({} not scored)", thousands(totals.rows - totals.scored));
  return out;
}

std::string time_text(const Totals& totals) {
  return totals.rows == 0 ? "" : format_time(totals.from) + " to " + format_time(totals.to);
}

std::string service_of(const SeriesName& name) { return std::string(name.key.get(field::kService)); }

std::string metric_of(const SeriesName& name) {
  record::SeriesKey rest = name.key;
  std::erase_if(rest.fields, [](const auto& field) { return field.first == field::kService; });
  return rest.fields.empty() ? "" : rest.text();
}

}  // namespace aiops::report
