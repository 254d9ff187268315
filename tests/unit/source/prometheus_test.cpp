// The source against a server of canned answers. Against the real server: tests/services.
#include "source/prometheus_targets.hpp"

#include <doctest/doctest.h>

#include "../net/test_server.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "scratch.hpp"

using namespace aiops;
using namespace aiops::source;
using net::http_answer;
using net::TestServer;

namespace {

struct Run {
  explicit Run(TestServer::Answer answer) : server(std::move(answer)) {
    options.server.url = server.url();
    options.queries = {{"cpu", "rate(x[1m])", false}};
    options.server.http.use_proxy = false;
    options.server.retry.max_retries = 2;
    options.server.retry.first = options.server.retry.longest = kMillisecond;
  }
  void fetch(const Steps& steps = {1000 * kSecond, 15 * kSecond, 3}) {
    PrometheusSource source(options, manifest, said);
    source.fetch(0, steps, book, frame);
  }
  // The error of a fetch; it must not leave anything in the frame.
  std::string error() {
    std::string what;
    try {
      fetch();
    } catch (const net::HttpError& failure) {
      what = failure.what();
    }
    CHECK(frame.points().empty());
    CHECK(frame.runs().empty());
    return what;
  }
  std::string values() const {
    std::string text;
    for (const auto& run : frame.runs()) {
      text += run.series->key.text();
      for (std::size_t i = run.begin; i < run.end; ++i) {
        text += " " + std::to_string(frame.points()[i].time / kSecond) + ":" +
                std::string(frame.value(frame.points()[i]));
      }
      text += ";";
    }
    return text;
  }

  TestServer server;
  PrometheusOptions options;
  Manifest manifest;
  KeptDiagnostics said;
  SeriesBook book;
  SampleFrame frame{1 << 20};
};

std::string matrix(const std::string& result, const std::string& more = "") {
  return http_answer(R"({"status":"success","data":{"resultType":"matrix","result":[)" + result + "]}" +
                     more + "}");
}

const std::string two_series =
    R"({"metric":{"__name__":"x","service":"cart","job":"shop","pod":"a"},"values":[[1000,"1"],[1015,"0.1"],[1030,"NaN"]]},)"
    R"({"metric":{"job":"shop","empty":""},"values":[[1030,"+Inf"]]})";

}  // namespace

TEST_CASE("a range is asked for as it is documented, and becomes series of the query's name") {
  Run run([](const std::string&) { return matrix(two_series); });
  run.fetch();
  CHECK(run.values() ==
        R"(cpu{service="cart",job="shop",pod="a"} 1000:1 1015:0.1 1030:;cpu{service="shop"} 1030:;)");
  REQUIRE(run.server.requests().size() == 1);
  CHECK(run.server.requests()[0].starts_with(
      "GET /api/v1/query_range?query=rate%28x%5B1m%5D%29&start=1000&end=1030&step=15&nocache=1 "
      "HTTP/1.1\r\n"));
  CHECK(run.manifest.parts[0].requests == 1);
}

TEST_CASE("times are asked for to the millisecond") {
  Run run([](const std::string&) { return matrix(""); });
  run.fetch({1'000'250 * kMillisecond, 5 * kMillisecond, 2});
  CHECK(run.server.requests()[0].find("&start=1000.250&end=1000.255&step=0.005&") != std::string::npos);
}

TEST_CASE("the service comes from the labels that were named") {
  Run run([](const std::string&) { return matrix(two_series); });
  run.options.service_labels = {"pod"};
  run.fetch();
  CHECK(run.values() ==
        R"(cpu{service="a",job="shop",labels.service="cart"} 1000:1 1015:0.1 1030:;cpu{job="shop"} 1030:;)");
}

