#include "source/checkpoint.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "scratch.hpp"

using namespace aiops;
using source::Checkpoint;
using source::GrowingFile;

TEST_CASE("a checkpoint reads back as it was written") {
  const Scratch scratch;
  CHECK_FALSE(Checkpoint::load(scratch / "none").has_value());
  Checkpoint written;
  written.source = "prometheus";
  written.asked = "00ff";
  written.step = 1500 * kMillisecond;
  written.next = 1435781430781 * kMillisecond;
  written.output = "a \"b\".ndjson";
  written.length = 1ull << 40;
  written.save(scratch / "c");
  auto read = Checkpoint::load(scratch / "c");
  REQUIRE(read);
  CHECK(read->source == written.source);
  CHECK(read->asked == written.asked);
  CHECK(read->step == written.step);
  CHECK(read->next == written.next);
  CHECK(read->output == written.output);
  CHECK(read->length == written.length);
  CHECK_FALSE(read->header);

  written.header = true;
  written.columns = {"instance", "a,b"};
  written.save(scratch / "c");
  read = Checkpoint::load(scratch / "c");
  CHECK(read->header);
  CHECK(read->columns == written.columns);
  written.columns.clear();
  written.save(scratch / "c");
  read = Checkpoint::load(scratch / "c");
  CHECK(read->header);
  CHECK(read->columns.empty());
}

TEST_CASE("a file that is no checkpoint is refused, at every length of it") {
  const Scratch scratch;
  Checkpoint written;
  written.next = 0;
  written.save(scratch / "c");
  const std::string whole = read_file(scratch / "c");
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    write_file(scratch / "cut", whole.substr(0, length));
    CAPTURE(length);
    CHECK_THROWS_AS(Checkpoint::load(scratch / "cut"), InputError);
  }
  for (const char* text : {"{}", "[]", "{\"format\": 2, \"next\": \"1970-01-01T00:00:00Z\"}", "\x01\x02",
                           "{\"format\": 1, \"next\": \"never\"}",
                           "{\"format\": 1, \"next\": \"1970-01-01T00:00:00Z\", \"length\": -1}"}) {
    write_file(scratch / "bad", text);
    CAPTURE(text);
    CHECK_THROWS_AS(Checkpoint::load(scratch / "bad"), InputError);
  }
}

TEST_CASE("fingerprints tell lists apart") {
  CHECK(source::fingerprint({"a", "b"}) == source::fingerprint({"a", "b"}));
  CHECK(source::fingerprint({"ab"}) != source::fingerprint({"a", "b"}));
  CHECK(source::fingerprint({"a", ""}) != source::fingerprint({"a"}));
}

TEST_CASE("a growing file is cut back and goes on at its end") {
  const Scratch scratch;
  write_file(scratch / "out", "first\nsecond\nhalf a li");
  {
    GrowingFile file(scratch / "out");
    CHECK(file.length() == 22);
    CHECK(file.first_line() == "first");
    file.cut(13);
    const Fd fd = file.writer();
    write_all(fd.get(), "third\n", "out");
    file.sync();
    CHECK(file.length() == 19);
    CHECK_THROWS_WITH_AS(GrowingFile(scratch / "out"), doctest::Contains("another process"), OutputError);
    CHECK_THROWS_AS(file.cut(20), OutputError);
  }
  CHECK(read_file(scratch / "out") == "first\nsecond\nthird\n");
  GrowingFile again(scratch / "out");
  CHECK_THROWS_AS(GrowingFile(scratch / "no/such/folder"), OutputError);
}
