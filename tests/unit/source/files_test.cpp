#include "source/files.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "base/error.hpp"
#include "base/file.hpp"
#include "scratch.hpp"
#include "source/files_output.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

void put(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::app) << text; }

// One run of the collector into scratch / "out".
struct Run {
  explicit Run(const Scratch& folder) : scratch(folder) {}

  std::string go(const FilesOptions& options) {
    record::Rejects rejects(said);
    {
      record::Sink sink(scratch / "out");
      FilesCollector collector(options, sink, rejects, said);
      collector.run();
      sink.close();
      account = collector.account();
    }
    status = rejects.finish();
    return read_file(scratch / "out");
  }

  // The same with an input of its own.
  std::string go(FilesOptions options, std::string_view text) {
    std::filesystem::remove(scratch / "in.log");
    put(scratch / "in.log", text);
    options.tail.paths = {scratch / "in.log"};
    return go(options);
  }

  const Scratch& scratch;
  KeptDiagnostics said;
  FilesAccount account;
  Status status = Status::done;
};

bool said(const std::vector<std::string>& texts, std::string_view part) {
  for (const std::string& text : texts) {
    if (text.find(part) != std::string::npos) return true;
  }
  return false;
}

const std::string access_line =
    "192.0.2.7 - - [31/Jan/2026:11:04:05 +0000] \"GET /a?x HTTP/1.1\" 503 12 \"-\" \"curl/8\" 0.250\n";
const std::string json_line =
    "{\"time\":\"2026-01-31T11:04:05Z\",\"msg\":\"m\",\"level\":\"warning\",\"k\":1}\n";

}  // namespace

TEST_CASE("each file is read by its own format") {
  const Scratch scratch;
  put(scratch / "web.log", access_line);
  put(scratch / "app.json", json_line);
  put(scratch / "rows.csv", "time,level,msg\n2026-01-31T11:04:06Z,info,\"a\nb\"\n");
  FilesOptions options;
  options.tail.paths = {scratch / "web.log", scratch / "app.json", scratch / "rows.csv"};
  options.service = "{file}";
  options.labels = {"from={file}!"};
  Run run(scratch);
  CHECK(
      run.go(options) ==
      R"({"timestamp":"2026-01-31T11:04:05Z","service":"web","severity_text":"ERROR","message":"GET /a?x HTTP/1.1",)"
      R"("method":"GET","endpoint":"/a","status_code":503,"duration_ms":250,"labels":{"from":"web!"}})"
      "\n"
      R"({"timestamp":"2026-01-31T11:04:05Z","service":"app","severity_text":"WARN","message":"m","labels":{"from":"app!"}})"
      "\n"
      R"({"timestamp":"2026-01-31T11:04:06Z","service":"rows","severity_text":"INFO","message":"a\nb","labels":{"from":"rows!"}})"
      "\n");
  CHECK(run.status == Status::done);
  REQUIRE(run.account.files.size() == 3);
  CHECK(run.account.files[0].format == InputFormat::access);
  CHECK(run.account.files[1].format == InputFormat::json);
  CHECK(run.account.files[2].format == InputFormat::csv);
  CHECK(run.account.files[2].lines == 3);
  CHECK(run.account.files[2].records == 1);
  CHECK(run.account.summary() ==
        "files: 3 files, 5 lines, 3 log records, 2026-01-31T11:04:05Z to 2026-01-31T11:04:06Z");
  CHECK(said(run.said.infos, "client (1)"));
  CHECK(said(run.said.infos, "k (1)"));
}

TEST_CASE("CSV out has the columns of a log, in their order") {
  const Scratch scratch;
  FilesOptions options;
  options.format = record::Format::csv;
  options.mapping.keep = {"k", "client"};
  Run run(scratch);
  CHECK(run.go(options, json_line) ==
        "timestamp,service,severity_text,message,method,endpoint,status_code,duration_ms,trace_id,span_id,"
        "labels.k,"
        "labels.client\n2026-01-31T11:04:05Z,,WARN,m,,,,,,,1,\n");
}

