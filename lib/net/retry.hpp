// Trying again: exponential back-off with jitter, and what the server asks for with Retry-After.
#pragma once

#include <cstdint>
#include <functional>

#include "base/diagnostics.hpp"
#include "base/random.hpp"
#include "base/time.hpp"

namespace aiops::net {

struct RetryPolicy {
  int max_retries = 5;               // after the first attempt
  Nanos first = 500 * kMillisecond;  // doubles from retry to retry …
  Nanos longest = 30 * kSecond;      // … up to this; each wait is drawn from the upper half of that
  Nanos patience = 10 * kMinute;     // a server that asks for a longer wait is not waited for
};

// How long to wait before retry number `attempt` (from 0). retry_after: -1, or what the server asked for at
// least.
Nanos backoff(const RetryPolicy& policy, int attempt, Nanos retry_after, Random& random);

// Runs the attempt until it goes through. A transient HttpError is said as a warning and tried again; any
// other error, and the last one, goes to the caller. Each retry adds one to `retries`. Throws
// Error(Status::interrupted) when a stop is requested while waiting.
void with_retries(const RetryPolicy& policy, Random& random, Diagnostics& diagnostics, std::uint64_t& retries,
                  const std::function<void()>& attempt);

}  // namespace aiops::net
