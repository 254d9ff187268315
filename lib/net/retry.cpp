#include "net/retry.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "net/http.hpp"

namespace aiops::net {
namespace {

// To a tenth of a second, for messages.
std::string rounded(Nanos duration) {
  return format_duration(duration / (100 * kMillisecond) * (100 * kMillisecond));
}

}  // namespace

Nanos backoff(const RetryPolicy& policy, int attempt, Nanos retry_after, Random& random) {
  Nanos wait = policy.first;
  for (int i = 0; i < attempt && wait < policy.longest; ++i) wait *= 2;
  wait = std::min(wait, policy.longest);
  wait -= static_cast<Nanos>(random.uniform() * static_cast<double>(wait) / 2);
  return std::max(wait, retry_after);
}

void with_retries(const RetryPolicy& policy, Random& random, Diagnostics& diagnostics, std::uint64_t& retries,
                  const std::function<void()>& attempt) {
  for (int i = 0;; ++i) {
    Nanos wait = 0;
    try {
      attempt();
      return;
    } catch (const HttpError& error) {
      if (!error.transient || i >= policy.max_retries) throw;
      if (error.retry_after > policy.patience) {
        throw HttpError(fmt::format("{}; the server asks to come back in {}, which is too long to wait",
                                    error.what(), format_duration(error.retry_after)),
                        error.code, false);
      }
      wait = backoff(policy, i, error.retry_after, random);
      diagnostics.warn(
          fmt::format("{}; retry {} of {} in {}", error.what(), i + 1, policy.max_retries, rounded(wait)));
    }
    ++retries;
    if (!sleep_unless_stopped(wait)) throw Error(Status::interrupted, "interrupted");
  }
}

}  // namespace aiops::net
