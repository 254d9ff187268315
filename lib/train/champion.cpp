#include "train/champion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace aiops::train {
namespace {

constexpr double kFewerFound = 0.05, kMoreAlerts = 0.25, kDeviations = 2;

std::uint64_t alerts_from(const Replay& replayed, std::size_t row) {
  return static_cast<std::uint64_t>(std::count_if(replayed.alerts.begin(), replayed.alerts.end(),
                                                  [&](std::size_t at) { return at >= row; }));
}

// First row that is newer than `time`.
std::size_t newer(const SeriesHistory& history, Nanos time) {
  const auto found =
      std::find_if(history.time.begin(), history.time.end(), [&](Nanos at) { return at > time; });
  return static_cast<std::size_t>(found - history.time.begin());
}

}  // namespace

std::unique_ptr<model::Detector> Champion::detector(const std::string& series) const {
  const auto at = bundle_.find(series);
  return at ? bundle_.make(*at) : nullptr;
}

model::Expected Champion::expected(const std::string& series) const {
  const auto at = bundle_.find(series);
  return model::Expected::parse(at ? bundle_.expected(*at) : std::string_view());
}

Nanos Champion::last(const std::string& series) const {
  const auto found = card_.series.find(series);
  return found == card_.series.end() ? kNoTime : found->second.last;
}

std::string Champion::incomparable(const model::Schema& challenger) const {
  const model::Schema& own = schema();
  const bool from_value = own.inputs.front() == challenger.inputs.front() && own.from_value();
  if (own.joint != challenger.joint || (own.inputs != challenger.inputs && (own.joint || !from_value))) {
    return "looks at other columns";
  }
  if (own.by != challenger.by) return "names series otherwise (--by)";
  return "";
}

void Comparison::add(const Comparison& other) {
  series += other.series;
  rows += other.rows;
  seen += other.seen;
  champion_alerts += other.champion_alerts;
  alerts += other.alerts;
  anomalies += other.anomalies;
  champion_found += other.champion_found;
  found += other.found;
  lost += other.lost;
  gained += other.gained;
}

std::string Comparison::worse() const {
  const auto real = [](std::uint64_t n) { return static_cast<double>(n); };
  const double fewer = real(lost) - real(gained);
  if (fewer > std::max(kFewerFound * real(anomalies), kDeviations * std::sqrt(real(lost + gained)))) {
    return fmt::format("it finds {} of {} anomalies, {} are found by the version in use", thousands(found),
                       thousands(anomalies), thousands(champion_found));
  }
  const double more = real(alerts) - real(champion_alerts);
  if (more > std::max(kMoreAlerts * real(champion_alerts),
                      kDeviations * std::sqrt(real(alerts + champion_alerts)))) {
    return fmt::format("it gives {} where the version in use gives {}", count(alerts, "alert"),
                       thousands(champion_alerts));
  }
  return "";
}

std::string Comparison::rule() {
  return fmt::format(
      "only_champion_found - only_found > max({} anomalies, {} sqrt(only_found + only_champion_found)) or "
      "alerts - champion_alerts > max({} champion_alerts, {} sqrt(alerts + champion_alerts))",
      kFewerFound, kDeviations, kMoreAlerts, kDeviations);
}

Comparison compare(const Champion& champion, const Challenger& challenger) {
  Comparison result;
  const SeriesHistory& history = challenger.history;
  const std::unique_ptr<model::Detector> detector = champion.detector(history.series);
  if (detector == nullptr) return result;
  const Nanos last = champion.last(history.series);
  const std::size_t fresh = last == kNoTime ? history.count() : newer(history, last);
  std::size_t from = std::max(challenger.begin, fresh);
  std::vector<Trial> trials = challenger.trials;
  std::vector<TrialResult> own;
  Replay again;
  const bool seen = history.count() - from < kLeastTested;
  if (seen) {
    from = challenger.begin;
    again = replay(challenger.schema, challenger.whole, history, from, from, trials, challenger.expected);
    own = again.trials;
  } else {
    own = challenger.replayed.trials;
    const auto before =
        std::find_if(trials.begin(), trials.end(), [&](const Trial& t) { return t.row >= from; });
    own.erase(own.begin(), own.begin() + (before - trials.begin()));
    trials.erase(trials.begin(), before);
  }
  const Replay theirs = replay(champion.schema(), *detector, history, seen ? from : std::min(fresh, from),
                               from, trials, champion.expected(history.series));
  result.series = 1;
  result.seen = seen;
  result.rows = history.count() - from;
  result.alerts = alerts_from(seen ? again : challenger.replayed, from);
  result.champion_alerts = alerts_from(theirs, from);
  result.anomalies = trials.size();
  for (std::size_t i = 0; i < trials.size(); ++i) {
    result.found += own[i].found;
    result.champion_found += theirs.trials[i].found;
    result.lost += theirs.trials[i].found && !own[i].found;
    result.gained += own[i].found && !theirs.trials[i].found;
  }
  return result;
}

}  // namespace aiops::train
