// The collection of events with a source that is made up: a record a second, several at the same time, in
// pages.
#include "source/record_collection.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/http.hpp"
#include "scratch.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

// Three records at each full second, "SECOND/K"; a page is `page` records, cut in the middle of a second.
struct FakeSource : RecordSource {
  std::size_t page = 4;
  int fails_at = -1;  // before handing over the record with this number, counted over all calls
  int handed = 0;
  std::vector<std::pair<Nanos, Nanos>> asked;

  void fetch(std::size_t, Nanos from, Nanos to, RecordOut& out) override {
    asked.emplace_back(from, to);
    std::size_t in_page = 0;
    for (Nanos time = (from + kSecond - 1) / kSecond * kSecond; time < to; time += kSecond) {
      for (int k = 0; k < 3; ++k) {
        if (handed++ == fails_at) throw net::HttpError("http://fake: it broke", 503, true);
        const std::string id = std::to_string(time / kSecond) + "/" + std::to_string(k);
        LogRecord record;
        record.time = time;
        record.service = "s";
        record.message = id;
        out.log(record, id);
        if (++in_page % page == 0) out.commit(time);
      }
    }
  }
};

struct Run {
  explicit Run(std::size_t feeds = 1) {
    manifest.source = "fake";
    for (std::size_t i = 0; i < feeds; ++i) {
      manifest.parts.emplace_back();
      manifest.parts.back().name = "logs";
    }
    options.start = 0;
    options.end = 10 * kSecond;
    options.output = scratch / "out";
  }
  Status run() {
    std::vector<RecordCollection::Feed> feeds;
    for (std::size_t i = 0; i < manifest.parts.size(); ++i) {
      feeds.push_back({i == 0 ? &source : &second, 0, i, environments[i]});
    }
    return RecordCollection(options, feeds, manifest, said).run();
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> all = split(read_file(scratch / "out"), '\n');
    all.pop_back();
    return all;
  }

  Scratch scratch;
  Manifest manifest;
  KeptDiagnostics said;
  RecordCollectionOptions options;
  FakeSource source, second;
  std::string environments[2];
};

std::string line(int second, int k) {
  return "{\"timestamp\":\"1970-01-01T00:00:0" + std::to_string(second) +
         "Z\",\"service\":\"s\",\"message\":\"" + std::to_string(second) + "/" + std::to_string(k) +
         "\",\"record_id\":\"" + std::to_string(second) + "/" + std::to_string(k) + "\"}";
}

}  // namespace

TEST_CASE("a range is written once, in order, and counted") {
  Run run;
  CHECK(run.run() == Status::done);
  const auto lines = run.lines();
  REQUIRE(lines.size() == 30);
  for (int i = 0; i < 30; ++i) CHECK(lines[static_cast<std::size_t>(i)] == line(i / 3, i % 3));
  CHECK(run.manifest.parts[0].records == 30);
  CHECK(run.manifest.parts[0].first == 0);
  CHECK(run.manifest.parts[0].last == 9 * kSecond);
  CHECK(run.manifest.parts[0].pause == kSecond);
}

TEST_CASE("slices are asked for one after another") {
  Run run;
  run.options.slice = 4 * kSecond;
  CHECK(run.run() == Status::done);
  CHECK(run.source.asked == std::vector<std::pair<Nanos, Nanos>>{
                                {0, 4 * kSecond}, {4 * kSecond, 8 * kSecond}, {8 * kSecond, 10 * kSecond}});
  CHECK(run.lines().size() == 30);
}

TEST_CASE("wherever a run breaks, the next one with the checkpoint completes the file, each record once") {
  for (int broken = 0; broken < 30; ++broken) {
    Run run;
    run.options.checkpoint = run.scratch / "checkpoint";
    run.source.fails_at = broken;
    try {
      const Status status = run.run();
      CHECK(status == Status::backend);
      CHECK(run.manifest.missing.size() == 1);
    } catch (const net::HttpError&) {
      CHECK(run.manifest.written() == 0);
    }
    run.source.fails_at = -1;
    run.manifest.missing.clear();
    CHECK(run.run() == Status::done);
    const auto lines = run.lines();
    REQUIRE(lines.size() == 30);
    for (int i = 0; i < 30; ++i) CHECK(lines[static_cast<std::size_t>(i)] == line(i / 3, i % 3));
  }
}

TEST_CASE("what was written behind the checkpoint is cut back, as after a kill") {
  Run run;
  run.options.checkpoint = run.scratch / "checkpoint";
  run.options.end = 5 * kSecond;
  CHECK(run.run() == Status::done);
  write_file(run.scratch / "out", read_file(run.scratch / "out") + "{\"half a li");
  run.options.end = 10 * kSecond;
  CHECK(run.run() == Status::done);
  CHECK(run.lines().size() == 30);
  CHECK(run.lines().back() == line(9, 2));
}

TEST_CASE("targets: records say where they are from, and one that fails does not stop the others") {
  Run run(2);
  run.environments[0] = "test";
  run.environments[1] = "live";
  run.source.fails_at = 0;
  CHECK(run.run() == Status::backend);
  const auto lines = run.lines();
  REQUIRE(lines.size() == 30);
  CHECK(lines[0].ends_with(R"("labels":{"environment":"live"}})"));
  REQUIRE(run.manifest.missing.size() == 1);
  CHECK(run.manifest.missing[0].why.starts_with("test/logs: "));
}

TEST_CASE("a file without its checkpoint, one of another run, and one that is something else are refused") {
  Run run;
  run.options.checkpoint = run.scratch / "checkpoint";
  write_file(run.scratch / "out", "something\n");
  CHECK_THROWS_AS(run.run(), UsageError);
  std::filesystem::remove(run.scratch / "out");
  CHECK(run.run() == Status::done);
  run.options.asked = "else";
  CHECK_THROWS_AS(run.run(), UsageError);
  run.options.asked.clear();
  run.options.format = record::Format::csv;
  CHECK_THROWS_AS(run.run(), OutputError);
}

TEST_CASE("no time, and a range that ends before it begins") {
  Run run;
  run.options.start = kNoTime;
  CHECK_THROWS_AS(run.run(), UsageError);
  run.options.start = 20 * kSecond;
  CHECK_THROWS_AS(run.run(), UsageError);
}

TEST_CASE("following asks again for what failed, and ends at the end") {
  Run run;
  run.options.follow = true;
  run.options.poll = kMillisecond;
  run.source.fails_at = 7;
  CHECK(run.run() == Status::done);
  CHECK(run.lines().size() == 30);
  CHECK(run.said.warnings.size() == 1);
  CHECK(run.manifest.missing.empty());
}
