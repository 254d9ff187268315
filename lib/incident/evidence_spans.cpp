// What spans say against services.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "incident/evidence.hpp"
#include "incident/impact.hpp"

namespace aiops::incident {
namespace {

constexpr double kFailing = 0.2, kFewer = 0.5;  // shares of visits that count in full, and at all
constexpr double kMostVisits = 8;               // nats
constexpr double kMostShift = 8, kMostDistance = 4;
constexpr double kOutwards = 0.8;
constexpr double kBare = 0.5;                   // of own time that has ways to others in it
constexpr double kFullShift = 100;              // milliseconds that count in full
constexpr double kLeastShift = 10, kGrown = 1;  // milliseconds and growth that count by half
constexpr double kNoise = 5;                    // milliseconds that are nothing
constexpr double kSlow = 20;                    // milliseconds beyond what is usual: a slow visit
constexpr double kLast = 0.6;                   // of a break, to the callee that came last
constexpr double kNothing = 0.1;                // nats
constexpr std::size_t kSeen = 3;                // visits that say how long something takes

double term(double p, double q) { return p > 0 ? p * std::log(p / q) : 0; }

// Log-likelihood ratio of n that fell into a share, of which `was` was usual.
double ratio(double n, double now, double was) { return n * (term(now, was) + term(1 - now, 1 - was)); }

// Minus the logarithm of the chance that values drawn from one distribution lie so (Mann and Whitney 1947, by
// the normal approximation; equal values count by half).
double rank_nats(const std::vector<double>& sorted, const std::vector<double>& after) {
  const double m = static_cast<double>(sorted.size()), n = static_cast<double>(after.size());
  double above = 0;
  for (const double value : after) {
    const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), value);
    above += static_cast<double>(low - sorted.begin()) + 0.5 * static_cast<double>(high - low);
  }
  const double z = (above - m * n / 2 - 0.5) / std::sqrt(m * n * (m + n + 1) / 12);
  return z > 0 ? -std::log(std::max(1e-12, std::erfc(z / std::numbers::sqrt2) / 2)) : 0;
}

// The mean without the largest: one slow answer is no slow service.
double mean_of(const std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  const double n = static_cast<double>(values.size());
  return n < 2 ? sum : (sum - *std::max_element(values.begin(), values.end())) / (n - 1);
}

}  // namespace

void Shift::add(const Cut& cut, const std::string& name) {
  for (const double value : cut.before) before.push_back(value - cut.usual);
  for (const double value : cut.after) after.push_back(value - cut.usual);
  const double rise = cut.rise() * static_cast<double>(std::min(cut.after.size(), kSeen));
  if (rise <= most) return;
  most = rise;
  usual = cut.usual;
  now = cut.now;
  operation = name;
}

// What was measured in milliseconds: how sure it is that it grew, as a whole or for a part of the visits, and
// how far beyond its usual spread; by how much it matters.
Evidence::Sign Evidence::latency_shift(const Shift& shift, std::string_view what) const {
  std::vector<double> before = shift.before, after = shift.after;
  if (before.size() < 3 || after.empty()) return {};
  std::sort(before.begin(), before.end());
  const double high = before[before.size() * 19 / 20] + kSlow;
  const auto share = [&](const std::vector<double>& values) {
    return static_cast<double>(
               std::count_if(values.begin(), values.end(), [&](double x) { return x > high; })) /
           static_cast<double>(values.size());
  };
  const double m = static_cast<double>(before.size()), n = static_cast<double>(after.size());
  const double slow = share(after), was = (share(before) * m + 0.5) / (m + 1);
  const double sure = std::max(rank_nats(before, after), slow > was ? ratio(n, slow, was) : 0);
  std::vector<double> scratch = after;
  const double middle = median(scratch);
  const double rise = std::max(middle, mean_of(after) - mean_of(before));
  if (!(rise > 0)) return {};
  const double spread = std::max({kNoise, before[before.size() * 9 / 10], -before[before.size() / 10]});
  const double impact = std::max(part(rise, kFullShift), 0.5 * part(rise, kLeastShift) *
                                                             part(rise / std::max(shift.usual, 1.0), kGrown));
  const double nats = std::min(kMostShift, sure) + std::clamp(std::log(rise / spread), 0.0, kMostDistance);
  return {nats * impact * part(n, kSeen),
          {},
          middle * 2 > rise ? fmt::format("spans: {}: {} ms usually, {} ms now", what,
                                          text_6(std::round(shift.usual * 1e4) / 1e4),
                                          text_6(std::round(shift.now * 1e4) / 1e4))
                            : fmt::format("spans: {}: {:.0f} % of visits slow, by {:.0f} ms", what,
                                          100 * slow, *std::max_element(after.begin(), after.end()))};
}

