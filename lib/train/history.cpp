#include "train/history.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "train/feedback.hpp"

namespace aiops::train {
namespace {

float narrow(double value) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(value, -kLargest, kLargest));
}

}  // namespace

HistoryCollector::HistoryCollector(const model::Schema& schema, Nanos train_window,
                                   const Exclusions& exclusions, Feedback* feedback,
                                   const score::Calendar* calendar)
    : schema_(schema),
      train_window_(train_window),
      exclusions_(exclusions),
      feedback_(feedback),
      calendar_(calendar),
      row_(schema.inputs.size()) {
  if (schema.find(field::kRollingMean) >= 0) assumed_window_ = feature::Window().samples;
}

HistoryCollector::Series& HistoryCollector::series(record::SeriesId id, const record::SeriesTable& table) {
  if (id >= series_.size()) series_.resize(std::max<std::size_t>(table.size(), id + std::size_t{1}));
  if (!series_[id]) {
    series_[id] = std::make_unique<Series>(schema_.derive.window);
    series_[id]->history.series = table.text(id);
    series_[id]->history.width = schema_.inputs.size();
    if (calendar_ != nullptr) series_[id]->excused = calendar_->times_of(table.key(id));
    if (feedback_ != nullptr) {
      Feedback::OfSeries of = feedback_->of(table.key(id));
      series_[id]->history.expected = std::move(of.expected);
      series_[id]->missed = std::move(of.missed);
    }
  }
  return *series_[id];
}

void HistoryCollector::add(const record::Batch& batch, const record::SeriesTable& table) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if ((batch.flags[i] & record::Row::kPass) != 0) continue;
    Series& series = this->series(batch.series[i], table);
    const Nanos time = batch.time[i];
    newest_ = std::max(newest_, time);
    // What was anomalous is to leave no trace, in what is rolled up from it either: as if it were missing.
    if (!exclusions_.empty() && exclusions_.contains(series.history.series, time)) {
      ++counts_.excluded;
      continue;
    }
    if (score::Calendar::contains(series.excused, time)) {
      ++counts_.in_calendar;
      continue;
    }
    if (std::any_of(series.missed.begin(), series.missed.end(),
                    [&](const Interval& one) { return time >= one.start && time <= one.end; })) {
      ++counts_.missed;
      continue;
    }
    if (schema_.derive.rolling) {
      const double value = batch.value[0][i];
      const feature::Features features = series.rolling.update(time, value);
      row_ = {value, features.delta, features.mean, features.std, features.zscore};
    } else {
      for (std::size_t f = 0; f < row_.size(); ++f) row_[f] = batch.value[f][i];
    }
    series.history.events |= batch.kind[i] != record::Kind::sample;
    add_row(series, time);
  }
}

void HistoryCollector::add_row(Series& series, Nanos time) {
  if (std::any_of(row_.begin(), row_.end(), [](double value) { return std::isnan(value); })) {
    ++counts_.incomplete;
    return;
  }
  series.history.time.push_back(time);
  for (double value : row_) series.history.data.push_back(narrow(value));
  // Features that come with the records were computed over a window that is not known: the usual one.
  const bool filled = schema_.derive.rolling ? series.rolling.full() : series.cold + 1 >= assumed_window_;
  if (!filled && series.cold + 1 == series.history.count()) ++series.cold;
  if (train_window_ > 0) trim(series, false);
}

// Rows are moved when half of them are out of the window, or `all` at the end.
void HistoryCollector::trim(Series& series, bool all) {
  const std::vector<Nanos>& time = series.history.time;
  const auto out = [&](Nanos t) { return t <= newest_ - train_window_; };
  while (series.begin < time.size() && out(time[series.begin])) ++series.begin;
  if (series.begin == 0 || (!all && series.begin < time.size() / 2)) return;
  drop(series, series.begin);
}

void HistoryCollector::drop(Series& series, std::size_t rows) {
  SeriesHistory& history = series.history;
  history.time.erase(history.time.begin(), history.time.begin() + static_cast<std::ptrdiff_t>(rows));
  history.data.erase(history.data.begin(),
                     history.data.begin() + static_cast<std::ptrdiff_t>(rows * history.width));
  series.begin -= std::min(series.begin, rows);
  series.cold -= std::min(series.cold, rows);
}

void HistoryCollector::forget(record::SeriesId id) {
  if (id < series_.size()) series_[id].reset();
}

std::vector<SeriesHistory> HistoryCollector::take() {
  std::vector<SeriesHistory> all;
  for (std::unique_ptr<Series>& series : series_) {
    if (!series) continue;
    if (train_window_ > 0) trim(*series, true);
    if (series->cold <= series->history.count() / 4) drop(*series, series->cold);
    const std::vector<Nanos>& time = series->history.time;
    counts_.rows += time.size();
    if (!time.empty()) {
      const auto [low, high] = std::minmax_element(time.begin(), time.end());
      counts_.first = counts_.first == kNoTime ? *low : std::min(counts_.first, *low);
      counts_.last = std::max(counts_.last, *high);
    }
    all.push_back(std::move(series->history));
    series.reset();
  }
  std::sort(all.begin(), all.end(),
            [](const SeriesHistory& a, const SeriesHistory& b) { return a.series < b.series; });
  return all;
}

}  // namespace aiops::train
