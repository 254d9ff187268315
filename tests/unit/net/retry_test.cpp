#include "net/retry.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "net/http.hpp"

using namespace aiops;

namespace {

net::RetryPolicy quick() {
  net::RetryPolicy policy;
  policy.max_retries = 3;
  policy.first = kMillisecond;
  policy.longest = 2 * kMillisecond;
  return policy;
}

}  // namespace

TEST_CASE("waits double, stay below the longest, and vary") {
  net::RetryPolicy policy;
  policy.first = kSecond;
  policy.longest = 10 * kSecond;
  Random random(1);
  const Nanos full[] = {kSecond, 2 * kSecond, 4 * kSecond, 8 * kSecond, 10 * kSecond, 10 * kSecond};
  for (int attempt = 0; attempt < 6; ++attempt) {
    bool varied = false;
    const Nanos one = net::backoff(policy, attempt, -1, random);
    for (int i = 0; i < 100; ++i) {
      const Nanos wait = net::backoff(policy, attempt, -1, random);
      CHECK(wait >= full[attempt] / 2);
      CHECK(wait <= full[attempt]);
      varied = varied || wait != one;
    }
    CHECK(varied);
  }
  CHECK(net::backoff(policy, 0, 7 * kSecond, random) == 7 * kSecond);
  CHECK(net::backoff(policy, 1'000'000, -1, random) <= 10 * kSecond);
}

TEST_CASE("what is transient is tried again, and said") {
  Random random(1);
  KeptDiagnostics said;
  std::uint64_t retries = 0;
  int attempts = 0;
  net::with_retries(quick(), random, said, retries, [&] {
    if (++attempts < 3) throw net::HttpError("http://x: HTTP 503", 503, true);
  });
  CHECK(attempts == 3);
  CHECK(retries == 2);
  REQUIRE(said.warnings.size() == 2);
  CHECK(said.warnings[0].starts_with("http://x: HTTP 503; retry 1 of 3 in "));
}

TEST_CASE("what is not transient, and what fails for ever, goes to the caller") {
  Random random(1);
  KeptDiagnostics said;
  std::uint64_t retries = 0;
  int attempts = 0;
  CHECK_THROWS_AS(net::with_retries(quick(), random, said, retries,
                                    [&] {
                                      ++attempts;
                                      throw net::HttpError("no", 400, false);
                                    }),
                  net::HttpError);
  CHECK(attempts == 1);
  CHECK_THROWS_AS(net::with_retries(quick(), random, said, retries,
                                    [&] {
                                      ++attempts;
                                      throw net::HttpError("no", 503, true);
                                    }),
                  net::HttpError);
  CHECK(attempts == 1 + 4);
  CHECK(retries == 3);
}

TEST_CASE("a server that wants to be left alone for long is not waited for") {
  Random random(1);
  KeptDiagnostics said;
  std::uint64_t retries = 0;
  CHECK_THROWS_WITH_AS(net::with_retries(quick(), random, said, retries,
                                         [] { throw net::HttpError("busy", 429, true, kHour); }),
                       "busy; the server asks to come back in 1h, which is too long to wait", net::HttpError);
}

TEST_CASE("a stop ends the waiting") {
  Random random(1);
  KeptDiagnostics said;
  std::uint64_t retries = 0;
  net::RetryPolicy policy;
  policy.first = kHour;
  policy.longest = kHour;
  request_stop();
  try {
    net::with_retries(policy, random, said, retries, [] { throw net::HttpError("no", 503, true); });
    FAIL("went on");
  } catch (const Error& error) {
    CHECK(error.status() == Status::interrupted);
  }
  request_stop(false);
}
