#include "incident/alert_rank.hpp"

#include <doctest/doctest.h>

using namespace aiops;
using namespace aiops::incident;

namespace {

Alert gauge(Nanos time, const char* service, const char* what = "memory_usage") {
  Alert alert;
  alert.time = time;
  alert.service = service;
  alert.what = what;
  alert.family = "memory";
  alert.kind = AlertKind::gauge;
  return alert;
}

Alert call(Nanos time, const char* caller, const char* callee, AlertKind kind) {
  Alert alert = gauge(time, callee, "calls");
  alert.caller = caller;
  alert.kind = kind;
  return alert;
}

}  // namespace

TEST_CASE("rare alerts count more than those of every incident") {
  AlertRank rank;
  for (int i = 0; i < 10; ++i) {
    const Nanos start = i * kHour;
    rank.add(gauge(start, "noisy"));
    rank.learn(start, start + kMinute, "");
  }
  rank.add(gauge(kDay, "noisy"));
  rank.add(gauge(kDay + kSecond, "quiet"));
  const auto ranked = rank.rank(kDay, kDay + kMinute);
  REQUIRE(ranked.size() == 2);
  CHECK(ranked[0].service == "quiet");
  CHECK(ranked[0].score > 3 * ranked[1].score);
}

TEST_CASE("a failed call speaks against who was called, but not if that one could not reach another") {
  AlertRank rank;
  rank.add(call(0, "web", "cart", AlertKind::failed_call));
  rank.add(call(100 * kMillisecond, "cart", "db", AlertKind::failed_call));
  const auto ranked = rank.rank(0, kMinute);
  CHECK(ranked[0].service == "db");
  CHECK(ranked[1].service == "cart");
  CHECK(ranked[2].service == "web");
  CHECK(ranked[2].score == 0);
}

TEST_CASE("what comes later counts less") {
  AlertRank rank;
  rank.add(gauge(0, "first"));
  rank.add(gauge(3 * kMinute, "later"));
  const auto ranked = rank.rank(0, kHour);
  CHECK(ranked[0].service == "first");
  CHECK(ranked[0].score > 10 * ranked[1].score);
}

TEST_CASE("who was confirmed as the cause of an incident like this one comes first, silent or not") {
  AlertRank rank;
  rank.add(gauge(0, "web"));
  rank.learn(0, kMinute, "db");
  rank.add(gauge(kHour, "web"));
  const auto ranked = rank.rank(kHour, kHour + kMinute);
  CHECK(ranked[0].service == "db");
  CHECK(ranked[0].why == "was the cause of 1 of 1 earlier incidents like this one");
  // Of another kind: no word of it.
  rank.add(call(kDay, "web", "ads", AlertKind::failed_call));
  CHECK(rank.rank(kDay, kDay + kMinute)[0].service == "ads");
}

TEST_CASE("a machine's address is no service") {
  AlertRank rank;
  rank.add(gauge(0, "10.0.0.1"));
  rank.add(gauge(0, "web"));
  CHECK(rank.rank(0, kMinute)[0].service == "web");
}

TEST_CASE("an alert is told by the name that people know, once") {
  AlertRank rank;
  Alert core = gauge(0, "web", "core_#_usage");
  core.name = "core_3_usage";
  core.family = "cpu";
  rank.add(core);
  CHECK(rank.rank(0, kMinute)[0].why == "alerts: cpu core_3_usage");
  AlertRank other;
  other.add(gauge(0, "web"));
  CHECK(other.rank(0, kMinute)[0].why == "alerts: memory_usage");
}
