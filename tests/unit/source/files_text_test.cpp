#include <doctest/doctest.h>

#include <cmath>

#include "source/file_names.hpp"
#include "source/log_text.hpp"

using namespace aiops;
using namespace aiops::source;

TEST_CASE("severities get OpenTelemetry's spelling where they are known") {
  // opentelemetry.io/docs/specs/otel/logs/data-model-appendix: syslog, log4j, java.util.logging, .NET.
  const std::pair<const char*, const char*> known[] = {
      {"warning", "WARN"},   {"Warn", "WARN"},    {"ERR", "ERROR"},        {"crit", "FATAL"},
      {"Critical", "FATAL"}, {"notice", "INFO"},  {"Information", "INFO"}, {"fine", "DEBUG"},
      {"FINEST", "TRACE"},   {"SEVERE", "ERROR"}, {"ERROR3", "ERROR"},     {"trace2", "TRACE"},
      {"30", "INFO"},        {"50", "ERROR"},     {"E", "ERROR"},          {"emerg", "FATAL"},
      {"verbose", "TRACE"},  {"panic", "FATAL"}};
  for (const auto& pair : known) CHECK_MESSAGE(normal_severity(pair.first) == pair.second, pair.first);
  for (const char* text : {"", "audit", "3", "a level with a long name", "2", "error9"}) {
    CHECK(normal_severity(text) == text);
  }
}

TEST_CASE("severity numbers are those of OpenTelemetry") {
  // The data model: 1-4 TRACE, 5-8 DEBUG, 9-12 INFO, 13-16 WARN, 17-20 ERROR, 21-24 FATAL.
  CHECK(severity_of_number(1) == "TRACE");
  CHECK(severity_of_number(4) == "TRACE");
  CHECK(severity_of_number(5) == "DEBUG");
  CHECK(severity_of_number(12) == "INFO");
  CHECK(severity_of_number(13) == "WARN");
  CHECK(severity_of_number(17) == "ERROR");
  CHECK(severity_of_number(24) == "FATAL");
  CHECK(severity_of_number(0) == "");
  CHECK(severity_of_number(25) == "");
}

TEST_CASE("a status gives a severity") {
  CHECK(severity_of_status(200) == "INFO");
  CHECK(severity_of_status(399) == "INFO");
  CHECK(severity_of_status(400) == "WARN");
  CHECK(severity_of_status(499) == "WARN");
  CHECK(severity_of_status(500) == "ERROR");
  CHECK(severity_of_status(0) == "INFO");
}

TEST_CASE("an endpoint is a path without query") {
  CHECK(endpoint_of("/cart?id=7") == "/cart");
  CHECK(endpoint_of("/cart#top") == "/cart");
  CHECK(endpoint_of("http://shop:80/cart?x") == "/cart");
  CHECK(endpoint_of("http://shop") == "/");
  CHECK(endpoint_of("http://shop?x=/y") == "/");
  CHECK(endpoint_of("/go?to=http://other/x") == "/go");
  CHECK(endpoint_of("/a/http://b") == "/a/http://b");
  CHECK(endpoint_of("*") == "*");
  CHECK(endpoint_of("shop:443") == "shop:443");
  CHECK(endpoint_of("") == "");
}