TEST_CASE("a long query goes by POST") {
  Run run([](const std::string&) { return matrix(""); });
  run.options.queries[0].text = "sum(" + std::string(10'000, 'x') + ")";
  run.fetch();
  CHECK(run.server.requests()[0].starts_with("POST /api/v1/query_range HTTP/1.1\r\n"));
}

TEST_CASE("an answer that is cut, late or refused is asked for again, and counted") {
  int n = 0;
  Run run([&](const std::string&) {
    ++n;
    if (n == 1) return matrix(two_series).substr(0, 250);
    if (n == 2) return http_answer("<html>busy</html>", "503 Service Unavailable");
    return matrix(two_series);
  });
  run.fetch();
  CHECK(run.frame.points().size() == 4);
  CHECK(run.manifest.parts[0].requests == 3);
  CHECK(run.manifest.parts[0].retries == 2);
  CHECK(run.said.warnings.size() == 2);
}

TEST_CASE("JSON that stops, with a length that fits, is an answer cut short too") {
  Run run([&](const std::string&) {
    return http_answer(
        R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1000,"1"])");
  });
  CHECK(run.error().find("ends too early") != std::string::npos);
  CHECK(run.manifest.parts[0].retries == 2);
}

TEST_CASE("errors are told with the URL and the server's words") {
  const auto error = [](const std::string& answer) {
    Run run([&](const std::string&) { return answer; });
    std::string what = run.error();
    const std::string url = run.server.url("/api/v1/query_range: ");
    CHECK(what.starts_with(url));
    return what.substr(std::min(what.size(), url.size()));
  };
  CHECK(error(http_answer(R"({"status":"error","errorType":"bad_data","error":"parse error: x"})",
                          "400 Bad Request")) == "HTTP 400: query cpu: parse error: x");
  CHECK(error(http_answer(R"({"status":"error","errorType":"execution","error":"oops"})")) ==
        "query cpu: the server says error: oops");
  CHECK(error(http_answer("<html><body>Log in</body></html>")).find("page (HTML)") != std::string::npos);
  CHECK(error(http_answer("<html>", "404 Not Found")) ==
        "HTTP 404: query cpu: the answer is a page (HTML), not one of Prometheus");
  CHECK(error(http_answer("", "404 Not Found")) == "HTTP 404: query cpu");
  CHECK(error(http_answer("no token", "401 Unauthorized")).find("credentials are given by") !=
        std::string::npos);
  CHECK(error(http_answer("\x1f\x8b\x08")).find("expected '{'") != std::string::npos);
  CHECK(error(http_answer("")).find("too early") != std::string::npos);
  CHECK(error(http_answer("{}")).find("\"status\"") != std::string::npos);
  CHECK(error(matrix(R"({"metric":{},"values":[[1000,"abc"]]})")).find("abc is no value") !=
        std::string::npos);
  CHECK(error(matrix(R"({"metric":{},"values":[[1000,"1e400"]]})")).find("no value") != std::string::npos);
  for (const char* values : {"[1001,\"1\"]", "[985,\"1\"]", "[1045,\"1\"]"}) {
    CHECK(error(matrix(std::string(R"({"metric":{},"values":[)") + values + "]}")).find("not asked for") !=
          std::string::npos);
  }
  CHECK(error(matrix(R"({"metric":{},"values":[[1015,"1"],[1000,"1"]]})")).find("order of time") !=
        std::string::npos);
}

TEST_CASE("too much at once is told apart from other errors") {
  for (const char* text :
       {"exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution",
        "query processing would load too many samples into memory in query execution"}) {
    Run run([&](const std::string&) {
      return http_answer(std::string(R"({"status":"error","errorType":"bad_data","error":")") + text + "\"}",
                         "422 Unprocessable Entity");
    });
    CHECK_THROWS_AS(run.fetch(), RangeTooLarge);
  }
  Run full([](const std::string&) { return matrix(two_series); });
  full.frame = SampleFrame(50);
  CHECK_THROWS_AS(full.fetch(), FrameFull);
  CHECK(full.frame.points().empty());
}

