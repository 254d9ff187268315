#include "incident/life.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::incident {
namespace {

// Said by people, kept for ever: no more than a page.
constexpr std::size_t kLongestWhy = 4000;

Incident changed(Incident incident, State state, const std::string& by, const std::string& why) {
  if (!incident.merged_into.empty()) {
    throw UsageError(
        fmt::format("{} became a part of {}: change that one", incident.id, incident.merged_into));
  }
  if (by.empty()) throw UsageError("who does it? Give --by NAME");
  incident.state = state;
  incident.by = by.substr(0, kLongestWhy);
  incident.why = why.substr(0, kLongestWhy);
  ++incident.revision;
  return incident;
}

[[noreturn]] void refuse(const Incident& incident, std::string_view what) {
  throw UsageError(fmt::format("{} is {}{}{}: it cannot be {}", incident.id, state_name(incident.state),
                               incident.by.empty() ? "" : ", by ", printable(incident.by, 60), what));
}

}  // namespace

Incident acknowledge(Incident incident, const std::string& by, const std::string& why) {
  if (incident.state != State::open && incident.merged_into.empty()) refuse(incident, "acknowledged");
  return changed(std::move(incident), State::acknowledged, by, why);
}

Incident resolve(Incident incident, const Resolution& resolution) {
  // What the rule resolved may still be given its cause.
  if (incident.state == State::resolved && incident.by != "rule" && incident.merged_into.empty())
    refuse(incident, "resolved again");
  Incident after = changed(std::move(incident), State::resolved, resolution.by, resolution.why);
  Nanos last = after.start;
  for (const Member& one : after.members) last = std::max(last, one.until);
  after.end = last;
  if (after.closed == kNoTime) after.closed = std::max(last, after.updated);
  after.verdict = resolution.false_alarm ? "false-alarm" : resolution.cause.empty() ? "" : "confirmed";
  if (!resolution.cause.empty()) {
    const std::size_t slash = resolution.cause.find('/');
    after.confirmed = {};
    after.confirmed.service = resolution.cause.substr(0, slash);
    if (slash != std::string::npos) after.confirmed.metric = resolution.cause.substr(slash + 1);
    after.confirmed.score = 1;
    after.confirmed.why = {"confirmed by " + after.by};
    if (after.confirmed.service.empty() || resolution.false_alarm) {
      throw UsageError(fmt::format("--cause \"{}\": expected SERVICE or SERVICE/METRIC, and no --false-alarm",
                                   printable(resolution.cause)));
    }
  }
  return after;
}

Incident reopen(Incident incident, const std::string& by, const std::string& why) {
  if (incident.state != State::resolved) refuse(incident, "reopened");
  Incident after = changed(std::move(incident), State::open, by, why);
  after.end = after.closed = kNoTime;
  after.verdict.clear();
  after.confirmed = {};
  ++after.reopened;
  return after;
}

}  // namespace aiops::incident
