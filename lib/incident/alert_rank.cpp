#include "incident/alert_rank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace aiops::incident {
namespace {

constexpr double kLeastRarity = 0.05;
constexpr double kMachine = 0.2;  // an address stands for a machine, which services share
constexpr double kAmount = 2;     // incidents of a like size are more alike

bool is_address(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isdigit(c) || c == '.' || c == ':';
  });
}

double seconds(Nanos time) { return static_cast<double>(time) / 1e9; }

// Shared and all keys of two incidents, keys of size counting more.
double likeness(const std::set<std::string>& a, const std::set<std::string>& b) {
  double shared = 0, all = 0;
  const auto weight = [](const std::string& key) { return key.front() == '#' ? kAmount : 1.0; };
  for (const std::string& key : a) {
    all += weight(key);
    if (b.count(key) != 0) shared += weight(key);
  }
  for (const std::string& key : b)
    if (a.count(key) == 0) all += weight(key);
  return all > 0 ? (shared / all) * (shared / all) : 0;
}

}  // namespace

void AlertRank::add(Alert alert) {
  alerts_.push_back(std::move(alert));
  if (alerts_.size() > kMostAlerts) alerts_.pop_front();
}

std::vector<const Alert*> AlertRank::within(Nanos from, Nanos to) const {
  std::vector<const Alert*> found;
  for (const Alert& alert : alerts_)
    if (alert.time >= from && alert.time <= to) found.push_back(&alert);
  std::stable_sort(found.begin(), found.end(),
                   [](const Alert* a, const Alert* b) { return a->time < b->time; });
  return found;
}

std::vector<Nanos> AlertRank::times() const {
  std::vector<Nanos> times;
  for (const Alert& alert : alerts_) times.push_back(alert.time);
  std::sort(times.begin(), times.end());
  return times;
}

std::string AlertRank::kind_of(const Alert& alert) {
  if (alert.kind == AlertKind::slow_call) return "slow call";
  if (alert.kind == AlertKind::failed_call) return "failed call";
  return alert.down ? alert.what + " (falls)" : alert.what;
}

// 1: never seen before, by this service or any other. Counts what was learned, so nothing that comes later.
double AlertRank::rarity(const Alert& alert) const {
  const auto count = [](const auto& table, const std::string& key) {
    const auto at = table.find(key);
    return at == table.end() ? 0.0 : at->second;
  };
  const std::string kind = kind_of(alert);
  const double n = incidents_, here = count(of_service_, alert.service + '\n' + alert.caller + '\n' + kind);
  const double anywhere =
      std::min(n, count(of_kind_, kind) / std::max<double>(1, static_cast<double>(services_.size())));
  const double idf = (std::log((n + 1) / (here + 0.5)) + std::log((n + 1) / (anywhere + 0.5))) / 2;
  return std::max(kLeastRarity, idf) / std::log(n + 2);
}

double AlertRank::weight(const Alert& alert, Nanos start, const std::vector<const Alert*>& failures) const {
  const double since = seconds(alert.time - start);
  if (alert.kind == AlertKind::failed_call) {
    // Where the callee itself could not reach another, that one is to blame.
    const bool explained = std::any_of(failures.begin(), failures.end(), [&](const Alert* other) {
      return other->caller == alert.service &&
             std::abs(other->time - alert.time) <= weights_.explained_within;
    });
    return weights_.failed_call * (explained ? weights_.explained : 1) *
           std::exp(-since / seconds(weights_.failure_decay));
  }
  double weight = rarity(alert) * std::exp(-since / seconds(weights_.decay));
  if (alert.kind == AlertKind::slow_call) return weight * weights_.slow_call;
  if (alert.kind == AlertKind::log) return weight * weights_.log;
  const bool gauge = alert.kind == AlertKind::gauge;
  weight *= gauge ? weights_.gauge : alert.part ? weights_.part : 1;
  return alert.down && !gauge ? weight * weights_.falls : weight;
}

