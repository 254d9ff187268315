// OTLP in both encodings; field names and numbers as in opentelemetry-proto 1.x. What the official SDK and
// the Collector write is read in tests/services.
#include "source/otlp.hpp"

#include <doctest/doctest.h>

#include "source/protozero.hpp"

#include <limits>

#include "otlp_support.hpp"

using namespace aiops;
using namespace aiops::source;
using Texts = std::vector<std::string>;

namespace {

const std::string kSpans = R"({'resourceSpans':[{'scopeSpans':[{'scope':{'name':'lib'},'spans':[
  {'traceId':'0AF7651916CD43DD8448EB211C80319C','spanId':'b7ad6b7169203331','parentSpanId':'','name':'GET /',
   'kind':2,'startTimeUnixNano':'1700000000000000001','endTimeUnixNano':1700000000000000124,'status':{'code':2},
   'attributes':[{'key':'s','value':{'stringValue':'a\n'}},{'key':'i','value':{'intValue':'-9223372036854775808'}},
     {'key':'b','value':{'boolValue':true}},{'key':'d','value':{'doubleValue':0.5}},
     {'key':'l','value':{'arrayValue':{'values':[{'stringValue':'x'},{'intValue':'7'},{}]}}},
     {'key':'m','value':{'kvlistValue':{'values':[{'key':'k','value':{'boolValue':false}}]}}},
     {'key':'y','value':{'bytesValue':'AAE='}}]},
  {'traceId':'CvdlGRbNQ92ESOshHIAxnA==','spanId':'t61rcWkgMzE=','parentSpanId':'t61rcWkgMzI=','name':'x',
   'kind':'SPAN_KIND_CONSUMER','startTimeUnixNano':'1','endTimeUnixNano':'1','status':{'code':'STATUS_CODE_OK'}}]}],
  'resource':{'attributes':[{'key':'service.name','value':{'stringValue':'shop'}}]}}]})";

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

// A message of a function that fills it.
template <typename Fill>
std::string message(Fill fill) {
  std::string out;
  protozero::pbf_writer writer(out);
  fill(writer);
  return out;
}

std::string attribute(const std::string& key, const std::string& any) {
  return message([&](auto& w) {
    w.add_message(2, any);  // the value before the key
    w.add_string(1, key);
  });
}
std::string text(const std::string& value) {
  return message([&](auto& w) { w.add_string(1, value); });
}

// Items of one scope of one resource, the resource behind them.
std::string request(const std::string& items, int fields = 2) {
  const std::string scope = message([&](auto& w) {
    if (fields == 2) w.add_message(2, items);
    w.add_message(1, message([](auto& s) { s.add_string(1, "lib"); }));
  });
  const std::string resource =
      message([&](auto& w) { w.add_message(1, attribute("service.name", text("shop"))); });
  return message([&](auto& w) {
    w.add_message(1, message([&](auto& r) {
                    r.add_message(2, scope);
                    r.add_message(1, resource);
                  }));
  });
}

KeptOtlp read_protobuf(Signal signal, const std::string& bytes_of_request) {
  KeptOtlp kept;
  read_otlp_protobuf(signal, bytes_of_request, kept);
  return kept;
}

}  // namespace

TEST_CASE("spans in JSON: members in any order, ids in hex and base64, values of every type") {
  const KeptOtlp kept = read_otlp_json(kSpans);
  CHECK(kept.items ==
        Texts{"span shop 0af7651916cd43dd8448eb211c80319c/b7ad6b7169203331< GET / kind 2 status 2 "
              "1700000000000000001+123 s=a\n i=-9223372036854775808 b=true d=0.5 l=[\"x\",7,null] "
              "m={\"k\":false} y=AAE=",
              "span shop 0af7651916cd43dd8448eb211c80319c/b7ad6b7169203331<b7ad6b7169203332 x kind 5 status "
              "1 1+0"});
  CHECK(kept.rejected.empty());
}

