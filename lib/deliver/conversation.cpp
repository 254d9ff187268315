#include "deliver/conversation.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/file.hpp"

namespace aiops::deliver {
namespace {

constexpr std::size_t kMostBefore = 8;     // states that wait to be told one by one
constexpr Nanos kLookAgain = 2 * kSecond;  // whether what holds a message back is over

// What kind of news it is: the one that matters most to who reads it.
What what_of(const Conversation& conversation, const std::vector<std::size_t>& news) {
  bool first = true, all_resolved = true, new_one = false, reopened = false, acknowledged = false;
  for (const Conversation::Member& member : conversation.members) {
    first &= !member.told;
    all_resolved &= member.next()->state == State::resolved;
  }
  for (const std::size_t i : news) {
    const Conversation::Member& member = conversation.members[i];
    const State state = member.next()->state;
    new_one |= !member.told && state != State::resolved;
    reopened |= member.told && member.told_state == State::resolved && state != State::resolved;
    acknowledged |= state == State::acknowledged && (!member.told || member.told_state != state);
  }
  if (all_resolved) return What::resolved;
  if (reopened) return What::reopened;
  if (first || new_one) return What::opened;
  return acknowledged ? What::acknowledged : What::updated;
}

bool any_in(const Conversation& conversation, State worst) {
  return std::any_of(conversation.members.begin(), conversation.members.end(),
                     [worst](const auto& member) { return member.latest->state <= worst; });
}

}  // namespace

Conversation::Member* Conversation::find(const std::string& incident) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const Member& member) { return member.latest->id == incident; });
  return found == members.end() ? nullptr : &*found;
}

void Conversation::put(const IncidentPtr& incident, Nanos since) {
  Member* member = find(incident->id);
  if (member == nullptr) {
    member = &members.emplace_back();
    member->since = since;
  } else if (member->has_news() && member->latest->state != incident->state && !route->is_quiet(since)) {
    if (member->before.size() == kMostBefore) member->before.erase(member->before.begin() + 1);
    member->before.push_back(member->latest);
  }
  member->latest = incident;
}

bool Conversation::is_over() const {
  return std::all_of(members.begin(), members.end(), [](const Member& member) {
    return member.latest->state == State::resolved && !member.has_news();
  });
}

void Conversation::note(const Note& note) {
  if (note.kind == Note::begun) {
    begun = note.key;
    return;
  }
  if (begun == note.key) begun.clear();
  for (const Note::Told& told : note.told) {
    Member* member = find(told.id);
    if (member == nullptr) continue;
    std::erase_if(member->before, [&](const IncidentPtr& one) { return one->revision <= told.revision; });
    if (note.kind == Note::refused) {
      member->refused_revision = told.revision;
      continue;
    }
    member->told = true;
    member->told_revision = told.revision;
    member->told_state = told.state;
    member->told_severity = told.severity;
  }
  if (note.kind == Note::refused) return;
  last_sent = note.time;
  repeats = note.repeats >= 0 ? note.repeats : repeats + (note.what == What::repeated);
  if (note.what != What::digest) handle = note.handle;
}

Due next_due(const Conversation& conversation, const Manners& manners, const Ledger& ledger, Nanos now,
             bool closing) {
  Due due;
  const Route& route = *conversation.route;
  const Nanos interval = route.update_interval.value_or(manners.update_interval);
  bool told = false;
  for (std::size_t i = 0; i < conversation.members.size(); ++i) {
    const Conversation::Member& member = conversation.members[i];
    told |= member.told;
    if (!member.has_news() || (!member.has_changed() && !manners.updates)) continue;
    // That it is over is said even in a silence: nothing stays open for ever at the receiver.
    const bool end = member.told && member.next()->state == State::resolved;
    if (!end && ledger.is_silenced(*member.next(), now)) {
      due.held = true;
      continue;
    }
    Nanos at = now;
    if (!member.told && !closing) at = add_held(member.since, route.group_wait);
    if (!member.has_changed() && !closing) at = add_held(conversation.last_sent, interval);
    due.at = std::min(due.at, at);
    due.news.push_back(i);
  }
  if (!due.news.empty()) {
    due.what = what_of(conversation, due.news);
  } else if (told && !closing && !due.held) {
    due.what = What::repeated;
    if (manners.repeats && route.repeat > 0 && any_in(conversation, State::open)) {
      due.at = add_held(conversation.last_sent, route.repeat);
    }
    if (manners.resend > 0 && any_in(conversation, State::acknowledged)) {
      const Nanos again =
          conversation.last_resent == kNoTime ? now : conversation.last_resent + manners.resend;
      due.silent = again <= due.at;
      due.at = std::min(due.at, again);
    }
  }
  if (due.at <= now && !due.silent && route.is_quiet(now)) {
    due.held = true;
    due.at = kNever;
  }
  if (due.at != kNever) due.at = std::max(due.at, conversation.next_try);
  if (due.at == kNever && due.held) due.at = now + kLookAgain, due.news.clear();
  return due;
}

Message message_of(const Conversation& conversation, const Due& due, Nanos now) {
  Message message;
  message.what = due.what;
  message.conversation = conversation.id;
  message.handle = conversation.handle;
  message.now = now;
  std::string all;
  for (const Conversation::Member& member : conversation.members) {
    message.incidents.push_back(member.next());
    all += fmt::format("{}.{} ", member.next()->id, member.next()->revision);
  }
  for (const std::size_t i : due.news) message.news.push_back(conversation.members[i].next());
  if (due.news.empty()) message.news = message.incidents;
  message.key = conversation.members.size() == 1
                    ? fmt::format("{}.{}", conversation.id, message.incidents.front()->revision)
                    : fmt::format("{}.{:016x}", conversation.id, checksum(all));
  if (due.what == What::repeated) message.key += fmt::format(".again{}", conversation.repeats + 1);
  return message;
}

}  // namespace aiops::deliver
