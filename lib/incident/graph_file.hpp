// A graph of services from a file.
#pragma once

#include <string>

#include "base/diagnostics.hpp"
#include "incident/graph.hpp"

namespace aiops::incident {

// Reads calls from CSV or NDJSON (caller, callee, and calls where it is known; source and target, or parent
// and child, are read as well), or from what Jaeger's /api/dependencies answers (an array of parent, child,
// callCount, alone or as "data"). Throws InputError with file and line where the file has no calls, or one
// that cannot be read: a graph with holes would lead astray.
void read_graph_file(const std::string& path, Graph& graph, Diagnostics& diagnostics);

}  // namespace aiops::incident
