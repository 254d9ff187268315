// The source against a server that behaves like one of the three, and badly. Against real ones:
// tests/services.
#include "source/elasticsearch.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "../net/test_server.hpp"
#include "base/error.hpp"
#include "base/number.hpp"

using namespace aiops;
using namespace aiops::source;
using net::http_answer;
using net::TestServer;

namespace {

constexpr Nanos kBegin = 1767225600 * kSecond;

// An index of `count` documents, two at each millisecond. Its requests are told apart by their first line.
struct Index {
  enum class Kind { elastic, old_elastic, opensearch, scroll_only };

  std::string answer(const std::string& request) {
    const std::string line = request.substr(0, request.find("\r\n"));
    const std::string body = request.substr(request.find("\r\n\r\n") + 4);
    lines.push_back(line);
    bodies.push_back(body);
    if (const auto fault = faults.find(lines.size()); fault != faults.end()) return fault->second;
    if (line.find("_field_caps") != std::string::npos) {
      return http_answer(R"({"indices":["a"],"fields":{"@timestamp":{"date":{"type":"date"}}}})");
    }
    if (line.starts_with("DELETE")) return http_answer("{}");
    if (line.find("/_pit") != std::string::npos) {
      if (kind == Kind::elastic || kind == Kind::old_elastic) return http_answer(R"({"id":"pit0"})");
      return http_answer(R"({"error":"no handler found for uri [/a/_pit] and method [POST]"})",
                         "400 Bad Request");
    }
    if (line.find("/point_in_time") != std::string::npos) {
      if (kind == Kind::opensearch) return http_answer(R"({"pit_id":"pit0"})");
      return http_answer(R"({"error":"no handler"})", "405 Method Not Allowed");
    }
    return search(line, body);
  }

  std::string search(const std::string& line, const std::string& body) {
    const bool scroll = line.find("scroll") != std::string::npos;
    const auto number = [&](const std::string& name, std::int64_t otherwise) {
      const std::size_t at = body.find(name);
      if (at == std::string::npos) return otherwise;
      const std::size_t begin = at + name.size();
      return *parse_int(body.substr(begin, body.find_first_of(",]}", begin) - begin));
    };
    if (!scroll || line.find("/_search/scroll") == std::string::npos) {
      from = (number(R"("gte":)", 0) - kBegin / kMillisecond) * 2;
      from = std::max<std::int64_t>(0, from);
      scroll_at = from;
      size = number(R"({"size":)", 0);
    }
    const bool tied = body.find(R"("_id","_index")") != std::string::npos;
    std::int64_t at = scroll ? scroll_at : from;
    if (body.find("search_after") != std::string::npos) {
      const std::int64_t time = number(R"("search_after":[)", 0) - kBegin / kMillisecond;
      const std::size_t comma = body.find(',', body.find("search_after"));
      // Where nothing tells equal times apart, the second of two is passed over, as the servers do.
      at = kind == Kind::old_elastic && !tied ? (time + 1) * 2
                                              : *parse_int(body.substr(comma + 1, 4)) - 1000 + 1;
      if (tied) at = *parse_int(body.substr(comma + 2, 4)) - 1000 + 1;
    }
    const std::int64_t end = std::min<std::int64_t>(count, at + size);
    scroll_at = std::max(at, end);
    std::string hits;
    for (std::int64_t i = at; i < end; ++i) {
      const std::int64_t time = kBegin / kMillisecond + i / 2;
      const std::string tie = tied                                  ? fmt::format(R"(,"{}","a")", 1000 + i)
                              : kind == Kind::old_elastic || scroll ? ""
                                                                    : fmt::format(",{}", 1000 + i);
      hits +=
          fmt::format(R"({}{{"_index":"a","_id":"{}","_source":{{"@timestamp":"{}","message":"m{}","x":{}}},)"
                      R"("sort":[{}{}]}})",
                      i == at ? "" : ",", 1000 + i, format_time(time * kMillisecond), i, i, time, tie);
    }
    return http_answer(fmt::format(
        R"({{"pit_id":"pit{}","_scroll_id":"scroll{}","timed_out":false,"_shards":{{"total":1,"failed":0}},)"
        R"("hits":{{"total":{{"value":{},"relation":"eq"}},"hits":[{}]}}}})",
        at, at, total < 0 ? count - from : total, hits));
  }

