// The source against a small Loki that is made up: it gives pages, counts, and refuses what the real one
// refuses. Against the real server: tests/services.
#include "source/loki.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <map>

#include "../net/test_server.hpp"
#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "source/loki_metrics.hpp"

using namespace aiops;
using namespace aiops::source;
using net::http_answer;
using net::TestServer;

namespace {

struct Line {
  Nanos time;
  std::string host, text;
};

std::string parameter(const std::string& request, const std::string& name) {
  const std::size_t at = request.find(name + "=");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 1;
  return request.substr(begin, request.find_first_of("& ", begin) - begin);
}

struct FakeLoki {
  std::vector<Line> lines;
  std::size_t most = 5000;  // lines of an answer
  Nanos longest = 721 * kHour;
  std::int64_t count_more = 0;

  std::string answer(const std::string& request) const {
    if (request.find("/config") != std::string::npos) return http_answer("ingester:\n  x: 1\n");
    if (request.find("/series") != std::string::npos) return series();
    if (request.find("/query?") != std::string::npos) return counted(request);
    const Nanos start = parse_int(parameter(request, "start")).value();
    const Nanos end = parse_int(parameter(request, "end")).value();
    const auto limit = static_cast<std::size_t>(parse_int(parameter(request, "limit")).value());
    if (limit > most) {
      return http_answer(
          fmt::format("max entries limit per query exceeded, limit > max_entries_limit_per_query ({} > {})",
                      limit, most),
          "400 Bad Request");
    }
    if (end - start > longest)
      return http_answer("the query time range exceeds the limit (query length: 960h)", "400 Bad Request");
    return page(request, start, end, limit);
  }

  std::string series() const {
    std::map<std::string, int> hosts;
    for (const Line& line : lines) ++hosts[line.host];
    std::string text;
    for (const auto& [host, times] : hosts) {
      text += fmt::format("{}{{\"app\":\"shop\",\"host\":\"{}\"}}", text.empty() ? "" : ",", host);
    }
    return http_answer(R"({"status":"success","data":[)" + text + "]}");
  }

  std::string counted(const std::string& request) const {
    const Nanos time = parse_int(parameter(request, "time")).value();
    const std::size_t open = request.find("%5B"), close = request.find("ms%5D");
    const Nanos range = parse_int(request.substr(open + 3, close - open - 3)).value() * kMillisecond;
    std::int64_t number = count_more;
    for (const Line& line : lines) number += line.time > time - range && line.time <= time;
    return http_answer(fmt::format(
        R"({{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[1,"{}"]}}]}}}})",
        number));
  }

