#include "source/collection.hpp"

#include <doctest/doctest.h>

#include <mutex>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "fake_samples.hpp"
#include "net/http.hpp"

using namespace aiops;
using namespace aiops::source;

TEST_CASE("a range comes out in the order of time, both ends included, whatever the size of the chunks") {
  for (const std::size_t points : {1, 3, 10, 11, 500}) {
    Run run;
    run.options.end = 100 * kSecond + 1;
    run.options.max_points = points;
    CAPTURE(points);
    CHECK(run.run() == Status::done);
    CHECK(run.text() == expected(100));
    for (const Steps& steps : run.source.asked) CHECK(steps.count <= points);
    CHECK(run.manifest.parts[0].records == 202);
    CHECK(run.manifest.parts[0].series == 2);
    CHECK(run.manifest.parts[0].missing_values == 30);
    CHECK(run.manifest.parts[0].first == 0);
    CHECK(run.manifest.parts[0].last == 100 * kSecond);
    CHECK(run.manifest.end == 100 * kSecond);
  }
}

TEST_CASE("chunks shrink until the server answers and the memory takes them, and grow again") {
  Run run;
  run.options.end = 1000 * kSecond;
  run.source.largest = 70;
  CHECK(run.run() == Status::done);
  CHECK(run.text() == expected(1000));

  Run small;
  small.options.end = 1000 * kSecond;
  small.options.memory = 3000;  // some 70 samples
  CHECK(small.run() == Status::done);
  CHECK(small.text() == expected(1000));

  Run none;
  none.options.end = 1000 * kSecond;
  none.source.largest = 0;
  CHECK_THROWS_WITH_AS(none.run(), doctest::Contains("a single step is too much"), BackendError);
  CHECK_FALSE(std::filesystem::exists(none.options.output.path));
}

TEST_CASE("several parts stand side by side in time") {
  Run run(3);
  run.options.end = 9 * kSecond;
  run.options.max_points = 4;
  CHECK(run.run() == Status::done);
  std::string newest;
  for (const std::string& line : run.lines()) {
    const std::string time = line.substr(0, 40);
    CHECK(time >= newest);
    newest = time;
  }
  CHECK(run.lines().size() == 60);
}

TEST_CASE("gaps are pauses within a series, across the edges of chunks too") {
  Run run;
  run.options.end = 99 * kSecond;
  run.options.max_points = 10;
  // Series 0 misses the steps 8 to 12 and 50; series 1 begins at 20 and ends at 90.
  run.source.present = [](std::size_t i, Nanos time) {
    const Nanos k = time / kSecond;
    return i == 0 ? !((k >= 8 && k <= 12) || k == 50) : k >= 20 && k <= 90;
  };
  CHECK(run.run() == Status::done);
  CHECK(run.manifest.parts[0].gaps == 2);
  CHECK(run.manifest.parts[0].gap_steps == 6);
  CHECK(run.manifest.parts[0].records == 94 + 71);
}

TEST_CASE("a part without any series is a problem") {
  Run run;
  run.options.end = 9 * kSecond;
  run.source.series = 0;
  CHECK(run.run() == Status::backend);
  CHECK(run.manifest.problems == std::vector<std::string>{"query m0 returned no series"});
}

TEST_CASE("a chunk that cannot be had ends the run, keeps what came before, and is told") {
  Run run;
  run.options.end = 99 * kSecond;
  run.options.max_points = 10;
  run.source.before = [](const Steps& steps) {
    if (steps.first >= 30 * kSecond) throw net::HttpError("http://x: no connection", 0, true);
  };
  CHECK(run.run() == Status::backend);
  CHECK(run.text() == expected(29));
  REQUIRE(run.manifest.missing.size() == 1);
  CHECK(run.manifest.missing[0].from == 30 * kSecond);
  CHECK(run.manifest.missing[0].to == 99 * kSecond);

  Run first;
  first.options.end = 99 * kSecond;
  first.source.before = [](const Steps&) { throw net::HttpError("http://x: no connection", 0, true); };
  CHECK_THROWS_AS(first.run(), net::HttpError);
  CHECK_FALSE(std::filesystem::exists(first.options.output.path));
}

TEST_CASE("with a checkpoint, runs that break off anywhere add up to one") {
  Run run;
  run.options.checkpoint = run.scratch / "state";
  run.options.max_points = 7;
  std::set<Nanos> breaks{0, 20, 21, 60};
  for (int attempt = 0; attempt < 6; ++attempt) {
    run.options.end = (attempt < 5 ? 80 : 99) * kSecond;
    run.source.before = [&](const Steps& steps) {
      for (Nanos k = steps.first / kSecond; k <= steps.last() / kSecond; ++k) {
        if (breaks.erase(k) != 0) throw net::HttpError("http://x: no connection", 0, true);
      }
    };
    Manifest manifest = run.manifest;
    try {
      Collection(run.options, run.source, manifest, run.said).run();
    } catch (const net::HttpError&) {
    }
    // What a kill between writing and the checkpoint leaves behind.
    const Fd fd = GrowingFile(run.options.output.path).writer();
    write_all(fd.get(), "{\"half\": \"a rec", "out");
  }
  GrowingFile(run.options.output.path).cut(Checkpoint::load(run.options.checkpoint)->length);
  CHECK(run.text() == expected(99));
}

