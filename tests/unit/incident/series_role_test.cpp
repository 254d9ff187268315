#include "incident/series_role.hpp"

#include <doctest/doctest.h>

using namespace aiops;
using namespace aiops::incident;

namespace {

SeriesRole role(const char* series) { return role_of(record::SeriesKey::parse(series)); }

}  // namespace

TEST_CASE("roles are told by the words in names") {
  CHECK(role("process_cpu_seconds{service=\"a\"}").role == Role::cpu);
  CHECK(role("CpuUsageRate(%){service=\"a\"}").percent);
  CHECK(role("NodeCpuUsageRate(%){service=\"a\"}").role == Role::node);
  CHECK(role("container_memory_working_set_bytes{service=\"a\"}").role == Role::memory);
  CHECK(role("http_client_duration_p95{service=\"a\"}").role == Role::client_latency);
  CHECK(role("PodServerLatencyP90(s){service=\"a\"}").role == Role::server_latency);
  CHECK(role("latency_p99{service=\"a\"}").extreme);
  CHECK(role("duration_mean{service=\"a\"}").unit == 1e-3);
  CHECK(role("http_request_duration_seconds{service=\"a\"}").unit == 1);
  CHECK(role("response_time_ms{service=\"a\"}").unit == 1e-3);
  CHECK(role("error_rate{service=\"a\"}").role == Role::errors);
  CHECK(role("SuccessRate(%){service=\"a\"}").role == Role::success);
  CHECK(role("http_requests_total{service=\"a\"}").role == Role::traffic);
  CHECK(role("log_new{service=\"a\"}").role == Role::log);
  CHECK(role("whatever{service=\"a\"}").role == Role::other);
}

TEST_CASE("edges have two ends, and somebody who measured them") {
  const SeriesRole edge = role(
      "istio_request_duration_milliseconds{reporter=\"source\",source_workload=\"a\",destination_workload="
      "\"b\"}");
  CHECK(edge.role == Role::caller_latency);
  CHECK(edge.service == "b");
  CHECK(edge.caller == "a");
  CHECK(edge.unit == 1e-3);
  CHECK(role("duration_p95{service=\"b\",caller=\"a\"}").role == Role::callee_latency);
}
