// Whether an incident says anything new.
#pragma once

#include <cstdint>

#include "incident/incident.hpp"

namespace aiops::incident {

// The same as long as nobody would call it news: state, severity, who takes part, the order of causes, the
// kinds of log lines, traces, changes, and that it lasts for another five minutes. Values move all the time.
std::uint64_t content_of(const Incident& incident);

}  // namespace aiops::incident
