// Whether an anomaly of a service belongs to an incident, as far as calls tell.
//
// Trouble travels from a callee to its callers: who calls a service of the incident, directly or through one
// that shows nothing, belongs to it. Downwards it is a cause that is looked for: who is called by a service
// of the incident belongs to it if nothing else explains that one yet. So two incidents that show at the same
// entrance stay two, and a failure that rolls from service to service is one.
//
// A fault shows in places that do not call each other, too: in those that depend on the same thing, which may
// itself show nothing. So what has much in common with a service of the incident belongs to it (replicas,
// say), and what has something in common and begins together with it. Services that much goes through say
// little: an entrance that calls everything makes nothing one, and neither does a callee that everything
// calls.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "incident/graph.hpp"
#include "incident/incident.hpp"

namespace aiops::incident {

enum class Relation {
  none,
  unknown,  // the graph does not know the service, or guesses its calls, or there is none: time alone can
            // tell
  near,     // it does not call and is not called, but has enough in common with a service of the incident
  caller,   // it calls a service of the incident: it suffers
  callee,   // it is called by a service of the incident that nothing else explains: it may be the cause
  same,     // it is a service of the incident
};

class Relations {
 public:
  // A callee whose first sign is at most so much later than its caller's explains the caller: metrics show a
  // fault one scrape earlier or later.
  static constexpr Nanos kTogether = 30 * kSecond;
  // What two services have in common (Graph::affinity) so that they are near each other: as much as being the
  // only two that call something, twice; half of that if they begin together. All three may be half or double
  // that: docs/quality.md.
  static constexpr double kMuch = 1, kSome = 0.5;

  // graph: must outlive this; it may grow meanwhile.
  explicit Relations(const Graph& graph) : graph_(graph) {}

  Relation of(std::string_view service, const Incident& incident) const;
  // The same of a sign at that time, which may be near, and may say who called (labels.caller): what begins
  // together with the incident at calls of the same caller belongs to it, for the caller may be the cause.
  Relation of(const record::SeriesKey& series, Nanos time, const Incident& incident) const;
  // How many of the services call none of the others: that many causes it takes at least, as far as is known.
  std::size_t independent(const std::vector<std::string>& services) const;
  // Who may be the cause: its services, and those that would belong to it as callees.
  std::vector<std::string> suspects(const Incident& incident) const;

 private:
  // a calls b, or calls somebody who does.
  bool calls(std::string_view a, std::string_view b) const;
  bool near(std::string_view service, Nanos time, const Incident& incident) const;
  static Nanos onset(const Incident& incident, std::string_view service);
  bool explained(const Incident& incident, std::string_view service) const;
  const Graph& graph_;
};

}  // namespace aiops::incident