TEST_CASE("an item that is wrong goes alone") {
  const KeptOtlp kept = read_otlp_json(R"({'resourceSpans':[{'scopeSpans':[{'spans':[
    {'traceId':'zz','spanId':'1'},{'traceId':'1','spanId':'1'},7,
    {'traceId':'1','spanId':'2','startTimeUnixNano':'5','endTimeUnixNano':'4'},
    {'traceId':'1','spanId':'2','startTimeUnixNano':'5.5','endTimeUnixNano':'6'},
    {'traceId':'1','spanId':'2','startTimeUnixNano':'5','endTimeUnixNano':'6','attributes':[{'key':'deep','value':)" +
                                       [] {
                                         std::string deep;
                                         for (int i = 0; i < 40; ++i) deep += "{'arrayValue':{'values':[";
                                         for (int i = 0; i < 40; ++i) deep += "]}}";
                                         return deep;
                                       }() +
                                       R"(}]},
    {'traceId':'1','spanId':'2','startTimeUnixNano':'5','endTimeUnixNano':'6'}]}]}]})");
  CHECK(kept.items == Texts{"span  0000000000000001/0000000000000002<  kind 0 status 0 5+1"});
  CHECK(kept.rejected == Texts{"traces: traceId: expected hex digits, or base64 of 8 or 16 bytes",
                               "traces: a span without startTimeUnixNano", "traces: spans: expected objects",
                               "traces: a span that ends before it begins",
                               "traces: startTimeUnixNano: expected an integer of 64 bits",
                               "traces: attributes: expected lists and maps at most 32 deep"});
}

TEST_CASE("documents that are none") {
  CHECK_THROWS_WITH_AS(read_otlp_json("{'resourceSpans':[{"), doctest::Contains("no valid JSON"), OtlpError);
  CHECK_THROWS_WITH_AS(read_otlp_json("[]"), "no JSON object", OtlpError);
  CHECK_THROWS_WITH_AS(read_otlp_json("{'resourceLogs':{}}"), "resourceLogs: expected a list", OtlpError);
  CHECK(read_otlp_json("{'other':1}").items.empty());
}

TEST_CASE("Tempo's and old names") {
  CHECK(read_otlp_json(
            "{'trace':{'resourceSpans':[{'scopeSpans':[{'spans':[{'traceId':'1','spanId':'2','name':'a',"
            "'startTimeUnixNano':'5','endTimeUnixNano':'6'}]}]}]},'status':'COMPLETE'}")
            .items.size() == 1);
  CHECK(read_otlp_json(
            "{'batches':[{'instrumentationLibrarySpans':[{'instrumentationLibrary':{'name':'l'},'spans':"
            "[{'traceId':'1','spanId':'2','name':'a','startTimeUnixNano':'5','endTimeUnixNano':'6'}]}]}]}")
            .items.size() == 1);
}

TEST_CASE("spans in protobuf") {
  const std::string span = message([](auto& w) {
    w.add_bytes(1, bytes({0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80,
                          0x31, 0x9c}));
    w.add_bytes(2, bytes({0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31}));
    w.add_string(5, "GET /");
    w.add_enum(6, 2);
    w.add_fixed64(7, 1700000000000000001);
    w.add_fixed64(8, 1700000000000000124);
    w.add_message(9, attribute("s", text("a\n")));
    w.add_message(
        9,
        attribute("i", message([](auto& a) { a.add_int64(3, std::numeric_limits<std::int64_t>::min()); })));
    w.add_message(9, attribute("b", message([](auto& a) { a.add_bool(2, true); })));
    w.add_message(9, attribute("d", message([](auto& a) { a.add_double(4, 0.5); })));
    w.add_message(9, attribute("l", message([](auto& a) {
                                 a.add_message(5, message([](auto& l) {
                                                 l.add_message(1, text("x"));
                                                 l.add_message(1,
                                                               message([](auto& i) { i.add_int64(3, 7); }));
                                                 l.add_message(1, std::string());
                                               }));
                               })));
    w.add_message(9, attribute("m", message([](auto& a) {
                                 a.add_message(
                                     6, message([](auto& l) {
                                       l.add_message(
                                           1, attribute("k", message([](auto& i) { i.add_bool(2, false); })));
                                     }));
                               })));
    w.add_message(9, attribute("y", message([](auto& a) { a.add_bytes(7, bytes({0, 1})); })));
    w.add_message(15, message([](auto& s) { s.add_enum(3, 2); }));
    w.add_uint32(200, 7);  // a field that nobody knows
  });
  const KeptOtlp kept = read_protobuf(Signal::traces, request(span));
  REQUIRE(kept.items.size() == 1);
  CHECK(kept.items[0] == read_otlp_json(kSpans).items[0]);
}