std::vector<AlertScore> AlertRank::rank(Nanos from, Nanos to) const {
  const std::vector<const Alert*> alerts = within(from, to);
  std::vector<const Alert*> failures;
  for (const Alert* alert : alerts)
    if (alert->kind == AlertKind::failed_call) failures.push_back(alert);
  // By service and family of metrics the largest weight of each kind of alert.
  std::map<std::string, std::map<std::string, std::map<std::string, double>>> best;
  std::map<std::string, AlertScore> scores;
  std::map<std::string, double> amount;  // of messages, by service and template
  for (const Alert* alert : alerts)
    if (alert->kind == AlertKind::log)
      amount[alert->service + '\n' + alert->what] =
          std::max(amount[alert->service + '\n' + alert->what], alert->count);
  std::map<std::string, std::string> names;
  for (const Alert* alert : alerts) {
    if (!alert->name.empty()) names.try_emplace(alert->what, alert->name);
    scores.try_emplace(alert->service, AlertScore{alert->service, 0, {}});
    if (!alert->caller.empty()) scores.try_emplace(alert->caller, AlertScore{alert->caller, 0, {}});
    const bool call = alert->kind == AlertKind::slow_call || alert->kind == AlertKind::failed_call;
    double& most = best[alert->service][call ? kind_of(*alert) : alert->family]
                       [call ? "from " + alert->caller : alert->what];
    double weight = this->weight(*alert, alerts.front()->time, failures);
    if (alert->kind == AlertKind::log) weight *= std::sqrt(std::log1p(std::max(1.0, alert->count)));
    most = std::max(most, weight);
  }
  for (const auto& [service, families] : best) {
    AlertScore& score = scores[service];
    double strongest = 0;
    for (const auto& [family, alerting] : families) {
      double largest = 0, sum = 0;
      const std::string* what = nullptr;
      for (const auto& [name, weight] : alerting) {
        sum += weight;
        if (what == nullptr || weight > largest) what = &name;
        largest = std::max(largest, weight);
      }
      const double all = largest + weights_.others * (sum - largest);
      score.score += all;
      if (all <= strongest) continue;
      strongest = all;
      const auto known = names.find(*what);
      const std::string& name = known == names.end() ? *what : known->second;
      score.why = name.find(family) == std::string::npos ? fmt::format("alerts: {} {}", family, name)
                                                         : "alerts: " + name;
    }
    if (is_address(service)) score.score *= kMachine;
  }
  add_past(alerts, scores);
  std::vector<AlertScore> ranked;
  for (auto& [service, score] : scores) ranked.push_back(std::move(score));
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const AlertScore& a, const AlertScore& b) { return a.score > b.score; });
  return ranked;
}

AlertRank::Signature AlertRank::signature_of(const std::vector<const Alert*>& alerts) {
  Signature signature;
  for (const Alert* alert : alerts) signature.insert(kind_of(*alert));
  if (!alerts.empty())
    signature.insert(fmt::format("#{}", std::floor(std::log2(static_cast<double>(alerts.size())))));
  return signature;
}

void AlertRank::add_past(const std::vector<const Alert*>& alerts,
                         std::map<std::string, AlertScore>& scores) const {
  if (past_.empty() || alerts.empty()) return;
  const Signature signature = signature_of(alerts);
  std::map<std::string, std::pair<double, int>> votes;
  for (const Past& past : past_) {
    auto& [vote, times] = votes[past.cause];
    const double alike = likeness(signature, past.signature);
    vote += weights_.likeness * alike;
    times += alike > 0.25;
  }
  for (const auto& [cause, vote] : votes) {
    if (!(vote.first > 0)) continue;
    AlertScore& score = scores.try_emplace(cause, AlertScore{cause, 0, {}}).first->second;
    if (score.why.empty())
      score.why = "was the cause of earlier incidents, though of none just like this one";
    if (vote.second > 0 && (score.score == 0 || vote.first > score.score)) {
      score.why =
          fmt::format("was the cause of {} of {} earlier incidents like this one", vote.second, past_.size());
    }
    score.score += vote.first;
  }
}

void AlertRank::learn(Nanos from, Nanos to, std::string_view confirmed) {
  const std::vector<const Alert*> alerts = within(from, to);
  if (alerts.empty()) return;
  ++incidents_;
  std::set<std::string> here, kinds;
  for (const Alert* alert : alerts) {
    services_.insert(alert->service);
    const std::string kind = kind_of(*alert);
    const std::string key = alert->service + '\n' + alert->caller + '\n' + kind;
    if (!here.insert(key).second || of_service_.size() >= kMostKinds) continue;
    ++of_service_[key];
    ++of_kind_[kind];
  }
  if (confirmed.empty()) return;
  past_.push_back({signature_of(alerts), std::string(confirmed)});
  if (past_.size() > kMostPast) past_.pop_front();
}

}  // namespace aiops::incident