  // How many requests had a first line with this in it.
  long asked(std::string_view text) const {
    return std::count_if(lines.begin(), lines.end(),
                         [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }

  Kind kind = Kind::elastic;
  std::int64_t count = 25, total = -1, from = 0, scroll_at = 0, size = 0;
  std::map<std::size_t, std::string> faults;  // the answer to request N, from 1
  std::vector<std::string> lines, bodies;
};

struct Kept : RecordOut {
  void log(const LogRecord& record, std::string_view id) override {
    // As RecordCollection drops what was written already.
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) return;
    ids.emplace_back(id);
    times.push_back(record.time);
    texts.push_back(std::string(record.message) + " " + std::string(record.service));
    for (const std::string_view label : record.labels) texts.back() += " " + std::string(label);
  }
  void span(const SpanRecord&) override {}
  void commit(Nanos through) override { commits.push_back(through); }

  std::vector<std::string> ids, texts;
  std::vector<Nanos> times, commits;
};

struct Run {
  explicit Run(Index::Kind kind = Index::Kind::elastic) {
    index.kind = kind;
    options.index = "a";
    options.page = 10;
    options.server.http.use_proxy = false;
    options.server.retry.max_retries = 2;
    options.server.retry.first = options.server.retry.longest = kMillisecond;
  }
  void fetch(Nanos from = kBegin, Nanos to = kBegin + kSecond) {
    TestServer server([this](const std::string& request) { return index.answer(request); });
    options.server.url = server.url();
    record::Rejects rejects(said);
    ElasticsearchSource source(options, SearchBody({}, options.time_field, ""), manifest, rejects, said);
    try {
      source.fetch(0, from, to, out);
    } catch (const net::HttpError& failure) {
      error = failure.what();
    }
    source.finish();
    rejected = rejects.count();
  }
  bool all() const {
    std::vector<std::string> expected;
    for (std::int64_t i = 0; i < index.count; ++i) expected.push_back(std::to_string(1000 + i));
    return out.ids == expected;
  }

