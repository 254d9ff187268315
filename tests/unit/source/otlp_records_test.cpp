// From OTLP to records. Expected values worked by hand.
#include "source/otlp_records.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "otlp_support.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

struct Run {
  OtlpOptions options;
  Manifest manifest;
  record::Sink sink{record::Sink::Memory()};
  KeptDiagnostics said;

  // The records of the documents, one behind the other.
  std::string read(const std::vector<std::string>& documents) {
    OtlpRecords records(options, sink, manifest);
    OtlpJson json;
    for (const std::string& document : documents) {
      std::string text = with_quotes(document);
      const std::size_t size = text.size();
      text.resize(size + OtlpJson::kPadding);
      json.read(std::string_view(text).substr(0, size), records);
    }
    records.tell(said);
    rejected = records.take_rejected();
    return sink.buffer();
  }
  OtlpRecords::Rejected rejected;
};

// One metric of a service; times in seconds.
std::string metric(const std::string& body, const std::string& resource = "") {
  return "{'resourceMetrics':[{'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'shop'}"
         "}" +
         resource + "]},'scopeMetrics':[{'metrics':[" + body + "]}]}]}";
}
std::string counter(int time, int value, int start = 1) {
  return metric(
      "{'name':'c','sum':{'aggregationTemporality':2,'isMonotonic':true,'dataPoints':[{'startTimeUnixNano':"
      "'" +
      std::to_string(start) + "000000000','timeUnixNano':'" + std::to_string(time) + "000000000','asInt':'" +
      std::to_string(value) + "'}]}}");
}
std::string histogram(int time, const std::string& counts, double sum, int count) {
  return metric(
      "{'name':'h','unit':'ms','histogram':{'aggregationTemporality':2,'dataPoints':[{'startTimeUnixNano':'1'"
      ","
      "'timeUnixNano':'" +
      std::to_string(time) + "000000000','count':'" + std::to_string(count) +
      "','sum':" + std::to_string(sum) + ",'bucketCounts':[" + counts + "],'explicitBounds':[10,20]}]}}");
}
std::string sample(int second, const std::string& name, const std::string& value) {
  return "{\"timestamp\":\"1970-01-01T00:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) +
         "Z\",\"service\":\"shop\",\"metric\":\"" + name + "\",\"value\":" + value + "}\n";
}

}  // namespace

TEST_CASE("a counter as it is, and as a rate; it begins anew") {
  Run run;
  const std::vector<std::string> documents = {counter(10, 5), counter(20, 25), counter(30, 7), counter(30, 8),
                                              counter(35, 9, 31)};
  SUBCASE("as it is") {
    CHECK(run.read(documents) ==
          sample(10, "c", "5") + sample(20, "c", "25") + sample(30, "c", "7") + sample(35, "c", "9"));
    REQUIRE(run.said.infos.size() == 1);
    CHECK(run.said.infos[0].find("--rates") != std::string::npos);
    REQUIRE(run.said.warnings.size() == 1);  // the second point at 30
    CHECK(run.said.warnings[0].find("1 point not newer") != std::string::npos);
  }
  SUBCASE("rates") {
    run.options.rates = true;
    // 20 in 10 s; a fall: 7 since it began anew; a new start: 9 in 4 s.
    CHECK(run.read(documents) ==
          sample(20, "c_rate", "2") + sample(30, "c_rate", "0.7") + sample(35, "c_rate", "2.25"));
    CHECK(run.said.infos.empty());
  }
}

TEST_CASE("rates of delta sums are over their own time") {
  Run run;
  run.options.rates = true;
  CHECK(run.read({metric("{'name':'d','sum':{'aggregationTemporality':1,'isMonotonic':true,'dataPoints':[{'"
                         "startTimeUnixNano':"
                         "'10000000000','timeUnixNano':'15000000000','asDouble':2.5}]}}")}) ==
        sample(15, "d_rate", "0.5"));
}

TEST_CASE("a cumulative histogram: quantiles are of what came since the point before") {
  Run run;
  run.options.quantiles = {0.5};
  CHECK(run.read({histogram(10, "2,0,0", 10, 2), histogram(20, "2,4,0", 70, 6)}) ==
        sample(10, "h_count", "2") + sample(10, "h_sum_ms", "10") + sample(10, "h_mean_ms", "5") +
            sample(10, "h_p50_ms", "5") + sample(20, "h_count", "6") + sample(20, "h_sum_ms", "70") +
            sample(20, "h_mean_ms", "15") + sample(20, "h_p50_ms", "15"));
}