TEST_CASE("samples: told by what a record has, by --map, or by the columns") {
  const Scratch scratch;
  FilesOptions options;
  options.metric = "load";
  Run run(scratch);
  CHECK(run.go(options, "timestamp,value\n1769857445,1.50\n1769857446,\n1769857447,NaN\n") ==
        R"({"timestamp":"2026-01-31T11:04:05Z","metric":"load","value":1.5})"
        "\n"
        R"({"timestamp":"2026-01-31T11:04:06Z","metric":"load","value":null})"
        "\n"
        R"({"timestamp":"2026-01-31T11:04:07Z","metric":"load","value":null})"
        "\n");
  CHECK(run.account.summary() ==
        "files: 1 file, 4 lines, 3 samples, 2026-01-31T11:04:05Z to 2026-01-31T11:04:07Z");
  options.mapping.map = {"value=cpu.pct", "metric=kind"};
  options.mapping.keep = {"host"};
  CHECK(
      run.go(
          options,
          "{\"time\":1769857445,\"cpu\":{\"pct\":\"3\"},\"kind\":\"cpu\",\"host\":\"h\",\"msg\":\"x\"}\n") ==
      R"({"timestamp":"2026-01-31T11:04:05Z","metric":"cpu","value":3,"labels":{"host":"h"}})"
      "\n");
  CHECK(run.go({}, "{\"time\":1769857445,\"value\":3,\"msg\":\"x\"}\n") ==
        R"({"timestamp":"2026-01-31T11:04:05Z","message":"x"})"
        "\n");
}

TEST_CASE("lines that cannot be read are told by file and line, and the others are read") {
  const Scratch scratch;
  Run run(scratch);
  run.go({}, json_line + "half a li\n" + json_line + "{\"msg\":\"no time\"}\n");
  CHECK(run.status == Status::input);
  CHECK(run.account.total().records == 2);
  CHECK(run.account.total().rejected == 2);
  CHECK(said(run.said.warnings, "in.log:2: no JSON object"));
  CHECK(said(run.said.warnings, "in.log:4: no time:"));
}

TEST_CASE("lines before the one that tells the format") {
  const Scratch scratch;
  Run run(scratch);
  run.go({}, "-- log of today --\n\n" + access_line);
  CHECK(run.account.total().records == 1);
  CHECK(said(run.said.warnings, "in.log:1: no format that is known: neither JSON, nor an access log"));
  std::string prose;
  for (int i = 0; i < 30; ++i) prose += "line of prose\n";
  run.go({}, prose);
  CHECK(run.account.total().rejected == 30);
  CHECK(run.account.files[0].format == InputFormat::none);
  run.go({}, "only one\n");
  CHECK(run.account.total().rejected == 1);
}

TEST_CASE("CSV: rows that are none") {
  const Scratch scratch;
  Run run(scratch);
  const std::string out =
      run.go({},
             "time,msg,level\r\n1769857445,\"say \"\"hi\"\"\",info\r\n1769857446,short\r\n"
             "1769857447,\"x\"y,info\r\n1769857448,caf\xE9,info\r\ntime,msg,level\r\n"
             "1769857449,\"open,info\r\n1769857450,last,info\r\n");
  CHECK(out == R"({"timestamp":"2026-01-31T11:04:05Z","severity_text":"INFO","message":"say \"hi\""})"
               "\n"
               R"({"timestamp":"2026-01-31T11:04:10Z","severity_text":"INFO","message":"last"})"
               "\n");
  CHECK(run.account.total().rejected == 4);
  CHECK(said(run.said.warnings, "in.log:3: expected 3 fields as in the header, found 2"));
  CHECK(said(run.said.warnings, "in.log:4: not valid CSV"));
  CHECK(said(run.said.warnings, "in.log:5: not valid UTF-8"));
  CHECK(said(run.said.warnings, "in.log:7: a quote is not closed"));
  FilesOptions csv;
  csv.parser.format = InputFormat::csv;
  CHECK_THROWS_AS(run.go(csv, "a,b\n1,2\n"), InputError);
}