TEST_CASE("warnings, notes and partial answers stand in the manifest") {
  Run run([](const std::string&) {
    return matrix(two_series, R"(,"warnings":["store gone"],"infos":["not a counter"],"isPartial":true)");
  });
  run.fetch();
  run.frame.clear();
  run.book = SeriesBook();
  run.fetch();
  CHECK(run.manifest.warnings ==
        std::vector<std::string>{"query cpu: store gone", "query cpu: not a counter"});
  CHECK(run.said.warnings == std::vector<std::string>{"the server warns: query cpu: store gone"});
  CHECK(run.manifest.truncated.size() == 1);
  CHECK(run.manifest.status() == Status::backend);
}

TEST_CASE("native histograms become count, sum, average and quantiles, each a series of its own") {
  Run run([](const std::string&) {
    return matrix(
        R"({"metric":{"job":"j","z":"1"},"histograms":[[1000,{"count":"4","sum":"6","buckets":[[0,"1","2","4"]]}],[1015,{"count":"0","sum":"0"}]]})");
  });
  run.options.histogram_quantiles = {0.5, 1};
  run.fetch();
  CHECK(run.manifest.complete());
  CHECK(
      run.values() ==
      R"(cpu{service="j",z="1"};cpu_count{service="j",z="1"} 1000:4 1015:0;cpu_sum{service="j",z="1"} 1000:6 1015:0;)"
      R"(cpu_avg{service="j",z="1"} 1000:1.5 1015:;cpu{service="j",quantile="0.5",z="1"} 1000:1.4142135623730951 1015:;)"
      R"(cpu{service="j",quantile="1",z="1"} 1000:2 1015:;)");
}

TEST_CASE("raw samples come by the export where there is one, else by instant queries, each once") {
  const auto raw = [](bool has_export, bool is_json = true) {
    Run run([=](const std::string& request) {
      if (request.starts_with("GET /api/v1/export?")) {
        if (!is_json)
          return http_answer(R"({"metric":{"__name__":"x"},"values":[1,+Inf],"timestamps":[1,2]})");
        if (!has_export) return http_answer("404 page not found", "404 Not Found");
        return http_answer(
            "{\"metric\":{\"__name__\":\"x\",\"job\":\"j\"},\"values\":[1,null,2.5],\"timestamps\":[986001,"
            "990000,1015000]}\n"
            "{\"metric\":{\"__name__\":\"x\",\"job\":\"k\"},\"values\":[3],\"timestamps\":[1000500]}\n");
      }
      return http_answer(
          R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"x","job":"j"},"values":[[985,"0"],[986.001,"1"],[1015,"2.5"]]}]}})");
    });
    run.options.raw = true;
    PrometheusSource source(run.options, run.manifest, run.said);
    source.fetch(0, {1000 * kSecond, 15 * kSecond, 2}, run.book, run.frame);
    source.fetch(0, {1030 * kSecond, 15 * kSecond, 1}, run.book, run.frame);
    std::string text;
    for (const std::string& request : run.server.requests())
      text += request.substr(0, request.find(" HTTP")) + "\n";
    return run.values().substr(0, run.values().find(';')) + "\n" + text;
  };
  CHECK(raw(true) ==
        "cpu{service=\"j\"} 986:1 990: 1015:2.5\n"
        "GET /api/v1/export?match%5B%5D=rate%28x%5B1m%5D%29&start=985.001&end=1015\n"
        "GET /api/v1/export?match%5B%5D=rate%28x%5B1m%5D%29&start=1015.001&end=1030\n");
  // The sample at 985 belongs to the steps before; a server without export is not asked for it again.
  CHECK(raw(false) ==
        "cpu{service=\"j\"} 986:1 1015:2.5\n"
        "GET /api/v1/export?match%5B%5D=rate%28x%5B1m%5D%29&start=985.001&end=1015\n"
        "GET /api/v1/query?query=rate%28x%5B1m%5D%29%5B30000ms%5D&time=1015\n"
        "GET /api/v1/query?query=rate%28x%5B1m%5D%29%5B15000ms%5D&time=1030\n");
  // VictoriaMetrics' export of an infinity cannot be read.
  CHECK(raw(true, false) == raw(false));
}

