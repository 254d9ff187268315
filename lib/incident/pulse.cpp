#include "incident/pulse.hpp"

#include <algorithm>
#include <cmath>

namespace aiops::incident {

void Pulse::sign(std::string_view service, Nanos time, bool met) {
  forget(time);
  Last& last = last_[std::string(service)];
  const auto first = [&](Nanos before) { return before == kNoTime || subtract_held(time, before) > quiet_; };
  if (first(last.sign)) count(time);
  last.sign = std::max(last.sign, time);
  if (!met) return;
  if (first(last.met)) first_.emplace_back(time, service);
  last.met = std::max(last.met, time);
}

void Pulse::count(Nanos time) {
  if (newest_ != kNoTime && time > newest_) {
    const double gap = static_cast<double>(time - newest_) / 1e9;
    const double kept = std::exp(-gap * 1e9 / static_cast<double>(kMemory));
    seconds_ = seconds_ * kept + gap;
    for (Bin& bin : gaps_) bin = {bin.count * kept, bin.seconds * kept};
    const int power = gap <= 1 ? 0 : std::ilogb(gap) + 1;
    Bin& bin = gaps_[std::min(static_cast<std::size_t>(power), kBins - 1)];
    ++bin.count;
    bin.seconds += gap;
  }
  newest_ = std::max(newest_, time);
}

void Pulse::forget(Nanos time) {
  while (!first_.empty() && first_.front().first < subtract_held(time, recent_)) first_.pop_front();
  if (forgotten_ != kNoTime && subtract_held(time, forgotten_) < quiet_) return;
  forgotten_ = time;
  std::erase_if(last_, [&](const auto& one) { return subtract_held(time, one.second.sign) > quiet_; });
}

// The share of all time that is followed by a first sign within so long.
double Pulse::chance(double seconds) const {
  double near = 0;
  for (const Bin& bin : gaps_) {
    // All gaps of a bin are taken for as long as they are on average.
    if (bin.count > 0) near += bin.count * std::min(seconds, bin.seconds / bin.count);
  }
  return near / seconds_;
}

Nanos Pulse::telling(Nanos most) const {
  double seconds = static_cast<double>(most) / 1e9;
  while (seconds > 1 && chance(seconds) > kChance) seconds *= 0.8;
  return std::min(most, static_cast<Nanos>(std::max(1.0, seconds) * 1e9));
}

std::vector<std::string> Pulse::first_since(Nanos since) const {
  std::vector<std::string> found;
  for (const auto& [time, service] : first_)
    if (time >= since) found.push_back(service);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace aiops::incident
