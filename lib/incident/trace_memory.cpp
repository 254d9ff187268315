#include "incident/trace_memory.hpp"

#include <algorithm>
#include <cmath>

namespace aiops::incident {
namespace {

double duration(const TraceExample& one) { return std::isfinite(one.duration_ms) ? one.duration_ms : 0; }

// Keeps the slowest `most`, each trace once.
void keep_slowest(std::vector<TraceExample>& kept, const TraceExample& request, std::size_t most) {
  const auto same = std::find_if(kept.begin(), kept.end(),
                                 [&](const TraceExample& one) { return one.trace_id == request.trace_id; });
  if (same != kept.end()) {
    if (duration(*same) >= duration(request)) return;
    kept.erase(same);
  } else if (kept.size() >= most && duration(request) <= duration(kept.back())) {
    return;
  }
  const auto place = std::find_if(kept.begin(), kept.end(),
                                  [&](const TraceExample& one) { return duration(one) < duration(request); });
  kept.insert(place, request);
  if (kept.size() > most) kept.pop_back();
}

}  // namespace

void TraceMemory::add(const TraceExample& request, bool failed) {
  if (request.trace_id.empty() || request.trace_id.size() > 128 || request.time == kNoTime) return;
  newest_ = std::max(newest_, request.time);
  if (request.time < subtract_held(newest_, keep_)) return;
  auto& minute = minutes_[request.time - request.time % kMinute];
  if (minute.size() >= kMostServices && minute.count(request.service) == 0) return;
  Service& service = minute[request.service];
  TraceExample one = request;
  one.operation.resize(std::min<std::size_t>(one.operation.size(), 200));
  one.why = failed ? "failed" : "slowest";
  keep_slowest(failed ? service.failed : service.slowest, one, kMostKept);
  while (minutes_.begin()->first < subtract_held(newest_, keep_ + kMinute)) minutes_.erase(minutes_.begin());
}

void TraceMemory::collect(Incident& incident, std::size_t most) const {
  Nanos until = incident.start;
  for (const Member& member : incident.members) until = std::max(until, member.until);
  std::vector<TraceExample> slowest, failed;
  for (const TraceExample& one : incident.traces) {
    keep_slowest(one.why == "failed" ? failed : slowest, one, most);
  }
  for (auto minute = minutes_.lower_bound(incident.start - incident.start % kMinute);
       minute != minutes_.end(); ++minute) {
    for (const std::string& name : incident.services) {
      const auto service = minute->second.find(name);
      if (service == minute->second.end()) continue;
      for (const TraceExample& one : service->second.slowest) {
        if (one.time >= incident.start && one.time <= until) keep_slowest(slowest, one, most);
      }
      for (const TraceExample& one : service->second.failed) {
        if (one.time >= incident.start && one.time <= until) keep_slowest(failed, one, most);
      }
    }
  }
  incident.traces = std::move(failed);
  for (TraceExample& one : slowest) {
    const bool there = std::any_of(incident.traces.begin(), incident.traces.end(),
                                   [&](const TraceExample& other) { return other.trace_id == one.trace_id; });
    if (!there) incident.traces.push_back(std::move(one));
  }
}

}  // namespace aiops::incident
