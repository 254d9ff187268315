#include "deliver/elasticsearch.hpp"

#include <doctest/doctest.h>

#include "../net/test_server.hpp"
#include "base/error.hpp"
#include "deliver/anomaly_document.hpp"

using namespace aiops;
using namespace aiops::deliver;
using net::http_answer;
using net::TestServer;

namespace {

struct Run {
  explicit Run(std::vector<std::string> answers) : server_answers(std::move(answers)) {
    options.server.http.use_proxy = false;
    options.server.retry.max_retries = 2;
    options.server.retry.first = options.server.retry.longest = kMillisecond;
    options.index = "api-anomalies";
    options.make_template = false;
  }
  // Sends documents 1 to `count`; "" or the error.
  std::string send(int count) {
    std::size_t next = 0;
    TestServer server(
        [&](const std::string&) { return server_answers.at(std::min(next++, server_answers.size() - 1)); });
    options.server.url = server.url();
    std::string error;
    try {
      BulkWriter bulk(options, said);
      bulk.prepare();
      for (int i = 1; i <= count; ++i) {
        const std::string name = std::to_string(i);
        bulk.add("id" + name, R"({"n":)" + name + "}", "document " + name);
      }
      bulk.flush();
      account = bulk.account();
    } catch (const Error& failure) {
      error = failure.what();
    }
    requests = server.requests();
    return error;
  }
  std::string body(std::size_t request) const {
    return requests.at(request).substr(requests.at(request).find("\r\n\r\n") + 4);
  }

  std::vector<std::string> server_answers, requests;
  BulkOptions options;
  KeptDiagnostics said;
  BulkAccount account;
};

std::string items(const std::vector<int>& statuses) {
  std::string text;
  for (const int status : statuses) {
    text += text.empty() ? "" : ",";
    text += R"({"index":{"_index":"api-anomalies","_id":"x","status":)" + std::to_string(status);
    if (status >= 300) {
      text +=
          R"(,"error":{"type":"document_parsing_exception","reason":"failed to parse field [value]","caused_by":)"
          R"({"type":"illegal_argument_exception","reason":"For input string: \"x\""}})";
    }
    text += "}}";
  }
  return http_answer(R"({"took":3,"errors":true,"items":[)" + text + "]}");
}

AnomalySource source_of(std::string_view line) {
  AnomalySource source;
  source.line = line;
  source.time = 1767225600 * kSecond;
  source.series = R"(cpu{service="cart"})";
  return source;
}

}  // namespace

TEST_CASE("documents go by their id, in lines of _bulk") {
  Run run({items({201, 200})});
  CHECK(run.send(2).empty());
  CHECK(run.requests[0].starts_with("POST /api-anomalies/_bulk HTTP/1.1\r\n"));
  CHECK(run.requests[0].find("Content-Type: application/x-ndjson\r\n") != std::string::npos);
  CHECK(run.body(0) == R"({"index":{"_id":"id1"}})"
                       "\n{\"n\":1}\n"
                       R"({"index":{"_id":"id2"}})"
                       "\n{\"n\":2}\n");
  CHECK(run.account.created == 1);
  CHECK(run.account.replaced == 1);
  CHECK(run.account.refused == 0);
}

TEST_CASE("each refusal is told; what is refused for now is sent again, alone") {
  Run run({items({201, 400, 429}), items({201})});
  CHECK(run.send(3).empty());
  CHECK(run.account.created == 2);
  CHECK(run.account.refused == 1);
  REQUIRE(run.requests.size() == 2);
  CHECK(run.body(1) == "{\"index\":{\"_id\":\"id3\"}}\n{\"n\":3}\n");
  REQUIRE(run.said.warnings.size() == 2);
  CHECK(run.said.warnings[0].find(
            "document 2: refused with status 400: document_parsing_exception: failed to parse") == 0);
}

TEST_CASE("what stays without room is refused in the end") {
  Run run({items({429})});
  CHECK(run.send(1).empty());
  CHECK(run.requests.size() == 3);
  CHECK(run.account.refused == 1);
}

TEST_CASE("a whole request is sent again, too") {
  for (const std::string& first :
       {http_answer("{}", "429 Too Many Requests"), http_answer("", "503 Service Unavailable"), items({201}),
        http_answer(R"({"error":{"type":"x","reason":"y"},"status":500})")}) {
    Run run({first, items({200, 200})});
    CHECK(run.send(2).empty());
    CHECK(run.account.replaced == 2);
    CHECK(run.account.retries == 1);
  }
}

