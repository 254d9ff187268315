#include "source/trace_reader.hpp"

#include <doctest/doctest.h>

#include "otlp_support.hpp"

using namespace aiops;
using namespace aiops::source;
using Texts = std::vector<std::string>;

namespace {

struct Run {
  explicit Run(const std::vector<std::string>& kept = {}) : keep(kept, true) {}
  Texts read(const std::string& document) {
    Texts texts;
    traces = reader.read(with_quotes(document), [&](const SpanRecord& s) {
      texts.push_back(fmt::format("{}/{}<{} {} {} {} {}+{} {}{}", s.trace_id, s.span_id, s.parent_span_id,
                                  s.service, s.operation, s.kind, s.time, s.duration, s.status,
                                  KeptOtlp::text(s.labels)));
    });
    return texts;
  }
  Keep keep;
  TraceReader reader{keep};
  std::size_t traces = 0;
};

}  // namespace

TEST_CASE("Jaeger: parents, kinds, errors, tags of every type; ids get their zeros back") {
  Run run({"*"});
  CHECK(
      run.read(
          R"({'data':[{'traceID':'a1','processes':{'p1':{'serviceName':'web','tags':[{'key':'host','value':'h'}]},
    'p2':{'serviceName':'db'}},'spans':[
    {'traceID':'a1','spanID':'1','operationName':'get','startTime':5,'duration':7,'processID':'p1','references':[],
     'tags':[{'key':'span.kind','value':'server'},{'key':'error','type':'bool','value':true},{'key':'n','value':1.5}]},
    {'traceID':'a1','spanID':'2','operationName':'sql','startTime':6,'duration':0,'processID':'p2','references':[
      {'refType':'CHILD_OF','traceID':'ff','spanID':'9'},{'refType':'FOLLOWS_FROM','traceID':'a1','spanID':'3'},
      {'refType':'CHILD_OF','traceID':'a1','spanID':'1'}],'tags':[{'key':'otel.status_code','value':'OK'}]},
    {'traceID':'a1','spanID':'3','operationName':'x','startTime':6,'duration':0,'processID':'p9','tags':[
      {'key':'error','value':'false'}]},
    {'traceID':'a1','spanID':'4','operationName':'x','duration':0},{'operationName':'x'},7]}],'errors':null})") ==
      Texts{"00000000000000a1/0000000000000001< web get server 5000+7000 error span.kind=server error=true "
            "n=1.5 host=h",
            "00000000000000a1/0000000000000002<0000000000000001 db sql  6000+0 ok otel.status_code=OK",
            "00000000000000a1/0000000000000003<  x  6000+0 unset error=false"});
  CHECK(run.traces == 1);
  CHECK(run.reader.refused() == 3);
  CHECK(run.reader.reason() == "a span without startTime and duration in microseconds");
}

TEST_CASE("Zipkin: lists of spans, and lists of them; an error is the tag alone") {
  Run run;
  const std::string spans =
      R"([{'traceId':'1','id':'2','parentId':'1','kind':'CLIENT','name':'get','timestamp':5,'duration':7,
    'localEndpoint':{'serviceName':'web'},'tags':{'error':''}},{'traceId':'1','id':'3','name':'late'},
    {'traceId':'1','id':'4','timestamp':6}])";
  const Texts expected = {"0000000000000001/0000000000000002<0000000000000001 web get client 5000+7000 error",
                          "0000000000000001/0000000000000004<    6000+0 unset"};
  CHECK(run.read(spans) == expected);
  CHECK(run.read("[" + spans + "]") == expected);
  CHECK(run.reader.refused() == 2);
}

TEST_CASE("OTLP in what servers put around it") {
  const std::string otlp =
      "{'resourceSpans':[{'scopeSpans':[{'spans':[{'traceId':'1','spanId':'2','name':'n',"
      "'startTimeUnixNano':'5','endTimeUnixNano':'6'}]}]}]}";
  for (const std::string& document :
       {otlp, "{'result':" + otlp + "}", "{'trace':" + otlp + ",'metrics':{}}"}) {
    CHECK(Run().read(document).size() == 1);
  }
}

TEST_CASE("documents without traces") {
  CHECK_THROWS_AS(Run().read("{'spans"), OtlpError);
  CHECK_THROWS_AS(Run().read("7"), OtlpError);
  CHECK_THROWS_WITH_AS(Run().read("{'traces':[]}"), doctest::Contains("--trace-id"), OtlpError);
  CHECK(Run().read("[]").empty());
  CHECK(Run().read("{'data':[]}").empty());
}
