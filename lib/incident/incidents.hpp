// Scored rows in, incidents out: opened by the rule, gathered by time and by who calls whom, kept up to date,
// resolved when it is quiet.
//
// What belongs together is told by times in the data, so rows that come late find their incident, and reading
// the same rows again changes nothing. Memory: kMostMembers a incident, max_open and max_past of them, and
// what the rule remembers. One thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostics.hpp"
#include "incident/data_clock.hpp"
#include "incident/incident.hpp"
#include "incident/pulse.hpp"
#include "incident/relation.hpp"
#include "incident/rule.hpp"
#include "incident/scored_row.hpp"

namespace aiops::incident {

struct GroupOptions {
  Rule rule = Rule::parse("either");
  Nanos window = 4 * kMinute;          // a sign belongs to an incident whose last one is no older …
  Nanos resolve_after = 10 * kMinute;  // … and without one for so long it is over
  Nanos reopen_within = 5 * kMinute;   // after that, a sign of one of its series opens it again
  Nanos update_every = 30 * kSecond;   // what is new is told so often; less often as an incident grows old
  // Fleet-wide: at least so many services, and this share of all, have their first sign within that time.
  std::size_t fleet_services = 4;
  double fleet_share = 0.6;
  Nanos fleet_within = kMinute;
  std::size_t max_open = 500, max_past = 500;
};

enum class Event { opened, updated, acknowledged, resolved, reopened, merged };
std::string_view event_name(Event event);

class Incidents {
 public:
  static constexpr std::size_t kMostMembers = 200;
  // Called with what is to be told; its revision is one more than before. May add evidence to it. False where
  // there is nothing new after all: then the revision is taken back. Events other than `updated` are always
  // told.
  using Tell = std::function<bool(Event, Incident&)>;

  // graph must outlive this, and may grow meanwhile.
  Incidents(GroupOptions options, const Graph& graph, Tell tell, Diagnostics& diagnostics);
  ~Incidents();

  // A scored row.
  void add(const ScoredRow& row);
  // A record of another kind: time goes on.
  void pass(std::string_view service, Nanos time);
  // Tells what is to be told by now: when records have come to an end for the moment.
  void settle();
  // At the end of the input: tells what was held back, and how long what is open has lasted.
  void finish();

  // What a journal knows, before the first row; also what somebody changed since.
  void restore(const Incident& incident);
  // An operator's change: state, by, why, verdict. Tells it. False if there is no such incident.
  bool change(const Incident& incident, Event event);

  Nanos now() const { return clock_.now(); }
  std::size_t open() const { return live_.size(); }
  std::uint64_t opened() const { return opened_; }
  // Signs that belonged to no incident, for the rule was not met.
  std::uint64_t unmet() const { return unmet_; }
  // Every incident that lasts.
  void each_open(const std::function<void(const Incident&)>& take) const;

 private:
  struct Live;
  using Owned = std::unique_ptr<Live>;
  bool extend(const ScoredRow& row, Nanos time);
  void gather(const ScoredRow& row, Nanos time, bool met);
  Live* find_home(const ScoredRow& row, Nanos time, std::vector<Live*>& merged);
  std::pair<int, double> company(std::string_view service, const Incident& incident) const;
  Live* find_relapse(const ScoredRow& row, Nanos time);
  Live& open_new(const ScoredRow& row, Nanos time);
  void reopen(std::size_t past, const ScoredRow& row, Nanos time);
  void take(Live& live, Member member);
  void take_pending(Live& live, Nanos time);
  void merge(Live& into, Live& from);
  void check_fleet(Nanos time);
  void resolve(Live& live, std::string why);
  void resolve_quiet(Nanos now);
  void retire(Live& live);
  bool give(Live& live, Event event);
  void advance(std::string_view service, Nanos time, Nanos& placed);
  void forget_pending(Nanos now);
  Nanos interval(const Live& live) const;

  const GroupOptions options_;
  Relations relations_;
  const Graph& graph_;
  Tell tell_;
  Diagnostics& diagnostics_;
  DataClock clock_;
  RuleState rule_;
  Pulse pulse_;
  std::vector<Owned> live_;
  std::deque<Owned> past_;
  std::unordered_map<std::string, std::unordered_map<std::string, Member>> pending_;  // by service, series
  Nanos settled_ = kNoTime, forgotten_ = kNoTime;
  std::uint64_t opened_ = 0, unmet_ = 0;
};

}  // namespace aiops::incident
