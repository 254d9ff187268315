// What may be asked of a load, and the plan that follows from it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "base/text.hpp"
#include "inject/load.hpp"
#include "net/url.hpp"

namespace aiops::inject {
namespace {

// The URL without {ms}, which no URL parser takes.
std::string without_placeholder(std::string url) {
  for (std::size_t at; (at = url.find("{ms}")) != url.npos;) url.replace(at, 4, "0");
  return url;
}

void check_url(const std::string& option, const std::string& url, const std::vector<std::string>& allowed) {
  const auto host = host_of(url);
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  if (host.empty() || !http) {
    throw UsageError(fmt::format("{}: \"{}\" is not an address; expected e.g. http://127.0.0.1:8080/test",
                                 option, printable(net::shown(without_placeholder(url)))));
  }
  if (is_loopback(host) || std::find(allowed.begin(), allowed.end(), host) != allowed.end()) return;
  throw UsageError(fmt::format(
      "{}: {} is not this machine; if load on it is wanted by those who run it, say so with --allow-host {}",
      option, printable(host), printable(host)));
}

bool differs(const Target& target, const Target& normal) {
  return (!target.url.empty() && target.url != normal.url) || !target.headers.empty();
}

void check_header(const std::string& header) {
  const auto colon = header.find(':');
  const bool control = std::any_of(header.begin(), header.end(), [](char c) { return c >= 0 && c < ' '; });
  if (colon == 0 || colon == header.npos || control) {
    throw UsageError(fmt::format("\"{}\" is not a header; expected NAME: VALUE", printable(header)));
  }
}

}  // namespace

std::string_view name(RequestKind kind) {
  constexpr std::string_view kNames[] = {"normal", "slow", "error"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string host_of(const std::string& url) {
  auto host = net::origin(without_placeholder(url));
  const auto scheme = host.find("://");
  if (scheme == host.npos) return {};
  host.erase(0, scheme + 3);
  if (const auto port = host.rfind(':'); port != host.npos) host.erase(port);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost") || host == "::1") return true;
  const auto parts = split(host, '.');
  const auto number = [](const std::string& part) {
    return !part.empty() && part.size() <= 3 && part.find_first_not_of("0123456789") == part.npos;
  };
  return parts.size() == 4 && parts[0] == "127" && std::all_of(parts.begin(), parts.end(), number);
}

void LoadOptions::check() const {
  if (normal.url.empty()) {
    throw UsageError(
        "--url is needed: the address that normal requests go to, e.g. http://127.0.0.1:8080/test");
  }
  check_url("--url", normal.url, allow_hosts);
  if (!slow.url.empty()) check_url("--slow-url", slow.url, allow_hosts);
  if (!error.url.empty()) check_url("--error-url", error.url, allow_hosts);
  for (const auto* target : {&normal, &slow, &error}) {
    std::for_each(target->headers.begin(), target->headers.end(), check_header);
  }
  if (anomalies > requests) {
    throw UsageError(fmt::format("--anomalies {}: there are only {} (--requests)", anomalies,
                                 count(static_cast<std::uint64_t>(requests), "request")));
  }
  if (anomalies > 0 && kinds.empty()) throw UsageError("--anomalies needs --kind slow, error or both");
  for (const auto kind : anomalies > 0 ? kinds : std::vector<RequestKind>{}) {
    if (differs(kind == RequestKind::slow ? slow : error, normal)) continue;
    throw UsageError(
        fmt::format("--kind {0} needs --{0}-url or --{0}-header: what makes the target {1}", name(kind),
                    kind == RequestKind::slow ? "slow, with {ms} where the delay stands" : "fail"));
  }
  if (slow_from > slow_to) throw UsageError(fmt::format("--slow-ms: {} is more than {}", slow_from, slow_to));
  const double seconds = static_cast<double>(requests) / rate;
  if (seconds * 1e9 > static_cast<double>(max_time)) {
    throw UsageError(fmt::format("{} at {:g} a second take {:.0f} s, longer than --max-time {}",
                                 count(static_cast<std::uint64_t>(requests), "request"), rate,
                                 std::ceil(seconds), format_duration(max_time)));
  }
}

std::vector<PlannedRequest> plan_load(const LoadOptions& options) {
  std::vector<PlannedRequest> plan(static_cast<std::size_t>(options.requests));
  for (std::size_t i = 0; i < plan.size(); ++i) {
    plan[i].at = static_cast<Nanos>(static_cast<double>(i) / options.rate * 1e9);
  }
  // Selection sampling (Knuth, TAOCP 2, 3.4.2, algorithm S): every set of positions is equally probable.
  Random random(options.seed);
  auto wanted = options.anomalies;
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; wanted > 0; ++i) {
    if (static_cast<double>(plan.size() - i) * random.uniform() >= static_cast<double>(wanted)) continue;
    chosen.push_back(i);
    --wanted;
  }
  for (std::size_t i = chosen.size(); i > 1; --i) {
    std::swap(chosen[i - 1], chosen[random.below(static_cast<std::uint32_t>(i))]);
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    auto& request = plan[chosen[i]];
    request.kind = options.kinds[i % options.kinds.size()];
    if (request.kind != RequestKind::slow) continue;
    const auto span = static_cast<std::uint32_t>(options.slow_to - options.slow_from + 1);
    request.ms = options.slow_from + random.below(span);
  }
  return plan;
}

}  // namespace aiops::inject
