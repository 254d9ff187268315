// Whether an anomaly of a service belongs to an incident, as far as calls tell.
//
// Trouble travels from a callee to its callers: who calls a service of the incident, directly or through one
// that shows nothing, belongs to it. Downwards it is a cause that is looked for: who is called by a service
// of the incident belongs to it if nothing else explains that one yet. So two incidents that show at the same
// entrance stay two, and a failure that rolls from service to service is one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "incident/graph.hpp"
#include "incident/incident.hpp"

namespace aiops::incident {

enum class Relation {
  none,
  unknown,  // the graph does not know the service, or there is none: time alone can tell
  caller,   // it calls a service of the incident: it suffers
  callee,   // it is called by a service of the incident that nothing else explains: it may be the cause
  same,     // it is a service of the incident
};

class Relations {
 public:
  // A callee whose first sign is at most so much later than its caller's explains the caller: metrics show a
  // fault one scrape earlier or later.
  static constexpr Nanos kTogether = 30 * kSecond;

  // graph: must outlive this; it may grow meanwhile.
  explicit Relations(const Graph& graph) : graph_(graph) {}

  Relation of(std::string_view service, const Incident& incident) const;
  // The same of a sign that may say who called (labels.caller): what begins together with the incident at
  // calls of the same caller belongs to it, for the caller may be the cause.
  Relation of(const record::SeriesKey& series, Nanos time, const Incident& incident) const;
  // Whether any call of the service is known.
  bool knows(std::string_view service) const;
  // How many of the services call none of the others: that many causes it takes at least, as far as is known.
  std::size_t independent(const std::vector<std::string>& services) const;
  // Who may be the cause: its services, and those that would belong to it as callees.
  std::vector<std::string> suspects(const Incident& incident) const;

 private:
  // a calls b, or calls somebody who does.
  bool calls(std::string_view a, std::string_view b) const;
  static Nanos onset(const Incident& incident, std::string_view service);
  bool explained(const Incident& incident, std::string_view service) const;
  const Graph& graph_;
};

}  // namespace aiops::incident
