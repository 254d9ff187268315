#include "report/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.hpp"
#include "report/ranking.hpp"

namespace aiops::report {
namespace {

constexpr std::uint8_t kOver = 1, kAlert = 2;

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? kMissing : static_cast<double>(part) / static_cast<double>(whole);
}

double harmonic(double precision, double recall) {
  if (precision + recall == 0) return 0;
  return 2 * precision * recall / (precision + recall);  // NaN if either is
}

Nanos median_of(std::vector<Nanos> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

// The median distance of a row to the next, over the first ten thousand; 0 for fewer than two rows.
Nanos interval_of(const std::vector<Nanos>& time) {
  std::vector<Nanos> steps;
  for (std::size_t i = 1; i < time.size() && i <= 10'000; ++i) steps.push_back(time[i] - time[i - 1]);
  return steps.empty() ? 0 : median_of(std::move(steps));
}

template <class T>
void reorder(std::vector<T>& items, const std::vector<std::uint32_t>& order) {
  std::vector<T> sorted;
  sorted.reserve(items.size());
  for (const std::uint32_t i : order) sorted.push_back(items[i]);
  items = std::move(sorted);
}

// Rows in [from, to] of rows sorted by time.
struct Stretch {
  std::size_t begin, end;
};
Stretch stretch(const std::vector<Nanos>& time, Nanos from, Nanos to) {
  const auto begin = std::lower_bound(time.begin(), time.end(), from);
  const auto end = std::upper_bound(begin, time.end(), to);
  return {static_cast<std::size_t>(begin - time.begin()), static_cast<std::size_t>(end - time.begin())};
}

// The earliest timestamp of a row that overlaps what begins at `start`.
Nanos first_overlap(Nanos start, Nanos row_length) {
  if (row_length == 0) return start;
  return start < std::numeric_limits<Nanos>::min() + row_length ? kNoTime : start - row_length + 1;
}

Nanos add_grace(Nanos end, Nanos grace) {
  return end > std::numeric_limits<Nanos>::max() - grace ? std::numeric_limits<Nanos>::max() : end + grace;
}

// Scores of labelled rows from the front, those of the others from the back, of all series together: sorted
// apart they give the pooled ranking without another copy.
class Pool {
 public:
  explicit Pool(std::uint64_t rows) : scores_(rows), back_(rows) {}
  void add(double score, bool labelled) { scores_[labelled ? front_++ : --back_] = score; }
  double average_precision() {
    const std::span<double> all(scores_);
    return average_precision_apart(all.first(front_), all.subspan(back_));
  }

 private:
  std::vector<double> scores_;
  std::size_t front_ = 0, back_;
};

// Judges one series and adds what it finds to the whole.
class SeriesJudge {
 public:
  SeriesJudge(const EvaluateOptions& options, const SeriesName& name, EvaluateResult& result, Pool& pool,
              BudgetJudge& budgets)
      : options_(options), result_(result), pool_(pool), budgets_(budgets) {
    series_.text = name.text;
  }

  void judge(std::vector<Nanos> time, std::vector<double> rank, const std::vector<std::uint8_t>& alert,
             const std::vector<float>& value, const std::vector<std::size_t>& events) {
    series_.rows = time.size();
    std::vector<std::uint8_t> label(time.size());
    judge_alerts(time, alert, rank, events, label);
    if (!options_.budgets.empty()) add_to_budgets(time, rank, events);
    time = {};
    judge_points(rank, alert, label);
    judge_ranking(rank, label, value);
    result_.rows += series_.rows;
    result_.scored += series_.scored;
    result_.alerts += series_.alerts;
    result_.false_alarms += series_.false_alarms;
    result_.series.push_back(std::move(series_));
  }

 private:
  void judge_alerts(const std::vector<Nanos>& time, const std::vector<std::uint8_t>& alert,
                    const std::vector<double>& rank, const std::vector<std::size_t>& events,
                    std::vector<std::uint8_t>& label) {
    std::vector<Nanos> alerts;
    for (std::size_t i = 0; i < time.size(); ++i) {
      if (alert[i] == kAlert) alerts.push_back(time[i]);
    }
    std::vector<std::uint8_t> justified(alerts.size());
    for (const std::size_t index : events) {
      EventResult& event = result_.events[index];
      const Nanos from = first_overlap(event.event.start, options_.row_length);
      const auto [begin, end] = stretch(time, from, event.event.end);
      for (std::size_t i = begin; i < end; ++i) {
        label[i] = 1;
        event.scored |= !std::isnan(rank[i]);
      }
      const auto [first, last] = stretch(alerts, from, add_grace(event.event.end, options_.grace));
      std::fill(justified.begin() + static_cast<std::ptrdiff_t>(first),
                justified.begin() + static_cast<std::ptrdiff_t>(last), std::uint8_t{1});
      if (first < last) note_found(event, alerts[first] + options_.row_length - event.event.start);
    }
    count_merged(time, alert, justified, interval_of(time));
    if (!time.empty()) {
      const double span = static_cast<double>(time.back()) - static_cast<double>(time.front());
      series_.days = (span + static_cast<double>(interval_of(time))) / static_cast<double>(kDay);
    }
  }

  Nanos merge_within(Nanos interval) const {
    if (options_.merge >= 0) return options_.merge;
    return interval == 0 ? 30 * kMinute : std::min(interval, kMinute) * 30;
  }

  void add_to_budgets(const std::vector<Nanos>& time, const std::vector<double>& rank,
                      const std::vector<std::size_t>& events) {
    std::vector<BudgetJudge::Span> spans;
    for (const std::size_t index : events) {
      const Event& event = result_.events[index].event;
      spans.push_back(
          {first_overlap(event.start, options_.row_length), add_grace(event.end, options_.grace), index});
    }
    budgets_.add(time, rank, merge_within(interval_of(time)), series_.days, std::move(spans));
  }

  void note_found(EventResult& event, Nanos delay) {
    if (event.found && event.delay <= delay) return;
    event.found = true;
    event.delay = delay;
    event.found_by = series_.text;
  }

  void count_merged(const std::vector<Nanos>& time, const std::vector<std::uint8_t>& alert,
                    const std::vector<std::uint8_t>& justified, Nanos interval) {
    const Nanos merge = merge_within(interval);
    std::size_t next = 0;  // of justified: one an alerting row
    Nanos last = 0;
    bool open = false, right = false;
    const auto close = [&] {
      series_.alerts += open;
      series_.false_alarms += open && !right;
      open = right = false;
    };
    for (std::size_t i = 0; i < time.size(); ++i) {
      if (alert[i] == 0) continue;
      if (open && time[i] - last >= merge) close();
      if (alert[i] == kAlert) {
        open = true;
        right |= justified[next++] != 0;
      }
      last = time[i];
    }
    close();
  }

  void judge_points(const std::vector<double>& rank, const std::vector<std::uint8_t>& alert,
                    const std::vector<std::uint8_t>& label) {
    for (std::size_t i = 0; i < rank.size(); ++i) {
      const bool scored = !std::isnan(rank[i]), alerted = alert[i] == kAlert;
      series_.scored += scored;
      if (!scored && !alerted) continue;
      series_.labelled += label[i];
      result_.points.true_positives += alerted && label[i];
      result_.points.false_positives += alerted && !label[i];
      result_.points.false_negatives += !alerted && label[i];
    }
  }

  void judge_ranking(std::vector<double>& rank, std::vector<std::uint8_t>& label,
                     const std::vector<float>& value) {
    std::size_t kept = 0, labelled = 0;
    for (std::size_t i = 0; i < rank.size(); ++i) {
      if (std::isnan(rank[i])) continue;
      pool_.add(rank[i], label[i]);
      labelled += label[i];
      rank[kept] = rank[i];
      label[kept++] = label[i];
    }
    if (labelled == 0) return;
    const std::span<const double> scores(rank.data(), kept);
    const std::span<const std::uint8_t> labels(label.data(), kept);
    series_.window = options_.window > 0 ? options_.window : autocorrelation_window(value);
    series_.average_precision = average_precision(scores, labels);
    series_.vus_pr = vus_pr(scores, labels, series_.window);
  }

  const EvaluateOptions& options_;
  EvaluateResult& result_;
  Pool& pool_;
  BudgetJudge& budgets_;
  SeriesResult series_;
};

void summarise(EvaluateResult& result) {
  std::vector<Nanos> delays;
  for (const EventResult& event : result.events) {
    if (event.found) delays.push_back(event.delay);
  }
  result.found = delays.size();
  result.missed = result.events.size() - result.found;
  if (!delays.empty()) {
    result.max_delay = *std::max_element(delays.begin(), delays.end());
    result.median_delay = median_of(std::move(delays));
  }
  double days = 0, precision = 0, volume = 0;
  std::size_t labelled = 0;
  for (const SeriesResult& series : result.series) {
    days += series.days;
    if (std::isnan(series.average_precision)) continue;
    ++labelled;
    precision += series.average_precision;
    volume += series.vus_pr;
  }
  if (days > 0) result.false_alarms_per_day = static_cast<double>(result.false_alarms) / days;
  if (labelled == 0) return;
  result.mean_average_precision = precision / static_cast<double>(labelled);
  result.mean_vus_pr = volume / static_cast<double>(labelled);
}

// Nothing to judge by: says why, and what to do.
[[noreturn]] void refuse(const EvaluateResult& result, bool labelled) {
  if (!labelled) {
    throw InputError(
        "no row has a kind in its field truth: give labels with --labels FILE, or records that "
        "aiops-inject has been at");
  }
  if (!result.unmatched.empty()) {
    throw InputError(
        fmt::format("none of the labels is of a series among the scores (the first is of {}); --windows "
                    "NAME takes those of one name for all series",
                    printable(result.unmatched.front().text())));
  }
  throw InputError(
      fmt::format("none of the labels lies in the time of the scores ({} outside)", result.outside.size()));
}

}  // namespace

double Quality::precision() const { return ratio(true_positives, true_positives + false_positives); }
double Quality::recall() const { return ratio(true_positives, true_positives + false_negatives); }
double Quality::f1() const { return harmonic(precision(), recall()); }

double EvaluateResult::event_recall() const { return ratio(found, found + missed); }
double EvaluateResult::event_precision() const { return ratio(alerts - false_alarms, alerts); }
double EvaluateResult::event_f1() const { return harmonic(event_precision(), event_recall()); }

void Evaluation::add(Slot slot, const ScoreRow& row) {
  if (options_.from != kNoTime && row.time < options_.from) return;
  if (options_.to != kNoTime && row.time > options_.to) return;
  if (slot >= rows_.size()) rows_.resize(slot + 1);
  Rows& rows = rows_[slot];
  const bool first = rows.time.size() == 0;
  if (!first && row.time < rows.time.last()) rows.sorted = false;
  rows.oldest = first ? row.time : std::min(rows.oldest, row.time);
  rows.newest = first ? row.time : std::max(rows.newest, row.time);
  const double rank = options_.rank_by_level ? row.level : row.score;
  scored_ += !std::isnan(rank);
  rows.time.push(row.time);
  rows.rank.push(rank);
  rows.alert.push(row.alert ? kAlert : row.score >= 1 ? kOver : 0);
  if (rows.value.size() < kAutocorrelationRows) rows.value.push(static_cast<float>(row.value));
  truth_.add(slot, row.time, row.truth);
}

std::vector<std::vector<std::size_t>> Evaluation::assign(const std::vector<SeriesName>& names,
                                                         std::vector<Event> events,
                                                         EvaluateResult& result) const {
  std::vector<std::vector<std::size_t>> of_slot(rows_.size());
  for (Event& event : events) {
    bool matched = false, within = false;
    std::string only;
    const auto look = [&](Slot slot) {
      const Rows& rows = rows_[slot];
      if (rows.time.size() == 0 || !event.matches(slot, names[slot].key)) return;
      matched = true;
      if (first_overlap(event.start, options_.row_length) > rows.newest || event.end < rows.oldest) return;
      only = within ? "" : names[slot].text;
      within = true;
      of_slot[slot].push_back(result.events.size());
    };
    if (event.slot) {
      look(*event.slot);
    } else {
      for (Slot slot = 0; slot < rows_.size(); ++slot) look(slot);
    }
    if (within) {
      result.events.push_back({std::move(event), only, false, false, 0, {}});
    } else {
      (matched ? result.outside : result.unmatched).push_back(std::move(event));
    }
  }
  return of_slot;
}

EvaluateResult Evaluation::finish(const std::vector<SeriesName>& names,
                                  std::optional<std::vector<Event>> labels) {
  EvaluateResult result;
  const bool labelled = labels.has_value();
  const auto events = assign(names, labels ? std::move(*labels) : truth_.take(), result);
  if (result.events.empty()) refuse(result, labelled);
  Pool pool(scored_);
  BudgetJudge budgets;
  for (Slot slot = 0; slot < rows_.size(); ++slot) {
    Rows& rows = rows_[slot];
    if (rows.time.size() == 0) continue;
    std::vector<Nanos> time = rows.time.take();
    std::vector<double> rank = rows.rank.take();
    std::vector<std::uint8_t> alert = rows.alert.take();
    if (!rows.sorted) {
      std::vector<std::uint32_t> order(time.size());
      std::iota(order.begin(), order.end(), 0u);
      std::stable_sort(order.begin(), order.end(),
                       [&](std::uint32_t a, std::uint32_t b) { return time[a] < time[b]; });
      reorder(time, order);
      reorder(rank, order);
      reorder(alert, order);
    }
    SeriesJudge(options_, names[slot], result, pool, budgets)
        .judge(std::move(time), std::move(rank), alert, rows.value.take(), events[slot]);
  }
  result.average_precision = pool.average_precision();
  for (const double per_day : options_.budgets) {
    result.at_budget.push_back(budgets.at(per_day, result.events.size()));
  }
  summarise(result);
  return result;
}

}  // namespace aiops::report