TEST_CASE("a checkpoint belongs to what was asked for and to its output") {
  Run run;
  run.options.checkpoint = run.scratch / "state";
  run.options.end = 9 * kSecond;
  run.options.asked = "a";
  CHECK(run.run() == Status::done);
  const auto refused = [&](auto change) {
    CollectionOptions options = run.options;
    change(options);
    Manifest manifest = run.manifest;
    CHECK_THROWS_AS(Collection(options, run.source, manifest, run.said).run(), UsageError);
  };
  refused([](CollectionOptions& options) { options.asked = "b"; });
  refused([](CollectionOptions& options) { options.step = kMinute; });
  refused([](CollectionOptions& options) { options.output.path = ""; });
  refused([&](CollectionOptions& options) { options.checkpoint = run.scratch / "other"; });
  // Nothing new to collect is no failure.
  CHECK(run.run() == Status::done);
  CHECK(run.text() == expected(9));
  // An output that is not the one that was written.
  write_file(run.options.output.path, "short");
  Manifest manifest = run.manifest;
  CHECK_THROWS_AS(Collection(run.options, run.source, manifest, run.said).run(), OutputError);
}

TEST_CASE("follow goes on through failures and skips nothing") {
  Run run;
  run.options.step = 10 * kMillisecond;
  run.options.lateness = 0;
  run.options.start = now() / kSecond * kSecond;
  run.options.follow = true;
  run.options.end = run.options.start + 2 * kSecond;
  int failures = 0;
  run.source.before = [&](const Steps& steps) {
    if (steps.last() > run.options.start + kSecond && failures++ < 1)
      throw net::HttpError("http://x: gone", 0, true);
  };
  CHECK(run.run() == Status::done);
  CHECK(failures > 1);
  CHECK(run.manifest.parts[0].gaps == 0);
  CHECK(run.manifest.parts[0].records == 2 * 201);
  CHECK(run.lines().size() == 2 * 201);
  CHECK(run.said.warnings.size() == 1);
}

TEST_CASE("follow ends in order when it is stopped, and at once where nothing can ever come") {
  Run run;
  run.options.start = kNoTime;
  run.options.follow = true;
  run.options.step = kMillisecond;
  run.options.lateness = 0;
  run.source.before = [&](const Steps&) {
    if (run.source.asked.size() == 5) request_stop();
  };
  CHECK(run.run() == Status::done);
  request_stop(false);
  CHECK(run.lines().size() == run.manifest.parts[0].records);

  Run wrong;
  wrong.options.start = kNoTime;
  wrong.options.follow = true;
  wrong.source.before = [](const Steps&) { throw net::HttpError("http://x: HTTP 401", 401, false); };
  CHECK_THROWS_AS(wrong.run(), net::HttpError);
}

TEST_CASE("an interrupted range is no success") {
  Run run;
  run.options.end = 99 * kSecond;
  request_stop();
  try {
    run.run();
    FAIL("went on");
  } catch (const Error& error) {
    CHECK(error.status() == Status::interrupted);
  }
  request_stop(false);
  CHECK_FALSE(std::filesystem::exists(run.options.output.path));
  CHECK_FALSE(run.manifest.complete());
}

TEST_CASE("CSV has the columns of the first chunk, and goes on with them") {
  Run run;
  run.options.output.format = record::Format::csv;
  run.options.checkpoint = run.scratch / "state";
  run.options.end = 2 * kSecond;
  CHECK(run.run() == Status::done);
  run.options.end = 3 * kSecond;
  CHECK(run.run() == Status::done);
  CHECK(run.text() ==
        "timestamp,service,metric,value,labels.i\n"
        "1970-01-01T00:00:00Z,s,m0,,0\n1970-01-01T00:00:00Z,s,m0,1000,1\n"
        "1970-01-01T00:00:01Z,s,m0,1,0\n1970-01-01T00:00:01Z,s,m0,,1\n"
        "1970-01-01T00:00:02Z,s,m0,2,0\n1970-01-01T00:00:02Z,s,m0,1002,1\n"
        "1970-01-01T00:00:03Z,s,m0,3,0\n1970-01-01T00:00:03Z,s,m0,1003,1\n");
  run.source.extra_label = "late";
  run.source.extra_from = 4 * kSecond;
  run.options.end = 4 * kSecond;
  CHECK_THROWS_WITH_AS(run.run(), doctest::Contains("--format ndjson"), BackendError);
}

