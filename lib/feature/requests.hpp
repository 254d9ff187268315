// Ten features of the requests in each window of time, for each key (service, method, endpoint).
//
// Windows are aligned to the epoch and half open, [start, start + window). A window closes when the
// watermark, the newest time seen less the lateness, passes its end; a request that comes after that is late
// and only counted. Memory: the open windows; of each window's durations at most kExact are kept, beyond that
// the median is that of an even sample of them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <unordered_map>
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
  using Emit = std::function<void(Nanos start, std::uint32_t key, const RequestRow& row)>;

  struct Options {
    Nanos window = kMinute;
    Nanos lateness = 5 * kSecond;
    bool zero = false;  // write windows without a request, from a key's first window on
  };
  // Rows are emitted in the order of time, then of key.
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
  void close(Nanos before);
  void close_one(Nanos start);

  Options options_;
  Emit emit_;
  std::map<Nanos, std::map<std::uint32_t, Window>> open_;
  std::map<std::uint32_t, Nanos> known_;  // keys, and where their first window began; for `zero`
  Nanos newest_ = kNoTime, closed_ = kNoTime;
  std::uint64_t late_ = 0;
  Random random_{1};
};

}  // namespace aiops::feature
