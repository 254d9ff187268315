#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "source/json_log.hpp"
#include "source/mapping.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

// Reads lines one after another, as from a file.
struct JsonLines {
  explicit JsonLines(const MappingOptions& options = {}, RecordKind kind = RecordKind::log)
      : mapping(options), builder(mapping, kind), json(mapping) {}

  // "" or what is wrong.
  std::string read(std::string_view line) {
    text.assign(line);
    text.append(1, '\n').append(JsonLog::kPadding, '\0');
    builder.start();
    const std::string error = json.read({text.data(), line.size()}, builder);
    return error.empty() ? builder.finish(record) : error;
  }

  std::uint64_t left_out(std::string_view path) const {
    for (const auto& [name, count] : mapping.left_out()) {
      if (name == path) return count;
    }
    return 0;
  }

  Mapping mapping;
  RecordBuilder builder;
  JsonLog json;
  LogRecord record;
  std::string text;
};

constexpr Nanos kTime = 1769857445 * kSecond;  // 2026-01-31T11:04:05Z

}  // namespace

TEST_CASE("ECS, nested and with dots") {
  // Field names: elastic.co/guide/en/ecs/8.17/ecs-field-reference.html.
  for (
      const char* line :
      {R"({"@timestamp":"2026-01-31T11:04:05.000000007Z","log.level":"warn","message":"slow","service.name":"cart",)"
       R"("http.request.method":"GET","http.response.status_code":200,"url.path":"/a","event.duration":1500000,)"
       R"("trace.id":"t","span.id":"s"})",
       R"({"@timestamp":"2026-01-31T11:04:05.000000007Z","log":{"level":"warn"},"message":"slow","service":{"name":)"
       R"("cart"},"http":{"request":{"method":"GET"},"response":{"status_code":200}},"url":{"path":"/a"},)"
       R"("event":{"duration":1500000},"trace":{"id":"t"},"span":{"id":"s"}})"}) {
    JsonLines reading;
    REQUIRE(reading.read(line) == "");
    const LogRecord& record = reading.record;
    CHECK(record.time == kTime + 7);
    CHECK(record.severity_text == "WARN");
    CHECK(record.message == "slow");
    CHECK(record.service == "cart");
    CHECK(record.method == "GET");
    CHECK(record.endpoint == "/a");
    CHECK(record.status_code == 200);
    CHECK(record.duration_ms == 1.5);
    CHECK(record.trace_id == "t");
    CHECK(record.span_id == "s");
    CHECK(reading.mapping.left_out().empty());
  }
}

TEST_CASE("OpenTelemetry's data model, and OTLP's attribute lists") {
  for (
      const char* line :
      {R"({"Timestamp":"1769857445000000007","SeverityText":"Error2","Body":"boom","Resource":{"service.name":"cart"},)"
       R"("Attributes":{"http.route":"/a/{id}","url.path":"/a/1","http.response.status_code":500},"TraceId":"t"})",
       R"({"timeUnixNano":"1769857445000000007","severityNumber":18,"body":{"stringValue":"boom"},"resource":)"
       R"({"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},"attributes":[)"
       R"({"key":"http.route","value":{"stringValue":"/a/{id}"}},{"key":"url.path","value":{"stringValue":"/a/1"}},)"
       R"({"key":"http.response.status_code","value":{"intValue":"500"}}],"traceId":"t"})"}) {
    JsonLines reading;
    REQUIRE(reading.read(line) == "");
    CHECK(reading.record.time == kTime + 7);
    CHECK(reading.record.severity_text == "ERROR");
    CHECK(reading.record.message == "boom");
    CHECK(reading.record.service == "cart");
    CHECK(reading.record.endpoint == "/a/{id}");  // the route, not the path
    CHECK(reading.record.status_code == 500);
    CHECK(reading.record.trace_id == "t");
    CHECK(reading.mapping.left_out().size() == 1);  // the path
  }
}

TEST_CASE("lines as loggers write them") {
  JsonLines reading;
  // zap, slog, pino, winston, python-json-logger, structlog, Docker.
  REQUIRE(reading.read(R"({"level":"info","ts":1769857445.000000007,"caller":"a.go:1","msg":"x"})") == "");
  CHECK(reading.record.time == kTime + 7);
  REQUIRE(reading.read(R"({"time":"2026-01-31T12:04:05+01:00","level":"ERROR","msg":"x"})") == "");
  CHECK(reading.record.time == kTime);
  REQUIRE(reading.read(R"({"level":50,"time":1769857445000,"pid":1,"msg":"x"})") == "");
  CHECK(reading.record.time == kTime);
  CHECK(reading.record.severity_text == "ERROR");
  REQUIRE(reading.read(R"({"asctime":"2026-01-31 11:04:05,000","levelname":"CRITICAL","message":"x"})") ==
          "");
  CHECK(reading.record.time == kTime);
  CHECK(reading.record.severity_text == "FATAL");
  REQUIRE(reading.read(R"({"event":"hello","level":"debug","timestamp":"2026-01-31T11:04:05Z"})") == "");
  CHECK(reading.record.message == "hello");
  REQUIRE(reading.read(R"({"log":"line\n","stream":"stderr","time":"2026-01-31T11:04:05Z"})") == "");
  CHECK(reading.record.message == "line\n");
}