TEST_CASE("CSV with columns that were named, and into a file that has a header") {
  Run run;
  run.options.output.format = record::Format::csv;
  run.options.output.csv_labels = std::vector<std::string>{"z", "i"};
  run.options.end = 0;
  CHECK(run.run() == Status::done);
  CHECK(run.text() ==
        "timestamp,service,metric,value,labels.z,labels.i\n"
        "1970-01-01T00:00:00Z,s,m0,,,0\n1970-01-01T00:00:00Z,s,m0,1000,,1\n");
  run.options.follow = true;
  run.options.output.csv_labels.reset();
  run.options.start = run.options.end = kSecond;
  CHECK(run.run() == Status::done);
  CHECK(run.lines().size() == 5);
  CHECK(run.lines()[3] == "1970-01-01T00:00:01Z,s,m0,1,,0");
  write_file(run.options.output.path, "something else\n");
  CHECK_THROWS_AS(run.run(), OutputError);
}

TEST_CASE("ranges that make no sense are wrong usage") {
  Run run;
  run.options.end = -kSecond;
  CHECK_THROWS_AS(run.run(), UsageError);
  run.options.start = kNoTime;
  run.options.end = 10 * kSecond;
  CHECK_THROWS_AS(run.run(), UsageError);
  run.options.since = 20 * kSecond;
  CHECK_THROWS_AS(run.run(), UsageError);
  run.options.since = 5 * kSecond;
  run.options.step = kMicrosecond;
  CHECK_THROWS_AS(run.run(), UsageError);
  run.options.step = 4 * kSecond;
  CHECK(run.run() == Status::done);
  CHECK(run.source.asked.at(0).first == 8 * kSecond);  // 5 s rounded up to the step
  CHECK(run.source.asked.at(0).count == 1);
}

TEST_CASE("a manifest is written whatever comes of the run") {
  const Scratch scratch;
  KeptDiagnostics said;
  Manifest manifest;
  manifest.source = "fake";
  CHECK_THROWS_AS(with_manifest(manifest, scratch / "m", said,
                                []() -> Status { throw BackendError("http://x: no connection"); }),
                  BackendError);
  const std::string text = read_file(scratch / "m");
  CHECK(text.find("\"problems\": [\n    \"http://x: no connection\"\n  ]") != std::string::npos);
  CHECK(text.find("\"complete\": false") != std::string::npos);
  Manifest fine;
  fine.source = "fake";
  CHECK(with_manifest(fine, "", said, [] { return Status::done; }) == Status::done);
  CHECK(said.infos == std::vector<std::string>{"fake: 0 samples: complete"});
}

TEST_CASE("where a series ends, one missing value is written, within a chunk and between two") {
  for (const std::size_t points : {3, 100}) {
    Run run;
    run.options.end = 9 * kSecond;
    run.options.max_points = points;
    run.options.mark_ends = true;
    run.source.series = 1;
    run.source.present = [](std::size_t, Nanos time) { return time <= 2 * kSecond || time == 5 * kSecond; };
    CHECK(run.run() == Status::done);
    std::string seen;
    for (const std::string& line : run.lines()) {
      seen += line.substr(line.find("00:00:") + 6, 2);
      seen += line.find("null") != std::string::npos ? "- " : " ";
    }
    CAPTURE(points);
    CHECK(seen == "00- 01 02 03- 05 06- ");  // 0 is a multiple of 7, which FakeSource leaves out
    CHECK(run.manifest.parts[0].records == 6);
    CHECK(run.manifest.parts[0].missing_values == 3);
    CHECK(run.manifest.parts[0].gaps == 1);
    CHECK(run.manifest.parts[0].gap_steps == 2);
  }
}

TEST_CASE("raw samples: the range to its very end, nothing from before it") {
  struct RawSource : SampleSource {
    std::vector<Steps> asked;
    void fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) override {
      asked.push_back(steps);
      record::SeriesKey key;
      key.fields = {{"metric", "m"}};
      frame.start_series(book.find(part, key));
      const Nanos from = steps.first - steps.step;
      for (Nanos time = from / (400 * kMillisecond) * 400 * kMillisecond; time <= steps.last();
           time += 400 * kMillisecond)
        if (time > from) frame.add(time, "1");
    }
  } source;
  Run run;
  run.options.start = 1500 * kMillisecond;
  run.options.end = 8700 * kMillisecond;
  run.options.raw = true;
  run.options.max_points = 3;
  CHECK(Collection(run.options, source, run.manifest, run.said).run() == Status::done);
  CHECK(source.asked.front().first == 1700 * kMillisecond);
  CHECK(source.asked.back().last() == 8700 * kMillisecond);
  std::vector<std::string> times;
  for (const std::string& line : run.lines()) times.push_back(line.substr(line.find("00:00:") + 6, 5));
  REQUIRE(times.size() == 18);
  CHECK(times.front() == "01.60");
  CHECK(times.back() == "08.40");
  CHECK(std::set<std::string>(times.begin(), times.end()).size() == 18);
  CHECK(run.manifest.parts[0].gaps == 0);
}

TEST_CASE("the next chunk is fetched while one is written, and given up when the reader goes away") {
  Run run;
  run.options.end = 1000 * kSecond;
  run.options.max_points = run.options.first_points = 10;
  std::set<std::thread::id> threads;
  std::mutex mutex;
  run.source.before = [&](const Steps&) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
  };
  CHECK(run.run() == Status::done);
  CHECK(run.text() == expected(1000));
  CHECK(threads.size() > 1);
}
