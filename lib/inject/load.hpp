// Requests at a live HTTP target: a bounded number of normal and anomalous ones, at a bounded rate, and what
// became of each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace aiops::inject {

enum class RequestKind : std::uint8_t { normal, slow, error };
std::string_view name(RequestKind kind);

// A URL and headers; {ms} in them is replaced by the delay that a slow request asks for.
struct Target {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
};

struct LoadOptions {
  Target normal, slow, error;  // slow, error: url "" takes the normal one; headers come on top of normal's
  std::vector<RequestKind> kinds;  // of the anomalous requests, dealt out in turn
  std::vector<std::string> allow_hosts;
  std::int64_t requests = 100;                  // all together
  std::int64_t anomalies = 0;                   // of these
  double rate = 10;                             // requests a second
  std::int64_t slow_from = 400, slow_to = 800;  // ms, both included
  std::int64_t concurrency = 8;                 // requests at once
  Nanos timeout = 30 * kSecond;                 // of a request without an answer
  Nanos max_time = 15 * kMinute;                // of the whole
  std::uint64_t seed = 1;

  // Throws UsageError: no or no good URL; a host that is neither this machine nor allowed; a kind without a
  // URL or header that brings it about; more anomalies than requests; more time than max_time.
  void check() const;
};

// One request as planned.
struct PlannedRequest {
  Nanos at = 0;  // after the start
  RequestKind kind = RequestKind::normal;
  std::int64_t ms = 0;  // slow: the delay asked for
};

// All requests in order of time, evenly spaced; which ones are anomalous is random, and the same for the same
// seed. Precondition: options.check() went through.
std::vector<PlannedRequest> plan_load(const LoadOptions& options);

// One request as it went.
struct SentRequest {
  std::size_t index = 0;
  RequestKind kind = RequestKind::normal;
  Nanos time = kNoTime;    // when it was sent
  std::string endpoint;    // path of its URL
  std::string trace_id;    // 32 hexadecimal digits, sent as traceparent (W3C Trace Context)
  int status_code = 0;     // 0: no answer
  double duration_ms = 0;  // to the last byte of the answer
  std::string failure;     // why there was no answer
};

struct LoadSummary {
  std::uint64_t sent = 0, answered = 0, late = 0;  // late: more than a tenth of a second behind the plan
  std::uint64_t by_kind[3] = {};
  std::string first_failure;
};

// Sends the requests and gives each to `take`, in the order of the plan and one at a time, soon after it is
// over. Ends early at max_time or when a stop is requested. Throws BackendError when the target cannot be
// reached: kGiveUp failures before any answer (what was sent has been given to take by then), and what take
// throws.
class Load {
 public:
  static constexpr int kGiveUp = 3;

  explicit Load(LoadOptions options);
  LoadSummary run(const std::function<void(const SentRequest&)>& take);

 private:
  LoadOptions options_;
};

// The part of a URL that names the host, in lower case and without brackets; "" if it has none.
std::string host_of(const std::string& url);
// True for localhost, names below it, 127.0.0.0/8 and ::1.
bool is_loopback(const std::string& host);

}  // namespace aiops::inject
