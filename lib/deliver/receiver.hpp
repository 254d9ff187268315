// Who is told: Alertmanager, Slack, PagerDuty, mail, a webhook, a command. Each is one class behind this.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/incident.hpp"

namespace aiops::deliver {

enum class What { opened, updated, acknowledged, resolved, reopened, repeated, digest };

std::string_view name_of(What what);

struct Message {
  What what = What::opened;
  std::string key;                     // the same when the same thing is told again
  std::string conversation;            // the same for all that is told of the same incident or group
  std::vector<IncidentPtr> incidents;  // all of the conversation, in order of arrival; never empty
  std::vector<IncidentPtr> news;       // those that have something new
  std::string handle;                  // Outcome::handle of what was sent before in this conversation
  Nanos now = kNoTime;                 // when it is put together
};

struct Outcome {
  enum Result {
    sent,
    later,    // could not be told now: to be tried again
    refused,  // this very message will never be taken
  };
  Result result = sent;
  std::string why;           // of later and refused; fit for a message, without secrets
  Nanos retry_after = -1;    // of later: what the receiver asks for, -1: nothing
  std::string handle;        // of sent: JSON that the next message of the conversation gets back; "" without
  bool unreachable = false;  // of later: nothing to do with this message, the next one will fare no better
};

// A request as it goes out, for --print and for tests.
struct Call {
  std::string to, body;
};

// What the planner has to know of a kind of receiver.
struct Manners {
  Nanos resend = 0;           // what is open is told again after this time, silently; 0: never
  Nanos update_interval = 0;  // between updates that change neither state nor severity
  bool grouped = true;        // several incidents make one message
  bool updates = true;        // false: updates that change neither state nor severity are not told
  bool repeats = true;        // whether a repeat interval makes sense
  bool once = false;          // what was begun and may have been done is not done again
};

// send() is called by one thread, which may be another than the one that made it.
class Receiver {
 public:
  virtual ~Receiver() = default;
  // Tells, or says why not. Goes on for a few seconds although a stop was requested. Throws nothing but
  // UsageError, for a secret that cannot be read.
  virtual Outcome send(const Message& message) = 0;
  // What send() would do first, without any secret.
  virtual std::vector<Call> compose(const Message& message) const = 0;
  virtual Manners manners() const = 0;
};

}  // namespace aiops::deliver
