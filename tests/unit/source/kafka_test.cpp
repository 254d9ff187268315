// Messages of Kafka to records, and the checkpoint. Against the real broker: tests/services.
#include "source/kafka.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "scratch.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

struct Run {
  explicit Run(KafkaRecordOptions options = {})
      : rejects(said), records(options, rejects), sink(scratch / "out") {}
  KafkaRecords::Written write(std::string_view payload, std::int64_t offset = 7) {
    net::KafkaMessage message;
    message.topic = "shop";
    message.partition = 3;
    message.offset = offset;
    message.payload = payload;
    return records.write(message, sink);
  }
  std::string text() {
    sink.close();
    return read_file(scratch / "out");
  }

  Scratch scratch;
  KeptDiagnostics said;
  record::Rejects rejects;
  KafkaRecords records;
  record::Sink sink;
};

KafkaRecordOptions as_records() {
  KafkaRecordOptions options;
  options.are_records = true;
  return options;
}

}  // namespace

TEST_CASE("records of ours pass as they are, with their place as record_id") {
  Run run(as_records());
  const auto written = run.write(R"( {"timestamp":"2026-01-01T00:00:00Z","value":1.50,"x":{"a":[1]}} )");
  CHECK(written.written);
  CHECK(format_time(written.time) == "2026-01-01T00:00:00Z");
  CHECK(run.write("{}").written);
  CHECK(run.write("{ }").time == kNoTime);
  // One that came through a topic before keeps its id.
  CHECK(run.write(R"({"value":1,"record_id":"other/0/1"})").written);
  CHECK(
      run.text() ==
      "{\"timestamp\":\"2026-01-01T00:00:00Z\",\"value\":1.50,\"x\":{\"a\":[1]},\"record_id\":\"shop/3/7\"}\n"
      "{\"record_id\":\"shop/3/7\"}\n{ "
      "\"record_id\":\"shop/3/7\"}\n{\"value\":1,\"record_id\":\"other/0/1\"}\n");
}

TEST_CASE("what is no record is told by topic, partition and offset") {
  Run run(as_records());
  for (const char* wrong : {"", "text", "[1]", "{\"a\":1", "{\"a\":1}\n{\"b\":2}", "{\"a\":\"\xff\"}"}) {
    CAPTURE(wrong);
    CHECK_FALSE(run.write(wrong).written);
  }
  CHECK(run.rejects.count() == 6);
  CHECK(run.said.warnings[1].starts_with("shop/3:7: "));
  CHECK(run.text().empty());
}

TEST_CASE("JSON of logs is mapped, and gets constants") {
  KafkaRecordOptions options;
  options.service = "cart";
  options.labels = {"from=kafka"};
  options.mapping.map = {"endpoint=ctx.route"};
  Run run(options);
  CHECK(
      run.write(R"({"time":"2026-01-01T00:00:00Z","level":"warn","msg":"slow","ctx":{"route":"/a"},"odd":1})")
          .written);
  CHECK_FALSE(run.write("no JSON", 8).written);
  CHECK(
      run.text() ==
      R"({"timestamp":"2026-01-01T00:00:00Z","service":"cart","severity_text":"WARN","message":"slow","endpoint":"/a","record_id":"shop/3/7","labels":{"from":"kafka"}})"
      "\n");
  CHECK(run.records.left_out() == std::vector<std::pair<std::string, std::uint64_t>>{{"odd", 1}});
  options.labels = {"=x"};
  CHECK_THROWS_AS(Run{options}, UsageError);
}

TEST_CASE("a checkpoint reads back as it was written") {
  const Scratch scratch;
  CHECK_FALSE(KafkaCheckpoint::load(scratch / "none"));
  KafkaCheckpoint kept;
  kept.output = "a \"b\"";
  kept.asked = "f00d";
  kept.length = 123;
  kept.positions = {{{"shop", 0}, 5}, {{"shop", 10}, 9'000'000'000}};
  kept.save(scratch / "state");
  const auto found = KafkaCheckpoint::load(scratch / "state");
  REQUIRE(found);
  CHECK(found->output == kept.output);
  CHECK(found->asked == kept.asked);
  CHECK(found->length == 123);
  CHECK(found->positions == kept.positions);
  for (const char* wrong :
       {"", "{}", R"({"format": 2, "source": "kafka"})", R"({"format": 1, "source": "files"})",
        R"({"format": 1, "source": "kafka", "positions": [{"topic": "t"}]})"}) {
    CAPTURE(wrong);
    write_file(scratch / "state", wrong);
    CHECK_THROWS_AS(KafkaCheckpoint::load(scratch / "state"), InputError);
  }
}

TEST_CASE("half a record at the end of a file that grows is cut off") {
  const Scratch scratch;
  const auto cut = [&](const std::string& text) {
    write_file(scratch / "f", text);
    GrowingFile(scratch / "f").cut_half_line();
    return read_file(scratch / "f");
  };
  CHECK(cut("a\nb\n") == "a\nb\n");
  CHECK(cut("a\nhalf") == "a\n");
  CHECK(cut("half") == "");
  CHECK(cut("") == "");
  CHECK(cut("a\n" + std::string(200'000, 'x')) == "a\n");
}
