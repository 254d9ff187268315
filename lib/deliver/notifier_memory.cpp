// The remembering half of Notifier: what the journal says after a restart, and the journal put in short.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/json_out.hpp"
#include "deliver/notifier.hpp"
#include "deliver/told.hpp"

namespace aiops::deliver {
namespace {

constexpr std::uint64_t kTimesAsLong = 4;  // as it was in short: then it is shortened again
constexpr std::size_t kLean = 4096;        // bytes of a record that is not worth to be cut

// What a route, a silence or a reader of the journal needs of an incident of which all was said.
IncidentPtr without_evidence(const Incident& incident) {
  JsonOut json;
  json.open('{').text("timestamp", format_time(incident.timestamp)).text("id", incident.id);
  json.text("state", name_of(incident.state)).number("revision", incident.revision);
  json.text("title", cut(incident.title, 200)).text("severity", incident.severity).array("services");
  for (const std::string& service : incident.services) json.text(service);
  json.close(']').object("labels");
  for (const auto& [name, value] : incident.labels) json.text(name, value);
  json.close('}').close('}');
  auto lean = std::make_shared<Incident>();
  IncidentReader().read(json.str(), *lean);
  lean->arrived = incident.arrived;
  return lean;
}

}  // namespace

void Notifier::restore() {
  if (!ledger_.claim()) {
    throw UsageError("another aiops-report notify delivers by this journal; end it, or name another journal");
  }
  Ledger::Handler handler;
  handler.incident = [this](Nanos time, const IncidentPtr& incident, const std::vector<Binding>& to) {
    restore_incident(time, incident, to);
  };
  handler.note = [this](const Note& note) { restore_note(note); };
  ledger_.read(handler);
  settle_begun();
  shorten();
}

void Notifier::restore_incident(Nanos time, const IncidentPtr& incident, const std::vector<Binding>& to) {
  auto known = std::make_shared<Incident>(*incident);
  known->arrived = time;
  if (is_known(*known)) return;
  latest_[known->id] = known;
  for (const Binding& one : to) {
    for (std::size_t i = 0; i < posts_.size(); ++i) {
      if (posts_[i].destination.name != one.receiver) continue;
      put(conversation_for(i, route_for(*known, i), *known, one.conversation), known, time);
    }
  }
}

void Notifier::restore_note(const Note& note) {
  for (std::size_t i = 0; i < posts_.size(); ++i) {
    if (posts_[i].destination.name != note.receiver) continue;
    // A digest tells of several conversations.
    std::vector<Conversation*> of;
    for (const Note::Told& told : note.told) {
      const auto found = by_incident_.find({i, told.id});
      if (found == by_incident_.end()) continue;
      if (std::find(of.begin(), of.end(), found->second) == of.end()) of.push_back(found->second);
    }
    for (Conversation* conversation : of) conversation->note(note);
  }
}

// What must not be done twice and was begun when the process died, counts as done.
void Notifier::settle_begun() {
  for (Conversation& conversation : conversations_) {
    Post& post = posts_[conversation.receiver];
    if (conversation.begun.empty() || !post.destination.receiver->manners().once) continue;
    diagnostics_.warn(fmt::format("{}: {} was begun and its end is not in the journal; it is not begun again",
                                  post.destination.name, conversation.begun));
    Note note{Note::refused,
              clock_(),
              post.destination.name,
              conversation.id,
              conversation.begun,
              "begun, and not known to have ended",
              "",
              What::opened,
              {},
              -1};
    for (const Conversation::Member& member : conversation.members) {
      note.told.push_back(
          {member.latest->id, member.latest->revision, member.latest->state, member.latest->severity});
    }
    ledger_.add(note);
    conversation.note(note);
  }
}

// Of what is over the evidence is of no use here any more; a record without a number is known by its text.
void Notifier::drop_evidence(Conversation& conversation) {
  for (Conversation::Member& member : conversation.members) {
    if (!member.latest->numbered || member.latest->json.size() <= kLean) continue;
    member.latest = without_evidence(*member.latest);
    if (const auto found = latest_.find(member.latest->id); found != latest_.end())
      found->second = member.latest;
  }
}

// ---- The journal in short.

// Lines of a year would be gigabytes, and what matters of them is what is in memory.
void Notifier::shorten() {
  if (ledger_.size() < std::max(options_.shorten_beyond, next_size_)) return;
  for (Conversation& one : conversations_) {
    if (one.is_over() && posts_[one.receiver].at != &one) drop_evidence(one);
  }
  try {
    ledger_.shorten(clock_(), [this] { add_state(); });
    next_size_ = kTimesAsLong * ledger_.size();
  } catch (const Error& error) {
    // A full disk, say: it grows on, and is tried again when it is much longer.
    diagnostics_.warn(fmt::format("the journal was not shortened: {}", error.what()));
    next_size_ = 2 * ledger_.size();
  }
}

void Notifier::add_state() {
  struct Known {
    Nanos since;
    std::map<std::int64_t, IncidentPtr> states;  // by revision
    std::vector<Binding> to;
  };
  std::vector<std::string> order;
  std::map<std::string, Known> all;
  const auto known = [&](const IncidentPtr& incident, Nanos since) -> Known& {
    const auto [found, is_new] = all.try_emplace(incident->id, Known{since, {}, {}});
    if (is_new) order.push_back(incident->id);
    found->second.since = std::min(found->second.since, since);
    found->second.states[incident->revision] = incident;
    return found->second;
  };
  for (const Conversation& one : conversations_) {
    for (const Conversation::Member& member : one.members) {
      for (const IncidentPtr& before : member.before) known(before, member.since);
      known(member.latest, member.since).to.push_back({posts_[one.receiver].destination.name, one.id});
    }
  }
  for (const auto& [id, incident] : latest_) known(incident, incident->arrived);
  // In the order in which they came first: that is the order in which they are told.
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto& a, const auto& b) { return all.at(a).since < all.at(b).since; });
  for (const std::string& id : order) {
    const Known& one = all.at(id);
    Nanos time = one.since;
    for (const auto& [revision, incident] : one.states) {
      ledger_.add(time, *incident, one.to);
      const auto next = one.states.upper_bound(revision);
      if (next != one.states.end()) time = next->second->arrived;
    }
  }
  for (const Conversation& one : conversations_) add_notes(one);
}

// What the receiver of a conversation knows, as if it had been told at once.
void Notifier::add_notes(const Conversation& conversation) {
  Note sent;
  sent.time = conversation.last_sent;
  sent.receiver = posts_[conversation.receiver].destination.name;
  sent.conversation = conversation.id;
  sent.handle = conversation.handle;
  sent.repeats = conversation.repeats;
  Note refused = sent, begun = sent;
  refused.kind = Note::refused;
  refused.time = begun.time = clock_();
  refused.handle = begun.handle = "";
  refused.repeats = begun.repeats = -1;
  begun.kind = Note::begun;
  begun.key = conversation.begun;
  for (const Conversation::Member& member : conversation.members) {
    const std::string& id = member.latest->id;
    if (member.told) sent.told.push_back({id, member.told_revision, member.told_state, member.told_severity});
    if (member.refused_revision >= 0) {
      refused.told.push_back({id, member.refused_revision, member.latest->state, member.latest->severity});
    }
    begun.told.push_back({id, member.next()->revision, member.next()->state, member.next()->severity});
  }
  if (!sent.told.empty()) ledger_.add(sent);
  if (!refused.told.empty()) ledger_.add(refused);
  if (!begun.key.empty()) ledger_.add(begun);
}

}  // namespace aiops::deliver
