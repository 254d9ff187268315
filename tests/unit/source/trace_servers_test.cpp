// Jaeger and Tempo against servers of made-up answers, which search as the real ones do: so many and no more.
// Jaeger itself: tests/services. Tempo's answers have the form of those that were recorded.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "../net/test_server.hpp"
#include "base/number.hpp"
#include "otlp_support.hpp"
#include "source/jaeger.hpp"
#include "source/tempo.hpp"

using namespace aiops;
using namespace aiops::source;
using net::http_answer;
using net::TestServer;

namespace {

struct KeptSpans : RecordOut {
  std::vector<std::string> spans;
  std::vector<Nanos> commits;
  Nanos newest = 0;
  void log(const LogRecord&, std::string_view) override {}
  void span(const SpanRecord& span) override {
    CHECK(span.time >= newest);  // in the order of time
    newest = span.time;
    spans.push_back(std::string(span.trace_id.substr(span.trace_id.size() - 3)) + "/" +
                    std::string(span.service));
  }
  void commit(Nanos through) override { commits.push_back(through); }
};

// The value of a parameter, decoded as far as times and names need it.
std::string parameter(const std::string& request, const std::string& name) {
  const std::size_t at = request.find(name + "=");
  if (at == std::string::npos) return "";
  std::string value =
      request.substr(at + name.size() + 1, request.find_first_of("& ", at) - at - name.size() - 1);
  for (std::size_t i; (i = value.find("%3A")) != std::string::npos;) value.replace(i, 3, ":");
  return value;
}

std::string padded(int number) { return fmt::format("{:032}", number); }

// Trace i begins at second i; web calls db half a second later.
struct Trace {
  int id;
  Nanos start;
};

std::string otlp_of(const Trace& trace) {
  const auto span = [&](const std::string& service, int id, Nanos start) {
    return fmt::format(
        "{{'resource':{{'attributes':[{{'key':'service.name','value':{{'stringValue':'{}'}}}}]}},'scopeSpans'"
        ":"
        "[{{'spans':[{{'traceId':'{}','spanId':'{:016}','name':'n','startTimeUnixNano':'{}',"
        "'endTimeUnixNano':'{}'}}]}}]}}",
        service, padded(trace.id), id, start, start + 5);
  };
  return span("web", 1, trace.start) + "," + span("db", 2, trace.start + kSecond / 2);
}

struct FakeJaeger {
  std::vector<Trace> traces;
  std::size_t limit_seen = 0;
  std::string lost;  // a service whose search finds every second trace alone

