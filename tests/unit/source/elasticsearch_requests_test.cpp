// The aggregation of requests against a server of canned answers. Against real ones: tests/services.
#include "source/elasticsearch_requests.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "../net/test_server.hpp"
#include "base/error.hpp"
#include "source/log_text.hpp"

using namespace aiops;
using namespace aiops::source;
using net::http_answer;
using net::TestServer;

namespace {

constexpr Nanos kBegin = 1767225600 * kSecond;

const std::string kFields =
    R"({"indices":["a"],"fields":{"@timestamp":{"date":{"type":"date","aggregatable":true}},)"
    R"("event.duration":{"long":{"type":"long","aggregatable":true}},)"
    R"("duration_ms":{"unmapped":{"aggregatable":false},"double":{"aggregatable":true}},)"
    R"("http.response.status_code":{"short":{"aggregatable":true}},)"
    R"("log":{"object":{"aggregatable":false}},"log.level":{"keyword":{"aggregatable":true}},)"
    R"("service":{"text":{"aggregatable":false}},"service.keyword":{"keyword":{"aggregatable":true}},)"
    R"("http.request.method":{"keyword":{"aggregatable":true}},"url.path":{"keyword":{"aggregatable":true}}}})";

std::string answer_of(const std::string& buckets, int total) {
  return http_answer(
      R"({"pit_id":"p","timed_out":false,"_shards":{"total":1,"failed":0},"hits":{"total":{"value":)" +
      std::to_string(total) + R"(,"relation":"eq"},"hits":[]},"aggregations":{"groups":)" + buckets + "}}");
}

struct Run {
  void fetch() {
    TestServer server([this](const std::string& request) {
      if (request.find("_field_caps") != std::string::npos) return http_answer(fields);
      if (request.find("_pit") != std::string::npos) return http_answer(R"({"id":"p"})");
      bodies.push_back(request.substr(request.find("\r\n\r\n") + 4));
      return answers.at(std::min(bodies.size(), answers.size()) - 1);
    });
    options.server.url = server.url();
    options.server.http.use_proxy = false;
    options.server.retry.first = options.server.retry.longest = kMillisecond;
    options.index = "a";
    ElasticsearchRequests source(options, SearchBody({"x:1", ""}, "@timestamp", ""), kMinute, manifest, said);
    try {
      source.fetch(kBegin, kBegin + kHour, [&](const RequestGroup& group) { groups.push_back(group); });
    } catch (const net::HttpError& failure) {
      error = failure.what();
    }
  }

  std::string fields = kFields, error;
  std::vector<std::string> answers, bodies;
  std::vector<RequestGroup> groups;
  ElasticsearchOptions options;
  Manifest manifest;
  KeptDiagnostics said;
};

}  // namespace

TEST_CASE("buckets become rows of features, in milliseconds") {
  Run run;
  run.options.page = 2;
  run.options.service = "other";
  run.options.mapping.map = {"duration_ms=event.duration"};
  run.options.mapping.duration_unit = TimeUnit::nanoseconds;
  run.answers = {
      answer_of(
          R"({"after_key":{"time":1767225600000,"service":"b"},"buckets":[)"
          R"({"key":{"time":1767225600000,"service":null,"method":"GET","endpoint":"/a"},"doc_count":3,)"
          R"("durations":{"count":3,"min":1e6,"max":3e6,"avg":2e6,"sum":6e6,"sum_of_squares":1.4e13,)"
          R"("variance":6.666666666666667e11,"variance_population":6.666666666666667e11,)"
          R"("variance_sampling":1e12,"std_deviation_bounds":{"upper":1}},)"
          R"("median":{"values":[{"key":50.0,"value":2.5e6}]},"statuses":{"value":2},"failed":{"doc_count":1}},)"
          R"({"key":{"time":1767225600000,"service":"b","method":"GET","endpoint":"/a"},"doc_count":1,)"
          R"("durations":{"count":1,"min":5e6,"max":5e6,"avg":5e6,"variance":0.0,"variance_sampling":"NaN"},)"
          R"("median":{"values":[{"key":50.0,"value":5e6}]},"statuses":{"value":0},"failed":{"doc_count":0}}]})",
          5),
      answer_of(R"({"after_key":{"time":1},"buckets":[)"
                R"({"key":{"time":1767225660000,"service":"b","method":null,"endpoint":null},"doc_count":1,)"
                R"("durations":{"min":1e6,"max":1e6,"avg":1e6},"median":{"values":[{"value":1e6}]},)"
                R"("statuses":{"value":1},"failed":{"doc_count":1}}]})",
                0)};
  run.fetch();
  CHECK(run.error.empty());
  REQUIRE(run.groups.size() == 3);
  CHECK(run.groups[0].start == kBegin);
  CHECK(run.groups[0].service == "other");
  CHECK(run.groups[0].method == "GET");
  CHECK(run.groups[0].endpoint == "/a");
  const std::array<double, 10> expected = {3, 2, 1, 1, 3, 2.5, 1, 1.0 / 3, 2, 3};
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(run.groups[0].features[i] == doctest::Approx(expected[i]));
  CHECK(run.groups[1].features[2] == 0);  // one request
  CHECK(run.groups[2].start == kBegin + kMinute);
  CHECK(run.groups[2].endpoint.empty());
  CHECK(run.manifest.complete());
  REQUIRE(run.bodies.size() == 2);
  CHECK(run.bodies[0].find(R"("fixed_interval":"60000ms")") != std::string::npos);
  CHECK(run.bodies[0].find(R"({"service":{"terms":{"field":"service.keyword","missing_bucket":true}}})") !=
        std::string::npos);
  CHECK(run.bodies[0].find(R"({"range":{"event.duration":{"gte":0}}})") != std::string::npos);
  CHECK(run.bodies[0].find(R"({"query_string":{"query":"x:1")") != std::string::npos);
  CHECK(run.bodies[0].find(R"("track_total_hits":true)") != std::string::npos);
  CHECK(run.bodies[1].find(R"("after":{"time":1767225600000,"service":"b"})") != std::string::npos);
}

