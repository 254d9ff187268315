// From incident records to receivers: routes, waits, tells, tries again, and keeps the journal of it.
//
// Each receiver has what it was told and what there is now; the difference is what it is told next. So a
// receiver that was away is told how things stand, once for each incident, and not all that happened
// meanwhile.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "deliver/conversation.hpp"
#include "deliver/courier.hpp"
#include "net/retry.hpp"

namespace aiops::deliver {

struct Destination {
  std::string name;
  std::unique_ptr<Receiver> receiver;
};

struct NotifierOptions {
  net::RetryPolicy retry{.first = kSecond, .longest = 2 * kMinute, .patience = kHour};
  Nanos forget = 7 * kDay;  // what is over is known for so long, in case it is reopened or comes again
  std::size_t most_over = 10'000;
  std::uint64_t shorten_beyond = 8 << 20;  // bytes of the journal: a longer one is put in short
};

// One thread; each receiver has one of its own.
class Notifier {
 public:
  using Clock = std::function<Nanos()>;

  // ledger and diagnostics must outlive it. With no routes, every incident goes to every receiver.
  Notifier(std::vector<Destination> destinations, std::vector<Route> routes, Ledger& ledger,
           Diagnostics& diagnostics, NotifierOptions options = {}, Clock clock = now);

  // Takes up what the journal says. Throws InputError.
  void restore();

  // An incident, or the next state of one. What is known already is passed over.
  void accept(std::shared_ptr<Incident> incident);

  // Notes what was sent, and begins to send what is due. Returns how long nothing else is to be done, unless
  // an incident comes.
  Nanos work();
  // No more will come: what waits for company goes out, until all is told or so much time has passed.
  void drain(Nanos limit);
  // Waits for what is being sent now, and notes it.
  void settle();

  // Says what was told and what was not. Status::backend when something could not be told, Status::output
  // when the journal could not be written.
  Status finish();

 private:
  struct Post {  // a destination at work
    Destination destination;
    std::unique_ptr<Courier> courier;
    Conversation* at = nullptr;  // what is being sent
    Message message;
    Due due;
    std::vector<Conversation*> digested;
    Nanos next_try = kNoTime;
    int attempts = 0;
    std::uint64_t sent = 0, refused = 0;
    std::string trouble;  // why the last attempt failed; "" when it went well
  };

  void bind(const Incident& incident, std::vector<std::pair<std::size_t, const Route*>>& to) const;
  const Route* route_for(const Incident& incident, std::size_t receiver) const;
  Conversation& conversation_for(std::size_t receiver, const Route* route, const Incident& incident,
                                 const std::string& id);
  void put(Conversation& conversation, const IncidentPtr& incident, Nanos since);
  bool is_known(Incident& incident);
  void restore_incident(Nanos time, const IncidentPtr& incident, const std::vector<Binding>& to);
  void restore_note(const Note& note);
  void settle_begun();
  void drop_evidence(Conversation& conversation);
  void shorten();
  void add_state();
  void add_notes(const Conversation& conversation);

  void collect(Post& post, Nanos patience);
  void note_sent(Post& post, const Outcome& outcome);
  void note_refused(Post& post, const Outcome& outcome);
  void note_later(Post& post, const Outcome& outcome);
  Note note_of(const Post& post, Note::Kind kind) const;
  void apply(const Note& note, Post& post);
  Nanos begin_next(Post& post, std::size_t index);
  bool begin(Post& post, Conversation& conversation, const Due& due);
  Nanos digest_due(std::size_t index, const Route& route, Nanos now, std::vector<Conversation*>& of) const;
  bool begin_digest(Post& post, std::vector<Conversation*> of);
  void drop_silenced();
  void forget();
  bool flush();
  std::size_t waiting() const;

  std::vector<Route> routes_;
  Ledger& ledger_;
  Diagnostics& diagnostics_;
  NotifierOptions options_;
  Clock clock_;
  Random random_;
  std::list<Conversation> conversations_;
  std::map<std::pair<std::size_t, std::string>, Conversation*> by_incident_;  // receiver, incident
  std::map<std::string, IncidentPtr> latest_;
  std::uint64_t incidents_ = 0, updates_ = 0, unrouted_ = 0, repeated_ = 0;
  bool closing_ = false, journal_broken_ = false, given_up_ = false;
  Nanos next_forget_ = kNoTime;
  std::uint64_t next_size_ = 0;  // of the journal, from which on it is shortened
  std::vector<Post> posts_;      // last: their threads end before anything that they use
};

}  // namespace aiops::deliver
