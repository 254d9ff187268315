#include "score/scorer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "record/fields.hpp"
#include "score/state.hpp"

namespace aiops::score {
namespace {

constexpr std::uint32_t kEnd = ~0u;
constexpr double kBudgetExplains = 0.5;  // a budget may put the threshold below the detector's own
// The order in which features() below lays the rolling features out.
constexpr std::array kRolling = {field::kValue, field::kDelta, field::kRollingMean, field::kRollingStd,
                                 field::kZscore};

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

struct Scorer::Series {
  std::string name, members;  // members: in a JSON object, for a process
  const model::Detector* detector = nullptr;
  std::unique_ptr<model::State> state;
  std::optional<feature::Rolling> rolling;
  Thresholds thresholds;
  BudgetKeeper::Scope* budget = nullptr;
  std::vector<Calendar::Time> excused;  // in which it does not alert and is not learned
  model::Expected expected;             // what somebody said of it
  model::ExpectedRun expected_run;
  SeriesMemory memory;
  // Rows to come whose rolling features, computed elsewhere, are taken for those of a window not filled yet.
  std::uint32_t unfilled = 0;
  std::uint32_t head = kEnd, tail = kEnd;  // this batch's rows
};

Scorer::Scorer(model::Bundle& bundle, Options options)
    : bundle_(bundle),
      options_(std::move(options)),
      width_(bundle.schema().inputs.size()),
      value_input_(bundle.schema().find(field::kValue)) {
  if (options_.sensitivity > 1) explain_from_ = 1 / options_.sensitivity;
  if (options_.budget) explain_from_ = kBudgetExplains;
  if (options_.budget) budget_ = std::make_unique<BudgetKeeper>(*options_.budget);
  const model::Schema& schema = bundle.schema();
  // Where the value column has another name, it is the first input.
  if (value_input_ < 0 && !schema.joint && width_ > 0) value_input_ = 0;
  if (!schema.derive.rolling) return;
  for (const auto& input : schema.inputs) {
    const auto at = std::find(kRolling.begin(), kRolling.end(), input);
    if (at == kRolling.end())
      throw InputError(
          fmt::format("the model wants the feature \"{}\", which this version does not compute", input));
    rolling_order_.push_back(static_cast<std::size_t>(at - kRolling.begin()));
  }
}

Scorer::~Scorer() = default;

// A series appears: finds its model and what is remembered of it.
Scorer::Series& Scorer::begin(record::SeriesId id, const record::SeriesTable& table) {
  auto series = std::make_unique<Series>();
  series->name = table.text(id);
  if (options_.exec != nullptr) record::append_json_members(series->members, table.key(id));
  const auto found = bundle_.find(series->name);
  series->detector = found ? &bundle_.detector(*found) : bundle_.cold();
  std::vector<const StaticThreshold*> rules;
  for (const auto& threshold : options_.thresholds)
    if (threshold.series.matches(table.key(id))) rules.push_back(&threshold);
  series->thresholds = Thresholds(std::move(rules));
  if (options_.thresholds_alone && series->thresholds.empty()) series->detector = nullptr;
  if (series->detector) {
    series->state = series->detector->start();
    counts_.cold_series += found || options_.exec != nullptr || saved_.contains(series->name) ? 0 : 1;
  } else {
    ++counts_.no_model_series;
    if (unknown_.size() < 10) unknown_.push_back(series->name);
  }
  const model::Derive& derive = bundle_.schema().derive;
  if (derive.rolling) {
    series->rolling.emplace(derive.window);
  } else if (bundle_.schema().find(field::kRollingMean) >= 0) {
    series->unfilled = feature::Window().samples - 1;
  }
  if (found) series->expected = model::Expected::parse(bundle_.expected(*found));
  if (budget_) series->budget = &budget_->scope(table.key(id));
  if (options_.calendar) series->excused = options_.calendar->times_of(table.key(id));
  if (const auto kept = saved_.extract(series->name)) {
    const SeriesState state = SeriesState::parse(kept.mapped());
    series->memory = state.memory;
    if (series->memory.newest != kNoTime) series->unfilled = 0;
    std::string_view rolling = state.rolling;
    if (series->rolling) series->rolling->load(rolling);
    if (!state.thresholds.empty()) series->thresholds.load(state.thresholds);
    if (!state.expected.empty()) series->expected_run.load(state.expected);
    if (series->state && !state.detector.empty()) series->state = series->detector->restore(state.detector);
  }
  series_[id] = std::move(series);
  return *series_[id];
}

void Scorer::evict(record::SeriesId id) {
  if (id < series_.size()) series_[id].reset();
}

std::string Scorer::save() const {
  StateFile file;
  for (const auto& [name, bytes] : saved_) file.series.emplace_back(name, bytes);
  for (const auto& series : series_) {
    if (!series) continue;
    std::string rolling, thresholds, expected;
    if (series->expected_run.running()) series->expected_run.save(expected);
    if (series->rolling) series->rolling->save(rolling);
    if (!series->thresholds.empty()) series->thresholds.save(thresholds);
    file.series.emplace_back(
        series->name,
        SeriesState{series->memory, rolling, series->state ? series->state->save() : "", thresholds, expected}
            .bytes());
  }
  return budget_ ? merged(file.bytes(), budget_->save()) : file.bytes();
}

void Scorer::load(std::string_view bytes, std::string_view name) {
  if (budget_) budget_->load(bytes, name);
  for (auto& [series, state] : StateFile::parse(bytes, name).series)
    saved_.insert_or_assign(series, std::move(state));
}

void Scorer::score(const record::Batch& batch, const record::SeriesTable& table, std::vector<Scored>& out) {
  out.resize(batch.size());
  prepare(batch, table, out);
  if (options_.exec != nullptr) {
    ask(batch, out);
  } else {
    detect(batch, out);
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    ++counts_.rows;
    if (!out[i].status.empty() && series_[batch.series[i]])
      judge(*series_[batch.series[i]], batch, i, out[i]);
  }
}

// Computes the inputs of each row, and lists the rows of each series.
void Scorer::prepare(const record::Batch& batch, const record::SeriesTable& table, std::vector<Scored>& out) {
  rows_.resize(batch.size() * width_);
  cold_.assign(batch.size(), 0);
  next_.assign(batch.size(), kEnd);
  touched_.clear();
  if (series_.size() < table.size()) series_.resize(table.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    out[i] = {};
    const record::SeriesId id = batch.series[i];
    if (batch.flags[i] & record::Row::kOther) continue;
    if ((batch.flags[i] & record::Row::kFirst) || !series_[id]) begin(id, table);
    Series& series = *series_[id];
    const Nanos time = batch.time[i];
    const bool event = batch.kind[i] != record::Kind::sample;
    if (!event && time != kNoTime && series.memory.newest != kNoTime && time <= series.memory.newest) {
      out[i].status = time == series.memory.newest ? "duplicate" : "out_of_order";
      continue;
    }
    if (time != kNoTime) series.memory.newest = std::max(series.memory.newest, time);
    inputs(series, batch, i);
    out[i].status = series.detector ? "ok" : "no_model";
    if (series.detector) out[i].detector = series.detector->name();
    if (!series.detector) {
      ++counts_.no_model_rows;
      continue;
    }
    const auto row = static_cast<std::uint32_t>(i);
    if (series.head == kEnd) {
      touched_.push_back(id);
      series.head = row;
    } else {
      next_[series.tail] = row;
    }
    series.tail = row;
  }
}

void Scorer::inputs(Series& series, const record::Batch& batch, std::size_t row) {
  double* at = rows_.data() + row * width_;
  if (!series.rolling) {
    for (std::size_t c = 0; c < width_; ++c) at[c] = batch.value[c][row];
    cold_[row] = series.unfilled > 0;
    if (series.unfilled > 0) --series.unfilled;
    return;
  }
  const double value = batch.value[0][row];
  const feature::Features f = series.rolling->update(batch.time[row], value);
  cold_[row] = !series.rolling->full();
  const std::array<double, kRolling.size()> all = {value, f.delta, f.mean, f.std, f.zscore};
  for (std::size_t c = 0; c < width_; ++c) at[c] = all[rolling_order_[c]];
}

// Gives a process all rows of the batch at once, in their order.
void Scorer::ask(const record::Batch& batch, std::vector<Scored>& out) {
  std::vector<ExecModel::Row> rows;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (out[i].status != "ok") continue;
    Series& series = *series_[batch.series[i]];
    const double value = rows_[i * width_ + static_cast<std::size_t>(std::max(0, value_input_))];
    if (!std::isfinite(value)) {
      out[i].verdict = model::Verdict();
      out[i].verdict.condition = model::Condition::no_data;
      continue;
    }
    const bool learn = options_.learn && !excused(series, batch.time[i]);
    rows.push_back({batch.time[i], series.members, series.name, value, learn, &out[i].verdict});
  }
  options_.exec->judge(rows);
  for (const std::uint32_t id : touched_) series_[id]->head = series_[id]->tail = kEnd;
}

// Gives each detector its series' rows of the batch at once.
void Scorer::detect(const record::Batch& batch, std::vector<Scored>& out) {
  for (std::size_t t = 0; t < touched_.size(); ++t) {
    if (t + 2 < touched_.size()) {
      const Series& soon = *series_[touched_[t + 2]];
      soon.detector->prefetch(soon.state.get());
    }
    Series& series = *series_[touched_[t]];
    gathered_.clear();
    gathered_cold_.clear();
    gathered_frozen_.clear();
    times_.clear();
    std::size_t n = 0;
    for (std::uint32_t row = series.head; row != kEnd; row = next_[row], ++n) {
      const double* at = rows_.data() + row * width_;
      gathered_.insert(gathered_.end(), at, at + width_);
      gathered_cold_.push_back(cold_[row]);
      if (!options_.learn || !series.excused.empty()) {
        gathered_frozen_.push_back(!options_.learn || excused(series, batch.time[row]));
      }
      times_.push_back(batch.time[row]);
    }
    if (verdicts_.size() < n) verdicts_.resize(n);
    series.detector->update(series.state.get(),
                            {times_.data(), gathered_.data(), n, width_, gathered_cold_.data(),
                             gathered_frozen_.empty() ? nullptr : gathered_frozen_.data(), explain_from_},
                            verdicts_.data());
    std::size_t k = 0;
    for (std::uint32_t row = series.head; row != kEnd; row = next_[row], ++k)
      std::swap(out[row].verdict, verdicts_[k]);
    series.head = series.tail = kEnd;
  }
}

void Scorer::judge(Series& series, const record::Batch& batch, std::size_t row, Scored& scored) {
  if (scored.status != "ok" && scored.status != "no_model") return;
  SeriesMemory& memory = series.memory;
  Thresholds::Outcome crossed;
  if (!series.thresholds.empty() && value_input_ >= 0) {
    const double value = rows_[row * width_ + static_cast<std::size_t>(value_input_)];
    crossed = cross(series, batch.time[row], value, scored);
  }
  const double before = scored.verdict.score * options_.sensitivity;
  scale(series, batch.time[row], scored);
  const double score = scored.verdict.score;
  if (scored.status == "ok") scored.status = condition_name(scored.verdict.condition);
  if (std::isfinite(score)) {
    ++counts_.scored;
    // Ranks by one scale, whatever a budget does to the threshold.
    memory.level = std::max(before, memory.level * std::exp(-1 / options_.hold));
    scored.level = std::isfinite(scored.verdict.level) ? scored.verdict.level : memory.level;
    if (score >= 1) scored.severity = score >= options_.critical_score ? Severity::critical : Severity::high;
  }
  const bool expected = looks_expected(series, batch, row, scored);
  if (options_.thresholds_alone) scored.severity = Severity::normal;
  scored.severity = std::max(scored.severity, crossed.severity);
  for (std::string& reason : crossed.reasons) scored.verdict.reasons.push_back(std::move(reason));
  if (scored.severity == Severity::normal) return;
  if (excused(series, batch.time[row])) {
    ++counts_.excused;
    return;
  }
  // A bound that the user set is one whatever was said of the series.
  if (expected && crossed.severity == Severity::normal) {
    scored.status = "expected_before";
    ++counts_.expected;
    return;
  }
  const Nanos time = batch.time[row], quiet = quiet_after(series, batch.kind[row]);
  if (memory.last_alert != kNoTime && time != kNoTime && quiet > 0 && time - memory.last_alert < quiet) {
    ++counts_.held_back;
    return;
  }
  memory.last_alert = time;
  scored.alert = true;
  if (series.budget) BudgetKeeper::alerted(*series.budget);
  ++counts_.alerts;
  counts_.worst_alert = std::max(counts_.worst_alert, scored.severity);
}

// True if the row is over the detector's threshold and looks like what somebody said is to be expected.
bool Scorer::looks_expected(Series& series, const record::Batch& batch, std::size_t row,
                            const Scored& scored) const {
  if (series.expected.episodes.empty() || !std::isfinite(scored.verdict.score)) return false;
  const bool joint = bundle_.schema().joint;
  const double* at = rows_.data() + row * width_ + (joint ? 0 : std::max(0, value_input_));
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
  return time != kNoTime && Calendar::contains(series.excused, time);
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
