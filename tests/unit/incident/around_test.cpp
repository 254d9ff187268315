// What stands around an incident: log lines, traces, changes.
#include <doctest/doctest.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"
#include "incident/changes.hpp"
#include "incident/log_memory.hpp"
#include "incident/trace_memory.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::at;

namespace {

Incident cart_incident(double from = 600, double until = 660) {
  Incident one;
  Member member;
  member.onset = at(from);
  member.until = at(until);
  one.members.push_back(member);
  one.start = at(from);
  one.services = {"cart"};
  return one;
}

LogLine line(double seconds, const std::string& severity, const std::string& message,
             const std::string& service = "cart") {
  return {at(seconds), service, severity, message, "", "", 1};
}

std::vector<Change> changes_of(const std::string& content) {
  const std::string path = (std::filesystem::temp_directory_path() / "aiops-changes-test").string();
  write_file(path, content);
  KeptDiagnostics diagnostics;
  return read_changes(path, diagnostics);
}

}  // namespace

TEST_CASE("lines that differ in numbers alone are one, counted; errors and what is new come first") {
  LogMemory logs(5 * kMinute);
  for (int t = 300; t < 700; ++t) logs.add(line(t, "INFO", "request " + std::to_string(t) + " done"));
  for (int t = 610; t < 620; ++t)
    logs.add(line(t, "ERROR", "write failed after " + std::to_string(t) + " ms"));
  logs.add(line(615, "INFO", "leader elected"));
  logs.add(line(615, "ERROR", "of another service", "mail"));
  Incident one = cart_incident();
  logs.collect(one, 2);
  REQUIRE(one.logs.size() == 2);
  CHECK(one.logs[0].message == "write failed after 610 ms");
  CHECK(one.logs[0].count == 10);
  CHECK(one.logs[1].message == "leader elected");
  // Asked again, when the lines are gone: what is there stays.
  for (int t = 3000; t < 3100; ++t) logs.add(line(t, "INFO", "request done"));
  logs.collect(one, 2);
  CHECK(one.logs[0].message == "write failed after 610 ms");
  CHECK(one.logs[0].count == 10);
}

TEST_CASE("memory of lines is bounded, whatever is said") {
  LogMemory logs(5 * kMinute);
  for (int i = 0; i < 5000; ++i) {
    logs.add(line(600, "INFO",
                  std::string(1, static_cast<char>('g' + i % 20)) + std::string(1 + i / 20 % 250, 'x')));
  }
  CHECK(logs.refused() > 4000);
  logs.add(line(601, "INFO", std::string(10'000'000, 'y'), "mail"));
  Incident one = cart_incident();
  one.services = {"mail"};
  logs.collect(one, 5);
  REQUIRE(one.logs.size() == 1);
  CHECK(one.logs[0].message.size() == LogMemory::kLongestLine);
  Incident all = cart_incident();
  logs.collect(all, 500);
  CHECK(all.logs.size() == LogMemory::kMostKinds);
}

TEST_CASE("a line is cut at the end of a character") {
  LogMemory logs(5 * kMinute);
  std::string text(LogMemory::kLongestLine - 1, 'a');
  logs.add(line(600, "INFO", text + "\xc3\xa9\xc3\xa9"));
  Incident one = cart_incident();
  logs.collect(one, 5);
  CHECK(one.logs[0].message == text);
}

TEST_CASE("traces: those that failed, and the slowest, of the time between first and last sign") {
  TraceMemory traces;
  const auto add = [&](const std::string& id, double seconds, double ms, bool failed) {
    traces.add({id, "", ms, "cart", "GET /", at(seconds)}, failed);
  };
  add("before", 500, 9000, false);
  for (int i = 0; i < 50; ++i) add("t" + std::to_string(i), 600 + i, 10.0 * i, false);
  add("t49", 650, 3, false);  // another span of it
  add("bad", 620, 1, true);
  add("", 620, 99999, false);
  Incident one = cart_incident();
  traces.collect(one, 2);
  REQUIRE(one.traces.size() == 3);
  CHECK(one.traces[0].trace_id == "bad");
  CHECK(one.traces[0].why == "failed");
  CHECK(one.traces[1].trace_id == "t49");
  CHECK(one.traces[1].duration_ms == 490);
  CHECK(one.traces[2].trace_id == "t48");
  const std::vector<TraceExample> before = one.traces;
  for (int i = 0; i < 100; ++i) add("later", 3000 + i, 1, false);
  traces.collect(one, 2);
  CHECK(one.traces.size() == before.size());
}

TEST_CASE("changes: records, events of Kubernetes, annotations of Grafana") {
  const auto own =
      changes_of("timestamp,service,kind,what\n2026-01-02,cart,deployment,4.3\n2026-01-01,,config,all\n");
  REQUIRE(own.size() == 2);
  CHECK(own[0].service == "");
  CHECK(own[1].what == "4.3");
  const auto cluster = changes_of(R"({"apiVersion":"v1","kind":"List","items":[
    {"involvedObject":{"kind":"Deployment","name":"cart"},"reason":"ScalingReplicaSet",
     "message":"Scaled up replica set cart-7d9f to 1","lastTimestamp":"2026-01-31T12:00:00Z"},
    {"involvedObject":{"kind":"Pod","name":"cart-7d9f-x1"},"reason":"Pulled","message":"image","lastTimestamp":"2026-01-31T12:00:01Z"},
    {"involvedObject":{"kind":"Pod","name":"cart-7d9f-x1"},"reason":"BackOff","message":"crashed",
     "lastTimestamp":null,"eventTime":"2026-01-31T12:00:05.5Z"},
    {"involvedObject":{"kind":"Node","name":"n1"},"reason":"NodeNotReady","message":"gone","lastTimestamp":"2026-01-31T12:00:07Z"}]})");
  REQUIRE(cluster.size() == 3);
  CHECK(cluster[0].kind == "ScalingReplicaSet");
  CHECK(cluster[1].service == "cart");
  CHECK(cluster[2].service == "");
  CHECK(cluster[2].what == "n1: gone");
  const auto notes =
      changes_of(R"([{"id":1,"time":1769860800000,"text":"deploy 4.2","tags":["deploy","service:cart"]}])");
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].service == "cart");
  CHECK(notes[0].kind == "deploy");
  CHECK(format_time(notes[0].time) == "2026-01-31T12:00:00Z");
  CHECK(changes_of("").empty());
  for (const char* wrong :
       {"[{\"text\":\"x\"}]", "{\"items\":[{\"a\":1}]}", "a,b\n1,2\n",
        "{\"timestamp\":1}\n{\"timestamp\":1}\n", "timestamp,service,kind,what\nnoon,a,b,c\n"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(changes_of(wrong), InputError);
  }
}

TEST_CASE("changes of its services, or of nobody's, before the first sign and until the last") {
  const std::vector<Change> changes = {
      {at(-3700), "cart", "deployment", "long ago"}, {at(0), "cart", "deployment", "4.2"},
      {at(10), "mail", "deployment", "1"},           {at(20), "", "config", "dns"},
      {at(640), "cart", "scaling", "during"},        {at(900), "cart", "deployment", "after"}};
  Incident one = cart_incident();
  collect_changes(changes, kHour, 10, one);
  REQUIRE(one.changes.size() == 3);
  CHECK(one.changes[0].what == "during");
  CHECK(one.changes[2].what == "4.2");
  collect_changes(changes, kHour, 1, one);
  CHECK(one.changes.size() == 1);
}