TEST_CASE("a request that is too large is halved") {
  const std::string large = http_answer("", "413 Request Entity Too Large");
  Run run({large, items({201}), items({201})});
  CHECK(run.send(2).empty());
  CHECK(run.account.created == 2);
  Run alone({large});
  CHECK(alone.send(1).find("HTTP 413") != std::string::npos);
}

TEST_CASE("only the first refusals are told one by one") {
  Run run({items(std::vector<int>(12, 400))});
  CHECK(run.send(12).empty());
  CHECK(run.account.refused == 12);
  CHECK(run.said.warnings.size() == BulkWriter::kShown + 1);
}

TEST_CASE("the index template is made where it is missing") {
  Run run({http_answer("{}", "404 Not Found"), http_answer(R"({"acknowledged":true})"), items({201})});
  run.options.make_template = true;
  CHECK(run.send(1).empty());
  CHECK(run.requests[0].starts_with("GET /_index_template/aiops-api-anomalies "));
  CHECK(run.requests[1].starts_with("PUT /_index_template/aiops-api-anomalies "));
  CHECK(run.body(1) == anomaly_template("api-anomalies"));

  Run there({http_answer(R"({"index_templates":[{}]})"), items({201})});
  there.options.make_template = true;
  CHECK(there.send(1).empty());
  CHECK(there.requests.size() == 2);

  Run another(
      {http_answer("{}", "404 Not Found"),
       http_answer(
           R"({"error":{"type":"illegal_argument_exception","reason":"… have the same priority [200]"}})",
           "400 Bad Request"),
       items({201})});
  another.options.make_template = true;
  CHECK(another.send(1).empty());

  Run forbidden({http_answer("{}", "404 Not Found"), http_answer("{}", "403 Forbidden")});
  forbidden.options.make_template = true;
  CHECK(forbidden.send(1).find("HTTP 403") != std::string::npos);
}

TEST_CASE("names that are no index") {
  for (const std::string name : {"", "a,b", "a*"}) {
    Run run({items({})});
    run.options.index = name;
    CHECK(run.send(0).find("--index") == 0);
  }
}

TEST_CASE("a document has the record's fields, its time and its series") {
  AnomalyDocuments ndjson(record::Format::ndjson, "", {}, "");
  std::string out;
  AnomalySource source = source_of(R"( {"timestamp":1767225600,"value":2.50,"labels":{"pod":"a"}} )");
  ndjson.append(out, source);
  CHECK(out == R"({"@timestamp":"2026-01-01T00:00:00Z","series":"cpu{service=\"cart\"}",)"
               R"("timestamp":1767225600,"value":2.50,"labels":{"pod":"a"}})");
  out.clear();
  source.line = R"({"@timestamp":"x","series":"y"})";
  source.has_timestamp = source.has_series = true;
  ndjson.append(out, source);
  CHECK(out == source.line);

  AnomalyDocuments csv(record::Format::csv,
                       "\xEF\xBB\xBFtimestamp,service,\"a \"\"b\"\"\",x_score,trace_id,x_reasons,n", {"n"},
                       "x_");
  out.clear();
  csv.append(out, source_of("2026-01-01T00:00:00Z,\"ca,rt\",,1.50,123e4,a=1(+2);b,7"));
  CHECK(out == R"({"@timestamp":"2026-01-01T00:00:00Z","series":"cpu{service=\"cart\"}",)"
               R"("timestamp":"2026-01-01T00:00:00Z","service":"ca,rt","x_score":1.5,"trace_id":"123e4",)"
               R"~("x_reasons":["a=1(+2)","b"],"n":7})~");
}

TEST_CASE("an id is the same for the same anomaly, and for no other") {
  const AnomalySource source = source_of("{}");
  // XXH64 of the parts, by a program of its own: an id of today must be one of tomorrow.
  CHECK(anomaly_id(source) == "d022dfb92a13ec6be8c534baf8bec1d9");
  CHECK(anomaly_id(source) == anomaly_id(source_of(R"({"score":2})")));
  AnomalySource other = source;
  other.time += 1;
  CHECK(anomaly_id(other) != anomaly_id(source));
  other = source;
  other.detector = "adaptive";
  CHECK(anomaly_id(other) != anomaly_id(source));
  other = source;
  other.trace_id = "a";
  const std::string first = anomaly_id(other);
  other.trace_id = "";
  other.span_id = "a";
  CHECK(anomaly_id(other) != first);
}