TEST_CASE("a quote that is never closed takes no more lines with it than it must") {
  const Scratch scratch;
  Run run(scratch);
  std::string text = "time,msg\n1769857445,\"open\n";
  for (int i = 0; i < 1000; ++i) text += "1769857446,x\n";
  run.go({}, text);
  CHECK(run.account.total().rejected == 1);
  CHECK(run.account.total().records == 1000);
}

TEST_CASE("bytes of an access log that are no UTF-8 are written as servers write them") {
  const Scratch scratch;
  Run run(scratch);
  CHECK(
      run.go({}, "a - - [31/Jan/2026:11:04:05 +0000] \"GET /\xE9 HTTP/1.1\" 404 -\n") ==
      R"({"timestamp":"2026-01-31T11:04:05Z","severity_text":"WARN","message":"GET /\\xE9 HTTP/1.1","method":"GET",)"
      R"("endpoint":"/\\xE9","status_code":404})"
      "\n");
}

TEST_CASE("a virtual host can be the service") {
  const Scratch scratch;
  FilesOptions options;
  options.mapping.map = {"service=virtual_host"};
  options.service = "default";
  Run run(scratch);
  const std::string out = run.go(options, "shop:443 " + access_line + access_line);
  CHECK(out.find(R"("service":"shop:443")") != std::string::npos);
  CHECK(out.find(R"("service":"default")") != std::string::npos);
}

TEST_CASE("files that are no text are refused with what to do") {
  const Scratch scratch;
  Run run(scratch);
  CHECK_THROWS_AS(run.go({}, "\x1F\x8B\x08 and so on\n"), InputError);  // damaged
  CHECK_THROWS_AS(run.go({}, "\x28\xB5\x2F\xFD and so on\n"), InputError);
  CHECK_THROWS_AS(run.go({}, "\xFF\xFE{ \n"), InputError);
}

TEST_CASE("what has to be said once is said once") {
  const Scratch scratch;
  FilesOptions options;
  options.mapping.map = {"endpoint=nowhere"};
  Run run(scratch);
  run.go(options, access_line + "a - - [31/Jan/2026:11:04:05 +0000] \"GET / HTTP/1.1\" 200 1 1500\n");
  CHECK(said(run.said.warnings, "--map endpoint=nowhere: no line has this field"));
  CHECK(said(run.said.warnings, "taken for microseconds"));
  CHECK(run.account.warnings.size() == 2);
  options = {};
  options.labels = {"k=v"};
  options.mapping.keep = {"k"};
  CHECK_THROWS_AS(run.go(options, json_line), UsageError);
  options = {};
  options.mapping.keep = {"*"};
  options.format = record::Format::csv;
  CHECK_THROWS_AS(run.go(options, json_line), UsageError);
  options.format = record::Format::ndjson;
  CHECK(run.go(options, json_line).find(R"("labels":{"k":"1"})") != std::string::npos);
}

TEST_CASE("the manifest is JSON that counts") {
  const Scratch scratch;
  Run run(scratch);
  run.go({}, json_line + "x\n");
  run.account.started = run.account.finished = 0;
  CHECK(run.account.json() ==
        "{\n  \"source\": \"files\",\n  \"record\": \"log\",\n  \"started\": \"1970-01-01T00:00:00Z\",\n"
        "  \"finished\": \"1970-01-01T00:00:00Z\",\n  \"parts\": [\n    {\"name\": \"" +
            (scratch / "in.log") +
            "\", \"format\": \"json\", \"lines\": 2, \"records\": 1, \"rejected\": 1, \"first\": "
            "\"2026-01-31T11:04:05Z\", "
            "\"last\": \"2026-01-31T11:04:05Z\"}\n  ],\n  \"lines\": 2, \"records\": 1, \"rejected\": 1, "
            "\"first\": "
            "\"2026-01-31T11:04:05Z\", \"last\": \"2026-01-31T11:04:05Z\",\n  \"left_out\": {\"k\": 1},\n"
            "  \"warnings\": [],\n  \"complete\": false\n}\n");
}

