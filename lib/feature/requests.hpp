// Ten features of the requests in each window of time, for each key (service, method, endpoint).
//
// Windows are aligned to the epoch and half open, [start, start + window). Each key has a clock of its own:
// the newest time of its requests, and as far as the stream has gone on since its last one, less a window. A
// window closes when that clock, less the lateness, passes its end; a request that comes after that is late
// and only counted. So the logs of several services may come one after another or mixed, and a key that falls
// silent is closed all the same. Memory: the open windows; of each window's durations at most kExact are
// kept, beyond that the median is that of an even sample of them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"

namespace aiops::feature {

inline constexpr std::array<std::string_view, 10> kRequestFeatures = {
    "request_count",   "duration_mean", "duration_std", "duration_min",   "duration_max",
    "duration_median", "error_sum",     "error_rate",   "status_nunique", "requests_per_minute"};

struct Request {
  Nanos time = 0;
  double duration_ms = 0;  // not NaN
  int status_code = 0;     // 0: not known
  bool error = false;
};

// In the order of kRequestFeatures. Durations are in milliseconds and NaN where there was no request; the
// standard deviation has n - 1 in the denominator and is 0 for one request; the error rate is 0 to 1.
using RequestRow = std::array<double, 10>;

class RequestWindows {
 public:
  static constexpr std::size_t kExact = 65536;
  static constexpr Nanos kLongestGap =
      100'000;  // of windows that `zero` fills: a clock gone wrong fills none
  using Emit = std::function<void(Nanos start, std::uint32_t key, const RequestRow& row)>;

  struct Options {
    Nanos window = kMinute;
    Nanos lateness = 5 * kSecond;
    bool zero = false;  // write windows without a request, from a key's first window on
  };
  // Rows of a key are emitted in the order of time; those that close together in the order of time, then of
  // key.
  RequestWindows(Options options, Emit emit) : options_(options), emit_(std::move(emit)) {}

  void add(std::uint32_t key, const Request& request);
  // Emits what is open, whatever the watermark. Of a key, if it is evicted; of all at the end.
  void flush();
  void flush(std::uint32_t key);
  std::uint64_t late() const { return late_; }

 private:
  struct Window {
    std::uint64_t count = 0, errors = 0;
    double mean = 0, m2 = 0, min = 0, max = 0;
    std::vector<double> durations;
    std::vector<int> statuses;
    void add(const Request& request, Random& random);
    RequestRow row(Nanos window);
  };
  struct Key {
    std::map<Nanos, Window> open;
    Window* last = nullptr;      // the open window of its last request …
    Nanos last_start = kNoTime;  // … and where it begins
    Nanos newest = kNoTime;      // of its requests
    Nanos seen_at = kNoTime;     // the stream's newest time when the last of them came
    Nanos closed = kNoTime;      // windows before this are closed
  };
  struct Row {
    Nanos start;
    std::uint32_t key;
    RequestRow row;
  };
  Nanos clock(const Key& key) const;
  Window& window_of(Key& key, Nanos start);
  void close(std::uint32_t id, Key& key, Nanos end);
  void emit();

  Options options_;
  Emit emit_;
  std::vector<Key> keys_;  // by number
  std::vector<Row> rows_;  // closed, to be emitted
  Nanos newest_ = kNoTime, swept_ = kNoTime;
  std::uint64_t late_ = 0;
  Random random_{1};
};

}  // namespace aiops::feature