  std::string page(const std::string& request, Nanos start, Nanos end, std::size_t limit) const {
    std::map<std::string, std::string> streams;
    std::size_t given = 0;
    for (const Line& line : lines) {  // in the order of time
      const bool other = request.find("host%3D%22") != std::string::npos &&
                         request.find("host%3D%22" + line.host + "%22") == std::string::npos;
      if (line.time < start || line.time >= end || other || given == limit) continue;
      ++given;
      std::string& values = streams[line.host];
      values += fmt::format("{}[\"{}\",{},{{\"structuredMetadata\":{{\"trace_id\":\"t\"}}}}]",
                            values.empty() ? "" : ",", line.time, json_string(line.text));
    }
    std::string text;
    for (const auto& [host, values] : streams) {
      text += fmt::format(
          "{}{{\"stream\":{{\"app\":\"shop\",\"host\":\"{}\",\"level\":\"info\"}},\"values\":[{}]}}",
          text.empty() ? "" : ",", host, values);
    }
    return http_answer(R"({"status":"success","data":{"resultType":"streams","result":[)" + text + "]}}");
  }
};

struct KeptRecords : RecordOut {
  void log(const LogRecord& record, std::string_view id) override {
    texts.push_back(fmt::format("{}|{}|{}|{}|{}", record.time, record.service, record.severity_text,
                                record.message, join({record.labels.begin(), record.labels.end()}, ",")));
    ids.emplace_back(id);
    CHECK(record.record_id == id);
    if (texts.size() > 1) CHECK(record.time >= newest);
    newest = record.time;
  }
  void span(const SpanRecord&) override {}
  void commit(Nanos through) override {
    CHECK(through >= committed);
    committed = through;
  }
  std::vector<std::string> texts, ids;
  Nanos newest = 0, committed = 0;
};

struct Run {
  explicit Run(FakeLoki fake) : server([fake](const std::string& request) { return fake.answer(request); }) {
    options.queries = {{"logs", "{app=\"shop\"} |= \"}\""}};
    options.service_labels = {"app"};
    mapping.keep = {"host"};
  }
  void fetch(Nanos from, Nanos to) {
    ServerOptions at;
    at.url = server.url();
    at.http.use_proxy = false;
    at.retry.max_retries = 0;
    Mapping map(mapping);
    LokiSource source(at, options, map, manifest, said);
    source.fetch(0, from, to, out);
  }
  TestServer server;
  LokiOptions options;
  MappingOptions mapping;
  Manifest manifest;
  KeptDiagnostics said;
  KeptRecords out;
};

FakeLoki bursts(const std::vector<int>& sizes, int hosts = 3) {
  FakeLoki fake;
  Nanos time = 1000 * kSecond;
  int i = 0;
  for (const int size : sizes) {
    for (int k = 0; k < size; ++k, ++i)
      fake.lines.push_back({time, fmt::format("h{}", i % hosts), fmt::format("l{}", i)});
    time += 1;
  }
  return fake;
}

}  // namespace

TEST_CASE("lines of the same nanosecond at a page's edge are neither lost nor doubled") {
  for (const std::size_t page : {2U, 3U, 7U, 10U, 100U}) {
    const FakeLoki fake = bursts({1, 1, 6, 2, 7, 1, 3});
    Run run(fake);
    run.options.page = page;
    run.fetch(1000 * kSecond, 1001 * kSecond);
    CHECK(run.out.texts.size() == fake.lines.size());
    std::sort(run.out.ids.begin(), run.out.ids.end());
    CHECK(std::unique(run.out.ids.begin(), run.out.ids.end()) == run.out.ids.end());
    CHECK(run.manifest.complete());
    CHECK(run.out.committed == 1001 * kSecond);
  }
}

TEST_CASE(
    "an instant longer than the server's page is asked for stream by stream; what cannot be had is told") {
  FakeLoki fake = bursts({1, 9, 1});
  fake.most = 4;
  Run run(fake);
  run.fetch(1000 * kSecond, 1001 * kSecond);
  CHECK(run.out.texts.size() == 11);
  CHECK(run.manifest.complete());

  FakeLoki single = bursts({1, 9, 1}, 1);
  single.most = 4;
  Run cut(single);
  cut.fetch(1000 * kSecond, 1001 * kSecond);
  CHECK(cut.out.texts.size() == 6);
  REQUIRE(cut.manifest.truncated.size() == 1);
  CHECK(cut.manifest.truncated[0].find(R"({app="shop", host="h0"} has 4 lines or more)") !=
        std::string::npos);
  REQUIRE(cut.manifest.problems.size() == 1);  // the count shows it too
  CHECK(cut.manifest.problems[0].find("gave 6 lines and counts 11") != std::string::npos);
  CHECK(cut.manifest.status() == Status::backend);
}

TEST_CASE("lines that are the same in everything are told apart by their ordinal") {
  FakeLoki fake;
  for (int i = 0; i < 3; ++i) fake.lines.push_back({5, "a", "same"});
  fake.lines.push_back({5, "a", "other"});
  fake.lines.push_back({5, "b", "same"});
  fake.lines.push_back({6, "a", "same"});
  Run run(fake);
  run.fetch(0, 10);
  CHECK(run.out.texts.size() == 6);
  std::sort(run.out.ids.begin(), run.out.ids.end());
  CHECK(std::unique(run.out.ids.begin(), run.out.ids.end()) == run.out.ids.end());
}

