// What spans say against services.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "incident/evidence.hpp"
#include "incident/impact.hpp"

namespace aiops::incident {
namespace {

constexpr double kFailing = 0.2, kFewer = 0.5;  // shares of visits that count in full, and at all
constexpr double kMostVisits = 8;               // nats
constexpr double kOutwards = 0.8;
constexpr std::size_t kSeen = 3;  // calls that show how long a way takes

}  // namespace

void Evidence::collect_spans() {
  for (const SpanSeries& series : ranker_.spans_.series()) {
    const Cut cut = series.history.cut(from_, to_);
    if (!cut.usable()) continue;
    if (series.sign == SpanSign::way) {
      collect_way(series, cut);
    } else if (series.sign == SpanSign::own) {
      Sign& best = own_[series.service];
      const double nats = span_nats(cut);
      if (nats > best.nats)
        best = {nats, {}, fmt::format("spans: own time of {}: {}", series.operation, from_to(cut, 1, " ms"))};
    } else {
      collect_visits(series, cut);
    }
  }
}

// One slow answer is no slow service.
double Evidence::span_nats(const Cut& cut) const {
  return surprise(cut, 1) * part(cut.rise(), options_.latency_impact * 1000) *
         part(static_cast<double>(cut.after.size()), kSeen);
}

void Evidence::collect_way(const SpanSeries& series, const Cut& cut) {
  if (cut.after.size() >= kSeen) seen_.insert(series.service);
  const double nats = span_nats(cut);
  span_ways_[series.service].push_back(
      {nats, {}, fmt::format("spans: the way from {}: {}", series.other, from_to(cut, 1, " ms"))});
  // Of two that only each other's way speaks against, the one that was called rather than its caller.
  span_ways_[series.other].push_back(
      {nats * kOutwards,
       {},
       fmt::format("spans: the way to {}: {}", series.service, from_to(cut, 1, " ms"))});
}

// Which share of visits failed by themselves, made a call, or did at least half of what is usual: the
// log-likelihood ratio of the share now against the share before, halved, for visits of one session are not
// independent.
void Evidence::collect_visits(const SpanSeries& series, const Cut& cut) {
  const double enough = series.sign == SpanSign::parts ? cut.usual / 2 : 0;
  const auto share = [&](const std::vector<double>& values) {
    const auto hits =
        std::count_if(values.begin(), values.end(), [&](double value) { return value > enough; });
    return static_cast<double>(hits) / static_cast<double>(values.size());
  };
  const bool errors = series.sign == SpanSign::errors;
  const double n = static_cast<double>(cut.before.size()), now = share(cut.after), was = share(cut.before);
  const double rise = errors ? now - was : (was - now) / std::max(was, 1e-9);
  if (!(rise > 0)) return;
  const double before = (was * n + 0.5) / (n + 1);
  const auto term = [](double p, double q) { return p > 0 ? p * std::log(p / q) : 0; };
  const double nats =
      static_cast<double>(cut.after.size()) * (term(now, before) + term(1 - now, 1 - before)) / 2;
  // Some calls depend on what is asked for: only where most are no longer made does it say something.
  const double impact = errors ? part(rise, kFailing) : part(rise - kFewer, 1 - kFewer);
  Sign sign{std::min(nats, kMostVisits) * impact,
            {},
            fmt::format("spans: {} {}: {:.0f} % usually, {:.0f} % now", series.operation,
                        errors                           ? "fails by itself"
                        : series.sign == SpanSign::parts ? "is carried out"
                                                         : "calls " + series.other,
                        100 * was, 100 * now)};
  Sign& best = (errors ? errors_ : dropped_)[series.service];
  if (sign.nats > best.nats) best = std::move(sign);
}

// Calls that are no longer made: blamed on the deepest, for who is not answered well goes on no further.
void Evidence::judge_calls() {
  for (const auto& [service, sign] : dropped_) {
    double deeper = 0;
    for (const Call& call : graph_.callees(service))
      deeper = std::max({deeper, nats_of(dropped_, call.service), nats_of(errors_, call.service),
                         nats_of(own_, call.service)});
    // Who waits in vain goes on no further, either.
    if (const auto at = span_ways_.find(service); at != span_ways_.end())
      for (const Sign& way : at->second) deeper = std::max(deeper, way.nats);
    Sign left = sign;
    left.nats -= deeper;
    add(service, "error", left);
  }
}

}  // namespace aiops::incident
