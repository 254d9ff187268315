#include "report/at_budget.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace aiops::report {
namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? kMissing : static_cast<double>(part) / static_cast<double>(whole);
}

// The alerts of a series as rows join it in any order: by the first row of each, the last.
class Alerts {
 public:
  // How many more there are now: a row is an alert of its own, belongs to one, or makes one of two.
  int join(Nanos time, Nanos merge) {
    auto next = last_.upper_bound(time);
    const bool after = next != last_.end() && next->first - time < merge;
    if (next != last_.begin()) {
      const auto before = std::prev(next);
      if (time <= before->second || time - before->second < merge) {
        before->second = std::max(before->second, time);
        if (!after) return 0;
        before->second = std::max(before->second, next->second);
        last_.erase(next);
        return -1;
      }
    }
    const Nanos end = after ? next->second : time;
    if (after) last_.erase(next);
    last_.emplace(time, end);
    return after ? 0 : 1;
  }
  std::vector<Nanos> starts() const {
    std::vector<Nanos> out;
    out.reserve(last_.size());
    for (const auto& [first, last] : last_) out.push_back(first);
    return out;
  }

 private:
  std::map<Nanos, Nanos> last_;
};

}  // namespace

double AtBudget::precision() const { return ratio(alerts - false_alarms, alerts); }
double AtBudget::recall() const { return ratio(found, events); }
double AtBudget::f1() const {
  const double sum = precision() + recall();
  return sum == 0 ? 0 : 2 * precision() * recall() / sum;
}

void BudgetJudge::add(std::span<const Nanos> time, std::span<const double> rank, Nanos merge, double days,
                      std::vector<Span> spans) {
  const auto series = static_cast<std::uint32_t>(series_.size());
  for (std::size_t i = 0; i < time.size(); ++i) {
    if (!std::isnan(rank[i])) rows_.push_back({rank[i], time[i], series});
  }
  series_.push_back({merge, std::move(spans)});
  days_ += days;
  sorted_ = false;
}

void BudgetJudge::sort() {
  if (sorted_) return;
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.series != b.series ? a.series < b.series : a.time < b.time;
  });
  sorted_ = true;
}

AtBudget BudgetJudge::at(double per_day, std::size_t events) {
  sort();
  AtBudget result;
  result.per_day = per_day;
  result.events = events;
  const double allowed = per_day * days_ * (1 + 1e-12);  // a whole number of days allows all of its alerts
  std::vector<Alerts> walked(series_.size());
  std::int64_t alerts = 0;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows_.size();) {
    const double rank = rows_[i].rank;
    if (rank == rows_.back().rank) break;
    for (; rows_[i].rank == rank; ++i) {  // ends at the lowest rank, which differs
      alerts += walked[rows_[i].series].join(rows_[i].time, series_[rows_[i].series].merge);
    }
    if (static_cast<double>(alerts) > allowed) break;
    kept = i;
    result.threshold = rank;
  }
  std::vector<Alerts> of(series_.size());  // without those beyond the threshold
  std::vector<std::vector<Nanos>> times(series_.size());
  for (std::size_t i = 0; i < kept; ++i) {
    of[rows_[i].series].join(rows_[i].time, series_[rows_[i].series].merge);
    times[rows_[i].series].push_back(rows_[i].time);
  }
  std::vector<bool> found(events);
  for (std::size_t s = 0; s < series_.size(); ++s) {
    std::sort(times[s].begin(), times[s].end());
    const std::vector<Nanos> starts = of[s].starts();
    std::vector<bool> right(starts.size());
    for (const Span& span : series_[s].spans) {
      auto at = std::lower_bound(times[s].begin(), times[s].end(), span.from);
      for (; at != times[s].end() && *at <= span.to; ++at) {
        found[span.event] = true;
        const auto alert = std::upper_bound(starts.begin(), starts.end(), *at);
        right[static_cast<std::size_t>(alert - starts.begin()) - 1] = true;
      }
    }
    result.alerts += right.size();
    result.false_alarms += static_cast<std::uint64_t>(std::count(right.begin(), right.end(), false));
  }
  result.found = static_cast<std::uint64_t>(std::count(found.begin(), found.end(), true));
  return result;
}

}  // namespace aiops::report