void Evidence::collect_spans() {
  for (const SpanSeries& series : ranker_.spans_.series()) {
    if (series.sign == SpanSign::own) continue;
    const Cut cut = series.history.cut(from_, to_);
    if (!cut.usable()) continue;
    series.sign == SpanSign::way ? collect_way(series, cut) : collect_visits(series, cut);
  }
  collect_own();
}

// All that a service does: operations that are asked for now and then tell little alone.
void Evidence::collect_own() {
  std::map<std::string, Shift> shifts;
  std::set<std::string> bare;  // the ways to others are in their own time
  for (const SpanSeries& series : ranker_.spans_.series()) {
    if (series.sign != SpanSign::own) continue;
    const Cut cut = series.history.cut(from_, to_);
    if (!cut.usable()) continue;
    shifts[series.service].add(cut, series.operation);
    if (cut.after.size() >= kSeen) visited_.insert(series.service);
    // An operation by itself, for one of many may be slow.
    Shift alone;
    alone.add(cut, series.operation);
    Sign sign = latency_shift(alone, "own time of " + series.operation);
    if (series.bare) {
      bare.insert(series.service);
      sign.nats *= kBare;
    }
    if (Sign& best = own_[series.service]; sign.nats > best.nats) best = std::move(sign);
  }
  for (const auto& [service, shift] : shifts) {
    Sign sign = latency_shift(shift, "own time of " + shift.operation);
    if (bare.count(service) != 0) sign.nats *= kBare;
    if (Sign& best = own_[service]; sign.nats > best.nats) best = std::move(sign);
  }
}

void Evidence::collect_way(const SpanSeries& series, const Cut& cut) {
  if (cut.after.size() >= kSeen) seen_.insert(series.service);
  Shift shift;
  shift.add(cut, {});
  Sign in = latency_shift(shift, "the way from " + series.other);
  // Of two that only each other's way speaks against, the one that was called rather than its caller.
  Sign out = latency_shift(shift, "the way to " + series.service);
  out.nats *= kOutwards;
  span_ways_[series.service].push_back(std::move(in));
  span_ways_[series.other].push_back(std::move(out));
}

// Which share of visits failed by themselves, got no answer, ended there, or made a call: the log-likelihood
// ratio of the share now against the share before, halved, for visits of one session are not independent.
void Evidence::collect_visits(const SpanSeries& series, const Cut& cut) {
  const auto share = [&](const std::vector<double>& values) {
    const auto hits = std::count_if(values.begin(), values.end(), [&](double value) { return value > 0; });
    return static_cast<double>(hits) / static_cast<double>(values.size());
  };
  const bool calls = series.sign == SpanSign::calls;
  const double m = static_cast<double>(cut.before.size()), now = share(cut.after), was = share(cut.before);
  const double rise = calls ? (was - now) / std::max(was, 1e-9) : now - was;
  if (!(rise > 0)) return;
  const double nats = ratio(static_cast<double>(cut.after.size()), now, (was * m + 0.5) / (m + 1)) / 2;
  // Some calls depend on what is asked for: only where most are no longer made does it say something.
  const double impact = calls ? part(rise - kFewer, 1 - kFewer) : part(rise, kFailing);
  const auto sign = [&](std::string what) {
    return Sign{std::min(nats, kMostVisits) * impact,
                {},
                fmt::format("spans: {}: {:.0f} % usually, {:.0f} % now", what, 100 * was, 100 * now)};
  };
  const auto keep = [](Sign& best, Sign found) {
    if (found.nats > best.nats) best = std::move(found);
  };
  if (calls) {
    keep(dropped_[series.service][series.other], sign(series.operation + " calls " + series.other));
  } else if (series.sign == SpanSign::errors) {
    keep(failed_[series.service], sign(series.operation + " fails by itself"));
  } else if (series.sign == SpanSign::lost) {
    keep(lost_[series.service][series.other], sign(series.operation + " asks somebody who does not answer"));
  } else if (series.sign == SpanSign::answers) {
    keep(unanswered_[series.service], sign("calls from " + series.other + " without an answer"));
  } else {
    Sign found = sign(fmt::format("{} ends {}", series.operation,
                                  series.step.empty() ? "at once" : "after " + series.step));
    Sign& best = broken_[series.service][series.other];
    best.nats += found.nats;
    if (best.why.empty()) best.why = std::move(found.why);
  }
}

