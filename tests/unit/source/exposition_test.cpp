// The text formats of metrics. The examples are those of the specifications.
#include "source/exposition.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

struct Kept : Exposition::Receiver {
  std::vector<std::string> samples, wrong_lines;
  void sample(ExpositionSample& sample) override {
    static constexpr const char* kParts[] = {"value", "counter",  "bucket", "count",
                                             "sum",   "quantile", "created"};
    std::string text = std::string(kParts[static_cast<int>(sample.part)]) + " " + std::string(sample.name) +
                       "|" + std::string(sample.family);
    for (const auto& [name, value] : sample.labels) text += "," + name + "=" + value;
    text += " " + std::string(sample.text);
    if (sample.time != kNoTime) text += " @" + format_time(sample.time);
    samples.push_back(text);
  }
  void wrong(std::uint64_t line, std::string_view, const std::string& what) override {
    wrong_lines.push_back(std::to_string(line) + ": " + what);
  }
};

// Whatever the pieces in which the text comes, the result is the same.
Kept read(const std::string& text, bool open_metrics, bool whole = true) {
  Kept first;
  for (const std::size_t piece : {text.size() + 1, std::size_t{1}, std::size_t{7}}) {
    Kept kept;
    Exposition exposition(open_metrics, kept);
    for (std::size_t i = 0; i < text.size(); i += piece)
      exposition.take(std::string_view(text).substr(i, piece));
    CHECK(exposition.finish() == whole);
    if (piece > text.size()) first = kept;
    CHECK(kept.samples == first.samples);
    CHECK(kept.wrong_lines == first.wrong_lines);
  }
  return first;
}

}  // namespace

TEST_CASE("the example of the text format 0.0.4") {
  const Kept kept = read(R"(# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045

# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.01"} 3102
rpc_duration_seconds_sum 1.7560473e+07
rpc_duration_seconds_count 2693
)",
                         false);
  CHECK(kept.wrong_lines.empty());
  CHECK(kept.samples ==
        std::vector<std::string>{
            "counter http_requests_total|http_requests_total,method=post,code=200 1027 @2014-03-17T14:26:03Z",
            "counter http_requests_total|http_requests_total,method=post,code=400 3 @2014-03-17T14:26:03Z",
            "value "
            "msdos_file_access_time_seconds|msdos_file_access_time_seconds,path=C:\\DIR\\FILE.TXT,error="
            "Cannot find "
            "file:\n\"FILE.TXT\" 1.458255915e9",
            "value metric_without_timestamp_and_labels|metric_without_timestamp_and_labels 12.47",
            "value something_weird|something_weird,problem=division by zero +Inf @1969-12-31T22:53:37.955Z",
            "bucket http_request_duration_seconds_bucket|http_request_duration_seconds,le=0.05 24054",
            "bucket http_request_duration_seconds_bucket|http_request_duration_seconds,le=+Inf 144320",
            "sum http_request_duration_seconds_sum|http_request_duration_seconds 53423",
            "count http_request_duration_seconds_count|http_request_duration_seconds 144320",
            "quantile rpc_duration_seconds|rpc_duration_seconds,quantile=0.01 3102",
            "sum rpc_duration_seconds_sum|rpc_duration_seconds 1.7560473e+07",
            "count rpc_duration_seconds_count|rpc_duration_seconds 2693"});
}

TEST_CASE("OpenMetrics: families, exemplars, seconds, the end") {
  const Kept kept = read(R"(# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
acme_http_router_request_seconds_sum{path="/api/v1",method="GET"} 9036.32
acme_http_router_request_seconds_created{path="/api/v1",method="GET"} 1605281325.0
# TYPE go_goroutines gauge
go_goroutines 69 1605281325.25
# TYPE process_cpu_seconds counter
process_cpu_seconds_total 4.20072246e+06 # {trace_id="KOO5S4vxi0o"} 0.67 1520879607.789
# TYPE foo histogram
foo_bucket{le="0.1"} 8.0 # {} 0.054
# TYPE bar info
bar_info{version="1"} 1
{"a.dotted.name",label="x","quoted.label"="y"} 5
# EOF
behind_the_end 1
)",
                         true);
  CHECK(kept.wrong_lines.empty());
  CHECK(
      kept.samples ==
      std::vector<std::string>{
          "sum acme_http_router_request_seconds_sum|acme_http_router_request_seconds,path=/api/v1,method=GET "
          "9036.32",
          "created "
          "acme_http_router_request_seconds_created|acme_http_router_request_seconds,path=/api/v1,method=GET "
          "1605281325.0",
          "value go_goroutines|go_goroutines 69 @2020-11-13T15:28:45.250Z",
          "counter process_cpu_seconds_total|process_cpu_seconds 4.20072246e+06",
          "bucket foo_bucket|foo,le=0.1 8.0", "value bar_info|bar,version=1 1",
          "value a.dotted.name|a.dotted.name,label=x,quoted.label=y 5"});
  read("a 1\n", true, false);  // cut off
}

TEST_CASE("a line that cannot be read is told by its number, and the others are kept") {
  const Kept kept = read(
      "a 1\nb\nc{x=\"1\" 2\nd{x=1} 2\ne{x=\"1} 2\nf x\n{x=\"1\"} 2\ng 1 2 3\n1h 2\ni{x=\"1\",} 2\nj none\nk "
      "1 x\nl{x} 2\nm NaN\nn "
      "3",
      false);
  CHECK(kept.samples ==
        std::vector<std::string>{"value a|a 1", "value i|i,x=1 2", "value m|m NaN", "value n|n 3"});
  CHECK(kept.wrong_lines ==
        std::vector<std::string>{"2: nothing is no value", "3: expected , or } behind a label",
                                 "4: the value of the label x is not in quotes",
                                 "5: a text in quotes has no end", "6: x is no value",
                                 "7: expected the name of a metric", "8: 3 behind the time",
                                 "9: expected the name of a metric", "11: none is no value",
                                 "12: x is no time", "13: the label x has no value"});
}

TEST_CASE("a line without an end does not fill the memory") {
  Kept kept;
  Exposition exposition(false, kept);
  const std::string block(100'000, 'x');
  for (int i = 0; i < 20; ++i) exposition.take(block);
  exposition.take("\na 1\n");
  CHECK(exposition.finish());
  CHECK(kept.wrong_lines == std::vector<std::string>{"1: the line is longer than 1,048,576 bytes"});
  CHECK(kept.samples == std::vector<std::string>{"value a|a 1"});
}
