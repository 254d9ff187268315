#include "record/reader.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"

using namespace aiops;
using namespace aiops::record;

namespace {

// Files that go when the test does.
struct Files {
  Files() { CHECK(mkdtemp(folder)); }
  ~Files() { std::filesystem::remove_all(folder); }
  std::string add(const std::string& name, std::string_view bytes) {
    const std::string path = std::string(folder) + "/" + name;
    write_file(path, bytes);
    return path;
  }
  char folder[32] = "/tmp/aiops-reader-XXXXXX";
};

struct Seen {
  std::vector<std::string> lines, series, rejects;
  std::vector<double> values;
  std::vector<Nanos> times;
  std::vector<int> flags;
  std::string header;
  ReaderCounts counts;
};

Seen read(const std::vector<std::string>& files, Columns columns = {}, std::size_t block = 1 << 16,
          std::size_t max_series = 0, std::size_t most_rows = 0) {
  KeptDiagnostics said;
  Rejects rejects(said);
  Reader reader({files, std::move(columns), max_series, block, true, most_rows}, rejects, said);
  Seen seen;
  while (const Batch* batch = reader.next()) {
    REQUIRE(batch->size() > 0);
    if (most_rows > 0) REQUIRE(batch->size() <= most_rows);
    for (std::size_t i = 0; i < batch->size(); ++i) {
      seen.lines.emplace_back(batch->line[i]);
      seen.series.push_back(reader.series().text(batch->series[i]));
      seen.values.push_back(batch->value.empty() ? 0 : batch->value[0][i]);
      seen.times.push_back(batch->time[i]);
      seen.flags.push_back(batch->flags[i]);
    }
  }
  seen.header = reader.header();
  seen.counts = reader.counts();
  reader.finish();
  seen.rejects = said.warnings;
  return seen;
}

Seen read_text(std::string_view text, Columns columns = {}, std::size_t block = 1 << 16,
               std::size_t max_series = 0, std::size_t most_rows = 0) {
  Files files;
  Seen seen = read({files.add("in", text)}, std::move(columns), block, max_series, most_rows);
  return seen;
}

}  // namespace

TEST_CASE("rows keep their bytes, and give series, time and value") {
  const Seen s = read_text(
      "{\"timestamp\":\"2026-01-01T00:00:00Z\",\"service\":\"cart\",\"metric\":\"cpu\",\"value\":1.50,"
      "\"labels\":{\"zone\":\"b\",\"pod\":\"a\"},\"id\":12345678901234567890}\n"
      "{\"timestamp\":1767225605,\"labels\":{\"pod\":\"a\",\"zone\":\"b\"},\"metric\":\"cpu\",\"service\":"
      "\"cart\",\"value\":\"2\"}\r\n");
  REQUIRE(s.lines.size() == 2);
  CHECK(s.lines[0].ends_with("12345678901234567890}"));
  CHECK(s.lines[1].ends_with("\"2\"}"));
  CHECK(s.series[0] == "cpu{service=\"cart\",pod=\"a\",zone=\"b\"}");
  CHECK(s.series[1] == s.series[0]);
  CHECK(s.values == std::vector<double>{1.5, 2});
  CHECK(s.times[1] - s.times[0] == 5 * kSecond);
}

TEST_CASE("a bare timestamp,value CSV works, BOM and CRLF and missing values included") {
  const Seen s = read_text("\xEF\xBB\xBFtimestamp,value\r\n0,1\r\n1,\r\n2,NaN\r\n\r\n3,4");
  CHECK(s.header == "\xEF\xBB\xBFtimestamp,value");
  REQUIRE(s.values.size() == 4);
  CHECK(s.series[0] == "value");
  CHECK(std::isnan(s.values[1]));
  CHECK(std::isnan(s.values[2]));
  CHECK(s.values[3] == 4);
  CHECK(s.counts.missing == 2);
  CHECK(s.rejects.empty());
}

TEST_CASE("the size of the blocks and the most rows of a batch change nothing") {
  std::string nd, csv = "timestamp,service,metric,value,note\n";
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    nd += "{\"timestamp\":" + n + ",\"metric\":\"m" + std::to_string(i % 3) + "\",\"value\":" + n + "}\n";
    if (i % 7 == 3) nd += "{\"broken\n";
    csv += n + ",s,m" + std::to_string(i % 3) + "," + n + ",\"a \"\"b\"\"\nc\"\n";
    if (i % 9 == 4) csv += n + ",short\n";
  }
  for (const std::string& text : {nd, csv}) {
    const Seen whole = read_text(text);
    CHECK(whole.lines.size() == 40);
    for (std::size_t block = 1; block < 200; block += block < 70 ? 1 : 13) {
      CAPTURE(block);
      const Seen parts = read_text(text, {}, block < 190 ? block : 1 << 16, 0, block % 5);
      CHECK(parts.lines == whole.lines);
      CHECK(parts.series == whole.series);
      CHECK(parts.values == whole.values);
      CHECK(parts.flags == whole.flags);
      // The file's name differs from run to run, the rest of the message does not.
      REQUIRE(parts.rejects.size() == whole.rejects.size());
      for (std::size_t i = 0; i < parts.rejects.size(); ++i)
        CHECK(parts.rejects[i].substr(parts.rejects[i].find("in:") + 1) ==
              whole.rejects[i].substr(whole.rejects[i].find("in:") + 1));
    }
  }
}

