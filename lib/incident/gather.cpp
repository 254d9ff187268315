// Which incident a sign belongs to, and which incidents are one.
#include <algorithm>
#include <tuple>

#include "incident/live.hpp"
#include "record/fields.hpp"

namespace aiops::incident {
namespace {

constexpr Nanos kKnown = kHour;  // services that were heard of within count as the fleet
// A failure that rolls upwards reaches most services of a small system, too: but it has one beginning.
constexpr std::size_t kFleetCauses = 3;
constexpr std::size_t kMostPending = 200;  // series of a service that wait for the rule to be met
constexpr int kWellKnown = 3;              // so many earlier incidents of a service tell its company …
constexpr double kUsualCompany = 0.5;      // … which is usual if half of the services here were there, too

}  // namespace

// A sign of a series that takes part in none.
void Incidents::gather(const ScoredRow& row, Nanos time, bool met) {
  if (Live* relapse = find_relapse(row, time)) {
    relapse->extend(row, time);
    relapse->changed = true;
    return;
  }
  std::vector<Live*> merged;
  Live* home = find_home(row, time, merged);
  if (home == nullptr && !met) {
    auto& waiting = pending_[std::string(row.service)];
    const auto found = waiting.find(std::string(row.name));
    if (found != waiting.end()) {
      found->second.until = std::max(found->second.until, time);
    } else if (waiting.size() < kMostPending) {
      waiting.emplace(row.name, make_member(row, time));
    }
    return;
  }
  if (home == nullptr) {
    resolve_quiet(time);
    for (std::size_t i = past_.size(); i-- > 0;) {
      Live& past = *past_[i];
      if (!past.incident.merged_into.empty() || past.index.count(std::string(row.name)) == 0) continue;
      if (past.incident.closed == kNoTime || time < past.incident.closed ||
          subtract_held(time, past.incident.closed) > options_.reopen_within) {
        continue;
      }
      if (!past.is_back(row, time)) reopen(i, row, time);
      return;
    }
    home = &open_new(row, time);
  }
  take(*home, make_member(row, time));
  for (Live* other : merged) {
    // The older one keeps its name.
    if (other->incident.opened < home->incident.opened) std::swap(home, other);
    merge(*home, *other);
  }
  take_pending(*home, time);
  check_fleet(time);
}

// How often the service was in earlier incidents, and which part of this one's services was there with it on
// average.
std::pair<int, double> Incidents::company(std::string_view service, const Incident& incident) const {
  const auto has = [](const Incident& one, std::string_view who) {
    return std::find(one.services.begin(), one.services.end(), who) != one.services.end();
  };
  int times = 0;
  double together = 0;
  for (const Owned& past : past_) {
    const Incident& other = past->incident;
    if (!other.merged_into.empty() || other.fleet_wide() || !has(other, service)) continue;
    ++times;
    together += static_cast<double>(std::count_if(incident.services.begin(), incident.services.end(),
                                                  [&](const std::string& one) { return has(other, one); }));
  }
  if (times == 0 || incident.services.empty()) return {times, 0};
  return {times, together / times / static_cast<double>(incident.services.size())};
}

// The incident that the row's service belongs to at that time, and those that it shows to be one with it.
Incidents::Live* Incidents::find_home(const ScoredRow& row, Nanos time, std::vector<Live*>& merged) {
  Live* best = nullptr;
  Relation how = Relation::none;
  double best_company = 0;
  std::vector<Live*> explained;  // incidents of which the service may be the cause
  const Nanos telling = pulse_.telling(options_.window);
  for (const Owned& one : live_) {
    if (time > add_held(one->active, options_.window) ||
        time < subtract_held(one->incident.start, options_.window)) {
      continue;
    }
    Relation relation = relations_.of(*row.series, time, one->incident);
    if (relation == Relation::none && one->incident.fleet_wide()) relation = Relation::unknown;
    double together = 0;
    if (graph_.knows_any() && (relation == Relation::none || relation == Relation::unknown)) {
      // The graph says nothing for it: what it was in before may.
      int times = 0;
      std::tie(times, together) = company(row.service, one->incident);
      if (times >= kWellKnown && relation == Relation::none && together >= kUsualCompany) {
        relation = Relation::near;
      } else if (times >= kWellKnown && together == 0 && !one->incident.fleet_wide()) {
        continue;
      }
    }
    if (relation == Relation::none) continue;
    // That it is near in time says nothing where something always is.
    if (relation == Relation::unknown && together == 0 && time > add_held(one->active, telling)) continue;
    if (relation == Relation::callee) explained.push_back(one.get());
    if (best == nullptr || relation > how ||
        (relation == how &&
         (together > best_company || (together == best_company && one->active >= best->active)))) {
      best = one.get();
      how = relation;
      best_company = together;
    }
  }
  for (Live* one : explained) {
    if (one != best) merged.push_back(one);
  }
  return best;
}

// The same series again, later than the window, while its incident still lasts.
Incidents::Live* Incidents::find_relapse(const ScoredRow& row, Nanos time) {
  for (auto live = live_.rbegin(); live != live_.rend(); ++live) {
    if ((*live)->member(row.name) != nullptr && time > (*live)->incident.start &&
        time < add_held((*live)->last, options_.resolve_after)) {
      std::vector<Live*> merged;
      // A newer incident of the service takes precedence: there the series is a sign of that one.
      Live* home = find_home(row, time, merged);
      return home == nullptr || home == live->get() ? live->get() : nullptr;
    }
  }
  return nullptr;
}

Incidents::Live& Incidents::open_new(const ScoredRow& row, Nanos time) {
  if (live_.size() >= options_.max_open) {
    const auto oldest = std::min_element(live_.begin(), live_.end(),
                                         [](const Owned& a, const Owned& b) { return a->last < b->last; });
    resolve(**oldest, "more incidents are open than are kept");
  }
  auto live = std::make_unique<Live>();
  live->incident.id = make_id(time, row.service, row.name);
  live->incident.start = time;
  live->incident.opened = std::max(time, clock_.now());
  live_.push_back(std::move(live));
  ++opened_;
  return *live_.back();
}

void Incidents::reopen(std::size_t past, const ScoredRow& row, Nanos time) {
  Owned live = std::move(past_[past]);
  past_.erase(past_.begin() + static_cast<std::ptrdiff_t>(past));
  live->incident.state = State::open;
  live->incident.end = live->incident.closed = kNoTime;
  live->incident.by = "rule";
  live->incident.why = "it came again";
  ++live->incident.reopened;
  live->extend(row, time);
  live_.push_back(std::move(live));
  give(*live_.back(), Event::reopened);
}

void Incidents::take(Live& live, Member member) {
  if (Member* known = live.member(member.name)) {
    known->onset = std::min(known->onset, member.onset);
    known->until = std::max(known->until, member.until);
    known->severity = std::max(known->severity, member.severity);
  } else if (live.incident.members.size() >= kMostMembers && !live.make_room(member)) {
    ++live.incident.left_out;
    live.last = std::max(live.last, member.until);
    return;
  } else {
    live.incident.members.push_back(std::move(member));
  }
  const score::Severity before = live.incident.severity;
  live.reindex();
  live.changed = true;
  live.urgent = live.urgent || live.incident.severity > before;
}

// Signs that were not enough by themselves, of this incident's services and of those near it.
void Incidents::take_pending(Live& live, Nanos time) {
  const Nanos telling = pulse_.telling(options_.window);
  for (auto service = pending_.begin(); service != pending_.end();) {
    const Relation relation = relations_.of(service->first, live.incident);
    if (relation == Relation::none || (relation == Relation::unknown && graph_.knows_any())) {
      ++service;
      continue;
    }
    const Nanos near = relation == Relation::unknown ? telling : options_.window;
    for (auto& [name, member] : service->second) {
      if (subtract_held(time, member.until) <= near) {
        take(live, std::move(member));
      } else {
        ++unmet_;
      }
    }
    service = pending_.erase(service);
  }
}

void Incidents::merge(Live& into, Live& from) {
  for (Member& member : from.incident.members) take(into, member);
  into.incident.left_out += from.incident.left_out;
  for (const auto& label : from.incident.labels) {
    if (std::find(into.incident.labels.begin(), into.incident.labels.end(), label) ==
        into.incident.labels.end()) {
      into.incident.labels.push_back(label);
    }
  }
  from.incident.state = State::resolved;
  from.incident.merged_into = into.incident.id;
  from.incident.end = from.last;
  from.incident.closed = clock_.now();
  from.incident.by = "rule";
  from.incident.why = "part of " + into.incident.id;
  into.changed = into.urgent = true;
  if (from.is_told) {
    give(from, Event::merged);
    retire(from);
  } else {  // nobody has heard of it
    --opened_;
    std::erase_if(live_, [&](const Owned& one) { return one.get() == &from; });
  }
}

// Most services within a minute: something that all of them share.
void Incidents::check_fleet(Nanos time) {
  const Nanos since = subtract_held(time, options_.fleet_within);
  std::vector<std::string> services;
  std::vector<Live*> recent;
  bool full = false;
  for (const Owned& one : live_) {
    // Where time alone gathers, also one that had begun by chance just before.
    const bool mostly =
        !graph_.knows_any() && one->incident.members[one->incident.members.size() / 5].onset >= since;
    if (one->incident.start < since && !mostly) continue;
    recent.push_back(one.get());
    full = full || one->incident.members.size() >= kMostMembers;
    services.insert(services.end(), one->incident.services.begin(), one->incident.services.end());
  }
  if (full) {  // there is no room for all of them
    const std::vector<std::string> all = pulse_.first_since(since);
    services.insert(services.end(), all.begin(), all.end());
  }
  std::sort(services.begin(), services.end());
  services.erase(std::unique(services.begin(), services.end()), services.end());
  if (recent.empty() || services.size() < options_.fleet_services) return;
  // A stream of alerts alone names those that alert: the graph knows the others, but not all of these.
  const std::vector<std::string> others = graph_.services();
  const auto strangers = std::count_if(services.begin(), services.end(), [&](const std::string& one) {
    return !std::binary_search(others.begin(), others.end(), one);
  });
  const std::size_t known =
      std::max(clock_.services(kKnown), others.size() + static_cast<std::size_t>(strangers));
  if (static_cast<double>(services.size()) < options_.fleet_share * static_cast<double>(known) ||
      relations_.independent(services) < kFleetCauses) {
    return;
  }
  Live* oldest = *std::min_element(recent.begin(), recent.end(), [](const Live* a, const Live* b) {
    return a->incident.opened < b->incident.opened;
  });
  for (Live* one : recent) {
    if (one != oldest) merge(*oldest, *one);
  }
  if (!oldest->incident.fleet_wide()) {
    oldest->incident.labels.emplace_back("scope", "fleet");
    oldest->changed = oldest->urgent = true;
  }
}

}  // namespace aiops::incident