TEST_CASE("units of time become seconds, or names that end in _ms") {
  Run run;
  const auto gauge = [](const std::string& name, const std::string& unit) {
    return metric("{'name':'" + name + "','unit':'" + unit +
                  "','gauge':{'dataPoints':[{'timeUnixNano':'1000000000','asInt':'1500'}]}}");
  };
  CHECK(
      run.read({gauge("a", "ms"), gauge("b_ms", "ms"), gauge("c", "us"), gauge("d", "s"), gauge("e", "1")}) ==
      sample(1, "a_ms", "1500") + sample(1, "b_ms", "1500") + sample(1, "c", "0.0015") +
          sample(1, "d", "1500") + sample(1, "e", "1500"));
}

TEST_CASE("points of two resources with one name: told, and told apart by --keep") {
  Run run;
  const auto of = [](const std::string& pod) {
    return metric("{'name':'g','gauge':{'dataPoints':[{'timeUnixNano':'1000000000','asInt':'1'}]}}",
                  ",{'key':'pod','value':{'stringValue':'" + pod + "'}}");
  };
  SUBCASE("told") {
    run.read({of("a"), of("b")});
    REQUIRE(run.said.warnings.size() == 1);
    CHECK(run.said.warnings[0].find("g{service=\"shop\"}") != std::string::npos);
  }
  SUBCASE("told apart") {
    run.options.keep = {"pod"};
    CHECK(run.read({of("a"), of("b")}).find("\"labels\":{\"pod\":\"b\"}") != std::string::npos);
    CHECK(run.said.warnings.empty());
  }
}

TEST_CASE("log records: attributes fill what a request has; what is kept becomes labels") {
  Run run;
  run.options.keep = {"zone", "k8s.*"};
  CHECK(
      run.read(
          {R"({'resourceLogs':[{'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'shop'}},
    {'key':'zone','value':{'stringValue':'eu'}},{'key':'k8s.pod','value':{'stringValue':'p1'}}]},'scopeLogs':[{'logRecords':[
    {'timeUnixNano':'0','observedTimeUnixNano':'1000000000','severityNumber':13,'body':{'stringValue':'slow'},'attributes':[
      {'key':'http.route','value':{'stringValue':'/x'}},{'key':'http.request.method','value':{'stringValue':'GET'}},
      {'key':'http.response.status_code','value':{'intValue':'200'}},{'key':'zone','value':{'stringValue':'us'}},
      {'key':'message','value':{'stringValue':'not the body'}}]},
    {'timeUnixNano':'2000000000','severityText':'info','body':{'kvlistValue':{'values':[{'key':'a','value':{'intValue':'1'}}]}}}]}]}]})"}) ==
      "{\"timestamp\":\"1970-01-01T00:00:01Z\",\"service\":\"shop\",\"severity_text\":\"WARN\",\"message\":"
      "\"slow\","
      "\"method\":\"GET\",\"endpoint\":\"/"
      "x\",\"status_code\":200,\"labels\":{\"zone\":\"us\",\"k8s.pod\":\"p1\"}}\n"
      "{\"timestamp\":\"1970-01-01T00:00:02Z\",\"service\":\"shop\",\"severity_text\":\"INFO\",\"message\":"
      "\"{\\\"a\\\":1}\","
      "\"labels\":{\"zone\":\"eu\",\"k8s.pod\":\"p1\"}}\n");
}

TEST_CASE("CSV holds one signal; what is not wanted is counted; wrong options are refused") {
  Run run;
  run.options.format = record::Format::csv;
  CHECK_THROWS_AS(run.read({}), UsageError);
  run.options.signals = {Signal::traces};
  run.options.keep = {"a"};
  CHECK(
      run.read(
          {counter(1, 1),
           "{'resourceSpans':[{'scopeSpans':[{'spans':[{'traceId':'1','spanId':'2','name':'n','kind':3,"
           "'startTimeUnixNano':'1000000000','endTimeUnixNano':'1000000001','attributes':[{'key':'a','value':"
           "{'intValue':'7'}}]}]}]}]}"}) ==
      "timestamp,trace_id,span_id,parent_span_id,service,operation,kind,duration_ms,status,labels.a\n"
      "1970-01-01T00:00:01Z,0000000000000001,0000000000000002,,,n,client,0.000001,unset,7\n");
  run.options.keep = {"*"};
  CHECK_THROWS_AS(run.read({}), UsageError);
}