TEST_CASE("a query that gives more series than allowed is refused before it is asked") {
  std::string answer =
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"3"],[2,"12"]]}]}})";
  Run run([&](const std::string&) { return http_answer(answer); });
  run.options.max_series = 11;
  PrometheusSource source(run.options, run.manifest, run.said);
  try {
    source.prepare(0, 1000 * kSecond);
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.status() == Status::gate);
    CHECK(std::string(error.what()).find("query cpu gives 12 series, and --max-series allows 11") !=
          std::string::npos);
  }
  CHECK(run.server.requests()[0].starts_with(
      "GET /api/v1/query_range?query=count%28rate%28x%5B1m%5D%29%29&start=0&end=1000&step=100 "));
  answer = R"({"status":"success","data":{"resultType":"matrix","result":[]}})";
  source.prepare(0, 1000 * kSecond);
  CHECK(run.said.warnings.empty());
}

TEST_CASE("a guard that cannot count says so and lets the query speak for itself") {
  Run run([](const std::string&) {
    return http_answer(R"({"status":"error","errorType":"bad_data","error":"expected type instant vector"})",
                       "400 Bad Request");
  });
  run.options.max_series = 1;
  PrometheusSource source(run.options, run.manifest, run.said);
  source.prepare(0, kSecond);
  CHECK(run.said.warnings.size() == 1);
}

TEST_CASE("series are listed with what the server knows of their metric, and no more than allowed") {
  Run run([](const std::string& request) {
    if (request.starts_with("GET /api/v1/metadata "))
      return http_answer(
          R"({"status":"success","data":{"x":[{"type":"histogram","help":"of \"x\"","unit":"s"},{"type":"gauge"}]}})");
    return http_answer(
        R"({"status":"success","data":[{"__name__":"x_sum","job":"j","b":"2"},{"__name__":"a","pod":"p"},{"job":"k"}]})");
  });
  run.options.max_series = 3;
  PrometheusSource source(run.options, run.manifest, run.said);
  CHECK(
      source.series(0, kSecond) ==
      std::vector<std::string>{
          R"({"metric":"a","labels":{"pod":"p"}})",
          R"({"metric":"x_sum","service":"j","labels":{"b":"2"},"type":"histogram","unit":"s","help":"of \"x\""})",
          R"({"service":"k"})"});
  CHECK(run.server.requests()[1].starts_with(
      "GET /api/v1/series?match%5B%5D=rate%28x%5B1m%5D%29&start=0&end=1&limit=4 "));
  run.options.max_series = 2;
  Manifest other;
  PrometheusSource strict(run.options, other, run.said);
  CHECK_THROWS_WITH_AS(strict.series(0, kSecond), doctest::Contains("more than 2 series"), Error);
}

TEST_CASE("of several targets one that fails is missing in the manifest, and the others are there") {
  TestServer well([](const std::string&) {
    return matrix(R"({"metric":{"job":"j","environment":"e"},"values":[[1000,"1"]]})");
  });
  bool broken = true;
  TestServer ill([&](const std::string&) {
    return broken ? http_answer("gone", "503 Service Unavailable")
                  : matrix(R"({"metric":{"job":"j"},"values":[[1030,"2"]]})");
  });
  Run run([](const std::string&) { return std::string(); });
  run.options.queries.push_back({"mem", "y", false});
  std::vector<ServerOptions> servers(2, run.options.server);
  servers[0].url = well.url();
  servers[0].environment = "eu";
  servers[1].url = ill.url();
  servers[1].environment = "us";
  run.manifest.step = 15 * kSecond;
  PrometheusTargets targets(run.options, servers, run.manifest, run.said);
  REQUIRE(run.manifest.parts.size() == 4);
  const auto fetch = [&](const Steps& steps) {
    run.frame.clear();
    for (std::size_t part = 0; part < 4; ++part) targets.fetch(part, steps, run.book, run.frame);
  };
  fetch({1000 * kSecond, 15 * kSecond, 1});
  CHECK(run.values() == R"(cpu{service="j",environment="eu",exported_environment="e"} 1000:1;)"
                        R"(mem{service="j",environment="eu",exported_environment="e"} 1000:1;)");
  CHECK_THROWS_AS(fetch({1015 * kSecond, 15 * kSecond, 1}),
                  net::HttpError);  // times that were not asked for, at both
  CHECK(run.manifest.missing.size() == 1);
  broken = false;
  CHECK_NOTHROW(fetch({1000 * kSecond, 15 * kSecond, 3}));
  CHECK(run.manifest.parts[3].environment == "us");
  REQUIRE(run.manifest.missing.size() == 1);
  CHECK(run.manifest.missing[0].environment == "us");
  CHECK(run.manifest.missing[0].to == 1000 * kSecond);
  CHECK(run.manifest.missing[0].why.find("503") != std::string::npos);
  CHECK(run.said.infos == std::vector<std::string>{"eu answers again", "us answers again"});
}