TEST_CASE("a request without message and level gets both from what it is") {
  JsonLines reading;
  REQUIRE(reading.read(
              R"({"time":1769857445,"method":"GET","path":"/a?b","status":503,"request_time":"0.25"})") ==
          "");
  CHECK(reading.record.message == "GET /a");
  CHECK(reading.record.severity_text == "ERROR");
  CHECK(reading.record.duration_ms == 250);
}

TEST_CASE("names that mean many things are left out where they mean something else") {
  JsonLines reading;
  REQUIRE(reading.read(R"({"time":1769857445,"msg":"x","status":"ok","duration":5,"value":"v"})") == "");
  CHECK(reading.record.status_code == 0);
  CHECK(std::isnan(reading.record.duration_ms));
  CHECK(reading.left_out("status") == 1);
  CHECK(reading.left_out("duration") == 1);
  CHECK(reading.left_out("value") == 1);
  REQUIRE(reading.read(R"({"time":1769857445,"msg":"x","duration":"12ms"})") == "");
  CHECK(reading.record.duration_ms == 12);
  JsonLines seconds(MappingOptions{.map = {}, .keep = {}, .duration_unit = TimeUnit::seconds});
  REQUIRE(seconds.read(R"({"time":1769857445,"msg":"x","duration":0.000929675})") == "");
  CHECK(seconds.record.duration_ms == 0.929675);
}

TEST_CASE("a path is an endpoint where there is a request") {
  JsonLines reading;
  REQUIRE(reading.read(R"({"time":1769857445,"msg":"opened","path":"/var/log/app.log"})") == "");
  CHECK(reading.record.endpoint == "");
  CHECK(reading.left_out("path") == 1);
  REQUIRE(reading.read(R"({"time":1769857445,"msg":"done","path":"/cart","status":200})") == "");
  CHECK(reading.record.endpoint == "/cart");
  REQUIRE(reading.read(R"({"time":1769857445,"msg":"done","url.path":"/cart"})") == "");
  CHECK(reading.record.endpoint == "/cart");
}

TEST_CASE("fields without a place are counted by their path, null is nothing") {
  JsonLines reading;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(reading.read(
                R"({"time":1769857445,"msg":"x","a":{"b":{"c":1}},"tags":[1,{"x":"}"}],"n":null})") == "");
  }
  CHECK(reading.mapping.left_out() ==
        std::vector<std::pair<std::string, std::uint64_t>>{{"a.b.c", 3}, {"tags", 3}});
}

TEST_CASE("--keep makes labels, by name and by pattern") {
  JsonLines named(MappingOptions{.map = {}, .keep = {"a.b", "labels.pod", "tags"}});
  REQUIRE(
      named.read(
          R"({"time":1769857445,"msg":"x","a":{"b":18446744073709551617},"labels":{"pod":"p"},"tags":[1, 2]})") ==
      "");
  CHECK(named.mapping.labels() == std::vector<std::string>{"a.b", "pod", "tags"});
  CHECK(named.record.labels == std::vector<std::string_view>{"18446744073709551617", "p", "[1, 2]"});
  REQUIRE(named.read(R"({"time":1769857445,"msg":"x"})") == "");
  CHECK(named.record.labels == std::vector<std::string_view>{"", "", ""});

  JsonLines pattern(MappingOptions{.map = {}, .keep = {"a.*"}});
  REQUIRE(pattern.read(R"({"time":1769857445,"msg":"x","a":{"b":1,"c":"q\"","msg":"y"},"d":1})") == "");
  CHECK(pattern.record.more_labels == R"("a.b":"1","a.c":"q\"","a.msg":"y")");
  CHECK(pattern.left_out("d") == 1);
}

TEST_CASE("--map takes a field from one path and from nowhere else") {
  JsonLines reading(
      MappingOptions{.map = {"message=ctx.text", "labels.zone=ctx.zone", "duration_ms=took"}, .keep = {}});
  REQUIRE(reading.read(
              R"({"time":1769857445,"level":"info","msg":"no","took":3,"ctx":{"text":"yes","zone":"eu"}})") ==
          "");
  CHECK(reading.record.message == "yes");
  CHECK(reading.record.duration_ms == 3);
  CHECK(reading.record.labels == std::vector<std::string_view>{"eu"});
  CHECK(reading.left_out("msg") == 1);
  CHECK(reading.mapping.unused().empty());
  JsonLines unused(MappingOptions{.map = {"message=nowhere"}, .keep = {}});
  CHECK(unused.read(R"({"time":1769857445,"level":"info","msg":"x"})") == "");
  CHECK(unused.mapping.unused() == std::vector<std::string>{"--map message=nowhere"});
  for (const char* bad : {"x", "=a", "message=", "colour=a", "labels.=a"}) {
    CHECK_THROWS_AS(Mapping(MappingOptions{.map = {bad}, .keep = {}}), UsageError);
  }
  CHECK_THROWS_AS(Mapping(MappingOptions{.map = {"message=a", "endpoint=a"}, .keep = {}}), UsageError);
}