TEST_CASE("what cannot be read is told with its line, and the rest is read") {
  const Seen s = read_text("timestamp,value\n0,1\n1,x\nnever,1\n2\n,5\n3,1e999\n4,2\n");
  CHECK(s.values == std::vector<double>{1, 2});
  REQUIRE(s.rejects.size() == 6);
  CHECK(s.rejects[0].ends_with("in:3: value \"x\" is not a number"));
  CHECK(s.rejects[1].ends_with("in:4: \"never\" is not a time; expected RFC 3339 or an epoch number"));
  CHECK(s.rejects[2].ends_with("in:5: expected 2 fields as in the header, found 1"));
  CHECK(s.rejects[3].ends_with("in:6: no time in the field \"timestamp\"; --time names another"));
  CHECK(s.rejects[4].ends_with("in:7: value \"1e999\" does not fit a 64-bit float"));
  CHECK(s.rejects[5] == "5 lines could not be read; --rejects FILE keeps them");
}

TEST_CASE("a quote that nobody closes costs its own line only") {
  const Seen s = read_text("timestamp,value\n0,\"1\n1,2\n2,3\n");
  CHECK(s.values == std::vector<double>{2, 3});
  REQUIRE(s.rejects.size() == 2);
  CHECK(s.rejects[0].ends_with("in:2: a quote that is not closed"));
}

TEST_CASE("order within a series is told; events may come as they like") {
  const Seen s = read_text("timestamp,metric,value\n5,a,1\n5,b,1\n5,a,2\n4,a,3\n6,a,4\n");
  CHECK(s.flags == std::vector<int>{Row::kFirst, Row::kFirst, Row::kDuplicate, Row::kBackwards, 0});
  CHECK(s.counts.duplicates == 1);
  CHECK(s.counts.backwards == 1);
  Columns columns;
  columns.values = {"duration_ms"};
  const Seen logs = read_text("timestamp,message,duration_ms\n5,x,1\n5,x,1\n4,x,2\n", columns);
  CHECK(logs.flags == std::vector<int>{Row::kFirst, 0, 0});
  CHECK(logs.series[0] == "duration_ms");
}

TEST_CASE("records of another kind are passed on, samples without a value are not") {
  const Seen s = read_text(
      "{\"timestamp\":1,\"message\":\"hello\"}\n{\"timestamp\":1,\"metric\":\"m\"}\n{\"timestamp\":1,"
      "\"metric\":\"m\",\"value\":null}\n");
  REQUIRE(s.lines.size() == 2);
  CHECK((s.flags[0] & Row::kOther) != 0);
  CHECK((s.flags[1] & Row::kOther) == 0);
  CHECK(s.rejects[0].ends_with("in:2: no field \"value\"; --value names another"));
}

TEST_CASE("several values become rows of their own, in either format") {
  Columns columns;
  columns.by = {"host"};
  columns.values = {"load", "mem"};
  columns.split_values = true;
  const Seen csv = read_text("timestamp,host,load,mem\n1,h,5,\n2,\"h,2\",6,7\n", columns);
  CHECK(csv.header == "timestamp,host,metric,value");
  CHECK(csv.lines ==
        std::vector<std::string>{"1,h,load,5", "1,h,mem,", "2,\"h,2\",load,6", "2,\"h,2\",mem,7"});
  CHECK(csv.series[2] == "load{host=\"h,2\"}");
  const Seen json = read_text("{\"timestamp\":1,\"host\":\"h\",\"load\":5,\"mem\":null}\n", columns);
  CHECK(json.lines ==
        std::vector<std::string>{"{\"timestamp\":1,\"host\":\"h\",\"metric\":\"load\",\"value\":5}",
                                 "{\"timestamp\":1,\"host\":\"h\",\"metric\":\"mem\",\"value\":null}"});
}

