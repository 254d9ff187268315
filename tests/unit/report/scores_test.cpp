#include "report/scores.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.hpp"
#include "record/rejects.hpp"
#include "report/column.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::report;
using testing::Folder;
using testing::reading;

namespace {

struct Read {
  std::vector<std::string> series;
  std::vector<Slot> slots;
  std::vector<ScoreRow> rows;  // without their texts
  std::vector<std::string> truth;
};

Read read(std::string_view text, const std::string& prefix = "", std::size_t max_series = 0,
          const std::string& value = "value") {
  const Folder folder;
  KeptDiagnostics said;
  record::Rejects rejects(said);
  record::ReaderOptions options = reading(folder.file("scores", text));
  options.max_series = max_series;
  options.columns.values = {value};
  ScoreReader reader(options, prefix, rejects, said);
  Read read;
  reader.read([&](Slot slot, const ScoreRow& row) {
    read.slots.push_back(slot);
    read.rows.push_back(row);
    read.truth.emplace_back(row.truth);
  });
  for (const SeriesName& name : reader.series()) read.series.push_back(name.text);
  return read;
}

}  // namespace

TEST_CASE("scores in NDJSON, with what is missing") {
  const Read got = read(
      "{\"timestamp\":\"2026-01-31T12:00:00Z\",\"service\":\"a\",\"metric\":\"cpu\",\"value\":3,\"score\":1."
      "5,\"level\":2,"
      "\"alert\":1,\"severity\":\"high\",\"status\":\"ok\",\"expected\":1,\"lower\":null,\"upper\":2,"
      "\"reasons\":[\"x\"],\"truth\":\"spike\"}\n"
      "{\"timestamp\":\"2026-01-31T12:01:00Z\",\"service\":\"a\",\"metric\":\"cpu\",\"value\":null,\"score\":"
      "null,\"alert\":0,\"status\":\"no_data\"}\n");
  REQUIRE(got.rows.size() == 2);
  CHECK(got.series == std::vector<std::string>{"cpu{service=\"a\"}"});
  CHECK(got.rows[0].value == 3);
  CHECK(got.rows[0].level == 2);
  CHECK(got.rows[0].alert);
  CHECK(got.rows[0].severity == Severity::high);
  CHECK(std::isnan(got.rows[0].lower));
  CHECK(got.truth[0] == "spike");
  CHECK(std::isnan(got.rows[1].value));
  CHECK_FALSE(got.rows[1].alert);
}

TEST_CASE("scores in CSV, with a prefix and another value") {
  const Read got = read(
      "timestamp,service,duration_ms,a_score,a_alert,a_reasons\n"
      "1769860800,a,12,0.5,0,\n1769860801,a,900,2.5,1,zscore=9;delta=3\n",
      "a_", 0, "duration_ms");
  REQUIRE(got.rows.size() == 2);
  CHECK(got.series == std::vector<std::string>{"duration_ms{service=\"a\"}"});
  CHECK(got.rows[1].value == 900);
  CHECK(got.rows[1].score == 2.5);
  CHECK(got.rows[1].alert);
}

TEST_CASE("rows that repeat a time or go backwards are left out") {
  const Read got = read("timestamp,value,score\n100,1,0\n200,2,0\n200,3,0\n150,4,0\n300,5,0\n");
  CHECK(got.rows.size() == 3);
}

TEST_CASE("a series that was evicted and comes again is a new one") {
  const Read got = read("timestamp,service,value,score\n1,a,1,0\n2,b,1,0\n3,a,1,0\n", "", 1);
  CHECK(got.slots == std::vector<Slot>{0, 1, 2});
  CHECK(got.series.size() == 3);
}

TEST_CASE("rows that were never scored are refused with what to do") {
  CHECK_THROWS_WITH_AS(read("timestamp,value\n1,2\n2,3\n"), doctest::Contains("none of 2 rows has a score"),
                       InputError);
  CHECK_THROWS_WITH_AS(read("timestamp,value,score\n1,2,3\n", "", 0, "valeu"),
                       doctest::Contains("no row has a number in the field \"valeu\""), InputError);
  CHECK(read("").rows.empty());
}

TEST_CASE("reasons in both forms") {
  using Texts = std::vector<std::string>;
  CHECK(split_reasons("").empty());
  CHECK(split_reasons("[]").empty());
  CHECK(split_reasons("zscore=8; delta=2;") == Texts{"zscore=8", "delta=2"});
  CHECK(split_reasons(R"(["a \"b\"","c;d","é"])") == Texts{"a \"b\"", "c;d", "é"});
  CHECK(split_reasons("[not json") == Texts{"[not json"});
}

TEST_CASE("a column gives back what was put in, across pieces") {
  Column<int> column;
  for (int i = 0; i < 10'000; ++i) column.push(i);
  CHECK(column.size() == 10'000);
  CHECK(column.last() == 9'999);
  const std::vector<int> all = column.take();
  REQUIRE(all.size() == 10'000);
  for (int i = 0; i < 10'000; ++i) REQUIRE(all[i] == i);
  CHECK(column.size() == 0);
  column.push(5);
  CHECK(column.take() == std::vector<int>{5});
}
