// How often something begins anywhere: what comes by chance, and what comes everywhere at once.
//
// In a fleet of many services there is always one that alerts. Where nothing tells who belongs to whom, being
// near in time means the less the more often that is so: else false alarms without a common cause chain into
// an incident that never ends. So it is counted how often a moment is followed by a service's first sign, and
// within how long, over a day or so; many signs at once count as the one moment that they are.
//
// Memory: services that had a sign within `quiet`, and some numbers. One thread.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace aiops::incident {

class Pulse {
 public:
  // The share of moments that may be followed by a sign by chance within the time that says something.
  static constexpr double kChance = 0.2;
  static constexpr Nanos kMemory = 24 * kHour;  // e-folding time
  static constexpr Nanos kBefore = kHour;  // a quiet time that is assumed to have been before the first sign

  // quiet: a service's sign is a first one if its last is older. recent: how long first signs are kept.
  Pulse(Nanos quiet, Nanos recent) : quiet_(quiet), recent_(recent) {}

  // A sign of a service, and whether the rule for incidents is met by it; times may come a little out of
  // order.
  void sign(std::string_view service, Nanos time, bool met);
  // The longest time up to `most`, and a second at least, within which a moment is followed by a first sign
  // by chance in kChance of all cases.
  Nanos telling(Nanos most) const;
  // The services by which the rule was met at `since` or later, and not for long before; sorted.
  std::vector<std::string> first_since(Nanos since) const;

 private:
  struct Last {
    Nanos sign = kNoTime, met = kNoTime;
  };
  struct Bin {
    double count = 0, seconds = 0;
  };
  static constexpr std::size_t kBins = 24;  // gaps by powers of 2, from a second
  double chance(double seconds) const;
  void count(Nanos time);
  void forget(Nanos time);

  Nanos quiet_, recent_;
  std::unordered_map<std::string, Last> last_;  // by service
  std::deque<std::pair<Nanos, std::string>> first_;
  std::array<Bin, kBins> gaps_{};  // between first signs
  double seconds_ = static_cast<double>(kBefore) / 1e9;
  Nanos newest_ = kNoTime, forgotten_ = kNoTime;
};

}  // namespace aiops::incident