TEST_CASE("what the groups do not have is missing") {
  Run run;
  run.answers = {answer_of(R"({"buckets":[]})", 7)};
  run.fetch();
  REQUIRE(run.manifest.problems.size() == 1);
  CHECK(run.manifest.problems[0] == "a: the server counted 7 requests and has 0 of them in its groups");
}

TEST_CASE("too many buckets at once are asked for in smaller pages") {
  Run run;
  run.answers = {http_answer(R"({"error":{"type":"too_many_buckets_exception","reason":"x"},"status":400})",
                             "400 Bad Request"),
                 answer_of(R"({"buckets":[]})", 0)};
  run.fetch();
  CHECK(run.error.empty());
  CHECK(run.bodies[1].find(R"("composite":{"size":500)") != std::string::npos);
}

TEST_CASE("paths with a query are grouped otherwise than here: that is told") {
  Run run;
  run.answers = {answer_of(R"({"buckets":[{"key":{"time":1767225600000,"endpoint":"/a?b=1"},"doc_count":1,)"
                           R"("durations":{"min":1,"max":1,"avg":1},"failed":{"doc_count":0}}]})",
                           1)};
  run.fetch();
  REQUIRE(run.manifest.problems.size() == 1);
  CHECK(run.manifest.problems[0].find("the field url.path has more than paths (/a?b=1)") !=
        std::string::npos);
}

TEST_CASE("the fields are those by which documents are read") {
  std::map<std::string, IndexField> fields;
  const auto chosen = [&](MappingOptions options = {}) {
    Mapping mapping(options);
    return choose_request_fields(fields, mapping, "@timestamp");
  };
  const auto refusal = [&](MappingOptions options = {}) {
    try {
      chosen(std::move(options));
    } catch (const BackendError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  fields = {{"message", {{"text"}, false}}};
  CHECK(refusal().find("no field is known for a duration") == 0);
  fields["duration"] = {{"float"}, true};
  CHECK(refusal().find("the name of duration does not tell the unit") == 0);
  MappingOptions seconds;
  seconds.duration_unit = TimeUnit::seconds;
  CHECK(chosen(seconds).to_milliseconds == 1000);
  fields["event.duration"] = {{"long"}, true};
  CHECK(chosen().duration == "event.duration");
  CHECK(chosen().to_milliseconds == 1e-6);
  CHECK(chosen().status.empty());
  fields["status"] = {{"keyword"}, true};
  CHECK(chosen().status_is_text);
  fields["http.response.status_code"] = {{"short"}, true};
  CHECK(chosen().status == "http.response.status_code");
  CHECK(!chosen().status_is_text);
  fields["resource.service.name"] = {{"keyword"}, true};
  CHECK(chosen().service == "resource.service.name");
  fields["service.name"] = {{"keyword"}, true};
  CHECK(chosen().service == "service.name");
  fields["SeverityNumber"] = {{"integer"}, true};
  CHECK(chosen().severity_is_number);
  fields["url.path"] = {{"text"}, false};
  CHECK(refusal().find("the field url.path is of type text and cannot be aggregated") == 0);
  fields["url.path.keyword"] = {{"keyword"}, true};
  CHECK(chosen().endpoint == "url.path.keyword");
  MappingOptions mapped;
  mapped.map = {"endpoint=ctx.route"};
  fields["ctx.route"] = {{"keyword"}, true};
  CHECK(chosen(mapped).endpoint == "ctx.route");
  fields["duration_ms"] = {{"keyword"}, true};
  CHECK(refusal().find("the durations in duration_ms are of type keyword, expected numbers") == 0);
}

TEST_CASE("spellings of errors are what is read as errors") {
  const std::vector<std::string> all = error_spellings();
  for (const std::string& text : all) {
    CAPTURE(text);
    const std::string_view normal = normal_severity(text);
    CHECK((normal == "ERROR" || normal == "FATAL"));
  }
  for (const char* text : {"error", "ERROR", "Error", "err", "FATAL", "Critical", "50", "E", "ERROR3"}) {
    CAPTURE(text);
    CHECK(std::find(all.begin(), all.end(), text) != all.end());
  }
}

TEST_CASE("windows begin at multiples of their length") {
  CHECK(next_window(0, kMinute) == 0);
  CHECK(next_window(1, kMinute) == kMinute);
  CHECK(next_window(-1, kMinute) == 0);
  CHECK(next_window(kMinute, kMinute) == kMinute);
}
