#include "feature/requests.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

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

Nanos RequestWindows::clock(const Key& key) const {
  return key.newest + std::max<Nanos>(0, newest_ - key.seen_at - options_.window) - options_.lateness;
}

RequestWindows::Window& RequestWindows::window_of(Key& key, Nanos start) {
  if (key.last == nullptr || key.last_start != start) {
    key.last = &key.open[start];
    key.last_start = start;
  }
  return *key.last;
}

void RequestWindows::add(std::uint32_t id, const Request& request) {
  const Nanos start = window_start(request.time, options_.window);
  if (id >= keys_.size()) keys_.resize(id + 1);
  Key& key = keys_[id];
  if (key.closed != kNoTime && start < key.closed) {
    ++late_;
    return;
  }
  window_of(key, start).add(request, random_);
  key.newest = std::max(key.newest, request.time);
  newest_ = std::max(newest_, request.time);
  key.seen_at = newest_;
  // All keys are looked at once a window; in between, the one that got something.
  const Nanos now = window_start(newest_, options_.window);
  if (now != swept_) {
    swept_ = now;
    for (std::uint32_t other = 0; other < keys_.size(); ++other) {
      Key& its = keys_[other];
      if (its.newest != kNoTime) close(other, its, window_start(clock(its), options_.window));
    }
    emit();
  } else if (key.open.begin()->first + options_.window <= clock(key)) {
    close(id, key, window_start(clock(key), options_.window));
    emit();
  }
}

// Closes the key's windows that begin before `end`.
void RequestWindows::close(std::uint32_t id, Key& key, Nanos end) {
  if (key.closed == kNoTime && !key.open.empty() && key.open.begin()->first < end)
    key.closed = key.open.begin()->first;
  if (key.closed == kNoTime || key.closed >= end) return;
  if (options_.zero && (end - key.closed) / options_.window <= kLongestGap) {
    for (Nanos start = key.closed; start < end; start += options_.window) key.open.try_emplace(start);
  }
  key.last = nullptr;
  while (!key.open.empty() && key.open.begin()->first < end) {
    rows_.push_back({key.open.begin()->first, id, key.open.begin()->second.row(options_.window)});
    key.open.erase(key.open.begin());
  }
  key.closed = end;
}

void RequestWindows::emit() {
  std::sort(rows_.begin(), rows_.end(),
            [](const Row& a, const Row& b) { return std::tie(a.start, a.key) < std::tie(b.start, b.key); });
  for (const Row& row : rows_) emit_(row.start, row.key, row.row);
  rows_.clear();
}

void RequestWindows::flush() {
  for (std::uint32_t id = 0; id < keys_.size(); ++id) close(id, keys_[id], swept_ + options_.window);
  emit();
}

void RequestWindows::flush(std::uint32_t id) {
  if (id >= keys_.size() || keys_[id].newest == kNoTime) return;
  close(id, keys_[id], window_start(keys_[id].newest, options_.window) + options_.window);
  emit();
  keys_[id] = Key();
}

}  // namespace aiops::feature