TEST_CASE("a checkpoint reads back, and others are refused") {
  const Scratch scratch;
  CHECK_FALSE(FilesCheckpoint::load(scratch / "none").has_value());
  FilesCheckpoint written;
  written.output = "o \"1\"";
  written.length = 1ull << 40;
  written.kind = RecordKind::sample;
  written.positions.push_back(
      {"a\n.csv", 7, 1ull << 41, 12, 0xFFFFFFFFFFFFFFFFull, true, "csv:time,\"a b\""});
  written.save(scratch / "c");
  const auto read = FilesCheckpoint::load(scratch / "c");
  REQUIRE(read);
  CHECK(read->output == written.output);
  CHECK(read->length == written.length);
  CHECK(read->kind == written.kind);
  REQUIRE(read->positions.size() == 1);
  CHECK(read->positions[0].path == "a\n.csv");
  CHECK(read->positions[0].inode == 7);
  CHECK(read->positions[0].offset == 1ull << 41);
  CHECK(read->positions[0].line == 12);
  CHECK(read->positions[0].head == 0xFFFFFFFFFFFFFFFFull);
  CHECK(read->positions[0].rotated);
  CHECK(read->positions[0].state == "csv:time,\"a b\"");
  for (const char* bad :
       {"", "{}", "[1]", "{\"format\": 1, \"source\": \"prometheus\"}",
        "{\"format\": 2, \"source\": \"files\"}", "{\"format\": 1, \"source\": \"files\", \"length\": -1}",
        "{\"format\": 1, \"source\": \"files\", \"files\": [{\"inode\": "}) {
    std::filesystem::remove(scratch / "bad");
    put(scratch / "bad", bad);
    CHECK_THROWS_AS(FilesCheckpoint::load(scratch / "bad"), InputError);
  }
}

TEST_CASE("a record of too many lines is cut, and nothing of it is lost in silence") {
  const Scratch scratch;
  Run run(scratch);
  std::string text = "2026-01-31 12:00:00 INFO one\n";
  for (std::size_t i = 0; i < Multiline::kMostLines + 5; ++i) text += "  x\n";
  run.go({}, text);
  CHECK(run.account.total().records == 1);
  CHECK(run.account.total().rejected == 1);  // the rest, as one
}

TEST_CASE("with a checkpoint an output grows, exactly once, in the middle of CSV too") {
  const Scratch scratch;
  KeptDiagnostics quiet;
  const FilesOutputOptions wanted{scratch / "out", scratch / "point", true, record::Format::csv};
  const auto run = [&] {
    record::Rejects rejects(quiet);
    FilesOptions options;
    options.tail.paths = {scratch / "in.csv"};
    options.format = record::Format::csv;
    FilesOutput out(wanted);
    FilesCollector collector(options, out.sink(), rejects, quiet);
    out.attach(collector);
    collector.run();
    out.finish(true);
  };
  put(scratch / "in.csv", "time,level,msg\n1769857445,info,a\n");
  run();
  put(scratch / "in.csv", "1769857446,info,b\n");
  put(scratch / "out", "what a kill left");  // behind what the checkpoint vouches for
  run();
  run();
  CHECK(read_file(scratch / "out") ==
        "timestamp,service,severity_text,message,method,endpoint,status_code,duration_ms,trace_id,span_id\n"
        "2026-01-31T11:04:05Z,,INFO,a,,,,,,\n2026-01-31T11:04:06Z,,INFO,b,,,,,,\n");
  SUBCASE("another output") {
    CHECK_THROWS_AS(FilesOutput({scratch / "other", scratch / "point", true, record::Format::csv}),
                    UsageError);
  }
  SUBCASE("an output whose checkpoint is gone") {
    std::filesystem::remove(scratch / "point");
    CHECK_THROWS_AS(FilesOutput{wanted}, UsageError);
  }
  SUBCASE("an output of another format") {
    FilesOutput out({scratch / "out", scratch / "point", true, record::Format::ndjson});
    record::Rejects rejects(quiet);
    FilesOptions options;
    options.tail.paths = {scratch / "in.csv"};
    FilesCollector collector(options, out.sink(), rejects, quiet);
    CHECK_THROWS_AS(out.attach(collector), OutputError);
  }
}
