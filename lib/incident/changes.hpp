// What people and machines changed, from files: deployments, configuration, what a cluster did.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "incident/incident.hpp"

namespace aiops::incident {

// Reads changes: records with timestamp, service, kind and what (CSV or NDJSON); `kubectl get events -o
// json`; or annotations as Grafana's API gives them (an array of time, text and tags; a tag service:NAME or
// service=NAME names the service). Sorted by time. Throws InputError with file and line for what is none of
// these.
std::vector<Change> read_changes(const std::string& path, Diagnostics& diagnostics);

// Puts into the incident what was changed in its services, or without a service being named, at most `before`
// its first sign and until its last: newest first, at most `most`. changes: by time.
void collect_changes(const std::vector<Change>& changes, Nanos before, std::size_t most, Incident& incident);

}  // namespace aiops::incident
