// Answers as Elasticsearch 8.19, 7.17 and OpenSearch 2.19 give them (see tests/services), shortened.
#include "source/elasticsearch_answer.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "base/error.hpp"
#include "source/elasticsearch_query.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

struct Read {
  SearchAnswer answer;
  std::vector<std::string> hits;
  std::string aggregations, error;
};

Read read(const std::string& text, std::size_t piece = 7) {
  Read read;
  JsonReader reader([&text, piece, at = std::size_t{0}]() mutable {
    const std::string_view bytes = std::string_view(text).substr(at, piece);
    at += bytes.size();
    return bytes;
  });
  SearchHandler handler;
  handler.hit = [&](const SearchHit& hit) {
    read.hits.push_back(std::string(hit.index) + "|" + std::string(hit.id) + "|" + std::string(hit.source) +
                        "|" + std::string(hit.sort));
  };
  handler.aggregations = [&](JsonReader& at) { read.aggregations = at.raw(); };
  try {
    read.answer = read_search_answer(reader, handler);
  } catch (const JsonError& error) {
    read.error = error.what();
  }
  return read;
}

}  // namespace

TEST_CASE("documents of a point in time, and what is said beside them") {
  const Read got = read(
      R"({"pit_id":"abc==","took":290,"timed_out":false,"_shards":{"total":4,"successful":4,"skipped":0,"failed":0},)"
      R"("hits":{"total":{"value":8,"relation":"eq"},"max_score":null,"hits":[)"
      R"({"_index":"a","_id":"1","_score":null,"_source":{"@timestamp":"2026-01-01T00:00:00.000000001Z","m":"}\"{"},)"
      R"("sort":[1767225600000000001,0]},)"
      R"({"_index":"a","_type":"_doc","_id":"x\"2","_score":null,"_source":{},"sort":[1767225600000000002,1]}]}})");
  CHECK(got.error.empty());
  CHECK(got.answer.pit_id == "abc==");
  CHECK(got.answer.total == 8);
  CHECK(got.answer.total_exact);
  CHECK(got.answer.shards == 4);
  CHECK(got.answer.what_is_missing().empty());
  CHECK(got.answer.last_sort == "[1767225600000000002,1]");
  REQUIRE(got.hits.size() == 2);
  CHECK(got.hits[0] ==
        R"(a|1|{"@timestamp":"2026-01-01T00:00:00.000000001Z","m":"}\"{"}|[1767225600000000001,0])");
  CHECK(got.hits[1] == R"(a|x"2|{}|[1767225600000000002,1])");
  CHECK(first_number(got.answer.last_sort) == 1767225600000000002);
  CHECK(first_number("[null]") == std::nullopt);
  CHECK(first_number("") == std::nullopt);
}

TEST_CASE("the order of the members does not matter; documents may lack parts") {
  const Read got =
      read(R"({"hits":{"hits":[{"sort":[5],"_id":"1"},{"_source":{"a":1},"_id":"2"}],"total":2},)"
           R"("_scroll_id":"s","timed_out":false})");
  CHECK(got.hits == std::vector<std::string>{"|1||[5]", R"(|2|{"a":1}|)"});
  CHECK(got.answer.total == 2);
  CHECK(got.answer.scroll_id == "s");
}

TEST_CASE("several answers in one, as _msearch gives them") {
  const std::string one =
      R"({"took":38,"timed_out":false,"_shards":{"total":1,"failed":0},"hits":{"total":)"
      R"({"value":62,"relation":"eq"},"hits":[{"_index":"flights","_id":"m","_score":null,)"
      R"("_source":{"FlightNum":"A1","timestamp":"2023-04-09T14:54:34"},"sort":[1681052074000]}]},)"
      R"("status":200})";
  const Read got = read(R"({"took":42,"responses":[)" + one + "," + one + "]}");
  CHECK(got.hits.size() == 2);
  CHECK(got.answer.total == 124);
  CHECK(got.answer.shards == 2);
}

TEST_CASE("aggregations are handed on") {
  const Read got =
      read(R"({"hits":{"total":10000,"hits":[]},"aggregations":{"by":{"buckets":[{"key":1}]}}})");
  CHECK(got.aggregations == R"({"by":{"buckets":[{"key":1}]}})");
}

