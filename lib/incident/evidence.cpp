#include "incident/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.hpp"
#include "incident/impact.hpp"

namespace aiops::incident {
namespace {

constexpr std::string_view kConfig = "config";
constexpr double kChanged = 1;  // nats that a change before it adds to what speaks against a service
constexpr std::size_t kReasons = 5;
constexpr double kLeast = 0.1;       // nats: less is nothing
constexpr double kIdleLatency = 10;  // seconds: what a histogram without traffic says
constexpr double kOwnLatency = 0.5;  // of a service's own latency, which explains that of its callers
constexpr double kServerPart = 0.5;  // of a caller's own latency beside that of its clients' view
constexpr double kCorroborated = 0.5, kMostCorroborated = 3, kLeastCpu = 0.5;
constexpr double kPassedOn = 0.5;  // of failures at the entrance, to who is at their root
constexpr double kSilent = 0.5;    // of the entrance's failures, for a service that nothing is known of
constexpr double kWeak = 0.5;      // memory and disk: they rarely are what makes others slow

// Relative growth, where nothing tells what a value of the metric is worth.
double growth(const Cut& cut) { return cut.usual == 0 ? 1 : part(std::abs(cut.rise()), std::abs(cut.usual)); }

}  // namespace

Evidence::Evidence(const CauseRanker& ranker, Nanos from, Nanos to)
    : ranker_(ranker), options_(ranker.options_), graph_(ranker.graph_), from_(from), to_(to) {
  find_services();
  if (options_.robust_z) {
    robust_z();
    return;
  }
  collect_series();
  if (use(Source::edges)) collect_edges();
  if (use(Source::spans)) collect_spans();
  judge_cpu();
  judge_network();
  if (use(Source::errors)) judge_errors();
  judge_visits();
  const bool by_alerts = findings_.empty() && use(Source::alerts) && judge_alerts();
  if (!by_alerts && use(Source::logs)) collect_logs();
  if (use(Source::changes)) judge_changes();
}

void Evidence::find_services() {
  for (std::string& name : graph_.services()) observed_.emplace(std::move(name), false);
  for (const Series& series : ranker_.series_)
    if (!series.role.service.empty())  // what others say of it does not count
      observed_[series.role.service] |= series.role.caller.empty() && series.history.newest() > from_;
}

double Evidence::nats_of(const Signs& signs, const std::string& service) {
  const auto at = signs.find(service);
  return at == signs.end() ? 0 : at->second.nats;
}

void Evidence::add(const std::string& service, std::string fault, const Sign& sign, double weight) {
  if (!(sign.nats * weight > kLeast) || service.empty()) return;
  findings_[service].push_back({std::move(fault), sign.nats * weight, sign.metric, sign.why});
}

// The baseline: every series alike, by its largest distance from the median in interquartile ranges.
void Evidence::robust_z() {
  const auto take = [&](const std::string& service, const std::string& name, const Cut& cut) {
    if (!cut.usable()) return;
    const auto quartile = [&](std::size_t i) { return cut.before[cut.before.size() * i / 4]; };
    const double range = quartile(3) - quartile(1);
    const double most = *std::max_element(cut.after.begin(), cut.after.end());
    add(service, "unusual", {(most - cut.usual) / (range > 0 ? range : 1), name, from_to(cut)});
  };
  for (const Series& series : ranker_.series_)
    if (series.role.role != Role::node)
      take(series.role.service, series.name, series.history.cut(from_, to_));
  for (const auto& [name, edge] : ranker_.edges_) take(edge.service, edge.name, edge.way.cut(from_, to_));
}

void Evidence::collect_series() {
  // Per cent of a limit say more than an amount; where a service has both, these count.
  std::set<std::string> percent;
  for (const Series& series : ranker_.series_)
    if (series.role.role == Role::cpu && series.role.percent) percent.insert(series.role.service);
  for (const Series& series : ranker_.series_) {
    if (series.role.role == Role::node || series.role.role == Role::other || series.role.service.empty())
      continue;
    if (series.role.role == Role::cpu && !series.role.percent && percent.count(series.role.service) != 0)
      continue;
    collect_series(series);
  }
}

Evidence::Sign Evidence::latency_sign(const Series& series, const Cut& cut) const {
  const double seconds = cut.rise() * series.role.unit;
  return {std::min(options_.most_latency, surprise(cut, 1)) * part(seconds, options_.latency_impact),
          series.name, fmt::format("{}: {}", series.name, from_to(cut, series.role.unit * 1000, " ms"))};
}

void Evidence::collect_series(const Series& series) {
  const SeriesRole& role = series.role;
  const auto keep = [&](Signs& signs, Sign sign) {
    Sign& best = signs[role.service];
    if (sign.nats > best.nats) best = std::move(sign);
  };
  Cut cut = series.history.cut(from_, to_);
  const auto sign = [&](double nats) {
    return Sign{nats, series.name, fmt::format("{}: {}", series.name, from_to(cut))};
  };
  switch (role.role) {
    case Role::cpu:
      keep(cpu_,
           sign(surprise(cut, 1) * (role.percent ? part(cut.rise(), options_.cpu_impact) : growth(cut))));
      break;
    case Role::client_latency:
    case Role::server_latency:
      if (role.extreme || !use(Source::latency)) break;
      cut = series.history.cut(from_, to_, kIdleLatency / role.unit);
      if (cut.usable())
        keep(role.role == Role::client_latency ? client_ : server_, latency_sign(series, cut));
      break;
    case Role::success:
    case Role::errors:
      if (role.caller.empty()) keep(errors_, sign(surprise(cut, role.role == Role::errors ? 1 : -1)));
      break;
    case Role::traffic:
      if (role.caller.empty() && use(Source::traffic)) keep(fewer_, sign(surprise(cut, -1)));
      break;
    case Role::memory:
    case Role::disk:
      if (!use(Source::memory)) break;
      add(role.service, role.role == Role::memory ? "memory" : "disk",
          sign(surprise(cut, 1) * (role.percent ? part(cut.rise(), options_.cpu_impact) : growth(cut))),
          kWeak);
      break;
    default:
      break;
  }
}

void Evidence::collect_edges() {
  for (const auto& [name, edge] : ranker_.edges_) {
    const Cut cut = edge.way.cut(from_, to_);
    if (!cut.usable()) continue;
    ways_[edge.service].push_back(
        {surprise(cut, 1) * part(cut.rise(), options_.latency_impact), edge.name,
         fmt::format("the way from {}: {}", edge.caller, from_to(cut, 1000, " ms"))});
  }
}

// How well the callers' latency fits a slow way to the service: each caller counts by the share of its calls
// that go there. Known latency of callers that is as usual speaks against it.
double Evidence::template_of(const std::string& service, std::string& why) const {
  double sum = 0, squares = 0, most = 0;
  for (const Call& call : graph_.callers(service)) {
    const double weight = part(graph_.share(call.service, service), options_.usual_share);
    for (const auto& [signs, factor] : {std::pair(&client_, 1.0), std::pair(&server_, kServerPart)}) {
      const auto at = signs->find(call.service);
      if (at == signs->end()) continue;
      const double part = weight * factor;
      sum += part * at->second.nats;
      squares += part * part;
      if (part * at->second.nats <= most) continue;
      most = part * at->second.nats;
      why = "its caller " + at->second.why;
    }
  }
  return squares > 0 ? sum / std::sqrt(squares) : 0;
}

void Evidence::judge_cpu() {
  std::set<std::string> told;  // services whose own time is long for want of processor
  for (const auto& [service, sign] : cpu_) {
    if (!use(Source::cpu)) break;
    Sign found = sign;
    if (found.nats > kLeastCpu) {
      std::string why;
      const double own = nats_of(own_, service), slow = use(Source::graph) ? template_of(service, why) : 0;
      const double more = std::min(kMostCorroborated, std::max({slow, nats_of(server_, service), own}));
      if (own > kLeast) told.insert(service);
      found.nats = std::max(found.nats, own) + kCorroborated * more;
    }
    add(service, "cpu", found);
  }
  for (const auto& [service, sign] : own_) add(service, told.count(service) != 0 ? "cpu" : "latency", sign);
}

void Evidence::judge_network() {
  const auto strongest = [](const std::vector<Sign>& signs) {
    return *std::max_element(signs.begin(), signs.end(),
                             [](const Sign& a, const Sign& b) { return a.nats < b.nats; });
  };
  for (const auto& [service, there] : observed_) {
    if (const auto at = span_ways_.find(service); at != span_ways_.end()) {
      // All ways of a slow service are slow; of its neighbours, one.
      Sign sign = strongest(at->second);
      double sum = 0;
      for (const Sign& way : at->second) sum += way.nats;
      sign.nats = sum / std::sqrt(static_cast<double>(at->second.size()));
      add(service, "network", sign);
    }
    // What was measured on the way itself needs no inference from callers.
    if (seen_.count(service) != 0) continue;
    if (const auto at = ways_.find(service); at != ways_.end()) {
      Sign sign = strongest(at->second);
      double sum = 0;
      for (const Sign& way : at->second) sum += way.nats;
      sign.nats = sum / static_cast<double>(at->second.size());
      add(service, "network", sign);
    } else if (use(Source::graph) && !traced(service)) {
      Sign sign;
      sign.nats = template_of(service, sign.why) -
                  kOwnLatency * std::max(nats_of(server_, service), nats_of(client_, service));
      add(service, "network", sign);
    }
  }
}

// How much more than the service itself one that it calls is asked less: who fails early makes no calls.
Evidence::Sign Evidence::starved_by(const std::string& service) const {
  Sign starved;
  for (const Call& call : graph_.callees(service)) {
    const double nats = nats_of(fewer_, call.service) - nats_of(fewer_, service);
    if (nats <= starved.nats) continue;
    const Sign& fewer = fewer_.at(call.service);
    starved = {nats, fewer.metric, "asks " + call.service + " less: " + fewer.why};
  }
  return starved;
}

// Failures show at the entrance, whoever is at their root: a service further on that no longer makes its
// calls takes part of the blame over.
void Evidence::judge_errors() {
  double worst = 0, deepest = 0;
  for (const auto& [service, sign] : errors_) worst = std::max(worst, sign.nats);
  std::map<std::string, Sign> starved;
  if (worst > 0 && use(Source::graph)) {
    for (const auto& [service, there] : observed_) {
      const Sign& sign = starved[service] = starved_by(service);
      if (!graph_.callers(service).empty()) deepest = std::max(deepest, sign.nats);
    }
  }
  for (const auto& [service, there] : observed_) {
    Sign sign;
    const bool entrance = graph_.callers(service).empty();
    if (const auto at = errors_.find(service); at != errors_.end()) sign = at->second;
    if (entrance) sign.nats = std::max(0.0, sign.nats - kPassedOn * deepest);
    if (const Sign& less = starved[service]; less.nats > 0) {
      sign.nats += less.nats + (entrance ? 0 : kPassedOn * std::min(worst, less.nats));
      if (sign.why.empty()) sign.why = less.why;
      if (sign.metric.empty()) sign.metric = less.metric;
    }
    if (!there && use(Source::graph)) {
      sign.nats += kSilent * worst;
      if (sign.why.empty()) sign.why = "the entrance fails, and nothing is known of this service";
    }
    add(service, "error", sign);
  }
}

void Evidence::collect_logs() {
  Signs best;
  for (const auto& log : ranker_.logs_) {
    if (log.time <= from_ || log.time > to_) continue;
    Sign& sign = best[log.service];
    const double nats = std::min(options_.most_latency, log.score);
    if (nats > sign.nats) sign = {nats, log.metric, fmt::format("{}: {}", log.metric, printable(log.text))};
  }
  for (const auto& [service, messages] : ranker_.messages_) {
    const Cut cut = messages.history.cut(from_, to_);
    if (!cut.usable()) continue;
    const double nats = std::min(options_.most_latency, surprise(cut, 1));
    Sign& sign = best[service];
    if (nats > sign.nats) sign = {nats, {}, "errors in its log: " + from_to(cut, 2, " a minute")};
  }
  for (const auto& [service, sign] : best) add(service, "log", sign);
}

// Alerts rank where there are no values: they say less than what they were made of. True if there are any.
bool Evidence::judge_alerts() {
  for (const AlertScore& score : ranker_.alerts_.rank(from_, to_))
    if (!score.service.empty()) findings_[score.service].push_back({"alert", score.score, {}, score.why});
  return !findings_.empty();
}

void Evidence::judge_changes() {
  for (const Change& change : ranker_.changes_) {
    if (change.time < subtract_held(from_, options_.changes_before) || change.time > to_) continue;
    const auto at = findings_.find(change.service);
    if (at == findings_.end()) continue;
    add(change.service, std::string(kConfig),
        {kChanged,
         {},
         fmt::format("{} {}: {}", change.kind.empty() ? "changed" : change.kind, format_time(change.time),
                     printable(change.what))});
  }
}

std::vector<Cause> Evidence::causes(const std::vector<std::string>& services) const {
  std::vector<Cause> ranked;
  for (const auto& [service, findings] : findings_) {
    if (!services.empty() && std::find(services.begin(), services.end(), service) == services.end()) continue;
    std::vector<Finding> sorted = findings;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Finding& a, const Finding& b) { return a.score > b.score; });
    Cause cause{service, sorted.front().metric, sorted.front().fault, sorted.front().score, {}};
    bool changed = false;
    for (const Finding& finding : sorted) {
      const bool change = finding.fault == kConfig;
      if (change && !changed && sorted.front().fault != kConfig) cause.score += finding.score;
      changed = changed || change;
      if (!finding.why.empty() && (change || cause.why.size() < kReasons)) cause.why.push_back(finding.why);
    }
    ranked.push_back(std::move(cause));
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Cause& a, const Cause& b) { return a.score > b.score; });
  return ranked;
}

}  // namespace aiops::incident
