// Records of several lines while files are followed.
#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "base/file.hpp"
#include "base/stop.hpp"
#include "scratch.hpp"
#include "source/files.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

void put(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::app) << text; }

}  // namespace

TEST_CASE("lines that wait for further ones are kept with the checkpoint, and are one record after a kill") {
  const Scratch scratch;
  KeptDiagnostics quiet;
  FilesOptions options;
  options.tail.paths = {scratch / "0.log"};
  options.mapping.keep = {"stream"};
  put(scratch / "0.log",
      "2026-01-31T12:00:00Z stdout F it broke\n2026-01-31T12:00:00Z stdout F \tat A\n"
      "2026-01-31T12:00:01Z stderr P half a \n");
  FilesCheckpoint point;
  {
    record::Rejects rejects(quiet);
    record::Sink sink(scratch / "out");
    FilesOptions following = options;
    following.tail.follow = true;
    following.tail.poll = kMillisecond;
    FilesCollector killed(following, sink, rejects, quiet);
    killed.on_pause([&] {
      point = killed.checkpoint().value();
      request_stop();
    });
    killed.run();
    request_stop(false);
  }
  point.save(scratch / "point");
  put(scratch / "0.log",
      "2026-01-31T12:00:02Z stdout F \tat B\n2026-01-31T12:00:02Z stderr F line\n"
      "2026-01-31T12:00:03Z stdout F next\n");
  record::Rejects rejects(quiet);
  record::Sink sink(scratch / "out");
  FilesCollector collector(options, sink, rejects, quiet);
  collector.resume(FilesCheckpoint::load(scratch / "point").value());
  collector.run();
  sink.close();
  CHECK(
      read_file(scratch / "out") ==
      R"({"timestamp":"2026-01-31T12:00:00Z","message":"it broke\n\tat A\n\tat B","labels":{"stream":"stdout"}})"
      "\n"
      R"({"timestamp":"2026-01-31T12:00:03Z","message":"next","labels":{"stream":"stdout"}})"
      "\n"
      R"({"timestamp":"2026-01-31T12:00:01Z","message":"half a line","labels":{"stream":"stderr"}})"
      "\n");
}

TEST_CASE("a record waits no longer than a second for further lines") {
  Mapping mapping{MappingOptions()};
  struct Kept : LogParser::Receiver {
    void record(std::size_t, LogRecord& record) override { messages.emplace_back(record.message); }
    std::string_view name(std::size_t) const override { return "f"; }
    void reject(std::size_t, std::uint64_t, std::string_view text, std::string_view) override {
      messages.push_back("rejected " + std::string(text));
    }
    std::vector<std::string> messages;
  } kept;
  LogParser parser(mapping, {}, kept);
  const auto take = [&](std::string text) {
    const std::size_t size = text.size();
    text.append(JsonLog::kPadding, '\0');
    parser.take({TailLine::What::line, 0, 1, std::string_view(text).substr(0, size)});
  };
  parser.tick(10 * kSecond);
  take("2026-01-31 12:00:00 INFO one");
  parser.tick(10 * kSecond + kSecond / 2);
  take("  more");
  parser.tick(11 * kSecond + kSecond / 4);
  CHECK(kept.messages.empty());
  parser.tick(12 * kSecond);
  CHECK(kept.messages == std::vector<std::string>{"one\n  more"});
  take("  too late");
  parser.flush();
  CHECK(kept.messages.back() == "rejected   too late");
}
