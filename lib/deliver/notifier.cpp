#include "deliver/notifier.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.hpp"

namespace aiops::deliver {
namespace {

const Route kEveryone;  // of a receiver that no route names any more

}  // namespace

Notifier::Notifier(std::vector<Destination> destinations, std::vector<Route> routes, Ledger& ledger,
                   Diagnostics& diagnostics, NotifierOptions options, Clock clock)
    : routes_(std::move(routes)),
      ledger_(ledger),
      diagnostics_(diagnostics),
      options_(options),
      clock_(std::move(clock)),
      random_(static_cast<std::uint64_t>(clock_())) {
  if (routes_.empty()) {
    Route all;
    for (std::size_t i = 0; i < destinations.size(); ++i) all.receivers.push_back(i);
    routes_.push_back(std::move(all));
  }
  for (Destination& destination : destinations) {
    Post& post = posts_.emplace_back();
    post.destination = std::move(destination);
    post.courier = std::make_unique<Courier>(*post.destination.receiver);
  }
}

// ---- Who is told.

void Notifier::bind(const Incident& incident, std::vector<std::pair<std::size_t, const Route*>>& to) const {
  for (const Route& route : routes_) {
    if (!matches_all(route.conditions, incident)) continue;
    for (const std::size_t receiver : route.receivers) {
      const bool there =
          std::any_of(to.begin(), to.end(), [&](const auto& one) { return one.first == receiver; });
      if (!there) to.emplace_back(receiver, &route);
    }
    if (!route.more) break;
  }
}

const Route* Notifier::route_for(const Incident& incident, std::size_t receiver) const {
  const Route* named = &kEveryone;
  for (const Route& route : routes_) {
    const bool names =
        std::find(route.receivers.begin(), route.receivers.end(), receiver) != route.receivers.end();
    if (names && matches_all(route.conditions, incident)) return &route;
    if (names && named == &kEveryone) named = &route;
  }
  return named;
}

// The conversation that the incident belongs to, or the group's that is still open, or a new one. id: its
// name, where it is known.
Conversation& Notifier::conversation_for(std::size_t receiver, const Route* route, const Incident& incident,
                                         const std::string& id) {
  if (const auto found = by_incident_.find({receiver, incident.id}); found != by_incident_.end()) {
    return *found->second;
  }
  const Manners manners = posts_[receiver].destination.receiver->manners();
  const std::string group = manners.grouped ? route->group_of(incident) : incident.id;
  for (Conversation& one : conversations_) {
    if (one.receiver != receiver) continue;
    if (!id.empty() ? one.id == id : one.route == route && one.group == group && !one.is_over()) return one;
  }
  Conversation& made = conversations_.emplace_back();
  made.id = id.empty() ? incident.id : id;
  made.group = group;
  made.receiver = receiver;
  made.route = route;
  return made;
}

void Notifier::put(Conversation& conversation, const IncidentPtr& incident, Nanos since) {
  conversation.put(incident, since);
  by_incident_[{conversation.receiver, incident->id}] = &conversation;
}

// True if this state of the incident came before. Records without a revision get one here.
bool Notifier::is_known(Incident& incident) {
  const auto found = latest_.find(incident.id);
  if (found == latest_.end()) {
    incident.revision = std::max<std::int64_t>(incident.revision, 1);
    return false;
  }
  const Incident& latest = *found->second;
  if (incident.revision == 0) {
    if (incident.json == latest.json) return true;
    incident.revision = latest.revision + 1;
  }
  return incident.revision <= latest.revision;
}

void Notifier::accept(std::shared_ptr<Incident> incident) {
  if (is_known(*incident)) {
    ++repeated_;
    return;
  }
  const Nanos now = clock_();
  incident->arrived = now;
  std::vector<std::pair<std::size_t, const Route*>> to;
  bind(*incident, to);
  // Who was told of it hears how it ends, wherever routes lead now.
  for (std::size_t i = 0; i < posts_.size(); ++i) {
    const auto found = by_incident_.find({i, incident->id});
    const bool there = std::any_of(to.begin(), to.end(), [i](const auto& one) { return one.first == i; });
    if (found != by_incident_.end() && !there) to.emplace_back(i, found->second->route);
  }
  ++(latest_.contains(incident->id) ? updates_ : incidents_);
  latest_[incident->id] = incident;
  std::vector<Binding> bindings;
  for (const auto& [receiver, route] : to) {
    Conversation& conversation = conversation_for(receiver, route, *incident, "");
    put(conversation, incident, now);
    bindings.push_back({posts_[receiver].destination.name, conversation.id});
  }
  ledger_.add(now, *incident, bindings);
  if (to.empty() && ++unrouted_ == 1) {
    diagnostics_.warn(fmt::format(
        "incident {}: no route leads anywhere for it; further ones are only counted", incident->id));
  }
}

// ---- Forgetting.

// What began and ended in a silence is told to nobody.
void Notifier::drop_silenced() {
  const Nanos now = clock_();
  if (ledger_.silences(now).empty()) return;
  for (Conversation& conversation : conversations_) {
    for (Conversation::Member& member : conversation.members) {
      if (member.told || !member.has_news() || member.latest->state != State::resolved) continue;
      if (!ledger_.is_silenced(*member.latest, now)) continue;
      Post& post = posts_[conversation.receiver];
      Note note{Note::refused,
                now,
                post.destination.name,
                conversation.id,
                "",
                "silenced",
                "",
                What::resolved,
                {},
                -1};
      note.told.push_back(
          {member.latest->id, member.latest->revision, State::resolved, member.latest->severity});
      ledger_.add(note);
      conversation.note(note);
    }
  }
}

void Notifier::forget() {
  const Nanos now = clock_();
  if (now < next_forget_) return;
  next_forget_ = now + kMinute;
  std::size_t over = 0;
  for (const Conversation& one : conversations_) over += one.is_over();
  for (auto one = conversations_.begin(); one != conversations_.end();) {
    const bool busy = posts_[one->receiver].at == &*one;
    if (!busy && one->is_over()) drop_evidence(*one);
    const bool old = one->last_sent < now - options_.forget || over > options_.most_over;
    if (busy || !old || !one->is_over()) {
      ++one;
      continue;
    }
    for (const Conversation::Member& member : one->members) {
      by_incident_.erase({one->receiver, member.latest->id});
    }
    one = conversations_.erase(one);
    --over;
  }
  std::erase_if(latest_, [this](const auto& one) {
    if (one.second->state != State::resolved) return false;
    for (std::size_t i = 0; i < posts_.size(); ++i) {
      if (by_incident_.contains({i, one.first})) return false;
    }
    return latest_.size() > options_.most_over;
  });
}

}  // namespace aiops::deliver
