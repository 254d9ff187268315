// The traces worth a look of the last minutes: which requests were slowest, which failed. Memory: at most
// kMostKept a service and minute, of the last `keep`. One thread.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "incident/incident.hpp"

namespace aiops::incident {

class TraceMemory {
 public:
  static constexpr std::size_t kMostKept = 3;  // of either sort
  static constexpr std::size_t kMostServices = 10'000;

  explicit TraceMemory(Nanos keep = 10 * kMinute) : keep_(keep) {}

  // A span, or a log record of a request. why is not read.
  void add(const TraceExample& request, bool failed);
  // Puts those of its services from its first to its last sign into the incident, together with what stands
  // there: at most `most` that failed, and as many of the slowest.
  void collect(Incident& incident, std::size_t most) const;

 private:
  struct Service {
    std::vector<TraceExample> slowest, failed;  // slowest first
  };
  Nanos keep_;
  Nanos newest_ = kNoTime;
  std::map<Nanos, std::unordered_map<std::string, Service>> minutes_;
};

}  // namespace aiops::incident
