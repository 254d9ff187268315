#include "incident/series_role.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "record/fields.hpp"

namespace aiops::incident {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

template <std::size_t N>
bool has_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool has(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

// Which end of the call measured it: a mesh says so in the label `reporter`.
Role edge_role(const record::SeriesKey& key) {
  const std::string reporter = lower(key.get("labels.reporter"));
  return reporter == "source" || reporter == "client" || reporter == "caller" ? Role::caller_latency
                                                                              : Role::callee_latency;
}

std::string first_of(const record::SeriesKey& key, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (const auto value = key.get(name); !value.empty()) return std::string(value);
  return {};
}

// Milliseconds where the name says so, and in what aiops-features makes, which is in milliseconds always.
double unit_of(std::string_view metric) {
  if (has(metric, "microseconds") || has(metric, "_us")) return 1e-6;
  const bool features = metric == "duration_mean" || metric == "duration_median" || metric == "self_mean" ||
                        metric.starts_with("duration_p");
  return features || has(metric, "(ms)") || has(metric, "_ms") || has(metric, "milli") ? 1e-3 : 1;
}

bool is_extreme(std::string_view metric) {
  constexpr std::array<std::string_view, 6> kWords = {"p99", "_99", "0.99", "max", "p100", "_std"};
  return has_any(metric, kWords);
}

Role role_by_name(std::string_view metric) {
  constexpr std::array<std::string_view, 7> kLatency = {
      "latency", "duration", "response_time", "response time", "responsetime", "elapsed", "self_mean"};
  constexpr std::array<std::string_view, 4> kSuccess = {"success", "availab", "healthy", "up"};
  constexpr std::array<std::string_view, 5> kErrors = {"error", "fail", "exception", "5xx", "reject"};
  constexpr std::array<std::string_view, 8> kTraffic = {"workload", "request", "ops",     "qps",
                                                        "rps",      "calls",   "queries", "throughput"};
  constexpr std::array<std::string_view, 4> kDisk = {"disk", "fs_", "filesystem", "iowait"};
  if (metric.starts_with("node")) return Role::node;
  if (has_any(metric, kLatency))
    return has(metric, "client") || has(metric, "outgoing") ? Role::client_latency : Role::server_latency;
  if (has(metric, "cpu")) return Role::cpu;
  if (has_any(metric, kErrors)) return Role::errors;
  if (has_any(metric, std::array{kSuccess[0], kSuccess[1], kSuccess[2]}) || metric == kSuccess[3])
    return Role::success;
  if (has(metric, "memory") || has(metric, "mem_") || has(metric, "rss") || has(metric, "heap"))
    return Role::memory;
  if (has_any(metric, kDisk)) return Role::disk;
  return has_any(metric, kTraffic) ? Role::traffic : Role::other;
}

}  // namespace

bool is_log_evidence(std::string_view metric) { return metric.starts_with("log_"); }

SeriesRole role_of(const record::SeriesKey& key) {
  SeriesRole found;
  const std::string_view name = key.get(field::kMetric);
  const std::string metric = lower(name);
  const std::string destination =
      first_of(key, {"labels.destination_workload", "labels.destination_service_name",
                     "labels.destination_service", "labels.destination_canonical_service"});
  found.caller = first_of(key, {"labels.caller", "labels.source_workload", "labels.source_service_name",
                                "labels.source_service", "labels.source_canonical_service"});
  found.service = first_of(key, {field::kService});
  if (!found.caller.empty() && !destination.empty()) found.service = destination;
  if (found.service.empty())
    found.service = first_of(key, {"labels.app", "labels.job", "labels.container", "labels.pod"});
  if (is_log_evidence(name)) {
    found.role = Role::log;
    return found;
  }
  found.role = role_by_name(metric);
  found.percent = has(metric, "%") || has(metric, "percent") || has(metric, "pct");
  found.extreme = is_extreme(metric);
  found.unit = unit_of(metric);
  if (found.role == Role::server_latency && !found.caller.empty()) found.role = edge_role(key);
  return found;
}

}  // namespace aiops::incident