  Index index;
  ElasticsearchOptions options;
  Manifest manifest;
  KeptDiagnostics said;
  Kept out;
  std::string error;
  std::uint64_t rejected = 0;
};

}  // namespace

TEST_CASE("pages of a point in time; its id changes, and it is closed") {
  Run run;
  run.fetch();
  CHECK(run.error.empty());
  CHECK(run.all());
  CHECK(run.out.times.front() == kBegin);
  CHECK(run.out.texts.front() == "m0 ");
  CHECK(run.manifest.parts[0].pages == 3);
  CHECK(run.manifest.complete());
  CHECK(run.index.bodies[2].find(R"("id":"pit0")") != std::string::npos);
  CHECK(run.index.bodies[3].find(R"("search_after":[1767225600004,1009])") != std::string::npos);
  CHECK(run.index.bodies[3].find(R"("track_total_hits":false)") != std::string::npos);
  CHECK(run.index.bodies[4].find(R"("id":"pit10")") != std::string::npos);
  CHECK(run.index.lines.back().starts_with("DELETE /_pit "));
  CHECK(run.index.bodies.back() == R"({"id":"pit20"})");
  // A page's end is committed with what may still stand at its time.
  CHECK(run.out.commits ==
        std::vector<Nanos>{kBegin + 4 * kMillisecond, kBegin + 9 * kMillisecond, kBegin + 12 * kMillisecond});
}

TEST_CASE("the other ways to page give the same") {
  SUBCASE("OpenSearch") {
    Run run(Index::Kind::opensearch);
    run.fetch();
    CHECK(run.all());
    CHECK(run.index.lines.back().starts_with("DELETE /_search/point_in_time "));
    CHECK(run.index.bodies.back() == R"({"pit_id":["pit20"]})");
  }
  SUBCASE("a server that does not order equal times") {
    Run run(Index::Kind::old_elastic);
    run.fetch();
    CHECK(run.all());
    CHECK(run.manifest.complete());
  }
  SUBCASE("a server without points in time") {
    Run run(Index::Kind::scroll_only);
    run.fetch();
    CHECK(run.all());
    CHECK(run.index.lines.back().starts_with("DELETE /_search/scroll "));
    CHECK(run.index.asked("&scroll=5m") == 1);
  }
  SUBCASE("scroll by wish") {
    Run run;
    run.options.paging = Paging::scroll;
    run.fetch();
    CHECK(run.all());
    CHECK(run.index.asked("_pit") == 0);
  }
  SUBCASE("points in time by wish, where there are none") {
    Run run(Index::Kind::scroll_only);
    run.options.paging = Paging::pit;
    run.fetch();
    CHECK(run.error.find("--paging scroll does without") != std::string::npos);
  }
}

TEST_CASE("the range is cut where the index keeps milliseconds only") {
  Run run;
  run.fetch(kBegin + 2 * kMillisecond, kBegin + 6 * kMillisecond + 1);
  CHECK(run.index.bodies[2].find(R"("gte":1767225600002,"lt":1767225600007,)") != std::string::npos);
  CHECK(run.out.times.front() == kBegin + 2 * kMillisecond);
  CHECK(run.out.times.back() == kBegin + 6 * kMillisecond);
}

TEST_CASE("faults in the middle of the pages: nothing is lost, nothing comes twice") {
  const std::string cut =
      "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nConnection: close\r\n\r\n{\"hits\":{\"hits\":[";
  const std::string faults[] = {cut,
                                http_answer("{}", "500 Internal Server Error"),
                                http_answer("no", "429 Too Many Requests"),
                                http_answer(R"({"error":{"type":"x","reason":"y"},"status":500})"),
                                http_answer(R"({"timed_out":true,"hits":{"hits":[]}})"),
                                http_answer(R"({"_shards":{"total":2,"failed":1},"hits":{"hits":[]}})")};
  for (const Index::Kind kind : {Index::Kind::elastic, Index::Kind::opensearch, Index::Kind::scroll_only}) {
    for (const std::string& fault : faults) {
      Run run(kind);
      run.index.faults[kind == Index::Kind::elastic ? 4 : 5] = fault;  // the second page
      run.fetch();
      CAPTURE(fault);
      CHECK(run.error.empty());
      CHECK(run.all());
      CHECK(run.manifest.complete());
      CHECK(run.manifest.parts[0].retries == 1);
    }
  }
}

TEST_CASE("a view that the server gave up is taken anew") {
  Run run;
  run.index.faults[4] = http_answer(
      R"({"error":{"root_cause":[{"type":"search_context_missing_exception","reason":"No search context found"}],)"
      R"("type":"search_phase_execution_exception","reason":"all shards failed"},"status":404})",
      "404 Not Found");
  run.fetch();
  CHECK(run.error.empty());
  CHECK(run.all());
  CHECK(run.manifest.complete());
  CHECK(run.index.asked("/a/_pit") == 2);
  CHECK(run.index.bodies[6].find(R"("gte":1767225600004)") != std::string::npos);
}

TEST_CASE("a failure that stays is told, and the view is closed all the same") {
  Run run;
  for (std::size_t i = 4; i < 7; ++i) run.index.faults[i] = http_answer("<html>", "503 Service Unavailable");
  run.fetch();
  CHECK(run.error.find("/_search: HTTP 503: search: the answer is a page (HTML)") != std::string::npos);
  CHECK(run.out.ids.size() == 10);
  CHECK(run.index.lines.back().starts_with("DELETE /_pit "));
}

TEST_CASE("pages become smaller where an index allows less") {
  Run run;
  run.options.page = 40;
  run.index.faults[3] = http_answer(
      R"({"error":{"type":"illegal_argument_exception","reason":"Result window is too large … [index.max_result_window]"}})",
      "400 Bad Request");
  run.fetch();
  CHECK(run.all());
  CHECK(run.index.bodies[3].find(R"({"size":20,)") != std::string::npos);
}

TEST_CASE("fewer documents than the server counted are not all") {
  Run run;
  run.index.total = 30;
  run.fetch();
  CHECK(run.manifest.status() == Status::backend);
  REQUIRE(run.manifest.problems.size() == 1);
  CHECK(run.manifest.problems[0].find("the server counted 30 documents") != std::string::npos);
}

TEST_CASE("with partial answers accepted, the cut is entered") {
  Run run;
  run.options.partial = true;
  run.index.faults[3] = http_answer(
      R"({"_shards":{"total":2,"failed":1},"hits":{"total":{"value":0,"relation":"eq"},"hits":[]}})");
  run.fetch();
  CHECK(run.error.empty());
  CHECK(run.manifest.truncated == std::vector<std::string>{"1 of 2 shards failed, the answer is partial"});
  CHECK(run.index.lines[2].find("allow_partial_search_results=true") != std::string::npos);
}

TEST_CASE("a field that holds no dates, and an index that is not there") {
  Run run;
  run.index.faults[1] = http_answer(R"({"fields":{"@timestamp":{"text":{"type":"text"}}}})");
  run.fetch();
  CHECK(run.error.find("is of type text, expected a date; --time-field names another") != std::string::npos);

  Run none;
  none.options.index = "b*";
  none.index.faults[1] = http_answer(R"({"indices":[],"fields":{}})");
  none.index.faults[3] = http_answer(R"({"_shards":{"total":0,"failed":0},"hits":{"total":0,"hits":[]}})");
  none.fetch();
  CHECK(none.error.empty());
  REQUIRE(none.manifest.problems.size() == 1);
  CHECK(none.manifest.problems[0].find("there is no index b*") != std::string::npos);
}

TEST_CASE("documents to records: names, labels, service, and times") {
  ElasticsearchOptions options;
  options.mapping.map = {"endpoint=ctx.route"};
  options.mapping.keep = {"host.name"};
  options.labels = {"zone=eu"};
  options.service = "other";
  DocumentReader reader(options);
  CHECK(reader.labels() == std::vector<std::string>{"zone", "host.name"});
  LogRecord record;
  const auto read = [&](std::string source, Nanos time, bool exact = false) {
    static std::string kept;
    kept = std::move(source);
    const std::size_t size = kept.size();
    kept.append(JsonLog::kPadding, '\0');
    return reader.read({"a", "1", std::string_view(kept).substr(0, size), "[1]"}, time, exact, record);
  };
  CHECK(read(R"({"@timestamp":"2026-01-01T00:00:00.0005Z","message":"m","timestamp":"1999-01-01T00:00:00Z",)"
             R"("ctx":{"route":"/x?y"},"http":{"response":{"status_code":503}},"host":{"name":"h"}})",
             kBegin) == "");
  CHECK(record.time == kBegin + 500'000);  // finer than the index has it
  CHECK(record.service == "other");
  CHECK(record.endpoint == "/x");
  CHECK(record.severity_text == "ERROR");
  CHECK(record.labels == std::vector<std::string_view>{"eu", "h"});
  // Where the two do not agree, the order of the index counts.
  CHECK(read(R"({"@timestamp":"2026-01-01T00:00:00.0005Z","message":"m"})", kBegin, true) == "");
  CHECK(record.time == kBegin);
  CHECK(read(R"({"@timestamp":"2020-01-01T00:00:00Z","message":"m"})", kBegin) == "");
  CHECK(record.time == kBegin);
  CHECK(read(R"({"message":"no time in the source"})", kBegin) == "");
  CHECK(record.time == kBegin);
  CHECK(read(R"({"@timestamp":"01~2026","message":"a form of its own"})", kBegin) == "");
  CHECK(record.time == kBegin);
  CHECK(record.message == "a form of its own");
  CHECK(read(R"({"@timestamp":"2026-01-01T00:00:00Z","x":1})", kBegin).find("no log record") !=
        std::string::npos);
  CHECK(read("", kBegin).find("keeps no source") != std::string::npos);
  // An index keeps a document as it was sent, over several lines too.
  CHECK(read("{\n  \"@timestamp\": \"2026-01-01T00:00:00Z\",\n  \"message\": \"m\",\n  \"status\": 503\n  ,"
             "\"duration_ms\": 1.5\n}",
             kBegin) == "");
  CHECK(record.status_code == 503);
  CHECK(record.duration_ms == 1.5);
  options.mapping.map = {"timestamp=other"};
  CHECK_THROWS_AS(DocumentReader{options}, UsageError);
}

TEST_CASE("ids of several indices do not fall together") {
  Run run;
  run.options.index = "a,b";
  run.fetch();
  CHECK(run.out.ids.front() == "a/1000");
}
