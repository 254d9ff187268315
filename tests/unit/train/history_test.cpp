#include "train/history.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support.hpp"

using namespace aiops;
using namespace aiops::train;

namespace {

model::Schema rolling(feature::Window window) {
  model::Schema schema;
  schema.values = {"value"};
  schema.inputs = {"value", "delta", "rolling_mean", "rolling_std", "zscore"};
  schema.derive.rolling = true;
  schema.derive.window = window;
  return schema;
}

model::Schema columns(std::vector<std::string> inputs) {
  model::Schema schema;
  schema.inputs = std::move(inputs);
  schema.joint = true;
  return schema;
}

struct Collected {
  std::vector<SeriesHistory> all;
  HistoryCounts counts;
};

Collected collect(const model::Schema& schema, const std::string& csv, Nanos train_window = 0,
                  const Exclusions& exclusions = {}, std::size_t max_series = 0) {
  const Scratch scratch;
  KeptDiagnostics said;
  record::Rejects rejects(said);
  record::ReaderOptions options;
  options.files = {scratch.file("in.csv", csv)};
  options.max_series = max_series;
  options.block = 256;
  if (schema.joint) options.columns.values = schema.inputs;
  record::Reader reader(options, rejects, said);
  HistoryCollector collector(schema, train_window, exclusions);
  reader.on_evict([&](record::SeriesId id) { collector.forget(id); });
  while (const record::Batch* batch = reader.next()) collector.add(*batch, reader.series());
  Collected result;
  result.all = collector.take();
  result.counts = collector.counts();
  return result;
}

std::string csv_of(int rows, int period = 10) {
  std::string csv = "timestamp,metric,value\n";
  for (int i = 0; i < rows; ++i)
    csv += std::to_string(1'700'000'000 + i * 60) + ",m," + std::to_string(i % period) + "\n";
  return csv;
}

constexpr Nanos kStart = 1'700'000'000 * kSecond;

}  // namespace

TEST_CASE("samples become five features, the first ones of a window that is not filled left out") {
  const Collected found = collect(rolling({4, 0}),
                                  "timestamp,metric,value\n1700000000,m,1\n1700000060,m,2\n1700000120,m,4\n"
                                  "1700000180,m,4\n1700000240,m,9\n1700000300,m,9\n1700000360,m,9\n"
                                  "1700000420,m,9\n1700000480,m,9\n1700000540,m,9\n1700000600,m,9\n");
  REQUIRE(found.all.size() == 1);
  const SeriesHistory& history = found.all[0];
  CHECK(history.series == "m");
  CHECK(history.width == 5);
  // Rows 2 and 3 are a fifth of ten. The fourth, by hand: mean of 1 2 4 4, deviation sqrt(6.75 / 3).
  REQUIRE(history.count() == 8);
  CHECK(history.time[0] == kStart + 180 * kSecond);
  CHECK(history.data[0] == 4);
  CHECK(history.data[1] == 0);
  CHECK(history.data[2] == 2.75f);
  CHECK(history.data[3] == doctest::Approx(1.5));
  CHECK(history.data[4] == doctest::Approx(1.25 / 1.5));
  CHECK(history.data[5] == 9);
  CHECK(history.data[6] == 5);
  CHECK(found.counts.rows == 8);
  CHECK(found.counts.incomplete == 1);
  CHECK(found.counts.first == kStart + 180 * kSecond);
  CHECK(found.counts.last == kStart + 600 * kSecond);
}

TEST_CASE("with little history, rows of a window that is not filled are better than none") {
  CHECK(collect(rolling({4, 0}), csv_of(8)).all[0].count() == 7);  // two of seven
  CHECK(collect(rolling({60, 0}), csv_of(100)).all[0].count() == 99);
}

TEST_CASE(
    "missing values, duplicates and rows from the past are left out, and counted where an input is missing") {
  const Collected found =
      collect(columns({"a", "b"}),
              "timestamp,host,a,b\n10,x,1,2\n20,x,,3\n20,x,7,8\n5,x,1,1\n30,x,4,\n40,x,NaN,1\n50,x,5,6\n");
  REQUIRE(found.all.size() == 1);
  CHECK(found.all[0].data == std::vector<float>{1, 2, 5, 6});
  CHECK(found.counts.incomplete == 3);
}

TEST_CASE("the training window counts from the newest row of all series") {
  std::string csv = "timestamp,metric,value,other\n";
  for (int i = 0; i < 500; ++i) {
    csv += std::to_string(1'700'000'000 + i * 60) + ",live," + std::to_string(i) + ",0\n";
    if (i < 100) csv += std::to_string(1'700'000'000 + i * 60) + ",dead," + std::to_string(i) + ",0\n";
  }
  const Collected found = collect(columns({"value", "other"}), csv, kHour);
  REQUIRE(found.all.size() == 2);
  CHECK(found.all[0].series == "dead");
  CHECK(found.all[0].count() == 0);
  CHECK(found.all[1].count() == 60);
  CHECK(found.all[1].data.front() == 440);
  CHECK(found.all[1].time.front() == kStart + 440 * kMinute);
  CHECK(found.counts.rows == 60);
  CHECK(found.counts.first == kStart + 440 * kMinute);
}

TEST_CASE("features of rows within the training window know what came before it") {
  const Collected found = collect(rolling({10, 0}), csv_of(500), kHour);
  REQUIRE(found.all[0].count() == 60);
  for (std::size_t i = 0; i < 60; ++i) CHECK(found.all[0].data[5 * i + 2] == doctest::Approx(4.5));
}

TEST_CASE("excluded rows leave no trace, in the features of others either") {
  const Scratch scratch;
  std::string scores = "timestamp,metric,value,score,alert\n";
  scores += std::to_string(1'700'000'000 + 50 * 60) + ",m,1000,2.5,1\n";
  scores += std::to_string(1'700'000'000 + 51 * 60) + ",m,1000,1,0\n";
  scores += std::to_string(1'700'000'000 + 52 * 60) + ",m,3,0.9,0\n";
  scores += std::to_string(1'700'000'000 + 53 * 60) + ",other,3,5,1\n";
  KeptDiagnostics said;
  Exclusions exclusions;
  exclusions.read({scratch.file("scores.csv", scores)}, record::Columns(), said);
  CHECK(exclusions.count() == 3);

  std::string csv = csv_of(100, 1);  // all 0
  for (const int row : {50, 51}) {
    const std::string line = std::to_string(1'700'000'000 + row * 60) + ",m,";
    csv.replace(csv.find(line) + line.size(), 1, "1000");
  }
  const Collected found = collect(rolling({4, 0}), csv, 0, exclusions);
  CHECK(found.counts.excluded == 2);
  for (std::size_t i = 0; i < found.all[0].data.size(); ++i) CHECK(found.all[0].data[i] == 0);
  CHECK(found.all[0].count() == 95);  // 98 less the 3 of a window that is not filled
}

TEST_CASE("a series that is evicted starts anew") {
  std::string csv = "timestamp,metric,value,other\n";
  for (int i = 0; i < 40; ++i)
    csv += std::to_string(i) + ",m" + std::to_string(i / 10 % 3) + "," + std::to_string(i) + ",0\n";
  const Collected found = collect(columns({"value", "other"}), csv, 0, {}, 2);
  REQUIRE(found.all.size() == 2);
  CHECK(found.all[0].series == "m0");
  CHECK(found.all[0].data.front() == 30);
  CHECK(found.all[0].count() == 10);
  CHECK(found.all[1].series == "m2");
}

TEST_CASE("a value beyond a float stays the largest float") {
  const Collected found = collect(columns({"a", "b"}), "timestamp,a,b\n1,1e300,-1e300\n");
  CHECK(found.all[0].data ==
        std::vector<float>{std::numeric_limits<float>::max(), -std::numeric_limits<float>::max()});
}

TEST_CASE("rolling features that come with the records are taken to begin with a window that is not filled") {
  std::string csv = "timestamp,metric,value,rolling_mean\n";
  for (int i = 0; i < 400; ++i) csv += std::to_string(i) + ",m,0,1\n";
  CHECK(collect(columns({"value", "rolling_mean"}), csv).all[0].count() == 341);
  CHECK(collect(columns({"value", "rolling_mean"}), csv.substr(0, csv.find("200,"))).all[0].count() == 200);
}