TEST_CASE("--max-series evicts the longest idle, whose number begins anew") {
  const std::string text = "timestamp,metric,value\n1,a,1\n1,b,1\n2,b,1\n3,c,1\n4,b,1\n5,a,1\n";
  const Seen s = read_text(text, {}, 1 << 16, 2);
  CHECK(s.series == std::vector<std::string>{"a", "b", "b", "c", "b", "a"});
  CHECK(s.flags == std::vector<int>{Row::kFirst, Row::kFirst, 0, Row::kFirst, 0, Row::kFirst});
  CHECK(s.rejects.back() == "2 series evicted, the longest idle first, to stay within --max-series 2");
  for (std::size_t block : {1u, 7u, 20u}) {
    const Seen parts = read_text(text, {}, block, 2);
    CHECK(parts.series == s.series);
    CHECK(parts.flags == s.flags);
  }
  Columns wide;
  wide.values = {"a", "b", "c"};
  wide.split_values = true;
  const Seen split = read_text("timestamp,a,b,c\n1,1,2,3\n2,4,5,6\n", wide, 1 << 16, 2);
  CHECK(split.values == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(split.series == std::vector<std::string>{"a", "b", "c", "a", "b", "c"});
}

TEST_CASE("files follow one another; their columns must agree") {
  Files files;
  const std::string a = files.add("a.csv", "timestamp,value\n1,1\n"),
                    b = files.add("b.csv", "timestamp,value\n2,2"),
                    c = files.add("c.csv", "timestamp,other\n3,3\n"), empty = files.add("empty", ""),
                    nd = files.add("n", "{\"timestamp\":1,\"value\":1}\n");
  CHECK(read({a, empty, b}).values == std::vector<double>{1, 2});
  CHECK_THROWS_WITH_AS(read({a, c}), doctest::Contains("c.csv:1: the columns differ from those of"),
                       InputError);
  CHECK_THROWS_AS(read({a, nd}), InputError);
  CHECK_THROWS_WITH_AS(read({files.folder}), doctest::Contains("it is a directory"), InputError);
  CHECK_THROWS_WITH_AS(read({"/nowhere/x"}), doctest::Contains("cannot open /nowhere/x: No such file"),
                       InputError);
  CHECK(read({empty}).lines.empty());
}

TEST_CASE("input of the wrong sort is refused with what to do") {
  CHECK_THROWS_WITH_AS(read_text("[{\"a\":1}]"),
                       doctest::Contains("is a JSON array; expected an object a line"), InputError);
  CHECK_THROWS_WITH_AS(read_text("\x1f\x8b\x08"), doctest::Contains("compressed with gzip"), InputError);
  CHECK_THROWS_WITH_AS(
      read_text("time,value\n1,1\n"),
      doctest::Contains("no column \"timestamp\"; the columns are time, value; --time names another"),
      InputError);
  CHECK_THROWS_WITH_AS(read_text("timestamp,x\n1,1\n"), doctest::Contains("no column \"value\""), InputError);
  CHECK_THROWS_WITH_AS(read_text("timestamp,value,value\n1,1,1\n"), doctest::Contains("stands twice"),
                       InputError);
}

TEST_CASE("a name to be appended must not be there") {
  Columns columns;
  columns.appended = {"delta"};
  CHECK_THROWS_WITH_AS(read_text("timestamp,value,delta\n1,1,1\n", columns),
                       doctest::Contains("a column \"delta\" already"), UsageError);
  CHECK_THROWS_WITH_AS(read_text("{\"timestamp\":1,\"value\":1,\"delta\":0}\n", columns),
                       doctest::Contains("a field \"delta\" already"), UsageError);
}

TEST_CASE("peek tells the fields of the first record and loses nothing") {
  Files files;
  for (const std::size_t block : {1u, 5u, 1000u}) {
    for (const std::string text : {"\n{\"timestamp\":1,\"value\":2}\n{\"timestamp\":2,\"value\":3}\n",
                                   "timestamp,value\n1,2\n2,3\n", "timestamp,value\n1,2\n2,3"}) {
      KeptDiagnostics said;
      Rejects rejects(said);
      Reader reader({{files.add("x", text)}, {}, 0, block}, rejects, said);
      CHECK(reader.peek() == std::vector<std::string>{"timestamp", "value"});
      std::vector<double> values;
      while (const Batch* batch = reader.next())
        values.insert(values.end(), batch->value[0].begin(), batch->value[0].end());
      CHECK(values == std::vector<double>{2, 3});
    }
  }
}

TEST_CASE("peek reads a line that ends with the file") {
  Files files;
  for (const std::size_t block : {1u, 5u, 1000u}) {
    KeptDiagnostics said;
    Rejects rejects(said);
    Reader reader({{files.add("empty", "\n"), files.add("x", "{\"a\":1,\"b\":{\"c\":2}}")}, {}, 0, block},
                  rejects, said);
    CHECK(reader.peek() == std::vector<std::string>{"a", "b"});
  }
}

TEST_CASE("texts come unescaped") {
  Columns columns;
  columns.texts = {"note"};
  columns.raw = true;
  Files files;
  KeptDiagnostics said;
  Rejects rejects(said);
  Reader reader({{files.add("x",
                            "{\"timestamp\":1,\"value\":1,\"note\":\"a\\tb\"}\n{\"timestamp\":2,\"value\":1,"
                            "\"note\":[\"x\"]}\n{\"timestamp\":3,\"value\":1}\n")},
                 columns,
                 0,
                 65536},
                rejects, said);
  const Batch* batch = reader.next();
  REQUIRE(batch);
  CHECK(batch->text[0] == std::vector<std::string_view>{"a\tb", "[\"x\"]", ""});
  CHECK(batch->raw[0][0].data() > batch->line[0].data());
  CHECK(batch->raw[0][0] == "1");
}