TEST_CASE("what is no success") {
  CHECK(read(R"({"timed_out":true,"hits":{"hits":[]}})").answer.what_is_missing() ==
        "the search timed out at the server, its answer is partial");
  CHECK(
      read(
          R"({"timed_out":false,"_shards":{"total":2,"failed":1,"failures":[{"shard":0,"index":"a","reason":)"
          R"({"type":"circuit_breaking_exception","reason":"Data too large"}}]},"hits":{"hits":[]}})")
          .answer.what_is_missing() ==
      "1 of 2 shards failed, the answer is partial: circuit_breaking_exception: Data too large");
  CHECK(read(R"({"error":{"type":"x","reason":"y"},"status":500})").answer.what_is_missing() ==
        "the server says: x: y");
  CHECK(read(R"({"status":"error","error":"it went wrong"})").answer.what_is_missing() ==
        "the server says: it went wrong");
  CHECK(read(R"({"hits":{"total":{"value":10000,"relation":"gte"},"hits":[]}})").answer.total_exact == false);
}

TEST_CASE("answers that are none") {
  CHECK(read(R"({"hits":{"hits":[{"_id":"1")").error.find("ends too early") != std::string::npos);
  CHECK(read("[]").error.find("expected '{'") != std::string::npos);
  CHECK(read(R"({"hits":{"total":"many","hits":[]}})").error.find("expected a number") != std::string::npos);
  CHECK(read(R"({"hits":{"total":-1,"hits":[]}})").error.find("expected a count") != std::string::npos);
}

TEST_CASE("errors, in the words of the server") {
  CHECK(search_error_text(
            R"({"error":{"root_cause":[{"type":"index_not_found_exception","reason":"no such index [x]"}],)"
            R"("type":"index_not_found_exception","reason":"no such index [x]"},"status":404})") ==
        "index_not_found_exception: no such index [x]");
  CHECK(search_error_text(
            R"({"error":{"root_cause":[],"type":"search_phase_execution_exception","reason":"all shards )"
            R"(failed","failed_shards":[{"shard":0,"reason":{"type":"query_shard_exception","reason":)"
            R"("Failed to parse query [a:(]"}}]},"status":400})") ==
        "search_phase_execution_exception: all shards failed (query_shard_exception: Failed to parse query "
        "[a:(])");
  CHECK(search_error_text(R"({"error":"no handler found for uri [/_pit] and method [POST]"})") ==
        "no handler found for uri [/_pit] and method [POST]");
  CHECK(search_error_text(R"({"message":"forbidden"})") == "forbidden");
  CHECK(search_error_text("<html>").empty());
  CHECK(search_error_text(R"({"took":1})").empty());
}

TEST_CASE("a query and a range, as the body of a search") {
  const Nanos from = 1767225600 * kSecond + 1, to = 1767225601 * kSecond + 1;
  const std::string range =
      R"("query":{"bool":{"filter":[{"range":{"@timestamp":{"gte":1767225600000,"lt":1767225601001,)"
      R"("format":"epoch_millis"}}})";
  CHECK(SearchBody({}, "@timestamp", "").members(from, to) == range + "]}}");
  CHECK(SearchBody({R"(a:"b")", ""}, "@timestamp", "").members(from, to) ==
        range + R"(,{"query_string":{"query":"a:\"b\"","analyze_wildcard":true}}]}})");
  CHECK(SearchBody({"", R"({"query":{"match_all":{}},"runtime_mappings":{"x":1}})"}, "@timestamp", "f")
            .members(from, to) == range + R"(,{"match_all":{}}]}},"runtime_mappings":{"x":1})");
  CHECK(SearchBody({"", R"({"term":{"a":1}})"}, "@timestamp", "f").members(from, to) ==
        range + R"(,{"term":{"a":1}}]}})");
}

TEST_CASE("bodies that are refused") {
  const auto refusal = [](const std::string& body) {
    try {
      SearchBody({"", body}, "@timestamp", "q.json");
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refusal(R"({"query":{},"size":10})").find("q.json: \"size\" is decided by aiops-collect") == 0);
  CHECK(refusal(R"({"query":{},"knn":{}})").find("q.json: \"knn\" is not known beside others") == 0);
  CHECK(refusal("[1]").find("q.json: no JSON object") == 0);
  CHECK(refusal(R"({"query":)").find("q.json: not valid JSON") == 0);
  CHECK_THROWS_AS(SearchBody({"a", "{}"}, "@timestamp", "f"), UsageError);
}

TEST_CASE("names of indices in an address") {
  CHECK(index_path("logs-*,app.1") == "logs-*,app.1");
  CHECK(index_path("<logs-{now/d}>") == "%3Clogs-%7Bnow%2Fd%7D%3E");
  CHECK(index_path("*") == "*");
}
