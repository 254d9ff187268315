// What a series of samples tells about its service: told by the words in its name, as exporters, meshes and
// APMs name things; nothing is known of any system in particular.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "record/series.hpp"

namespace aiops::incident {

enum class Role : std::uint8_t {
  cpu,             // use of the service's own processor time
  memory,          // use of memory
  disk,            // input and output, space
  client_latency,  // how long answers took that the service waited for, or that its clients waited for
  server_latency,  // how long the service took to answer
  caller_latency,  // of one edge, measured by the caller: callee and network
  callee_latency,  // of one edge, measured by the callee
  success,         // share or number of what went well
  errors,          // share or number of what failed
  traffic,         // how much was asked for
  log,             // evidence from logs: what counts is the score
  node,            // of the machine, which services share: tells them not apart
  other,
};

struct SeriesRole {
  Role role = Role::other;
  std::string service;
  std::string caller;    // of an edge
  bool percent = false;  // the value is in per cent
  double unit = 1;       // latency: seconds that 1 is
  bool extreme = false;  // a maximum or a percentile above the 95th, which jumps by itself
};

// The service is the key's; where it has none, the destination of a mesh's metric, or a label that names it
// (app, job, pod, container).
SeriesRole role_of(const record::SeriesKey& key);

// Log evidence has metrics log_new, log_surge, ….
bool is_log_evidence(std::string_view metric);

}  // namespace aiops::incident
