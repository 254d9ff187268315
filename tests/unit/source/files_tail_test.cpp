#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "scratch.hpp"
#include "source/tail.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

void append(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

// Follows files while a script changes them: each time that Tail would wait, the next step is taken; behind
// the last one a stop is requested. No clock decides what happens.
struct Follower {
  std::vector<std::string> lines;  // "text", "(end)" …
  std::vector<std::uint64_t> numbers;
  std::vector<TailPosition> positions;
  KeptDiagnostics said;

  void run(TailOptions options, std::vector<std::function<void()>> steps,
           const std::vector<TailPosition>& from = {}) {
    options.poll = kMillisecond;
    options.follow = true;
    Tail tail(options, said);
    tail.resume(from);
    std::size_t step = 0;
    tail.on_block([&] {
      positions = tail.positions();
      if (step == steps.size()) return request_stop();
      steps[step++]();
    });
    read(tail);
    request_stop(false);
  }

  void read(Tail& tail) {
    TailLine line;
    while (tail.next(line)) {
      switch (line.what) {
        case TailLine::What::line:
          lines.emplace_back(line.text);
          break;
        case TailLine::What::too_long:
          lines.emplace_back("(too long)");
          break;
        case TailLine::What::end:
          lines.emplace_back("(end)");
          break;
      }
      numbers.push_back(line.number);
    }
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("lines of files, whatever the size of the blocks") {
  const Scratch scratch;
  append(scratch / "a", "\xEF\xBB\xBFone\r\ntwo\n\nfour");
  append(scratch / "b", "");
  append(scratch / "c", std::string(1000, 'x') + "\nlast\n");
  for (const std::size_t block : {1u, 2u, 3u, 7u, 64u, 100000u}) {
    KeptDiagnostics said;
    TailOptions options;
    options.paths = {scratch / "a", scratch / "b", scratch / "c"};
    options.block = block;
    Tail tail(options, said);
    Follower reader;
    reader.read(tail);
    CHECK(reader.lines ==
          Lines{"one", "two", "", "four", "(end)", "(end)", std::string(1000, 'x'), "last", "(end)"});
    CHECK(reader.numbers[3] == 4);
    CHECK(tail.name(2) == scratch / "c");
  }
}

TEST_CASE("a line without end does not fill the memory") {
  const Scratch scratch;
  append(scratch / "a", "first\n" + std::string(10000, 'x') + "\nthird\n");
  TailOptions options;
  options.paths = {scratch / "a"};
  options.block = 64;
  options.max_line = 500;
  KeptDiagnostics said;
  Tail tail(options, said);
  Follower reader;
  reader.read(tail);
  CHECK(reader.lines == Lines{"first", "(too long)", "third", "(end)"});
  CHECK(reader.numbers == std::vector<std::uint64_t>{1, 2, 3, 0});
}

TEST_CASE("a pattern gives rotated files oldest first, and each file once") {
  const Scratch scratch;
  append(scratch / "x.log", "3\n");
  append(scratch / "x.log.1", "2\n");
  append(scratch / "x.log.2", "1\n");
  std::filesystem::create_directory(scratch / "x.log.d");
  TailOptions options;
  options.paths = {scratch / "x.log*", scratch / "x.log"};
  KeptDiagnostics said;
  Tail tail(options, said);
  Follower reader;
  reader.read(tail);
  CHECK(reader.lines == Lines{"1", "(end)", "2", "(end)", "3", "(end)"});
}

TEST_CASE("files that cannot be read") {
  const Scratch scratch;
  KeptDiagnostics said;
  TailOptions options;
  options.paths = {scratch / "none"};
  CHECK_THROWS_WITH_AS(Tail(options, said), ((scratch / "none") + ": No such file or directory").c_str(),
                       InputError);
  options.paths = {scratch / "n*"};
  CHECK_THROWS_AS(Tail(options, said), InputError);
  options.paths = {scratch.folder.string()};
  Tail tail(options, said);
  TailLine line;
  CHECK_THROWS_AS(tail.next(line), InputError);
}

TEST_CASE("following: growth, a line that comes in two pieces, rotation, truncation") {
  const Scratch scratch;
  const std::string log = scratch / "app.log";
  append(log, "1\n");
  Follower follower;
  follower.run({.paths = {log}},
               {[&] { append(log, "2\nha"); }, [&] { append(log, "lf\n"); },
                [&] {
                  std::filesystem::rename(log, log + ".1");
                  append(log + ".1", "late\n");  // its writer has not noticed yet
                },
                [&] { append(log, "new\n"); }, [&] { append(log + ".1", "later\nopen"); },
                [&] { std::filesystem::resize_file(log, 0); }, [&] { append(log, "cut\n"); }});
  CHECK(follower.lines == Lines{"1", "2", "half", "late", "new", "later", "(end)", "cut"});
  CHECK(follower.said.warnings.empty());
}

TEST_CASE("following: files that appear, under a name or for a pattern; renamed ones are not read twice") {
  const Scratch scratch;
  Follower follower;
  follower.run({.paths = {scratch / "named", scratch / "p*.log*"}},
               {[&] { append(scratch / "named", "n\n"); }, [&] { append(scratch / "p1.log", "a\n"); },
                [&] {
                  std::filesystem::rename(scratch / "p1.log", scratch / "p1.log.1");
                  append(scratch / "p1.log", "b\n");
                },
                [&] {
                  std::filesystem::rename(scratch / "p1.log.1", scratch / "p1.log.2");
                  std::filesystem::rename(scratch / "p1.log", scratch / "p1.log.1");
                  append(scratch / "p1.log", "c\n");
                },
                [&] { append(scratch / "p1.log", "d\n"); }});
  CHECK(follower.lines == Lines{"n", "a", "b", "c", "d"});
  CHECK(follower.said.infos.size() == 2);  // that it waits
}

TEST_CASE("following: a file that is given up stays so, and the others go on") {
  const Scratch scratch;
  append(scratch / "a.log", "1\n2\n");
  append(scratch / "b.log", "3\n");
  KeptDiagnostics said;
  Tail tail({.paths = {scratch / "*.log"}, .follow = true, .poll = kMillisecond}, said);
  int rounds = 0;
  tail.on_block([&] {
    if (++rounds == 3) append(scratch / "a.log", "4\n");
    if (rounds == 6) request_stop();
  });
  Lines lines;
  TailLine line;
  while (tail.next(line)) {
    lines.emplace_back(line.what == TailLine::What::end ? "(end)" : line.text);
    if (line.text == "1") tail.drop(line.file);
  }
  request_stop(false);
  CHECK(lines == Lines{"1", "(end)", "3"});
}

TEST_CASE("following only what is new") {
  const Scratch scratch;
  append(scratch / "a", "old\nhalf");
  Follower follower;
  follower.run({.paths = {scratch / "a"}, .new_only = true},
               {[&] { append(scratch / "a", " of an old one\nnew\n"); }});
  CHECK(follower.lines == Lines{"new"});
  CHECK(follower.numbers == std::vector<std::uint64_t>{0});  // nobody counted what stands before it
}

TEST_CASE("going on: neither lost nor repeated") {
  const Scratch scratch;
  const std::string log = scratch / "a.log";
  append(log, "1\n2\nha");
  Follower first;
  first.run({.paths = {log}}, {});
  REQUIRE(first.positions.size() == 1);
  CHECK(first.positions[0].offset == 4);
  CHECK(first.positions[0].line == 2);

  SUBCASE("grown") {
    append(log, "lf\n4\n");
    Follower second;
    second.run({.paths = {log}}, {}, first.positions);
    CHECK(second.lines == Lines{"half", "4"});
    CHECK(second.numbers == std::vector<std::uint64_t>{3, 4});
  }
  SUBCASE("rotated meanwhile") {
    append(log, "lf\n");
    std::filesystem::rename(log, log + ".1");
    append(log, "new\n");
    Follower second;
    second.run({.paths = {log}}, {}, first.positions);
    CHECK(second.lines == Lines{"half", "new"});
    CHECK(second.said.warnings.empty());
    Follower third;  // the rest of the rotated file is not read once more
    third.run({.paths = {log}}, {[&] { append(log, "newer\n"); }}, second.positions);
    CHECK(third.lines == Lines{"newer"});
  }
  SUBCASE("replaced by another: read whole, and said") {
    std::filesystem::remove(log);
    append(log, "a\nb\nc\n");
    Follower second;
    second.run({.paths = {log}}, {}, first.positions);
    CHECK(second.lines == Lines{"a", "b", "c"});
    CHECK(second.said.warnings.size() == 1);
  }
  SUBCASE("cut and written anew within the same file") {
    std::filesystem::resize_file(log, 0);
    append(log, "x\ny\nz\n");
    Follower second;
    second.run({.paths = {log}}, {}, first.positions);
    CHECK(second.lines == Lines{"x", "y", "z"});
    CHECK(second.said.warnings.size() == 1);
  }
  SUBCASE("not asked for any more") {
    append(scratch / "b.log", "b\n");
    Follower second;
    second.run({.paths = {scratch / "b.log"}}, {}, first.positions);
    CHECK(second.lines == Lines{"b"});
    CHECK(second.said.warnings.empty());
  }
}

TEST_CASE("going on without following, as a cron job does") {
  const Scratch scratch;
  append(scratch / "a", "1\n2");
  KeptDiagnostics said;
  std::vector<TailPosition> positions;
  const auto run = [&] {
    Tail tail({.paths = {scratch / "a"}}, said);
    tail.resume(positions);
    Follower reader;
    reader.read(tail);
    positions = tail.positions();
    return reader.lines;
  };
  CHECK(run() == Lines{"1", "2", "(end)"});
  CHECK(run() == Lines{"(end)"});
  append(scratch / "a", "\n3\n");
  CHECK(run() == Lines{"", "3", "(end)"});
}

TEST_CASE("a pipe ends, and is no file to follow") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const std::string path = "/dev/fd/" + std::to_string(ends[0]);
  REQUIRE(write(ends[1], "a\nb", 3) == 3);
  close(ends[1]);
  KeptDiagnostics said;
  Tail tail({.paths = {path}, .follow = true, .poll = kMillisecond}, said);
  Follower reader;
  reader.read(tail);
  CHECK(reader.lines == Lines{"a", "b", "(end)"});
  CHECK(tail.positions().empty());
  close(ends[0]);
}
