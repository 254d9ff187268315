#include "source/span_record.hpp"

#include <doctest/doctest.h>

#include "base/file.hpp"
#include "scratch.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

std::string written(record::Format format, const std::vector<std::string>& labels, const SpanRecord& span,
                    std::string_view environment) {
  const Scratch scratch;
  record::Sink sink(scratch / "out");
  SpanWriter writer(sink, format, labels);
  writer.write(span, environment);
  sink.close();
  return read_file(scratch / "out");
}

SpanRecord example() {
  SpanRecord span;
  span.time = 1'700'000'000'000'000'001;
  span.duration = 1'500'001;
  span.trace_id = "0af7651916cd43dd8448eb211c80319c";
  span.span_id = "b7ad6b7169203331";
  span.service = "cart";
  span.operation = "GET /cart";
  span.kind = "server";
  span.status = "error";
  span.labels = {{"http.route", "/cart"}, {"pod", "a\"b"}};
  return span;
}

}  // namespace

TEST_CASE("a span as NDJSON keeps its nanoseconds") {
  CHECK(written(record::Format::ndjson, {}, example(), "live") ==
        R"({"timestamp":"2023-11-14T22:13:20.000000001Z","trace_id":"0af7651916cd43dd8448eb211c80319c",)"
        R"("span_id":"b7ad6b7169203331","service":"cart","operation":"GET /cart","kind":"server",)"
        R"("duration_ms":1.500001,"status":"error",)"
        R"("labels":{"environment":"live","http.route":"/cart","pod":"a\"b"}})"
        "\n");
}

TEST_CASE("a span as CSV has the labels that were named") {
  CHECK(written(record::Format::csv, {"pod"}, example(), "") ==
        "timestamp,trace_id,span_id,parent_span_id,service,operation,kind,duration_ms,status,labels.pod\n"
        "2023-11-14T22:13:20.000000001Z,0af7651916cd43dd8448eb211c80319c,b7ad6b7169203331,,cart,GET /cart,"
        "server,1.500001,error,\"a\"\"b\"\n");
}
