// The log lines of the last minutes, so that an incident can show what was said around it.
//
// Lines that are alike (of one template, or equal but for their numbers) are kept once a minute, with a
// count: a service that says the same a thousand times a second costs no more than one that says it once.
// Memory: at most kMostBytes for all; beyond, the oldest minutes go first. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "incident/incident.hpp"

namespace aiops::incident {

class LogMemory {
 public:
  static constexpr std::size_t kMostBytes = 64 * 1024 * 1024;
  static constexpr std::size_t kMostKinds = 200;     // of lines, a service and minute
  static constexpr std::size_t kLongestLine = 1000;  // bytes; the rest is cut, at a character's end

  // around: what is kept, and shown, before the first and after the last sign of an incident.
  explicit LogMemory(Nanos around) : around_(around) {}

  // message, template_id, severity_text as they came; count is not read.
  void add(const LogLine& line);
  // Puts the most telling lines around the incident into incident.logs, in the order of time, together with
  // what stands there: errors first, then what had not been said in the time before, then what is said more
  // often. At most `most`.
  void collect(Incident& incident, std::size_t most) const;
  bool empty() const { return minutes_.empty(); }
  std::uint64_t refused() const { return refused_; }  // lines of kinds beyond kMostKinds

 private:
  using Service = std::unordered_map<std::uint64_t, LogLine>;
  using Minute = std::unordered_map<std::string, Service>;
  void forget(Nanos now);

  Nanos around_;
  std::map<Nanos, Minute> minutes_;
  std::map<Nanos, std::size_t> sizes_;
  std::size_t bytes_ = 0;
  std::uint64_t refused_ = 0;
  Nanos newest_ = kNoTime;
};

// What lines have in common that differ in numbers alone: of the template where there is one.
std::uint64_t kind_of_line(const LogLine& line);

}  // namespace aiops::incident
