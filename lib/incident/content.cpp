#include "incident/content.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "incident/incident_json.hpp"
#include "incident/log_memory.hpp"

namespace aiops::incident {

namespace {

constexpr Nanos kLonger = 5 * kMinute;

}  // namespace

std::uint64_t content_of(const Incident& incident) {
  std::string all;
  const auto add = [&](std::string_view part) { (all += part) += '\n'; };
  add(state_name(incident.state));
  add(severity_text(incident.severity));
  add(incident.by);
  add(incident.merged_into);
  Nanos last = incident.start;
  for (const Member& one : incident.members) {
    add(one.name);
    last = std::max(last, one.until);
  }
  add(std::to_string(last / kLonger));
  for (const Cause& one : incident.causes) add(one.service), add(one.metric), add(one.fault);
  for (const LogLine& one : incident.logs) add(one.service), add(std::to_string(kind_of_line(one)));
  for (const TraceExample& one : incident.traces) add(one.trace_id);
  for (const Change& one : incident.changes) add(one.what), add(one.service);
  for (const auto& [name, value] : incident.labels) add(name), add(value);
  return checksum(all);
}

}  // namespace aiops::incident