TEST_CASE("ids are the same whatever the page and the range") {
  Run all(bursts({1, 5, 2})), pages(bursts({1, 5, 2})), part(bursts({1, 5, 2}));
  all.fetch(1000 * kSecond, 1001 * kSecond);
  pages.options.page = 2;
  pages.fetch(1000 * kSecond, 1001 * kSecond);
  CHECK(all.out.ids == pages.out.ids);
  part.fetch(1000 * kSecond + 1, 1001 * kSecond);
  CHECK(std::vector<std::string>(all.out.ids.begin() + 1, all.out.ids.end()) == part.out.ids);
}

TEST_CASE("a range that is too long is asked for in parts; nothing is asked for twice") {
  FakeLoki fake = bursts({3, 3});
  fake.longest = kHour;
  Run run(fake);
  run.fetch(0, 5 * kHour);
  CHECK(run.out.texts.size() == 6);
  CHECK(run.manifest.complete());
}

TEST_CASE("what the server counts and did not give is told") {
  FakeLoki fake = bursts({3});
  fake.count_more = 2;
  Run run(fake);
  run.fetch(1000 * kSecond, 1001 * kSecond);
  REQUIRE(run.manifest.problems.size() == 1);
  CHECK(run.manifest.problems[0].find("gave 3 lines and counts 5: some are missing") != std::string::npos);
  fake.count_more = -1;
  Run fewer(fake);
  fewer.fetch(1000 * kSecond, 1001 * kSecond);
  REQUIRE(fewer.manifest.problems.size() == 1);
  CHECK(fewer.manifest.problems[0].find("query_store_max_look_back_period") != std::string::npos);
  Run unasked(fake);
  unasked.options.count = false;
  unasked.fetch(1000 * kSecond, 1001 * kSecond);
  CHECK(unasked.manifest.complete());
}

TEST_CASE("lines that begin exactly where Loki stops looking are told") {
  FakeLoki fake;
  const Nanos edge = now() - 2 * kHour - 41 * kMinute;
  for (int i = 1; i <= 600; ++i) fake.lines.push_back({edge + i * kSecond, "h", fmt::format("l{}", i)});
  Run run(fake);
  run.fetch(edge - 3 * kHour, now());
  REQUIRE(run.manifest.problems.size() == 1);
  CHECK(run.manifest.problems[0].find("exactly as old as Loki looks back") != std::string::npos);
  for (Line& line : fake.lines) line.time += 10 * kMinute;  // a service that was started then
  Run later(fake);
  later.fetch(edge - 3 * kHour, now());
  CHECK(later.manifest.complete());
}

TEST_CASE("lines are unpacked, and are whole messages where they are no such thing") {
  FakeLoki fake;
  fake.lines = {{1, "a", R"({"level":"warn","msg":"full","ts":"2001-01-01T00:00:00Z"})"},
                {2, "a", "level=error msg=\"it broke\""},
                {3, "a", "free text"},
                {4, "a", R"({"status":"not a number","http_status":"x"})"},
                {5, "a", ""}};
  Run plain(fake);
  plain.fetch(0, 10);
  CHECK(plain.out.texts[1] == "2|shop|INFO|level=error msg=\"it broke\"|a");
  CHECK(plain.out.texts[4] == "5|shop|INFO||a");
  Run unpacked(fake);
  unpacked.options.unpack = Unpack::automatic;
  unpacked.fetch(0, 10);
  CHECK(unpacked.out.texts ==
        std::vector<std::string>{"1|shop|WARN|full|a", "2|shop|ERROR|it broke|a", "3|shop|INFO|free text|a",
                                 R"(4|shop|INFO|{"status":"not a number","http_status":"x"}|a)",
                                 "5|shop|INFO||a"});
}

