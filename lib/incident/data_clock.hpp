// What time it is in the data: incidents live by that, so that a file of last week gives what the live stream
// would have given.
//
// The newest time alone would be at the mercy of one service whose clock is ahead. The clock is the time that
// more than a quarter of the services have reached that were heard of within an hour, and two at least (of
// three or more). It goes back only while the first services are met, of which one may be ahead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace aiops::incident {

class DataClock {
 public:
  static constexpr Nanos kAhead = 5 * kMinute;       // beyond, a service's clock may be wrong …
  static constexpr Nanos kHeardOf = kHour;           // services of which nothing is heard do not hold it up
  static constexpr std::size_t kServices = 100'000;  // times of more than these are not kept
  static constexpr std::size_t kFirst = 64;          // services that are met first

  // A record of a service. Returns its time as the others' clocks have it: now() for a service that runs
  // ahead by more than kAhead while the others go on as before.
  Nanos see(std::string_view service, Nanos time);
  Nanos now() const { return now_; }
  // The services that were found to run ahead since this was asked last, and by how much.
  std::vector<std::pair<std::string, Nanos>> take_ahead();
  // Services that were heard of within `within` of now.
  std::size_t services(Nanos within) const;

 private:
  struct Service {
    Nanos newest = kNoTime;
    std::uint64_t since = 0;  // steady_ when it began to be ahead; 0: it is not
    bool ahead = false;
  };
  void settle(bool back = false);

  std::unordered_map<std::string, Service> services_;
  std::vector<std::pair<std::string, Nanos>> found_;
  std::vector<Nanos> times_;
  std::size_t beyond_ = 0;    // services whose newest time is beyond now …
  std::size_t enough_ = 1;    // … and how many of these move the clock
  std::size_t rows_ = 0;      // since it was settled
  std::uint64_t steady_ = 1;  // records that were near now
  Nanos now_ = kNoTime;
};

}  // namespace aiops::incident
