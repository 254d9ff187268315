#include "inject/load.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "base/random.hpp"
#include "base/stop.hpp"
#include "net/http.hpp"
#include "net/url.hpp"

namespace aiops::inject {
namespace {

using Steady = std::chrono::steady_clock;
constexpr Nanos kLate = 100 * kMillisecond;

Nanos since(Steady::time_point start) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Steady::now() - start).count();
}

std::string with_delay(std::string text, std::int64_t ms) {
  const auto value = std::to_string(ms);
  for (std::size_t at = 0; (at = text.find("{ms}", at)) != text.npos; at += value.size())
    text.replace(at, 4, value);
  return text;
}

net::Request request_for(const LoadOptions& options, const PlannedRequest& planned) {
  const Target& target = planned.kind == RequestKind::normal ? options.normal
                         : planned.kind == RequestKind::slow ? options.slow
                                                             : options.error;
  net::Request request;
  request.url = with_delay(target.url.empty() ? options.normal.url : target.url, planned.ms);
  request.headers = options.normal.headers;
  if (&target != &options.normal) {
    for (const auto& header : target.headers) request.headers.push_back(with_delay(header, planned.ms));
  }
  return request;
}

std::string path_of(const std::string& url) {
  const auto shown = net::shown(url);
  const auto scheme = shown.find("://");
  const auto slash = shown.find('/', scheme == shown.npos ? 0 : scheme + 3);
  return slash == shown.npos ? "/" : shown.substr(slash);
}

// What the senders share. Everything but `options` and `plan` is guarded by `mutex`.
struct Shared {
  const LoadOptions& options;
  const std::vector<PlannedRequest>& plan;
  const Steady::time_point start = Steady::now();
  // Of the start, not of the seed: two runs must not look like one in the target's logs.
  const std::uint64_t trace_seed = static_cast<std::uint64_t>(now());

  std::mutex mutex{};
  std::condition_variable progress{};
  std::size_t next = 0, senders = 0;
  std::map<std::size_t, SentRequest> done{};  // not yet taken
  LoadSummary summary{};
  std::uint64_t failures = 0;  // while there was no answer
  bool give_up = false;
  std::exception_ptr error{};
};

// The next request's number, once its time has come; nullopt when there is none.
std::optional<std::size_t> take_turn(Shared& shared) {
  std::size_t index = 0;
  {
    const std::lock_guard lock(shared.mutex);
    if (shared.give_up || shared.next == shared.plan.size()) return std::nullopt;
    index = shared.next++;
  }
  const Nanos wait = shared.plan[index].at - since(shared.start);
  if (wait > 0 ? !sleep_unless_stopped(wait) : stop_requested()) return std::nullopt;
  const std::lock_guard lock(shared.mutex);
  if (shared.give_up || since(shared.start) >= shared.options.max_time) return std::nullopt;
  shared.summary.late += wait < -kLate;
  return index;
}

SentRequest send(net::Client& client, const Shared& shared, std::size_t index) {
  const auto& planned = shared.plan[index];
  auto request = request_for(shared.options, planned);
  Random ids(sub_seed(shared.trace_seed, index));
  SentRequest sent;
  sent.index = index;
  sent.kind = planned.kind;
  sent.endpoint = path_of(request.url);
  const auto high = ids.next(), low = ids.next() | 1;  // all zeros is no trace
  sent.trace_id = fmt::format("{:016x}{:016x}", high, low);
  request.headers.push_back(fmt::format("traceparent: 00-{}-{:016x}-01", sent.trace_id, ids.next() | 1));
  sent.time = now();
  const auto begin = Steady::now();
  try {
    auto response = client.send(request);
    sent.status_code = response.code();
    while (!response.read().empty()) {
    }
  } catch (const Error& error) {
    if (error.status() != Status::backend && error.status() != Status::interrupted) throw;
    sent.status_code = 0;
    sent.failure = error.what();
  }
  sent.duration_ms = static_cast<double>(since(begin)) / 1e6;
  return sent;
}

void finish(Shared& shared, SentRequest sent) {
  const std::lock_guard lock(shared.mutex);
  auto& summary = shared.summary;
  ++summary.sent;
  ++summary.by_kind[static_cast<std::size_t>(sent.kind)];
  if (sent.status_code != 0) {
    ++summary.answered;
  } else {
    if (summary.first_failure.empty()) summary.first_failure = sent.failure;
    if (summary.answered == 0 && ++shared.failures >= Load::kGiveUp) shared.give_up = true;
  }
  shared.done.emplace(sent.index, std::move(sent));
  shared.progress.notify_one();
}

void send_all(Shared& shared) {
  try {
    net::HttpOptions http;
    http.connect_timeout = std::min(http.connect_timeout, shared.options.timeout);
    http.idle_timeout = shared.options.timeout;
    http.follow_redirects = false;  // they could lead to a host that nobody allowed
    http.use_proxy = false;
    net::Client client(http);
    while (const auto index = take_turn(shared)) finish(shared, send(client, shared, *index));
  } catch (...) {
    const std::lock_guard lock(shared.mutex);
    if (!shared.error) shared.error = std::current_exception();
    shared.give_up = true;
  }
  const std::lock_guard lock(shared.mutex);
  --shared.senders;
  shared.progress.notify_one();
}

// Gives what is done to `take`, in order; what was never sent is a hole that ends with the senders.
void collect(Shared& shared, const std::function<void(const SentRequest&)>& take) {
  std::unique_lock lock(shared.mutex);
  for (std::size_t next = 0;;) {
    const bool over = shared.senders == 0;
    while (!shared.done.empty() && (over || shared.done.begin()->first == next)) {
      const auto sent = std::move(shared.done.begin()->second);
      shared.done.erase(shared.done.begin());
      next = sent.index + 1;
      lock.unlock();
      take(sent);
      lock.lock();
    }
    if (over) return;
    shared.progress.wait(lock, [&] {
      return shared.senders == 0 || (!shared.done.empty() && shared.done.begin()->first == next);
    });
  }
}

}  // namespace

Load::Load(LoadOptions options) : options_(std::move(options)) { options_.check(); }

LoadSummary Load::run(const std::function<void(const SentRequest&)>& take) {
  const auto plan = plan_load(options_);
  Shared shared{options_, plan};
  std::vector<std::thread> threads;
  shared.senders = static_cast<std::size_t>(options_.concurrency);
  for (std::int64_t i = 0; i < options_.concurrency; ++i) threads.emplace_back(send_all, std::ref(shared));
  std::exception_ptr taker_error;
  try {
    collect(shared, take);
  } catch (...) {
    taker_error = std::current_exception();
    const std::lock_guard lock(shared.mutex);
    shared.give_up = true;
  }
  for (auto& thread : threads) thread.join();
  if (taker_error) std::rethrow_exception(taker_error);
  if (shared.error) std::rethrow_exception(shared.error);
  if (shared.give_up && !stop_requested()) {
    throw BackendError(fmt::format("the target does not answer: {}", shared.summary.first_failure));
  }
  return shared.summary;
}

}  // namespace aiops::inject