TEST_CASE("a service and labels by option") {
  FakeLoki fake;
  fake.lines = {{1, "a", "x"}};
  Run run(fake);
  run.options.service_labels = {"none"};
  run.options.service = "default";
  run.options.labels = {"zone=eu"};
  run.mapping.map = {"service=nowhere"};
  run.fetch(0, 10);
  CHECK(run.out.texts == std::vector<std::string>{"1|default|INFO|x|eu,a"});
}

TEST_CASE("answers that are none") {
  for (
      const auto& [body, says] : std::initializer_list<std::pair<std::string, std::string>>{
          {"<html>log in</html>", "page (HTML)"},
          {R"({"status":"success","data":{"resultType":"streams","result":[{"values":[["1","x"]]}]}})",
           "before its labels"},
          {R"({"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["x","y"]]}]}})",
           "no time in nanoseconds"},
          {R"({"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["99","y"]]}]}})",
           "was not asked for"},
          {R"({"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["1"]]}]}})",
           "without a line"},
          {R"({"status":"success","data":{"resultType":"matrix","result":[]}})", "--metric-query"},
          {R"({"status":"error","error":"it went wrong"})", "it went wrong"},
          {R"({"data":{}})", "no member \"status\""},
          {R"({"status":"success","data":{"resultType":"streams","result":[)", "ends too early"}}) {
    Run run{FakeLoki()};
    TestServer server([&body](const std::string&) { return http_answer(body); });
    ServerOptions at;
    at.url = server.url();
    at.http.use_proxy = false;
    at.retry.max_retries = 0;
    Mapping map(run.mapping);
    LokiSource source(at, run.options, map, run.manifest, run.said);
    std::string what;
    try {
      source.fetch(0, 0, 10, run.out);
    } catch (const net::HttpError& error) {
      what = error.what();
    }
    CHECK_MESSAGE(what.find(says) != std::string::npos, body, ": ", what);
  }
}

TEST_CASE("queries, selectors and the configuration are read") {
  CHECK(parse_log_query("{a=\"b\"}").name == "logs");
  CHECK(parse_log_query("errors={a=\"b\"} |= \"x=y\"").name == "errors");
  CHECK(parse_log_query("errors={a=\"b\"} |= \"x=y\"").text == "{a=\"b\"} |= \"x=y\"");
  CHECK_THROWS_AS(parse_log_query("count(x)"), UsageError);
  const std::string query = R"({a="}", b=~`{`} |= "}")";
  CHECK(selector_of(query).open == 0);
  CHECK(selector_of(query).close == 14);
  CHECK(selector_of("no").close == 0);
  CHECK(reach_of_config("a:\n  query_store_max_look_back_period: 2h41m0s\nb: 1") == 161 * kMinute);
  CHECK(reach_of_config("a: 1") == 0);
}

TEST_CASE("numbers come as Prometheus' do; too many points ask for a shorter range") {
  TestServer server([](const std::string& request) {
    if (request.find("step=1&") != std::string::npos || request.find("step=1 ") != std::string::npos)
      return http_answer("exceeded maximum resolution of 11,000 points per time series", "400 Bad Request");
    return http_answer(
        R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"app":"shop"},"values":[[60,"1"],[120,"2"]]}]},)"
        R"("warnings":["maximum number of series (500) reached for a single query; returning partial results"]})");
  });
  ServerOptions at;
  at.url = server.url();
  at.http.use_proxy = false;
  Manifest manifest;
  KeptDiagnostics said;
  LokiMetrics source(at, {{{"errors", "x"}}, {"app"}}, manifest, said);
  SeriesBook book;
  SampleFrame frame(1 << 20);
  source.fetch(0, {60 * kSecond, kMinute, 2}, book, frame);
  CHECK(frame.points().size() == 2);
  REQUIRE(frame.runs().size() == 1);
  CHECK(frame.runs()[0].series->key.text() == R"(errors{service="shop"})");
  CHECK(manifest.truncated.size() == 1);
  CHECK_THROWS_AS(source.fetch(0, {0, kSecond, 2}, book, frame), RangeTooLarge);
}
