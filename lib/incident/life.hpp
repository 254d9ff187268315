// What an operator does with an incident: pure changes of the record; the journal keeps them.
#pragma once

#include <string>

#include "incident/incidents.hpp"

namespace aiops::incident {

struct Resolution {
  std::string by, why;
  bool false_alarm = false;
  std::string cause;  // SERVICE or SERVICE/METRIC: what it was; "": not said
};

// Each returns the record after the change, with the next revision. Throws UsageError, with the state as it
// is, where that is not possible: what is resolved cannot be acknowledged, what is open cannot be reopened,
// what became a part of another incident is changed there.
Incident acknowledge(Incident incident, const std::string& by, const std::string& why);
Incident resolve(Incident incident, const Resolution& resolution);
Incident reopen(Incident incident, const std::string& by, const std::string& why);

}  // namespace aiops::incident