// Whether spans say where the time of its callers went, and that it was not on the way: without spans around
// the calls the way is in the caller's own time.
bool Evidence::traced(const std::string& service) const {
  const std::vector<Call> callers = graph_.callers(service);
  return visited_.count(service) != 0 && std::none_of(callers.begin(), callers.end(), [&](const Call& call) {
           return nats_of(own_, call.service) > kNothing;
         });
}

// What speaks against a service by itself.
double Evidence::trouble_of(const std::string& service) const {
  return std::max({nats_of(failed_, service), nats_of(unanswered_, service), nats_of(own_, service)});
}

// Visits that end early: where a call came last, who was called is suspected somewhat more than who called,
// unless the visits ended after different steps. Blamed on the deepest: who is not answered well goes on no
// further.
Evidence::Signs Evidence::judge_breaks() const {
  Signs blamed;
  const auto blame = [&](const std::string& service, double nats, const std::string& why) {
    if (Sign& sign = blamed[service]; nats > sign.nats) sign = {nats, {}, why};
  };
  std::map<std::string, double> passed;  // suspicion that a service passes on
  for (const auto& [service, steps] : broken_) {
    double all = 0, left = 0, most = 0;
    for (const auto& [callee, sign] : steps) all += sign.nats;
    if (!(all > 0)) continue;
    const Sign* worst = nullptr;
    for (const auto& [callee, sign] : steps) {
      if (!callee.empty()) {
        const double nats = kLast * std::min(sign.nats, kMostVisits) * sign.nats / all;
        blame(callee, nats, sign.why);
        passed[service] = std::max(passed[service], nats);
        if (trouble_of(callee) > sign.nats / 2 || broken_.count(callee) != 0) continue;
        most = std::max(most, sign.nats);
      }
      left += sign.nats;
      if (worst == nullptr || sign.nats > worst->nats) worst = &sign;
    }
    if (worst != nullptr) blame(service, std::min(left, kMostVisits) * (1 - kLast * most / left), worst->why);
  }
  for (const auto& [service, nats] : passed) {
    const auto steps = broken_.find(service);
    const double own = steps->second.count("") != 0 ? steps->second.at("").nats : 0;
    if (own < nats) blamed[service].nats -= nats;
  }
  return blamed;
}

void Evidence::judge_visits() {
  for (const Signs& signs : {judge_breaks(), failed_, unanswered_})
    for (const auto& [service, sign] : signs) add(service, "error", sign);
  // Nobody answers, and nothing says who was asked: those of whom no call is seen any more.
  for (const auto& [caller, callees] : lost_) {
    double found = 0;
    const Sign* most = nullptr;
    for (const auto& [callee, lost] : callees) {
      if (most == nullptr || lost.nats > most->nats) most = &lost;
      const Signs& dropped = dropped_[caller];
      const auto at = dropped.find(callee);
      if (at == dropped.end()) continue;
      const double nats = std::min(lost.nats, at->second.nats);
      add(callee, "error", {nats, {}, lost.why + ", and " + at->second.why});
      found = std::max(found, nats);
    }
    if (most != nullptr) add(caller, "error", {most->nats - found, {}, most->why});
  }
}

}  // namespace aiops::incident