  std::string operator()(const std::string& request) {
    if (request.starts_with("GET /api/v3/services")) return http_answer("{\"services\":[\"web\",\"db\"]}");
    if (!request.starts_with("GET /api/v3/traces?"))
      return http_answer("404 page not found\n", "404 Not Found");
    const std::string service = parameter(request, "query.service_name");
    const Nanos from = parse_time(parameter(request, "query.start_time_min")).value();
    const Nanos to = parse_time(parameter(request, "query.start_time_max")).value();
    const auto limit = static_cast<std::size_t>(parse_int(parameter(request, "query.num_traces")).value());
    std::string body;
    std::size_t found = 0;
    for (auto trace = traces.rbegin(); trace != traces.rend() && found < limit; ++trace) {  // the newest
      const Nanos time = trace->start + (service == "db" ? kSecond / 2 : 0);
      if (time < from || time > to || (service == lost && trace->id % 2 == 0)) continue;
      body += (found++ == 0 ? "" : ",") + otlp_of(*trace);
    }
    if (found == 0)
      return http_answer("{\"error\":{\"httpCode\":404,\"message\":\"No traces found\"}}", "404 Not Found");
    return http_answer(with_quotes("{'result':{'resourceSpans':[" + body + "]}}"));
  }
};

template <typename Options>
Options reached(const TestServer& server) {
  Options options;
  options.server.url = server.url();
  options.server.http.use_proxy = false;
  options.server.retry.max_retries = 1;
  options.server.retry.first = options.server.retry.longest = kMillisecond;
  options.limit = 10;
  return options;
}

std::vector<Trace> a_second_each(int count) {
  std::vector<Trace> traces;
  for (int i = 0; i < count; ++i) traces.push_back({i, 1'700'000'000 * kSecond + i * kSecond});
  return traces;
}

constexpr Nanos kStart = 1'700'000'000 * kSecond;
const Keep kKeep({}, true);

}  // namespace

TEST_CASE("Jaeger: slices below the limit, all services, each span once") {
  const TestServer server(FakeJaeger{a_second_each(100), 0, ""});
  Manifest manifest;
  KeptDiagnostics said;
  JaegerSource source(reached<JaegerOptions>(server), kKeep, manifest, said);
  KeptSpans out;
  // The window cuts a trace in two at either end: 10.5 to 50.5 seconds.
  source.fetch(0, kStart + 10 * kSecond + kSecond / 2, kStart + 50 * kSecond + kSecond / 2, out);
  CHECK(out.spans.size() == 80);
  CHECK(out.spans.front() == "010/db");
  CHECK(out.spans.back() == "050/web");
  CHECK(out.commits.back() == kStart + 50 * kSecond + kSecond / 2);
  std::sort(out.spans.begin(), out.spans.end());
  CHECK(std::unique(out.spans.begin(), out.spans.end()) == out.spans.end());
  CHECK(manifest.complete());
  CHECK(*manifest.parts[0].estimate == 1);
}

TEST_CASE("Jaeger: more than its limit at one time is told") {
  std::vector<Trace> traces;
  for (int i = 0; i < 15; ++i) traces.push_back({i, kStart + 5 * kSecond});
  const TestServer server(FakeJaeger{traces, 0, ""});
  Manifest manifest;
  KeptDiagnostics said;
  JaegerSource source(reached<JaegerOptions>(server), kKeep, manifest, said);
  KeptSpans out;
  source.fetch(0, kStart, kStart + 10 * kSecond, out);
  CHECK(out.spans.size() == 20);
  REQUIRE(manifest.truncated.size() == 2);  // of both services
  CHECK(manifest.truncated[0].find("Jaeger gives 10 traces at most (--limit), and ") == 0);
}

TEST_CASE("Jaeger: a search that loses traces shows by what others brought") {
  const TestServer server(FakeJaeger{a_second_each(100), 0, "db"});
  Manifest manifest;
  KeptDiagnostics said;
  JaegerSource source(reached<JaegerOptions>(server), kKeep, manifest, said);
  KeptSpans out;
  source.fetch(0, kStart, kStart + 100 * kSecond, out);
  // The other service's searches found them, but for traces that two slices share.
  CHECK(out.spans.size() >= 195);
  CHECK(*manifest.parts[0].estimate == doctest::Approx(1).epsilon(0.02));
}

TEST_CASE("Jaeger without version 3, with an error in an answer that is 200") {
  bool broken = false;
  const TestServer server([&](const std::string& request) {
    if (request.starts_with("GET /api/services")) return http_answer("{\"data\":[\"web\"]}");
    if (request.starts_with("GET /api/v3")) return http_answer("404 page not found\n", "404 Not Found");
    if (broken) return http_answer("{\"data\":null,\"errors\":[{\"code\":500,\"msg\":\"storage is away\"}]}");
    return http_answer(
        with_quotes("{'data':[{'processes':{'p1':{'serviceName':'web'}},'spans':[{'traceID':'7','spanID':'1',"
                    "'operationName':'n','startTime':1700000000000001,'duration':5,'processID':'p1'}]}]}"));
  });
  Manifest manifest;
  KeptDiagnostics said;
  JaegerSource source(reached<JaegerOptions>(server), kKeep, manifest, said);
  KeptSpans out;
  source.fetch(0, kStart, kStart + kSecond, out);
  CHECK(out.spans == std::vector<std::string>{"007/web"});
  broken = true;
  CHECK_THROWS_WITH_AS(source.fetch(0, kStart, kStart + kSecond, out), doctest::Contains("storage is away"),
                       net::HttpError);
}

namespace {

// Finds at random, so many and no more, as Tempo does; a trace is found where its time meets the range.
struct FakeTempo {
  std::vector<Trace> traces;
  double finds = 1;
  std::string about_jobs = "'completedJobs':1,'totalJobs':1";
  Random random{3};

  std::string operator()(const std::string& request) {
    if (request.starts_with("GET /api/search?")) {
      const Nanos from = parse_int(parameter(request, "start")).value() * kSecond;
      const Nanos to = parse_int(parameter(request, "end")).value() * kSecond;
      const auto limit = static_cast<std::size_t>(parse_int(parameter(request, "limit")).value());
      std::string body;
      std::size_t found = 0;
      for (const Trace& trace : traces) {
        if (trace.start + kSecond / 2 < from || trace.start > to || found >= limit ||
            random.uniform() >= finds)
          continue;
        body += fmt::format(
            "{}{{'traceID':'{:x}','rootServiceName':'web','startTimeUnixNano':'{}','durationMs':500}}",
            found++ == 0 ? "" : ",", trace.id + 1, trace.start);
      }
      return http_answer(with_quotes("{'traces':[" + body + "],'metrics':{" + about_jobs + "}}"));
    }
    for (const Trace& trace : traces) {
      if (request.starts_with("GET /api/v2/traces/" + fmt::format("{:032x} ", trace.id + 1)))
        return http_answer(with_quotes("{'trace':{'resourceSpans':[" + otlp_of({trace.id + 1, trace.start}) +
                                       "]},'metrics':{}}"));
    }
    return http_answer("trace not found\n", "404 Not Found");
  }
};

}  // namespace

TEST_CASE("Tempo: found in slices, fetched by id, each span once") {
  const TestServer server(FakeTempo{a_second_each(9)});
  Manifest manifest;
  KeptDiagnostics said;
  TempoOptions options = reached<TempoOptions>(server);
  options.limit = 4;
  TempoSource source(options, kKeep, manifest, said);
  KeptSpans out;
  source.fetch(0, kStart + kSecond, kStart + 8 * kSecond, out);
  CHECK(out.spans.size() == 14);
  CHECK(manifest.complete());
  CHECK(*manifest.parts[0].estimate == 1);
  for (const std::string& request : server.requests())
    CHECK(request.find("Accept: application/json") != std::string::npos);
}

TEST_CASE("Tempo: searches that find half of it are told by their estimate") {
  const TestServer server(FakeTempo{a_second_each(400), 0.5});
  Manifest manifest;
  KeptDiagnostics said;
  TempoOptions options = reached<TempoOptions>(server);
  options.limit = 1000;
  TempoSource source(options, kKeep, manifest, said);
  KeptSpans out;
  source.fetch(0, kStart, kStart + 400 * kSecond, out);
  CHECK(*manifest.parts[0].estimate ==
        doctest::Approx(static_cast<double>(out.spans.size()) / 800).epsilon(0.08));
  CHECK(*manifest.parts[0].estimate < 0.85);
}

TEST_CASE("Tempo: more than the limit within a second, and a search of part of the data") {
  std::vector<Trace> traces;
  for (int i = 0; i < 15; ++i) traces.push_back({i, kStart + 5 * kSecond + i});
  Manifest manifest;
  KeptDiagnostics said;
  KeptSpans out;
  SUBCASE("limit") {
    const TestServer server(FakeTempo{traces});
    TempoSource source(reached<TempoOptions>(server), kKeep, manifest, said);
    source.fetch(0, kStart + 5 * kSecond, kStart + 6 * kSecond, out);
    REQUIRE(manifest.truncated.size() == 1);
    CHECK(manifest.truncated[0].find("Tempo gives 10 traces at most (--limit)") == 0);
  }
  SUBCASE("jobs") {
    const TestServer server(FakeTempo{a_second_each(3), 1, "'completedJobs':3,'totalJobs':5"});
    TempoSource source(reached<TempoOptions>(server), kKeep, manifest, said);
    source.fetch(0, kStart, kStart + kSecond, out);
    REQUIRE(!manifest.problems.empty());
    CHECK(manifest.problems[0].find("Tempo searched 3 of 5 parts of its data") == 0);
  }
}

TEST_CASE("Tempo: an old server, a trace that is not there, one that came in part") {
  const TestServer server([](const std::string& request) {
    if (request.starts_with("GET /api/traces/0a1 "))
      return http_answer(with_quotes("{'batches':[" + otlp_of({1, kStart}) + "],'status':'PARTIAL'}"));
    return http_answer("404 page not found", "404 Not Found");
  });
  Manifest manifest;
  KeptDiagnostics said;
  TempoSource source(reached<TempoOptions>(server), kKeep, manifest, said);
  int spans = 0;
  CHECK(source.fetch_trace("0a1", [&](const SpanRecord&) { ++spans; }));
  CHECK(spans == 2);
  CHECK(manifest.truncated.size() == 1);
  CHECK(!source.fetch_trace("0a2", [&](const SpanRecord&) { ++spans; }));
}
