// The answer to an aggregation of requests: a bucket for each window and key.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "source/json_reader.hpp"

namespace aiops::source {

struct RequestGroup {
  Nanos start = kNoTime;                  // of the window
  std::string service, method, endpoint;  // "": none
  // In the order of feature::kRequestFeatures, in the units of them.
  std::array<double, 10> features{};
};

struct RequestBucket {
  static constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

  RequestGroup group;
  std::uint64_t documents = 0, failed = 0, statuses = 0;
  // In the unit of the index; the variance with n - 1.
  double mean = kMissing, min = kMissing, max = kMissing, median = kMissing, variance = kMissing;
};

// One page of them.
struct RequestBuckets {
  std::vector<RequestBucket> buckets;
  std::string after;  // the last key, JSON; "": there is none

  // Reads the value of "aggregations": {"groups":{"after_key":…,"buckets":[…]}}. What was there is dropped.
  void read(JsonReader& reader);
};

}  // namespace aiops::source
