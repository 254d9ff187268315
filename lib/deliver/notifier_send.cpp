// The sending half of Notifier: what is due, who is busy, and what came of it.
#include <fmt/core.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "deliver/notifier.hpp"

namespace aiops::deliver {
namespace {

constexpr Nanos kWhileBusy = 50 * kMillisecond;  // how soon it is noted that something was sent
constexpr Nanos kIdle = 20 * kSecond;            // how soon a new silence or a full disk is looked at again

std::string seconds(Nanos duration) {
  return format_duration(duration / (100 * kMillisecond) * (100 * kMillisecond));
}

}  // namespace

Nanos Notifier::work() {
  for (Post& post : posts_) collect(post, 0);
  try {
    ledger_.read({});
  } catch (const InputError& error) {
    if (!journal_broken_) diagnostics_.warn(error.what());
    journal_broken_ = true;
  }
  drop_silenced();
  forget();
  flush();
  shorten();
  const Nanos now = clock_();
  Nanos next = now + kIdle;
  bool busy = false;
  for (std::size_t i = 0; i < posts_.size(); ++i) {
    if (!posts_[i].courier->busy()) next = std::min(next, begin_next(posts_[i], i));
    busy |= posts_[i].courier->busy();
  }
  return busy ? kWhileBusy : std::max<Nanos>(0, next - now);
}

// Writes the journal. A disk that is full keeps nobody from being told: that is the worse.
bool Notifier::flush() {
  try {
    ledger_.flush();
    return true;
  } catch (const OutputError& error) {
    if (!journal_broken_) {
      diagnostics_.warn(
          fmt::format("{}; telling goes on, but after a restart it may be told again", error.what()));
    }
    journal_broken_ = true;
    return false;
  }
}

// Begins what is due first at this destination; returns when to look again.
Nanos Notifier::begin_next(Post& post, std::size_t index) {
  const Nanos now = clock_();
  if (post.next_try > now) return post.next_try;
  const Manners manners = post.destination.receiver->manners();
  Nanos next = kNever;
  Conversation* first = nullptr;
  Due due;
  for (Conversation& one : conversations_) {
    if (one.receiver != index || one.route->digest) continue;
    Due its = next_due(one, manners, ledger_, now, closing_);
    if (its.at >= next) continue;
    next = its.at;
    first = &one;
    due = std::move(its);
  }
  for (const Route& route : routes_) {
    if (!route.digest ||
        std::find(route.receivers.begin(), route.receivers.end(), index) == route.receivers.end())
      continue;
    std::vector<Conversation*> of;
    const Nanos at = digest_due(index, route, now, of);
    if (at <= now && begin_digest(post, std::move(of))) return now + kWhileBusy;
    next = std::min(next, at <= now ? now + kIdle : at);
  }
  if (first == nullptr || next > now) return next;
  if (due.held && due.news.empty()) return next;
  begin(post, *first, due);
  return now + kWhileBusy;
}

bool Notifier::begin(Post& post, Conversation& conversation, const Due& due) {
  post.at = &conversation;
  post.due = due;
  post.message = message_of(conversation, due, clock_());
  if (post.destination.receiver->manners().once) {
    // It is done at most once, so that it was begun must stand in the journal before.
    ledger_.add(note_of(post, Note::begun));
    if (!flush()) {
      conversation.next_try = clock_() + kIdle;
      post.at = nullptr;
      return false;
    }
  }
  post.courier->start(post.message);
  return true;
}

// When the next summary goes to this destination, and of what.
Nanos Notifier::digest_due(std::size_t index, const Route& route, Nanos now,
                           std::vector<Conversation*>& of) const {
  const Nanos mark = last_time_of_day(*route.digest, now);
  bool due = false;
  for (const Conversation& one : conversations_) {
    if (one.receiver != index || one.route != &route) continue;
    bool tells = false;
    for (const Conversation::Member& member : one.members) {
      const bool open = member.latest->state != State::resolved;
      if (!member.has_news() && !open) continue;
      if (!member.told && ledger_.is_silenced(*member.latest, now)) continue;
      tells = true;
      due |= one.last_sent == kNoTime ? member.since < mark : one.last_sent < mark;
    }
    if (tells) of.push_back(const_cast<Conversation*>(&one));
  }
  if (due) return now;
  return of.empty() ? kNever : now + kIdle;
}

bool Notifier::begin_digest(Post& post, std::vector<Conversation*> of) {
  Message message;
  message.what = What::digest;
  message.now = clock_();
  std::string all;
  for (const Conversation* one : of) {
    for (const Conversation::Member& member : one->members) {
      message.incidents.push_back(member.latest);
      if (member.has_news()) message.news.push_back(member.latest);
      all += fmt::format("{}.{} ", member.latest->id, member.latest->revision);
    }
  }
  message.key = message.conversation = fmt::format("digest.{:016x}", checksum(all));
  post.message = std::move(message);
  post.due = Due();
  post.due.what = What::digest;
  post.digested = std::move(of);
  post.at = nullptr;
  post.courier->start(post.message);
  return true;
}

// ---- What came of it.

void Notifier::collect(Post& post, Nanos patience) {
  const std::optional<Outcome> outcome = post.courier->finish(patience);
  if (!outcome) return;
  if (outcome->result == Outcome::sent) {
    note_sent(post, *outcome);
  } else if (outcome->result == Outcome::refused) {
    note_refused(post, *outcome);
  } else {
    note_later(post, *outcome);
  }
  post.at = nullptr;
  post.digested.clear();
}

Note Notifier::note_of(const Post& post, Note::Kind kind) const {
  Note note{kind,
            clock_(),
            post.destination.name,
            post.message.conversation,
            post.message.key,
            "",
            "",
            post.message.what,
            {},
            -1};
  for (const IncidentPtr& incident : post.message.incidents) {
    note.told.push_back({incident->id, incident->revision, incident->state, incident->severity});
  }
  return note;
}

void Notifier::apply(const Note& note, Post& post) {
  if (post.at != nullptr) post.at->note(note);
  for (Conversation* one : post.digested) one->note(note);
}

void Notifier::note_sent(Post& post, const Outcome& outcome) {
  if (!post.trouble.empty()) {
    diagnostics_.info(fmt::format("{}: is there again after {}", post.destination.name,
                                  count(static_cast<std::uint64_t>(post.attempts), "attempt")));
  }
  post.trouble.clear();
  post.attempts = 0;
  post.next_try = kNoTime;
  if (post.at != nullptr) {
    post.at->last_resent = clock_();
    post.at->attempts = 0;
    post.at->next_try = kNoTime;
    // That it is still open was said to keep it alive; the journal need not know.
    if (post.due.silent && outcome.handle == post.at->handle) return;
  }
  Note note = note_of(post, Note::sent);
  note.handle = outcome.handle;
  note.why = outcome.why;
  apply(note, post);
  ledger_.add(note);
  ++post.sent;
  diagnostics_.debug(fmt::format("{}: {} {}", post.destination.name, name_of(note.what), note.key));
}

void Notifier::note_refused(Post& post, const Outcome& outcome) {
  diagnostics_.warn(fmt::format("{}: refused {}: {}", post.destination.name, post.message.key, outcome.why));
  Note note = note_of(post, Note::refused);
  note.why = outcome.why;
  apply(note, post);
  ledger_.add(note);
  ++post.refused;
}

// Tries again after a pause: of the receiver, or where only this message fares ill, of the conversation.
void Notifier::note_later(Post& post, const Outcome& outcome) {
  const bool all = outcome.unreachable || post.at == nullptr;
  int& attempts = all ? post.attempts : post.at->attempts;
  const Nanos asked = std::min(outcome.retry_after, options_.retry.patience);
  const Nanos wait = net::backoff(options_.retry, attempts++, asked, random_);
  (all ? post.next_try : post.at->next_try) = clock_() + wait;
  if (all) post.trouble = outcome.why;
  diagnostics_.warn(
      fmt::format("{}: {}; tried again in {}", post.destination.name, outcome.why, seconds(wait)));
}

// ---- The end.

void Notifier::settle() {
  for (Post& post : posts_) {
    while (post.courier->busy()) collect(post, kSecond);
  }
  flush();
}

void Notifier::drain(Nanos limit) {
  closing_ = true;
  const Nanos end = add_held(clock_(), limit);
  for (;;) {
    const Nanos pause = work();
    bool busy = false, due = false;
    for (std::size_t i = 0; i < posts_.size(); ++i) {
      busy |= posts_[i].courier->busy();
      for (const Conversation& one : conversations_) {
        if (one.receiver != i || one.route->digest) continue;
        const Due its = next_due(one, posts_[i].destination.receiver->manners(), ledger_, clock_(), true);
        due |= !its.news.empty();
      }
    }
    if (!busy && !due) break;
    if (clock_() >= end || stop_requested()) break;
    if (busy) {
      for (Post& post : posts_) collect(post, kWhileBusy);
    } else if (!sleep_unless_stopped(std::min(pause, std::max<Nanos>(0, end - clock_())))) {
      break;
    }
  }
  settle();
}

std::size_t Notifier::waiting() const {
  std::size_t waiting = 0;
  for (const Conversation& one : conversations_) {
    waiting += std::any_of(one.members.begin(), one.members.end(),
                           [](const Conversation::Member& member) { return member.has_news(); });
  }
  return waiting;
}

Status Notifier::finish() {
  settle();
  std::string said = fmt::format("{}, {}", count(incidents_, "incident"), count(updates_, "update"));
  if (repeated_ > 0) said += fmt::format(", {} known already", thousands(repeated_));
  if (unrouted_ > 0) said += fmt::format(", {} without a route", thousands(unrouted_));
  std::uint64_t refused = 0;
  bool trouble = false;
  for (const Post& post : posts_) {
    said += fmt::format("; {}: {} sent", post.destination.name, thousands(post.sent));
    if (post.refused > 0) said += fmt::format(", {} refused", thousands(post.refused));
    refused += post.refused;
    trouble |= !post.trouble.empty();
  }
  for (const Conversation& one : conversations_) trouble |= one.attempts > 0 && !one.is_over();
  const std::size_t left = waiting();
  if (left > 0) {
    said += fmt::format(
        "; {} {}", count(left, "message"),
        ledger_.is_kept() && !journal_broken_ ? "waiting, in the journal for the next run" : "not told");
  }
  diagnostics_.info(said);
  Status status = refused > 0 || trouble ? Status::backend : Status::done;
  if (journal_broken_) status = worse(status, Status::output);
  return status;
}

}  // namespace aiops::deliver
