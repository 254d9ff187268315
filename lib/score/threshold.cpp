#include "score/threshold.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/number.hpp"

namespace aiops::score {
namespace {

constexpr Nanos kStale = 5 * kMinute;  // as Prometheus has it
constexpr double kGaps = 3, kLargest = 1e6, kAlmost = 0.999;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

bool crosses(const StaticThreshold& rule, double bound, double value) {
  return rule.above ? value >= bound : value <= bound;
}

const std::optional<double>& bound_of(const StaticThreshold& rule, int bound) {
  return bound == 0 ? rule.high : rule.critical;
}

// Time from one instant to a later one; 0 if it is not later.
Nanos elapsed(Nanos from, Nanos to) { return from == kNoTime || to <= from ? 0 : subtract_held(to, from); }

double first_bound(const StaticThreshold& rule) { return rule.high ? *rule.high : *rule.critical; }

}  // namespace

Thresholds::Thresholds(std::vector<const StaticThreshold*> rules) : lower_(kNone), upper_(kNone) {
  for (const StaticThreshold* rule : rules) {
    double& bound = rule->above ? upper_ : lower_;
    const double own = first_bound(*rule);
    if (std::isnan(bound) || (rule->above ? own < bound : own > bound)) bound = own;
  }
  const double band = lower_ < upper_ ? upper_ / 2 - lower_ / 2 : 0;  // false for NaN
  for (const StaticThreshold* rule : rules) {
    const double both = rule->high && rule->critical ? std::abs(*rule->critical - *rule->high) : 0;
    const double own = std::abs(first_bound(*rule));
    rules_.push_back({rule, both > 0 ? both : band > 0 ? band : own});
  }
}

double Thresholds::degree(const Rule& rule, double value) const {
  const double bound = first_bound(*rule.is);
  if (!(rule.high_unit > 0)) return crosses(*rule.is, bound, value) ? 1 : 0;
  const double past = (rule.is->above ? 1 : -1) * (value / rule.high_unit - bound / rule.high_unit);
  return std::clamp(1 + past, 0.0, kLargest);
}

// Whether a bound is crossed and has been for long enough.
bool Thresholds::over(Rule& rule, int bound, Nanos time, double value) {
  Nanos& since = rule.since[static_cast<std::size_t>(bound)];
  const std::optional<double>& at = bound_of(*rule.is, bound);
  if (!at || !crosses(*rule.is, *at, value)) {
    since = kNoTime;
    return false;
  }
  if (since == kNoTime) since = time;
  return rule.is->lasting == 0 || (time != kNoTime && elapsed(since, time) >= rule.is->lasting);
}

std::string Thresholds::reason(const Rule& rule, int bound, Nanos time, double value, bool pending) {
  const std::string text =
      "threshold=" + text_6(value) + (rule.is->above ? ">=" : "<=") + text_6(*bound_of(*rule.is, bound));
  if (rule.is->lasting == 0) return text;
  const Nanos since = rule.since[static_cast<std::size_t>(bound)];
  const Nanos lasted = time == kNoTime ? 0 : elapsed(since, time) / kSecond * kSecond;
  if (!pending) return text + " for " + format_duration(lasted);
  return text + " pending " + format_duration(lasted) + " of " + format_duration(rule.is->lasting);
}

Thresholds::Outcome Thresholds::push(Nanos time, double value) {
  Outcome outcome;
  if (time != kNoTime) {
    const Nanos gap = newest_ == kNoTime ? 0 : elapsed(newest_, time);
    const bool stale =
        gap > kStale && gap_ > 0 && static_cast<double>(gap) > kGaps * static_cast<double>(gap_);
    if (stale) {
      for (Rule& rule : rules_) rule.since = {kNoTime, kNoTime};
    }
    gap_ = gap;
    newest_ = std::max(newest_, time);
  }
  if (!std::isfinite(value)) {
    for (Rule& rule : rules_) rule.since = {kNoTime, kNoTime};
    outcome.score = kNone;
    return outcome;
  }
  for (Rule& rule : rules_) {
    double score = degree(rule, value);
    const bool high = over(rule, 0, time, value), critical = over(rule, 1, time, value);
    if (high || critical) {
      outcome.severity = std::max(outcome.severity, critical ? Severity::critical : Severity::high);
      outcome.reasons.push_back(reason(rule, critical ? 1 : 0, time, value, false));
      score = std::max(score, 1.0);
    } else if (crosses(*rule.is, first_bound(*rule.is), value)) {
      outcome.pending = true;
      outcome.reasons.push_back(reason(rule, rule.is->high ? 0 : 1, time, value, true));
      score = std::min(score, kAlmost);
    } else {
      score = std::min(score, kAlmost);  // rounding may say 1 just short of the bound
    }
    outcome.score = std::max(outcome.score, score);
  }
  return outcome;
}

void Thresholds::save(std::string& out) const {
  put(out, newest_);
  put(out, gap_);
  for (const Rule& rule : rules_) {
    if (rule.since[0] == kNoTime && rule.since[1] == kNoTime) continue;
    put(out, checksum(rule.is->name));
    put(out, rule.since[0]);
    put(out, rule.since[1]);
  }
}

void Thresholds::load(std::string_view bytes) {
  ByteReader in(bytes, "state of thresholds");
  newest_ = in.get<Nanos>();
  gap_ = in.get<Nanos>();
  in.check(gap_ >= 0, "has a gap that makes no sense");
  while (in.left() > 0) {
    const auto name = in.get<std::uint64_t>();
    const std::array<Nanos, 2> since = {in.get<Nanos>(), in.get<Nanos>()};
    for (Rule& rule : rules_) {
      if (checksum(rule.is->name) == name) rule.since = since;
    }
  }
}

}  // namespace aiops::score
