#include "feature/requests.hpp"

#include <algorithm>
#include <cmath>

#include "feature/window_start.hpp"

namespace aiops::feature {

void RequestWindows::Window::add(const Request& request, Random& random) {
  const double x = request.duration_ms;
  min = count ? std::min(min, x) : x;
  max = count ? std::max(max, x) : x;
  ++count;
  const double d = x - mean;
  mean += d / static_cast<double>(count);
  m2 += d * (x - mean);
  errors += request.error;
  if (durations.size() < kExact) {
    durations.push_back(x);
  } else if (const auto at = static_cast<std::uint64_t>(random.uniform() * static_cast<double>(count));
             at < kExact) {
    durations[at] = x;  // reservoir sampling (Vitter 1985, algorithm R)
  }
  const int status = request.status_code;
  if (status != 0 && std::find(statuses.begin(), statuses.end(), status) == statuses.end())
    statuses.push_back(status);
}

RequestRow RequestWindows::Window::row(Nanos window) {
  const double per_minute =
      static_cast<double>(count) * static_cast<double>(kMinute) / static_cast<double>(window);
  if (count == 0) return {0, NAN, NAN, NAN, NAN, NAN, 0, 0, 0, 0};
  const std::size_t n = durations.size(), half = n / 2;
  const auto middle = durations.begin() + static_cast<std::ptrdiff_t>(half);
  std::nth_element(durations.begin(), middle, durations.end());
  double median = *middle;
  if (n % 2 == 0) median = (median + *std::max_element(durations.begin(), middle)) / 2;
  const double number = static_cast<double>(count);
  const double deviation = count < 2 ? 0 : std::sqrt(m2 / (number - 1));
  return {number,
          mean,
          deviation,
          min,
          max,
          median,
          static_cast<double>(errors),
          static_cast<double>(errors) / number,
          static_cast<double>(statuses.size()),
          per_minute};
}

void RequestWindows::add(std::uint32_t key, const Request& request) {
  const Nanos start = window_start(request.time, options_.window);
  if (closed_ != kNoTime && start < closed_) {
    ++late_;
    return;
  }
  open_[start][key].add(request, random_);
  if (options_.zero) known_.try_emplace(key, start);
  if (newest_ != kNoTime && request.time <= newest_) return;
  newest_ = request.time;
  const Nanos watermark = newest_ - options_.lateness;
  if (open_.begin()->first + options_.window <= watermark) close(watermark);
}

// Closes the windows that end at or before the watermark.
void RequestWindows::close(Nanos watermark) {
  const Nanos end = window_start(watermark, options_.window);  // the first window that stays open
  if (options_.zero) {
    const Nanos from = closed_ == kNoTime ? open_.begin()->first : closed_;
    for (Nanos start = from; start < end; start += options_.window) close_one(start);
  } else {
    while (!open_.empty() && open_.begin()->first < end) close_one(open_.begin()->first);
  }
  closed_ = end;
}

void RequestWindows::close_one(Nanos start) {
  auto windows = open_.extract(start);
  std::map<std::uint32_t, Window> none;
  auto& here = windows ? windows.mapped() : none;
  if (options_.zero) {
    for (const auto& [key, first] : known_)
      if (first <= start) here.try_emplace(key);
  }
  for (auto& [key, window] : here) emit_(start, key, window.row(options_.window));
}

void RequestWindows::flush() {
  if (open_.empty()) return;
  close(open_.rbegin()->first + options_.window);
}

void RequestWindows::flush(std::uint32_t key) {
  for (auto& [start, windows] : open_) {
    const auto found = windows.find(key);
    if (found == windows.end()) continue;
    emit_(start, key, found->second.row(options_.window));
    windows.erase(found);
  }
  known_.erase(key);
}

}  // namespace aiops::feature
