#include "score/scorer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "record/fields.hpp"
#include "score/scorer_series.hpp"

namespace aiops::score {
namespace {

constexpr std::uint32_t kNoSlot = ~0u;
constexpr std::size_t kPart = 16;        // series that a thread takes at once
constexpr double kBudgetExplains = 0.5;  // a budget may put the threshold below the detector's own
// The order in which features() below lays the rolling features out.
constexpr std::array kRolling = {field::kValue, field::kDelta, field::kRollingMean, field::kRollingStd,
                                 field::kZscore};

}  // namespace

Scorer::Scorer(model::Bundle& bundle, Options options)
    : bundle_(bundle),
      options_(std::move(options)),
      width_(bundle.schema().inputs.size()),
      value_input_(bundle.schema().find(field::kValue)),
      decay_(std::exp(-1 / options_.hold)) {
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

// A series appears: finds its model and what is remembered of it. What takes long is left to wake().
Scorer::Series& Scorer::begin(record::SeriesId id, const record::SeriesTable& table) {
  auto series = std::make_unique<Series>();
  series->name = table.text(id);
  if (options_.exec != nullptr) record::append_json_members(series->members, table.key(id));
  series->found = bundle_.find(series->name);
  if (!series->found) series->detector = bundle_.cold();
  std::vector<const StaticThreshold*> rules;
  for (const auto& threshold : options_.thresholds)
    if (threshold.series.matches(table.key(id))) rules.push_back(&threshold);
  series->thresholds = Thresholds(std::move(rules));
  series->has_thresholds = !series->thresholds.empty();
  series->judged = series->found || series->detector != nullptr;
  if (options_.thresholds_alone && series->thresholds.empty()) series->judged = false;
  if (series->judged) {
    counts_.cold_series += series->found || options_.exec != nullptr || saved_.contains(series->name) ? 0 : 1;
  } else {
    series->detector = nullptr;
    ++counts_.no_model_series;
    if (unknown_.size() < 10) unknown_.push_back(series->name);
  }
  const model::Derive& derive = bundle_.schema().derive;
  if (derive.rolling) {
    series->rolling.emplace(derive.window);
  } else if (bundle_.schema().find(field::kRollingMean) >= 0) {
    series->unfilled = feature::Window().samples - 1;
  }
  if (budget_) series->budget = &budget_->scope(table.key(id));
  if (options_.calendar) series->excused = options_.calendar->times_of(table.key(id));
  series->has_excused = !series->excused.empty();
  if (const auto kept = saved_.extract(series->name)) {
    series->kept = SeriesState::parse(kept.mapped());
    series->memory = series->kept->memory;
    if (series->memory.newest != kNoTime) series->unfilled = 0;
  }
  series_[id] = std::move(series);
  return *series_[id];
}

// Loads its detector and the states. Different series at the same time.
void Scorer::wake(Series& series) const {
  series.asleep = false;
  if (series.found) series.expected = model::Expected::parse(bundle_.expected(*series.found));
  series.has_expected = !series.expected.episodes.empty();
  if (series.judged && series.found) series.detector = &bundle_.detector(*series.found);
  if (series.detector != nullptr) series.state = series.detector->start();
  const auto kept = std::exchange(series.kept, std::nullopt);
  if (!kept) return;
  std::string_view rolling = kept->rolling;
  if (series.rolling) series.rolling->load(rolling);
  if (!kept->thresholds.empty()) series.thresholds.load(kept->thresholds);
  if (!kept->expected.empty()) series.expected_run.load(kept->expected);
  if (series.state && !kept->detector.empty()) series.state = series.detector->restore(kept->detector);
}

void Scorer::evict(record::SeriesId id) {
  if (id < series_.size()) series_[id].reset();
}

std::string Scorer::save() const {
  StateFile file;
  for (const auto& [name, bytes] : saved_) file.series.emplace_back(name, bytes);
  for (const auto& series : series_) {
    if (!series) continue;
    if (series->asleep) wake(*series);  // all of its rows were seen before
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
  list(batch, table, out);
  detect(batch, out);
  counts_.rows += batch.size();
  if (options_.exec == nullptr && !budget_) return;  // judged already
  if (options_.exec != nullptr) ask(batch, out);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (slot_[i] != kNoSlot) judge(*series_[batch.series[i]], batch, i, out[i], counts_);
  }
}

// Says of each row whether it is judged, and gives those of a series slots one after the other.
void Scorer::list(const record::Batch& batch, const record::SeriesTable& table, std::vector<Scored>& out) {
  constexpr std::size_t kAhead = 8;
  const std::size_t count = batch.size();
  // Batches differ a little in size: one that is a little larger than the first is not to move all of them.
  if (out.capacity() < count) out.reserve(count + count / 8);
  out.resize(count);
  slot_.resize(count);
  touched_.clear();
  if (series_.size() < table.size()) series_.resize(table.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count && batch.series[i + kAhead] < series_.size())
      __builtin_prefetch(series_[batch.series[i + kAhead]].get(), 1);
    slot_[i] = take(batch, i, table, out[i]) ? 0 : kNoSlot;
  }
  std::uint32_t slots = 0;
  for (const record::SeriesId id : touched_) {
    Series& series = *series_[id];
    series.first = slots;
    slots += std::exchange(series.rows, 0);
  }
  row_.resize(slots);
  for (std::size_t i = 0; i < count; ++i) {
    if (slot_[i] == kNoSlot) continue;
    Series& series = *series_[batch.series[i]];
    slot_[i] = series.first + series.rows++;
    row_[slot_[i]] = static_cast<std::uint32_t>(i);
  }
}

bool Scorer::take(const record::Batch& batch, std::size_t row, const record::SeriesTable& table,
                  Scored& scored) {
  scored.level = model::kMissing;
  scored.alert = false;
  scored.severity = Severity::normal;
  scored.status = scored.detector = "";
  scored.explanation.clear();
  const record::SeriesId id = batch.series[row];
  const bool other = (batch.flags[row] & record::Row::kOther) != 0;
  if (!other && ((batch.flags[row] & record::Row::kFirst) != 0 || !series_[id])) begin(id, table);
  Nanos* const newest = other ? nullptr : &series_[id]->memory.newest;
  const Nanos time = batch.time[row];
  const bool event = batch.kind[row] != record::Kind::sample;
  if (!other && !event && time != kNoTime && *newest != kNoTime && time <= *newest) {
    scored.status = time == *newest ? "duplicate" : "out_of_order";
  }
  if (other || !scored.status.empty()) {
    scored.verdict = model::Verdict();
    return false;
  }
  if (time != kNoTime) *newest = std::max(*newest, time);
  Series& series = *series_[id];
  if (series.rows++ == 0) touched_.push_back(id);
  scored.status = series.judged ? "ok" : "no_model";
  counts_.no_model_rows += series.judged ? 0 : 1;
  return true;
}

void Scorer::inputs(Series& series, const record::Batch& batch, std::size_t slot) {
  double* at = inputs_.data() + slot * width_;
  const std::size_t row = row_[slot];
  if (rolling_order_.empty()) {
    for (std::size_t c = 0; c < width_; ++c) at[c] = batch.value[c][row];
    cold_[slot] = series.unfilled > 0;
    if (series.unfilled > 0) --series.unfilled;
    return;
  }
  const double value = batch.value[0][row];
  const feature::Features f = series.rolling->update(batch.time[row], value);
  cold_[slot] = !series.rolling->full();
  const std::array<double, kRolling.size()> all = {value, f.delta, f.mean, f.std, f.zscore};
  for (std::size_t c = 0; c < width_; ++c) at[c] = all[rolling_order_[c]];
}

// Works on the series of the batch, some of them at a time.
void Scorer::detect(const record::Batch& batch, std::vector<Scored>& out) {
  const std::size_t slots = row_.size();
  inputs_.resize(slots * width_);
  times_.resize(slots);
  cold_.resize(slots);
  frozen_.resize(slots);
  const std::size_t parts = (touched_.size() + kPart - 1) / kPart;
  if (options_.pool == nullptr || parts < 2) return work(batch, 0, touched_.size(), out, counts_);
  std::vector<Counts> counts(parts);
  options_.pool->run(parts, [&](std::size_t part) {
    work(batch, part * kPart, std::min((part + 1) * kPart, touched_.size()), out, counts[part]);
  });
  for (const Counts& part : counts) counts_.add(part);
}

// For a series that work() comes to soon.
void Scorer::prefetch(record::SeriesId id, model::Detector::Ahead ahead) const {
  const Series& soon = *series_[id];
  if (soon.detector != nullptr && !soon.asleep) soon.detector->prefetch(soon.state.get(), ahead);
}

// Gives the detectors of touched_[begin … end) their series' rows of the batch at once. Other threads may
// work on other series.
void Scorer::work(const record::Batch& batch, std::size_t begin, std::size_t end, std::vector<Scored>& out,
                  Counts& counts) {
  using Ahead = model::Detector::Ahead;
  const bool judged_here = options_.exec == nullptr && !budget_;
  std::vector<model::Verdict> verdicts;  // of one series
  for (std::size_t t = begin; t < end; ++t) {
    if (t + 6 < end) __builtin_prefetch(series_[touched_[t + 6]].get(), 1);
    if (t + 5 < end) prefetch(touched_[t + 5], Ahead::far);
    if (t + 2 < end) {
      prefetch(touched_[t + 2], Ahead::near);
      const auto* lines = reinterpret_cast<const char*>(&out[row_[series_[touched_[t + 2]]->first]]);
      for (std::size_t at = 0; at < sizeof(Scored); at += 64) __builtin_prefetch(lines + at, 1);
    }
    Series& series = *series_[touched_[t]];
    if (series.asleep) wake(series);
    const std::size_t first = series.first, last = first + std::exchange(series.rows, 0);
    const bool freezes = !options_.learn || series.has_excused;
    for (std::size_t slot = first; slot < last; ++slot) {
      inputs(series, batch, slot);
      times_[slot] = batch.time[row_[slot]];
      if (freezes) frozen_[slot] = !options_.learn || excused(series, times_[slot]);
    }
    verdicts.resize(std::max(verdicts.size(), last - first));
    if (series.detector == nullptr) {
      std::fill(verdicts.begin(), verdicts.end(), model::Verdict());
    } else if (options_.exec == nullptr) {
      series.detector->update(series.state.get(),
                              {&times_[first], &inputs_[first * width_], last - first, width_, &cold_[first],
                               freezes ? &frozen_[first] : nullptr, explain_from_},
                              verdicts.data());
    }
    for (std::size_t slot = first; slot < last; ++slot) {
      Scored& scored = out[row_[slot]];
      scored.verdict = std::move(verdicts[slot - first]);
      if (series.detector != nullptr) scored.detector = series.detector->name();
      if (judged_here) judge(series, batch, row_[slot], scored, counts);
    }
  }
}

// Gives a process all rows of the batch at once, in their order.
void Scorer::ask(const record::Batch& batch, std::vector<Scored>& out) {
  std::vector<ExecModel::Row> rows;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (slot_[i] == kNoSlot || out[i].status != "ok") continue;
    Series& series = *series_[batch.series[i]];
    const double value = inputs_[slot_[i] * width_ + static_cast<std::size_t>(std::max(0, value_input_))];
    out[i].verdict = model::Verdict();
    if (!std::isfinite(value)) {
      out[i].verdict.condition = model::Condition::no_data;
      continue;
    }
    const bool learn = options_.learn && !excused(series, batch.time[i]);
    rows.push_back({batch.time[i], series.members, series.name, value, learn, &out[i].verdict});
  }
  options_.exec->judge(rows);
}

}  // namespace aiops::score
