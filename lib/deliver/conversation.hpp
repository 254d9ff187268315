// What one receiver is told of one incident, or of a group of them, from the first message to the last.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "deliver/ledger.hpp"

namespace aiops::deliver {

inline constexpr Nanos kNever = std::numeric_limits<Nanos>::max();

struct Conversation {
  struct Member {
    // States that were not told yet, in order, and how things stand now. Of updates in the same state the
    // last alone is told; that it opened, was acknowledged and ended is told one after another.
    std::vector<IncidentPtr> before;
    IncidentPtr latest;
    Nanos since = kNoTime;  // when it came first
    bool told = false;
    std::int64_t told_revision = -1, refused_revision = -1;
    State told_state = State::open;
    std::string told_severity;

    // What is to be told next.
    const IncidentPtr& next() const { return before.empty() ? latest : before.front(); }
    // Something that the receiver does not know, and has not refused.
    bool has_news() const {
      if (!before.empty()) return true;
      return latest->revision != refused_revision && (!told || latest->revision > told_revision);
    }
    // News that do not wait.
    bool has_changed() const {
      return !told || next()->state != told_state || next()->severity != told_severity;
    }
  };

  std::string id;     // that of its first incident
  std::string group;  // Route::group_of
  std::size_t receiver = 0;
  const Route* route = nullptr;
  std::vector<Member> members;
  std::string handle;
  std::string begun;  // the key of what was begun and not noted as done
  Nanos last_sent = kNoTime, last_resent = kNoTime, next_try = kNoTime;
  int repeats = 0, attempts = 0;

  Member* find(const std::string& incident);
  // The incident's next state, or a new member. since: when it came.
  void put(const IncidentPtr& incident, Nanos since);
  // Nothing more is to be said: all are resolved, and the receiver knows.
  bool is_over() const;
  // The receiver was told, or refused.
  void note(const Note& note);
};

// What is to be said next, and when.
struct Due {
  Nanos at = kNever;
  What what = What::updated;
  std::vector<std::size_t> news;  // members
  bool silent = false;            // said only to keep it alive: not noted
  bool held = false;              // a silence or quiet hours keep something back
};

// closing: no more will come, so nothing waits for company or for the next update.
Due next_due(const Conversation& conversation, const Manners& manners, const Ledger& ledger, Nanos now,
             bool closing);

// The message for it. Its key depends on what is told alone, so a message that is put together again after a
// kill has the same.
Message message_of(const Conversation& conversation, const Due& due, Nanos now);

}  // namespace aiops::deliver
