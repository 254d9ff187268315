#include "incident/data_clock.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace aiops::incident {

Nanos DataClock::see(std::string_view service, Nanos time) {
  if (time == kNoTime) return now_;
  if (now_ == kNoTime) now_ = time;
  auto found = services_.find(std::string(service));
  if (found == services_.end()) {
    if (services_.size() >= kServices) return time;
    found = services_.emplace(service, Service{time}).first;
    beyond_ += time > now_;
    if (services_.size() <= kFirst) settle(true);
  }
  Service& one = found->second;
  if (time > one.newest) {
    beyond_ += time > now_ && one.newest <= now_;
    one.newest = time;
  }
  ++rows_;
  // Where few are heard of any more, it takes fewer to move it: that is looked at now and then.
  if (beyond_ >= enough_ || (beyond_ > 1 && rows_ >= services_.size() && time > add_held(now_, kMinute)))
    settle();
  const bool ahead = time > add_held(now_, kAhead);
  if (!ahead) {
    steady_ += time >= subtract_held(now_, kAhead);
    if (one.newest == time) one.since = 0, one.ahead = false;
    return time;
  }
  // After a break of the whole stream somebody is the first to go on. Only where all others have had the
  // time to follow, and go on as before, it is this one's clock.
  if (one.since == 0) one.since = steady_;
  if (!one.ahead && steady_ - one.since >= 2 * services_.size()) {
    one.ahead = true;
    found_.emplace_back(found->first, time - now_);
  }
  return one.ahead ? now_ : time;
}

void DataClock::settle(bool back) {
  rows_ = 0;
  times_.clear();
  for (const auto& [name, service] : services_) times_.push_back(service.newest);
  // Of two nobody can say which is wrong.
  const std::size_t least = times_.size() > 2 ? 1 : 0;
  const auto place = [&](std::size_t rank) {
    const auto at = times_.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(times_.begin(), at, times_.end(), std::greater<>());
    return *at;
  };
  const Nanos since = subtract_held(place(least), kHeardOf);
  const auto heard = static_cast<std::size_t>(
      std::count_if(times_.begin(), times_.end(), [&](Nanos time) { return time >= since; }));
  const std::size_t rank = std::max(least, heard / 4);
  const Nanos time = place(rank);
  now_ = back ? time : std::max(now_, time);
  enough_ = rank + 1;
  beyond_ = static_cast<std::size_t>(
      std::count_if(times_.begin(), times_.end(), [&](Nanos one) { return one > now_; }));
}

std::vector<std::pair<std::string, Nanos>> DataClock::take_ahead() { return std::exchange(found_, {}); }

std::size_t DataClock::services(Nanos within) const {
  return static_cast<std::size_t>(std::count_if(services_.begin(), services_.end(), [&](const auto& one) {
    return one.second.newest >= subtract_held(now_, within);
  }));
}

}  // namespace aiops::incident