TEST_CASE("times are read as logs write them") {
  // date -u -d @1769857445 is 2026-01-31T11:04:05Z.
  constexpr Nanos kTime = 1769857445 * kSecond;
  const auto read = [](std::string_view text) { return parse_log_time(text, TimeUnit::automatic); };
  CHECK(read("31/Jan/2026:11:04:05 +0000") == kTime);
  CHECK(read("31/Jan/2026:12:04:05 +0100") == kTime);
  CHECK(read("31/Jan/2026:11:04:05.250 +0000") == kTime + 250 * kMillisecond);
  CHECK(read("2026-01-31T11:04:05+00:00") == kTime);
  CHECK(read("2026-01-31T05:34:05-0530") == kTime);
  CHECK(read("2026-01-31 12:04:05 +01") == kTime);
  CHECK(read("2026-01-31 11:04:05,123") == kTime + 123 * kMillisecond);
  CHECK(read("2026-01-31 11:04:05 UTC") == kTime);
  CHECK(read("2026-01-31 11:04:05.000000001 +0000") == kTime + 1);
  CHECK(read(" 1769857445.5 ") == kTime + 500 * kMillisecond);
  CHECK(parse_log_time("1769857445000", TimeUnit::milliseconds) == kTime);
  for (const char* text :
       {"", "31/Foo/2026:11:04:05 +0000", "32/Jan/2026:11:04:05 +0000", "31/Jan/2026", "yesterday",
        "2026-01-31T11:04:05+9", "2026-13-31 11:04:05,1", "31/Jan/2026:25:04:05 +0000"}) {
    CHECK_MESSAGE(!read(text), text);
  }
}

TEST_CASE("durations become milliseconds, their digits shifted and not multiplied") {
  const auto read = [](std::string_view text, TimeUnit unit) {
    double milliseconds = std::nan("");
    REQUIRE(parse_log_duration(text, unit, milliseconds) == Duration::ok);
    return milliseconds;
  };
  CHECK(read("1.001", TimeUnit::seconds) == 1001.0);  // 1.001 * 1000 is 1000.9999999999999
  CHECK(read("12", TimeUnit::milliseconds) == 12.0);
  CHECK(read("1234567", TimeUnit::nanoseconds) == 1.234567);
  CHECK(read("1500", TimeUnit::microseconds) == 1.5);
  CHECK(read("2e-3", TimeUnit::seconds) == doctest::Approx(2));
  CHECK(read("12.5ms", TimeUnit::seconds) == 12.5);
  CHECK(read("3 s", TimeUnit::automatic) == 3000.0);
  CHECK(read("250µs", TimeUnit::automatic) == 0.25);
  CHECK(read("1m2.5s", TimeUnit::automatic) == 62500.0);
  CHECK(read("0", TimeUnit::seconds) == 0.0);
}

TEST_CASE("durations that are none") {
  double milliseconds;
  CHECK(parse_log_duration("", TimeUnit::seconds, milliseconds) == Duration::missing);
  CHECK(parse_log_duration("-", TimeUnit::seconds, milliseconds) == Duration::missing);
  CHECK(parse_log_duration("null", TimeUnit::seconds, milliseconds) == Duration::missing);
  CHECK(parse_log_duration("5", TimeUnit::automatic, milliseconds) == Duration::ambiguous);
  CHECK(parse_log_duration("-5", TimeUnit::seconds, milliseconds) == Duration::bad);
  CHECK(parse_log_duration("1e400", TimeUnit::seconds, milliseconds) == Duration::bad);
  CHECK(parse_log_duration("soon", TimeUnit::seconds, milliseconds) == Duration::bad);
  CHECK(parse_log_duration("1.2.3", TimeUnit::automatic, milliseconds) == Duration::bad);
}

TEST_CASE("rotated logs stand before those in use, oldest first") {
  CHECK(rotated_before("access.log.2", "access.log.1"));
  CHECK(rotated_before("access.log.10", "access.log.9"));
  CHECK(rotated_before("access.log.1", "access.log"));
  CHECK(rotated_before("app.log-20260130", "app.log-20260131"));
  CHECK(rotated_before("app.log-20260131", "app.log"));
  CHECK(rotated_before("app.log.2026-01-30", "app.log.2026-01-31"));
  CHECK(rotated_before("a.log", "b.log.1"));
  CHECK_FALSE(rotated_before("access.log", "access.log.1"));
  CHECK_FALSE(rotated_before("access.log", "access.log"));
  CHECK(rotated_before("web1", "web2"));
}

TEST_CASE("the stem of a file's name") {
  CHECK(stem_of("logs/cart.log.1") == "cart");
  CHECK(stem_of("cart") == "cart");
  CHECK(stem_of("/a.b/.hidden.log") == ".hidden");
}
