#include "score/absence.hpp"

#include <algorithm>

#include "model/archive.hpp"
#include "score/state.hpp"

namespace aiops::score {
namespace {

// In front of names in the state; by itself the clock's.
constexpr std::string_view kMark = "(silent)";

}  // namespace

// Where a series stands, which may be known from an earlier run.
std::size_t Absence::index_of(record::SeriesId id, const record::SeriesTable& table) {
  if (by_id_.size() <= id) by_id_.resize(id + 1, 0);
  if (by_id_[id] != 0) return by_id_[id] - 1;
  std::size_t at = series_.size();
  if (const auto kept = kept_.find(table.text(id)); kept != kept_.end()) {
    at = kept->second;
    kept_.erase(kept);
    series_[at].kept.clear();
  } else {
    series_.emplace_back();
    ids_.emplace_back();
  }
  ids_[at] = id;
  by_id_[id] = at + 1;
  return at;
}

// True if time went on.
bool Absence::advance(Nanos time) {
  const Nanos now = subtract_held(time, paused_);
  if (clock_ == kNoTime) {
    clock_ = now;
    return true;
  }
  if (now <= clock_) return false;
  if (subtract_held(now, clock_) <= after_) {
    clock_ = now;
    ahead_ = kNoTime;
    return true;
  }
  // Farther than the silence that would tell: a clock that is wrong, or a pause of all if a second row says
  // so.
  if (ahead_ != kNoTime && time >= subtract_held(ahead_, after_)) {
    paused_ = add_held(paused_, subtract_held(now, clock_));
    ahead_ = kNoTime;
  } else {
    ahead_ = time;
  }
  return false;
}

void Absence::row(record::SeriesId id, const record::SeriesTable& table, Nanos time,
                  std::vector<Gone>& gone) {
  if (time == kNoTime) return;
  const std::size_t at = index_of(id, table);
  if (advance(time)) {
    while (!due_.empty() && due_.top().first < clock_) {
      const auto [when, which] = due_.top();
      due_.pop();
      Series& series = series_[which];
      series.waiting = false;
      if (series.last == kNoTime || series.gone) continue;
      if (add_held(series.last, after_) > when) {
        due_.push({add_held(series.last, after_), which});
        series.waiting = true;
        continue;
      }
      // The row at hand is no silence of its own series: that one has only been slow.
      if (which == at) continue;
      series.gone = true;
      gone.push_back({series.kept.empty() ? table.key(ids_[which]) : record::SeriesKey::parse(series.kept),
                      add_held(series.last, paused_), add_held(when, paused_)});
    }
  }
  Series& series = series_[at];
  series.gone = false;
  series.last = std::max(series.last, std::min(subtract_held(time, paused_), clock_));
  if (series.waiting) return;
  series.waiting = true;
  due_.push({add_held(series.last, after_), at});
}

void Absence::evict(record::SeriesId id) {
  if (id >= by_id_.size() || by_id_[id] == 0) return;
  series_[by_id_[id] - 1].last = kNoTime;
  by_id_[id] = 0;
}

std::string Absence::save(const record::SeriesTable& table) const {
  StateFile file;
  const auto put = [&](const std::string& name, Nanos first, Nanos second) {
    std::string bytes;
    model::Archive archive(bytes);
    archive(first, second);
    file.series.emplace_back(name, std::move(bytes));
  };
  put(std::string(kMark), clock_, paused_);
  for (std::size_t at = 0; at < series_.size(); ++at) {
    const Series& series = series_[at];
    if (series.last == kNoTime) continue;
    put(std::string(kMark) + (series.kept.empty() ? table.text(ids_[at]) : series.kept), series.last,
        series.gone);
  }
  return file.bytes();
}

void Absence::load(std::string_view bytes, std::string_view name) {
  for (const auto& [marked, state] : StateFile::parse(bytes, name).series) {
    if (!marked.starts_with(kMark)) continue;
    const std::string series = marked.substr(kMark.size());
    model::Archive archive(state, "state of the series that stopped");
    Nanos first = 0, second = 0;
    archive(first, second);
    archive.end();
    if (series.empty()) {
      clock_ = first;
      paused_ = second;
      continue;
    }
    kept_.emplace(series, series_.size());
    const std::size_t at = series_.size();
    series_.push_back({first, series, second == 0, second != 0});
    ids_.emplace_back();
    if (second == 0) due_.push({add_held(first, after_), at});
  }
}

}  // namespace aiops::score