TEST_CASE("series that differ in their name alone are wrong usage") {
  Run run([](const std::string&) {
    return matrix(
        R"({"metric":{"__name__":"a","job":"j"},"values":[]},{"metric":{"__name__":"b","job":"j"},"values":[]})");
  });
  CHECK_THROWS_WITH_AS(run.fetch(), doctest::Contains("a query of its own"), UsageError);
}

TEST_CASE("an instant query takes vectors, scalars and raw samples") {
  const auto instant = [](const std::string& result) {
    Run run([&](const std::string&) { return http_answer(R"({"status":"success","data":)" + result + "}"); });
    PrometheusSource source(run.options, run.manifest, run.said);
    source.fetch_instant(0, 1000 * kSecond, run.book, run.frame);
    CHECK(run.server.requests()[0].starts_with("GET /api/v1/query?query=rate%28x%5B1m%5D%29&time=1000 "));
    return run.values();
  };
  CHECK(instant(R"({"resultType":"vector","result":[{"metric":{"job":"j"},"value":[1000,"2"]}]})") ==
        "cpu{service=\"j\"} 1000:2;");
  CHECK(instant(R"({"resultType":"scalar","result":[1000,"2"]})") == "cpu 1000:2;");
  CHECK(instant(
            R"({"resultType":"matrix","result":[{"metric":{"job":"j"},"values":[[993,"2"],[998,"3"]]}]})") ==
        "cpu{service=\"j\"} 993:2 998:3;");
}

TEST_CASE("services are the values of the service labels") {
  Run run([](const std::string& request) {
    if (request.starts_with("GET /api/v1/label/service/values ")) {
      return http_answer(R"({"status":"success","data":["cart","auth"]})");
    }
    return http_answer(R"({"status":"success","data":["node","cart"]})");
  });
  PrometheusSource source(run.options, run.manifest, run.said);
  CHECK(source.services() == std::vector<std::string>{"auth", "cart", "node"});
}

TEST_CASE("queries are read from words and files") {
  const NamedQuery query = parse_query(" cpu = sum(rate(x{a=\"b\"}[1m])) ");
  CHECK(query.name == "cpu");
  CHECK(query.text == "sum(rate(x{a=\"b\"}[1m]))");
  for (const char* text : {"", "up", "=up", "cpu=", "rate(x{a=\"b\"}[1m])", "1x=up", "a b=up"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_query(text), UsageError);
  }
  const Scratch scratch;
  write_file(scratch / "q", "# a comment\n\ncpu=a\r\nmem = b\n");
  const auto queries = read_queries(scratch / "q");
  REQUIRE(queries.size() == 2);
  CHECK(queries[0].text == "a");
  CHECK(queries[1].name == "mem");
  write_file(scratch / "bad", "cpu=a\nnonsense\n");
  CHECK_THROWS_WITH_AS(read_queries(scratch / "bad"),
                       doctest::Contains("bad:2: nonsense: expected NAME=PROMQL"), UsageError);
  write_file(scratch / "none", "# nothing\n");
  CHECK_THROWS_AS(read_queries(scratch / "none"), UsageError);
  CHECK_THROWS_AS(check_names({{"a", "x", false}, {"b", "x", false}, {"a", "y", false}}), UsageError);
}