TEST_CASE("logs in both") {
  const KeptOtlp json =
      read_otlp_json(R"({'resourceLogs':[{'resource':{'attributes':[{'key':'service.name','value':
    {'stringValue':'shop'}}]},'scopeLogs':[{'scope':{'name':'lib'},'logRecords':[{'timeUnixNano':'5','observedTimeUnixNano':'6',
    'severityNumber':17,'severityText':'Error','body':{'stringValue':'it broke'},'traceId':'','spanId':'0000000000000001',
    'attributes':[{'key':'a','value':{'stringValue':'b'}}]},{'body':{'stringValue':'no time'}}]}]}]})");
  CHECK(json.items == Texts{"log shop 5 6 17/Error \"it broke\" /0000000000000001 a=b"});
  CHECK(json.rejected == Texts{"logs: a log record without a time"});
  const std::string log = message([](auto& w) {
    w.add_fixed64(1, 5);
    w.add_enum(2, 17);
    w.add_string(3, "Error");
    w.add_message(5, text("it broke"));
    w.add_message(6, attribute("a", text("b")));
    w.add_bytes(9, std::string(16, '\0'));
    w.add_bytes(10, bytes({0, 0, 0, 0, 0, 0, 0, 1}));
    w.add_fixed64(11, 6);
  });
  CHECK(read_protobuf(Signal::logs, request(log)).items == json.items);
}

TEST_CASE("metrics in both: every kind") {
  const KeptOtlp json =
      read_otlp_json(R"({'resourceMetrics':[{'resource':{'attributes':[{'key':'service.name','value':
    {'stringValue':'shop'}}]},'scopeMetrics':[{'scope':{'name':'lib'},'metrics':[
    {'name':'s','unit':'1','sum':{'aggregationTemporality':2,'isMonotonic':true,'dataPoints':[{'timeUnixNano':'9','asInt':'-3',
      'attributes':[{'key':'a','value':{'stringValue':'b'}}]}]}},
    {'name':'g','gauge':{'dataPoints':[{'timeUnixNano':'9','asDouble':1.5,'flags':1}]}},
    {'name':'h','unit':'ms','histogram':{'aggregationTemporality':1,'dataPoints':[{'timeUnixNano':'9','count':'3','sum':7,
      'bucketCounts':['1','2'],'explicitBounds':[2.5],'min':1,'max':4}]}},
    {'name':'e','exponentialHistogram':{'aggregationTemporality':2,'dataPoints':[{'timeUnixNano':'9','count':'4','sum':7,
      'scale':-1,'zeroCount':'1','positive':{'offset':-2,'bucketCounts':['1','1']},'negative':{'offset':3,'bucketCounts':['1']}}]}},
    {'name':'q','summary':{'dataPoints':[{'timeUnixNano':'9','count':'4','sum':7,'quantileValues':[{'quantile':0.5,'value':2}]}]}}
    ]}]}]})");
  CHECK(json.items ==
        Texts{"point shop lib s [1] 1c true 9 v -3 -3 n 0 s 0 0 0 scale 0 zero 0 a=b",
              "point shop lib g [] 0d false 9 none v 1.5  n 0 s 0 0 0 scale 0 zero 0",
              "point shop lib h [ms] 2d false 9 v 0  n 3 s 7 1 4 b2.5 c1 c2 scale 0 zero 0",
              "point shop lib e [] 3c false 9 v 0  n 4 s 7 0 0 +1@-2 +1@-2 -1@3 scale -1 zero 1",
              "point shop lib q [] 4c false 9 v 0  n 4 s 7 0 0 q0.5=2 scale 0 zero 0"});
  const auto metric = [](const std::string& name, const std::string& unit, int field,
                         const std::string& data) {
    return read_protobuf(Signal::metrics, request(message([&](auto& w) {
                           w.add_message(static_cast<unsigned>(field), data);
                           if (!unit.empty()) w.add_string(3, unit);
                           w.add_string(1, name);
                         })))
        .items;
  };
  // Points before temporality.
  const auto data = [](const std::string& point, int temporality, bool monotonic = false) {
    return message([&](auto& w) {
      w.add_message(1, point);
      if (temporality) w.add_enum(2, temporality);
      if (monotonic) w.add_bool(3, true);
    });
  };
  Texts all;
  const auto add = [&all](const Texts& items) { all.insert(all.end(), items.begin(), items.end()); };
  add(metric("s", "1", 7,
             data(message([](auto& p) {
                    p.add_fixed64(3, 9);
                    p.add_sfixed64(6, -3);
                    p.add_message(7, attribute("a", text("b")));
                  }),
                  2, true)));
  add(metric("g", "", 5,
             data(message([](auto& p) {
                    p.add_fixed64(3, 9);
                    p.add_double(4, 1.5);
                    p.add_uint32(8, 1);
                  }),
                  0)));
  add(metric("h", "ms", 9,
             data(message([](auto& p) {
                    const std::uint64_t counts[] = {1, 2};
                    p.add_fixed64(3, 9);
                    p.add_fixed64(4, 3);
                    p.add_double(5, 7);
                    p.add_packed_fixed64(6, counts, counts + 2);
                    p.add_double(7, 2.5);  // not packed
                    p.add_double(11, 1);
                    p.add_double(12, 4);
                  }),
                  1)));
  add(metric("e", "", 10,
             data(message([](auto& p) {
                    const std::uint64_t two[] = {1, 1}, one[] = {1};
                    p.add_fixed64(3, 9);
                    p.add_fixed64(4, 4);
                    p.add_double(5, 7);
                    p.add_sint32(6, -1);
                    p.add_fixed64(7, 1);
                    p.add_message(8, message([&](auto& b) {
                                    b.add_sint32(1, -2);
                                    b.add_packed_uint64(2, two, two + 2);
                                  }));
                    p.add_message(9, message([&](auto& b) {
                                    b.add_sint32(1, 3);
                                    b.add_packed_uint64(2, one, one + 1);
                                  }));
                  }),
                  2)));
  add(metric("q", "", 11,
             data(message([](auto& p) {
                    p.add_fixed64(3, 9);
                    p.add_fixed64(4, 4);
                    p.add_double(5, 7);
                    p.add_message(6, message([](auto& v) {
                                    v.add_double(1, 0.5);
                                    v.add_double(2, 2);
                                  }));
                  }),
                  0)));
  CHECK(all == json.items);
}

