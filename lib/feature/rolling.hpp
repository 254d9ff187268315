// The features of a sample against the samples before it in its series.
//
// As pandas computes them, the sample itself included: delta = diff(); over the window, rolling_mean and
// rolling_std (n - 1 in the denominator) with min_periods 1 and 2; zscore = (value - mean) / std, and 0 where
// the window is constant. What there is not enough for is NaN: delta of the first sample, std and zscore of a
// window of one. A time window holds the samples of (time - duration, time], as pandas' does.
//
// A missing value (NaN) updates nothing and gets NaN throughout; delta is then against the last value there
// was.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace aiops::feature {

// Samples or time; exactly one of the two is not 0.
struct Window {
  std::uint32_t samples = 60;
  Nanos duration = 0;

  // Reads "60" or "5m". Throws UsageError.
  static Window parse(std::string_view text);
  std::string text() const;
  bool operator==(const Window&) const = default;
};

inline constexpr std::uint32_t kMaxWindowSamples = 1'000'000;

struct Features {
  double delta, mean, std, zscore;
};

// One series' state: 8 bytes a sample of the window (16 with a time window), and 100. Grows with the window's
// content, not beyond. Cost a sample: constant (a window that loses a value far larger than the rest is
// summed anew, so that its rounding error does not stay).
class Rolling {
 public:
  explicit Rolling(Window window) : window_(window) {}

  Features update(Nanos time, double value);

  // Loads into the cache what update() will look at; to be called a few rows ahead of it.
  void prefetch() const {
    if (head_ < values_.size()) __builtin_prefetch(&values_[head_], 1);
  }

  // True if the window is filled: as many samples as it holds, or, of time, at least half of it between the
  // oldest and the newest. Before that, mean and standard deviation are of fewer samples and scatter more.
  bool full() const;

  // For --state: everything that matters, and back. load throws InputError if the text is not of save's
  // making.
  void save(std::string& out) const;
  void load(std::string_view& in);

 private:
  void push(Nanos time, double value);
  void pop();
  void replace(double value);
  void grow();
  void recompute();
  // Where the value stands that came in i places after the oldest, i <= size_.
  std::size_t place(std::size_t i) const {
    const std::size_t from_begin = head_ + i;
    return from_begin < values_.size() ? from_begin : from_begin - values_.size();
  }

  Window window_;
  std::vector<double> values_;  // ring; not larger than a window of samples
  std::vector<Nanos> times_;    // the same, with a time window
  std::size_t head_ = 0, size_ = 0;
  double mean_ = 0, m2_ = 0;  // of the window
  double peak_ = 0;           // the largest m2_ since it was last summed anew
  double last_ = 0;
  std::uint64_t seen_ = 0;
  std::uint32_t equal_ = 0;  // how many of the newest values are the same
};

}  // namespace aiops::feature
