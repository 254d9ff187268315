// The answers are examples of the Prometheus documentation (querying/api), and variants of them.
#include "source/prometheus_answer.hpp"

#include <doctest/doctest.h>

using namespace aiops;
using namespace aiops::source;

namespace {

struct Kept : AnswerHandler {
  void series(Labels& labels) override {
    text += '{';
    for (const auto& [name, value] : labels) text.append(name).append("=").append(value).append(",");
    text += '}';
  }
  void sample(Nanos time, std::string_view value) override {
    text += " " + std::to_string(time / kMillisecond) + ":" + std::string(value);
  }
  std::string text;
};

Answer read(const std::string& text, Kept& kept, std::size_t size = 1000) {
  JsonReader reader([&, at = std::size_t{0}]() mutable {
    const std::string_view piece = std::string_view(text).substr(at, size);
    at += piece.size();
    return piece;
  });
  return read_answer(reader, kept);
}

}  // namespace

TEST_CASE("a matrix gives series and samples") {
  const std::string text = R"({"status" : "success", "data" : {"resultType" : "matrix", "result" : [
    {"metric" : {"__name__" : "up", "job" : "prometheus"}, "values" : [[1435781430.781, "1"], [1435781445.781, "NaN"]]},
    {"metric" : {"__name__" : "up", "job" : "node"}, "values" : [[1435781430.781, "+Inf"]]}]}})";
  for (const std::size_t size : {1, 1000}) {
    Kept kept;
    const Answer answer = read(text, kept, size);
    CHECK(answer.status == "success");
    CHECK(kept.text ==
          "{__name__=up,job=prometheus,} 1435781430781:1 1435781445781:NaN{__name__=up,job=node,} "
          "1435781430781:+Inf");
  }
}

TEST_CASE("vectors, scalars and empty results") {
  Kept vector, scalar, empty, null;
  read(R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1.5,"2"]}]}})",
       vector);
  CHECK(vector.text == "{} 1500:2");
  read(R"({"status":"success","data":{"resultType":"scalar","result":[1435781451.781,"1"]}})", scalar);
  CHECK(scalar.text == "{} 1435781451781:1");
  read(R"({"status":"success","data":{"resultType":"matrix","result":[]}})", empty);
  read(R"({"status":"success","data":{"resultType":"matrix","result":null}})", null);
  CHECK(empty.text + null.text == "");
}

TEST_CASE("errors, warnings and members that are not known") {
  Kept kept;
  const Answer error = read(R"({"status":"error","errorType":"bad_data","error":"invalid \"x\""})", kept);
  CHECK(error.status == "error");
  CHECK(error.error_type == "bad_data");
  CHECK(error.error == "invalid \"x\"");
  const Answer warned = read(
      R"({"status":"success","isPartial":true,"data":{"resultType":"vector","result":[],"stats":{"a":[1]}},"warnings":["w"],"infos":["i","j"]})",
      kept);
  CHECK(warned.warnings == std::vector<std::string>{"w"});
  CHECK(warned.infos == std::vector<std::string>{"i", "j"});
  CHECK(warned.partial);
}

TEST_CASE("native histograms have count, sum and buckets, beside samples of the same series") {
  struct Histograms : AnswerHandler {
    std::string text;
    void series(Labels&) override { text += "{"; }
    void sample(Nanos time, std::string_view value) override {
      text += std::to_string(time / kSecond) + ":" + std::string(value) + " ";
    }
    void histogram(Nanos time, const NativeHistogram& histogram) override {
      text += std::to_string(time / kSecond) + ":" + std::to_string(histogram.count) + "/" +
              std::to_string(histogram.sum);
      for (const NativeBucket& bucket : histogram.buckets)
        text += " " + std::to_string(bucket.lower) + ".." + std::to_string(bucket.upper) + "=" +
                std::to_string(bucket.count);
      text += " ";
    }
    void end_of_series() override { text += "}"; }
  };
  const auto read_into = [](const std::string& text, AnswerHandler& handler) {
    JsonReader reader([&text, given = false]() mutable {
      return std::exchange(given, true) ? std::string_view() : std::string_view(text);
    });
    return read_answer(reader, handler);
  };
  Histograms got;
  read_into(
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"7"]],"histograms":[[2,{"count":"5","sum":"1.5","buckets":[[0,"0.5","1","2"],[3,"-0.001","0.001","3"]]}]]},{"metric":{},"histogram":[3,{"count":"1","sum":"NaN"}]}]}})",
      got);
  CHECK(
      got.text ==
      "{1:7 2:5.000000/1.500000 0.500000..1.000000=2.000000 -0.001000..0.001000=3.000000 }{3:1.000000/nan }");
  for (const char* wrong :
       {"[2]", "[2,5]", R"([2,{"count":"x"}])", R"([2,{"buckets":[[0,"1"]]}])", R"([2,{},1])"}) {
    CAPTURE(wrong);
    Histograms none;
    CHECK_THROWS_AS(
        read_into(std::string(R"({"status":"success","data":{"result":[{"metric":{},"histograms":[)") +
                      wrong + "]}]}}",
                  none),
        JsonError);
  }
}

TEST_CASE("answers of another shape are refused") {
  for (const char* text :
       {R"({"data":{"result":[]}})",
        R"({"status":"success","data":{"resultType":"string","result":[1,"x"]}})",
        R"({"status":"success","data":{"result":[{"values":[[1,"2"]],"metric":{}}]}})",
        R"({"status":"success","data":{"result":[{"metric":{},"values":[["1","2"]]}]}})",
        R"({"status":"success","data":{"result":[1]}})",
        R"({"status":"success","data":{"result":[1,"2",3]}})", "[]", "1", R"({"status":"success"} {})",
        R"({"status":"success","data":{"result":[{"metric":{"a":1},"value":[1,"2"]}]}})"}) {
    Kept kept;
    CAPTURE(text);
    CHECK_THROWS_AS(read(text, kept), JsonError);
  }
}

TEST_CASE("times of an answer are exact") {
  CHECK(answer_time("1435781430") == 1435781430 * kSecond);
  CHECK(answer_time("1435781430.781") == 1435781430781 * kMillisecond);
  CHECK(answer_time("1435781430.7") == 1435781430700 * kMillisecond);
  CHECK(answer_time("1435781430.123456789") == 1435781430123456789);
  CHECK(answer_time("1.435781430781e+09") == 1435781430781 * kMillisecond);
  CHECK(answer_time("0") == 0);
  for (const char* text : {"", ".", "x", "1x", "1.x", "99999999999999999999", "9999999999999"}) {
    CAPTURE(text);
    CHECK(answer_time(text) == kNoTime);
  }
}