TEST_CASE("protobuf that is cut short anywhere is refused, and never read beyond its end") {
  const std::string whole = request(message([](auto& w) {
    w.add_bytes(1, std::string(16, '\1'));
    w.add_bytes(2, std::string(8, '\1'));
    w.add_fixed64(7, 5);
    w.add_fixed64(8, 6);
    w.add_message(9, attribute("a", text("b")));
  }));
  CHECK(read_protobuf(Signal::traces, whole).items.size() == 1);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_THROWS_AS(read_protobuf(Signal::traces, std::string(whole, 0, size)), OtlpError);
  }
  for (int byte = 0; byte < 256; ++byte) {  // garbage: an error or nothing, no crash
    try {
      read_protobuf(Signal::metrics, std::string(40, static_cast<char>(byte)));
    } catch (const OtlpError&) {
    }
  }
}

TEST_CASE("protobuf with a field of another wire type than its number says is refused") {
  // Field 1 (resource spans, a message) as a number.
  CHECK_THROWS_AS(read_protobuf(Signal::traces, bytes({0x08, 5})), OtlpError);
  CHECK_THROWS_AS(read_protobuf(Signal::metrics, bytes({0x0a, 2, 0x10, 7})), OtlpError);
}

TEST_CASE("answers to an export") {
  CHECK(otlp_answer(Signal::logs, 0, "", true) == "{\"partialSuccess\":{}}");
  CHECK(otlp_answer(Signal::logs, 2, "why", true) ==
        "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\",\"errorMessage\":\"why\"}}");
  CHECK(otlp_answer(Signal::traces, 0, "", false).empty());
  CHECK(otlp_answer(Signal::traces, 2, "why", false) == bytes({0x0a, 7, 0x08, 2, 0x12, 3, 'w', 'h', 'y'}));
}

TEST_CASE("base64, as RFC 4648 has it") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    std::string out;
    append_base64(out, plain);
    CHECK(out == coded);
  }
}
