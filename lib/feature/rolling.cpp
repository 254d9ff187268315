#include "feature/rolling.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/number.hpp"

namespace aiops::feature {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
// A sum of squares from which values were taken out is trusted down to this share of the largest it has been.
constexpr double kTrusted = 1e-6;

}  // namespace

Window Window::parse(std::string_view text) {
  const auto samples = parse_int(text);
  if (samples && *samples >= 1 && *samples <= kMaxWindowSamples)
    return {static_cast<std::uint32_t>(*samples), 0};
  const auto duration = samples ? std::nullopt : parse_duration(text);
  if (!duration || *duration == 0)
    throw UsageError(fmt::format(
        "\"{}\" is not a window; expected a number of samples from 1 to {}, or a duration such as 5m", text,
        kMaxWindowSamples));
  return {0, *duration};
}

std::string Window::text() const { return duration ? format_duration(duration) : fmt::format("{}", samples); }

// Makes the ring larger, and lays it out from its head.
void Rolling::grow() {
  std::size_t size = std::max<std::size_t>(8, 2 * values_.size());
  if (window_.samples) size = std::min<std::size_t>(size, window_.samples);
  std::vector<double> values(size);
  std::vector<Nanos> times(window_.duration ? size : 0);
  for (std::size_t i = 0; i < size_; ++i) {
    values[i] = values_[place(i)];
    if (window_.duration) times[i] = times_[place(i)];
  }
  values_ = std::move(values);
  times_ = std::move(times);
  head_ = 0;
}

void Rolling::push(Nanos time, double value) {
  if (size_ == values_.size()) grow();
  const std::size_t tail = place(size_);
  values_[tail] = value;
  if (window_.duration) times_[tail] = time;
  ++size_;
  const double d = value - mean_;  // Welford
  mean_ += d / static_cast<double>(size_);
  m2_ += d * (value - mean_);
  peak_ = std::max(peak_, m2_);
}

// Takes the oldest value out.
void Rolling::pop() {
  const double value = values_[head_];
  head_ = place(1);
  --size_;
  if (size_ == 0) {
    mean_ = m2_ = peak_ = 0;
    return;
  }
  const double d = value - mean_;
  mean_ -= d / static_cast<double>(size_);
  m2_ -= d * (value - mean_);
  if (!(m2_ >= kTrusted * peak_) || !std::isfinite(mean_)) recompute();
}

// Puts value in the place of the oldest in a full window of samples: pop() and push() with one division.
inline void Rolling::replace(double value) {
  const double oldest = std::exchange(values_[head_], value);
  head_ = place(1);
  const double change = value - oldest, mean = mean_;
  mean_ += change / static_cast<double>(size_);
  m2_ += change * (value - mean_ + (oldest - mean));
  if (!(m2_ >= kTrusted * peak_) || !std::isfinite(mean_)) return recompute();
  peak_ = std::max(peak_, m2_);
}

void Rolling::recompute() {
  double sum = 0;
  for (std::size_t i = 0; i < size_; ++i) sum += values_[place(i)] / static_cast<double>(size_);
  mean_ = sum;
  m2_ = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    const double d = values_[place(i)] - mean_;
    m2_ += d * d;
  }
  peak_ = m2_;
}

Features Rolling::update(Nanos time, double value) {
  if (std::isnan(value)) return {kNaN, kNaN, kNaN, kNaN};
  Features f{};
  f.delta = seen_ ? value - last_ : kNaN;
  equal_ = seen_ && value == last_ ? std::min(equal_ + 1, kMaxWindowSamples) : 1;
  last_ = value;
  ++seen_;
  if (window_.samples && size_ == window_.samples) {
    replace(value);
  } else {
    while (window_.duration && size_ && times_[head_] <= time - window_.duration) pop();
    push(time, value);
  }
  f.mean = mean_;
  if (equal_ >= size_) {  // exactly constant, whatever rounding left in the sums
    mean_ = f.mean = value;
    m2_ = 0;
  }
  f.std = size_ < 2 ? kNaN : std::sqrt(std::max(0.0, m2_) / static_cast<double>(size_ - 1));
  f.zscore = size_ < 2 ? kNaN : f.std > 0 ? (value - f.mean) / f.std : 0;
  return f;
}

bool Rolling::full() const {
  if (window_.duration == 0) return size_ == window_.samples;
  if (size_ == 0) return false;
  const Nanos newest = times_[place(size_ - 1)];
  return newest - times_[head_] >= window_.duration / 2;
}

void Rolling::save(std::string& out) const {
  put(out, window_.samples);
  put(out, window_.duration);
  put(out, mean_);
  put(out, m2_);
  put(out, peak_);
  put(out, last_);
  put(out, seen_);
  put(out, equal_);
  put(out, static_cast<std::uint32_t>(size_));
  for (std::size_t i = 0; i < size_; ++i) {
    put(out, values_[place(i)]);
    if (window_.duration) put(out, times_[place(i)]);
  }
}

void Rolling::load(std::string_view& in) {
  ByteReader saved(in, "the saved state");
  Window window;
  window.samples = saved.get<std::uint32_t>();
  window.duration = saved.get<Nanos>();
  if (window != window_)
    throw InputError(
        fmt::format("the saved state is of window {}, the model's is {}", window.text(), window_.text()));
  const double mean = saved.get<double>(), m2 = saved.get<double>(), peak = saved.get<double>();
  last_ = saved.get<double>();
  seen_ = saved.get<std::uint64_t>();
  equal_ = saved.get<std::uint32_t>();
  const auto n = saved.get<std::uint32_t>();
  saved.check(n <= saved.left() / sizeof(double), "ends too early");
  saved.check(window.samples == 0 || n <= window.samples, "has more values than its window holds");
  for (std::uint32_t i = 0; i < n; ++i) {
    const double value = saved.get<double>();
    push(window.duration ? saved.get<Nanos>() : 0, value);
  }
  in.remove_prefix(in.size() - saved.left());
  mean_ = mean;  // not as summed again: going on must give the same as not having stopped
  m2_ = m2;
  peak_ = peak;
}

}  // namespace aiops::feature
