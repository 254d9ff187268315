#include "incident/relation.hpp"

#include <algorithm>

#include "record/fields.hpp"

namespace aiops::incident {
namespace {

constexpr std::string_view kCaller = "labels.caller";

}  // namespace

bool Relations::calls(std::string_view a, std::string_view b) const {
  const std::vector<Call> callees = graph_.callees(a);
  const auto is_b = [&](const Call& one) { return one.service == b; };
  if (std::any_of(callees.begin(), callees.end(), is_b)) return true;
  return std::any_of(callees.begin(), callees.end(), [&](const Call& one) {
    const std::vector<Call> further = graph_.callees(one.service);
    return std::any_of(further.begin(), further.end(), is_b);
  });
}

std::size_t Relations::independent(const std::vector<std::string>& services) const {
  return static_cast<std::size_t>(
      std::count_if(services.begin(), services.end(), [&](const std::string& one) {
        return std::none_of(services.begin(), services.end(),
                            [&](const std::string& other) { return other != one && calls(one, other); });
      }));
}

std::vector<std::string> Relations::suspects(const Incident& incident) const {
  std::vector<std::string> found = incident.services;
  for (const std::string& member : incident.services) {
    if (explained(incident, member)) continue;
    for (const Call& call : graph_.callees(member)) {
      found.push_back(call.service);
      for (const Call& further : graph_.callees(call.service)) found.push_back(further.service);
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

Nanos Relations::onset(const Incident& incident, std::string_view service) {
  Nanos first = kNoTime;
  for (const Member& member : incident.members) {
    if (member.series.get(field::kService) != service) continue;
    if (first == kNoTime || member.onset < first) first = member.onset;
  }
  return first;
}

bool Relations::explained(const Incident& incident, std::string_view service) const {
  const Nanos latest = add_held(onset(incident, service), kTogether);
  return std::any_of(incident.services.begin(), incident.services.end(), [&](const std::string& other) {
    return other != service && onset(incident, other) <= latest && calls(service, other);
  });
}

bool Relations::near(std::string_view service, Nanos time, const Incident& incident) const {
  const bool together = time <= add_held(incident.start, kTogether);
  double called = 0;  // by services of the incident: for each the share that one of its callees is
  int callers = 0;
  for (const std::string& other : incident.services) {
    const double in_common = graph_.affinity(service, other);
    if (in_common >= kMuch) return true;
    if (together && (in_common >= kSome || graph_.share_callee(service, other))) return true;
  }
  for (const Call& call : graph_.callers(service)) {
    if (std::find(incident.services.begin(), incident.services.end(), call.service) ==
        incident.services.end())
      continue;
    ++callers;
    called += 1.0 / static_cast<double>(graph_.callees(call.service).size());
  }
  // Something that several of them depend on, a host say, though other things explain each of them.
  return callers >= 2 && called >= kSome;
}

Relation Relations::of(const record::SeriesKey& series, Nanos time, const Incident& incident) const {
  const std::string_view service = series.get(field::kService);
  const Relation relation = of(service, incident);
  if (relation == Relation::none && near(service, time, incident)) return Relation::near;
  const std::string_view caller = series.get(kCaller);
  if (relation != Relation::none || caller.empty() || time > add_held(incident.start, kTogether)) {
    return relation;
  }
  const bool shared = std::any_of(incident.members.begin(), incident.members.end(), [&](const Member& one) {
    return one.series.get(field::kService) == caller || one.series.get(kCaller) == caller;
  });
  return shared ? Relation::caller : relation;
}

Relation Relations::of(std::string_view service, const Incident& incident) const {
  const std::vector<std::string>& services = incident.services;
  if (std::find(services.begin(), services.end(), service) != services.end()) return Relation::same;
  bool any_known = false, callee = false;
  for (const std::string& other : services) {
    any_known = any_known || graph_.knows(other);
    if (calls(service, other)) return Relation::caller;
    callee = callee || (calls(other, service) && !explained(incident, other));
  }
  if (callee) return Relation::callee;
  return any_known && graph_.knows(service) ? Relation::none : Relation::unknown;
}

}  // namespace aiops::incident
