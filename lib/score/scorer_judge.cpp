// From a detector's verdict to an alert.
#include <algorithm>
#include <array>
#include <cmath>

#include "score/scorer_series.hpp"

namespace aiops::score {
namespace {

std::string_view condition_name(model::Condition condition) {
  switch (condition) {
    case model::Condition::ok:
      return "ok";
    case model::Condition::warming_up:
      return "warming_up";
    case model::Condition::no_data:
      return "no_data";
    case model::Condition::flat:
      return "flat";
    case model::Condition::no_answer:
      return "no_answer";
    case model::Condition::counter_reset:
      return "counter_reset";
  }
  return "";
}

}  // namespace

std::string_view severity_name(Severity severity) {
  constexpr std::array kNames = {"normal", "high", "critical"};
  return kNames[static_cast<std::size_t>(severity)];
}

void Counts::add(const Counts& other) {
  rows += other.rows;
  scored += other.scored;
  alerts += other.alerts;
  held_back += other.held_back;
  no_model_rows += other.no_model_rows;
  no_model_series += other.no_model_series;
  excused += other.excused;
  expected += other.expected;
  cold_series += other.cold_series;
  worst_alert = std::max(worst_alert, other.worst_alert);
}

void Scorer::judge(Series& series, const record::Batch& batch, std::size_t row, Scored& scored,
                   Counts& counts) {
  SeriesMemory& memory = series.memory;
  Thresholds::Outcome crossed;
  if (series.has_thresholds && value_input_ >= 0) {
    const double value = inputs_[slot_[row] * width_ + static_cast<std::size_t>(value_input_)];
    crossed = cross(series, batch.time[row], value, scored);
  }
  const double before = scored.verdict.score * options_.sensitivity;
  scale(series, batch.time[row], scored);
  const double score = scored.verdict.score;
  if (scored.status == "ok") scored.status = condition_name(scored.verdict.condition);
  if (std::isfinite(score)) {
    ++counts.scored;
    // Ranks by one scale, whatever a budget does to the threshold.
    memory.level = std::max(before, memory.level * decay_);
    scored.level = std::isfinite(scored.verdict.level) ? scored.verdict.level : memory.level;
    if (score >= 1) scored.severity = score >= options_.critical_score ? Severity::critical : Severity::high;
  }
  const bool expected = looks_expected(series, batch, row, scored);
  if (options_.thresholds_alone) scored.severity = Severity::normal;
  scored.severity = std::max(scored.severity, crossed.severity);
  for (std::string& reason : crossed.reasons) scored.verdict.reasons.push_back(std::move(reason));
  if (scored.severity == Severity::normal) return;
  if (excused(series, batch.time[row])) {
    ++counts.excused;
    return;
  }
  // A bound that the user set is one whatever was said of the series.
  if (expected && crossed.severity == Severity::normal) {
    scored.status = "expected_before";
    ++counts.expected;
    return;
  }
  const Nanos time = batch.time[row], quiet = quiet_after(series, batch.kind[row]);
  if (memory.last_alert != kNoTime && time != kNoTime && quiet > 0 && time - memory.last_alert < quiet) {
    ++counts.held_back;
    return;
  }
  memory.last_alert = time;
  scored.alert = true;
  if (series.budget) BudgetKeeper::alerted(*series.budget);
  ++counts.alerts;
  counts.worst_alert = std::max(counts.worst_alert, scored.severity);
}

// True if the row is over the detector's threshold and looks like what somebody said is to be expected.
bool Scorer::looks_expected(Series& series, const record::Batch& batch, std::size_t row,
                            const Scored& scored) const {
  if (!series.has_expected || !std::isfinite(scored.verdict.score)) return false;
  const bool joint = bundle_.schema().joint;
  const double* at = inputs_.data() + slot_[row] * width_ + (joint ? 0 : std::max(0, value_input_));
  const std::size_t width = joint ? width_ : 1;
  if (scored.severity == Severity::normal) {
    series.expected_run.below(series.expected, batch.time[row], at, width);
    return false;
  }
  return series.expected_run.covers(series.expected, batch.time[row], at, width,
                                    quiet_after(series, batch.kind[row]));
}

Nanos Scorer::quiet_after(const Series& series, record::Kind kind) const {
  if (options_.refractory || kind != record::Kind::sample) return options_.refractory.value_or(0);
  const Nanos usual = usual_refractory(series);
  if (!options_.budget) return usual;
  // A budget is not to be made unreachable: where an alert an hour is wanted, ten hours of quiet are too
  // long.
  const double apart = static_cast<double>(options_.budget->per) / options_.budget->alerts / 2;
  return apart < static_cast<double>(usual) ? static_cast<Nanos>(apart) : usual;
}

bool Scorer::excused(const Series& series, Nanos time) {
  return series.has_excused && time != kNoTime && Calendar::contains(series.excused, time);
}

// The detector's score in terms of the threshold that the user chose.
void Scorer::scale(Series& series, Nanos time, Scored& scored) const {
  model::Verdict& verdict = scored.verdict;
  if (!std::isfinite(verdict.score)) return;
  double factor = options_.sensitivity;
  if (series.budget && std::isfinite(verdict.p_value) && verdict.p_value > 0) {
    const auto threshold = budget_->threshold(*series.budget, time);
    if (!threshold) return;
    factor = verdict.score > 0 ? std::max(0.0, -std::log10(verdict.p_value)) / *threshold / verdict.score : 1;
  }
  verdict.score *= factor;
  verdict.level *= options_.sensitivity;
  if (!(verdict.score >= 1)) verdict.reasons.clear();
}

Nanos Scorer::refractory(record::SeriesId id) const {
  const bool seen = id < series_.size() && series_[id];
  return options_.refractory.value_or(seen ? usual_refractory(*series_[id]) : kSampleRefractory);
}

Nanos Scorer::usual_refractory(const Series& series) {
  const Nanos own = series.detector ? series.detector->refractory(series.state.get()) : -1;
  return own >= 0 ? own : kSampleRefractory;
}

// What the rules say; where they are the detector, also as the row's verdict.
Thresholds::Outcome Scorer::cross(Series& series, Nanos time, double value, Scored& scored) const {
  Thresholds::Outcome outcome = series.thresholds.push(time, value);
  if (!options_.thresholds_alone) {
    if (outcome.severity == Severity::normal) outcome.reasons.clear();
    return outcome;
  }
  scored.verdict.score = outcome.score;
  scored.verdict.lower = series.thresholds.lower();
  scored.verdict.upper = series.thresholds.upper();
  if (outcome.pending && outcome.severity == Severity::normal) scored.status = "pending";
  return outcome;
}

}  // namespace aiops::score