TEST_CASE("samples from JSON") {
  JsonLines reading({}, RecordKind::sample);
  REQUIRE(reading.read(R"({"timestamp":1769857445,"metric":"cpu","value":1.5,"message":"m"})") == "");
  CHECK(reading.record.metric == "cpu");
  CHECK(reading.record.value == 1.5);
  CHECK(reading.left_out("message") == 1);
  REQUIRE(reading.read(R"({"timestamp":1769857445,"value":null})") == "");
  CHECK(std::isnan(reading.record.value));
  REQUIRE(reading.read(R"({"timestamp":1769857445,"value":"NaN"})") == "");
  CHECK(std::isnan(reading.record.value));
  CHECK(reading.read(R"({"timestamp":1769857445})").find("no value:") == 0);
  CHECK(reading.read(R"({"timestamp":1769857445,"value":"x"})") == "value is \"x\", expected a number");
  CHECK(reading.read(R"({"timestamp":1769857445,"value":1e400})") ==
        "value is \"1e400\", expected a number that fits 64 bits");
}

TEST_CASE("what is wrong with a line is said") {
  JsonLines reading;
  CHECK(reading.read(R"({"msg":"x"})").find("no time:") == 0);
  CHECK(reading.read(R"({"time":"noon","msg":"x"})") ==
        "time is \"noon\", expected a time, RFC 3339 or an epoch number");
  CHECK(reading.read(R"({"time":1769857445})").find("neither a message, nor a level, nor a request") == 0);
  CHECK(reading.read(R"({"time":1769857445,"msg":"x","status_code":"many"})") ==
        "status_code is \"many\", expected an HTTP status");
  CHECK(reading.read(R"({"time":1769857445,"msg":"x","event.duration":-1})") ==
        "event.duration is \"-1\", expected a duration, 0 or more");
  CHECK(reading.read(R"({"time":1769857445,"msg":"x")") ==
        "an object is not closed, or something stands behind it");
  CHECK(reading.read(R"({"time":1769857445,"msg":"x)") == "a string is not closed: the line ends too early");
  CHECK(reading.read("{\"time\":1769857445,\"msg\":\"\xE9\"}") == "not valid UTF-8");
  CHECK(reading.read("{\"time\":1769857445,\"msg\":\"\x01\"}") == "a control character stands in a string");
  CHECK(reading.read(R"({"time":1769857445,"msg":"\q"})") == "a string has an escape that is none");
  CHECK(reading.read(R"([{"a":1}])").find("a JSON array") == 0);
  CHECK(reading.read(R"(5)") == "no JSON object");
  CHECK(reading.read(R"({"resourceLogs":[]})").find("a batch of OpenTelemetry's exporter") == 0);
  for (const char* line :
       {R"({"time":1769857445 "msg":"x"})", R"({"time":17698x,"msg":"x"})", R"({"msg":tru,"time":1})",
        R"({"msg":"x","time":01769857445})", R"({"a":1.,"time":1769857445,"msg":"x"})",
        R"({"time":NaN,"msg":"x"})", R"({"a":nul,"time":1769857445,"msg":"x"})"}) {
    CHECK_MESSAGE(reading.read(line) == "not valid JSON", line);
  }
  CHECK(reading.read(R"({"time":1769857445,"msg":"good"})") == "");  // and goes on
  CHECK(reading.record.message == "good");
}

TEST_CASE("objects in objects without end are no danger") {
  JsonLines reading;
  std::string line = R"({"time":1769857445,"msg":"x","a":)";
  for (int i = 0; i < 500; ++i) line += R"({"a":)";
  line += "1" + std::string(501, '}');
  CHECK(reading.read(line) == "");
  std::string deep =
      R"({"time":1769857445,"msg":"x","a":)" + std::string(5000, '[') + std::string(5000, ']') + "}";
  reading.read(deep);  // refused or read, whatever simdjson's limit says
  CHECK(reading.read(R"({"time":1769857445,"msg":"good"})") == "");
}

TEST_CASE("the number of different paths that are remembered is limited") {
  JsonLines reading;
  for (std::size_t i = 0; i < Mapping::kMaxPaths + 100; ++i) {
    REQUIRE(reading.read(R"({"time":1769857445,"msg":"x","id)" + std::to_string(i) + R"(":1})") == "");
  }
  CHECK(reading.left_out("(others)") > 100);
  CHECK(reading.mapping.left_out().size() <= Mapping::kMaxPaths + 1);
}
