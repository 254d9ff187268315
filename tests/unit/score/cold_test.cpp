#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/file.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "feature/rolling.hpp"
#include "score/input.hpp"
#include "score/scorer.hpp"

using namespace aiops;
using namespace aiops::score;

namespace {

struct FeatureRow {
  double value;
  feature::Features features;
};

std::vector<FeatureRow> feature_rows(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  feature::Rolling rolling(feature::Window{});
  std::vector<FeatureRow> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = 50 + 5 * random.normal();
    rows.push_back({value, rolling.update(static_cast<Nanos>(i) * kSecond, value)});
  }
  return rows;
}

// A model of the five features as columns of the record, trained on windows that were filled.
model::Bundle bundle() {
  model::Schema schema;
  schema.values = {"value"};
  schema.inputs = {"value", "delta", "rolling_mean", "rolling_std", "zscore"};
  std::vector<float> data;
  const std::vector<FeatureRow> rows = feature_rows(2000, 1);
  for (std::size_t i = 60; i < rows.size(); ++i) {
    const feature::Features& f = rows[i].features;
    for (double x : {rows[i].value, f.delta, f.mean, f.std, f.zscore}) data.push_back(static_cast<float>(x));
  }
  const std::vector<Nanos> time(data.size() / 5);
  auto detector = model::find_detector("isolation-forest").make({});
  detector->fit(schema, {time.data(), data.data(), time.size(), 5}, 7);
  model::BundleWriter writer(schema);
  writer.add("m", time.size(), model::BundleWriter::part(*detector));
  return model::Bundle::parse(writer.bytes(), "test");
}

std::vector<Scored> run(const std::string& csv, model::Bundle model = bundle()) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("aiops-cold-test" + std::to_string(getpid()));
  write_file(path, csv);
  Scorer scorer(model, {});
  KeptDiagnostics said;
  record::Rejects rejects(said);
  record::ReaderOptions reading;
  reading.files = {path};
  reading.columns = columns_for(model.schema(), {}, false);
  record::Reader reader(reading, rejects, said);
  std::vector<Scored> all, scored;
  while (const record::Batch* batch = reader.next()) {
    scorer.score(*batch, reader.series(), scored);
    all.insert(all.end(), scored.begin(), scored.end());
  }
  std::filesystem::remove(path);
  return all;
}

}  // namespace

TEST_CASE(
    "features of a stream that begins are no alarm for want of rows behind them; a spike among them is") {
  std::string csv = "timestamp,metric,value,delta,rolling_mean,rolling_std,zscore\n";
  const auto append = [&](int second, const std::string& rest) {
    csv += std::to_string(second) + ",m," + rest + "\n";
  };
  std::vector<FeatureRow> rows = feature_rows(59, 2);
  for (int i = 1; i < 59; ++i) {
    const FeatureRow& row = rows[static_cast<std::size_t>(i)];
    append(i, std::to_string(row.value) + "," + std::to_string(row.features.delta) + "," +
                  std::to_string(row.features.mean) + "," + std::to_string(row.features.std) + "," +
                  std::to_string(row.features.zscore));
  }
  append(59, "120,70,60,20,3");
  // The sixtieth row: from here on a mean as far off is one of a window that is filled.
  append(60, "50,0,39,1,11");
  const std::vector<Scored> scored = run(csv);
  REQUIRE(scored.size() == 60);
  for (std::size_t i = 0; i < 58; ++i) CHECK(scored[i].verdict.score < 1);
  CHECK(scored[58].verdict.score >= 1);
  CHECK(scored[59].verdict.score >= 1);
}

namespace {

// A series of noise, a row each `step` seconds, with a leap of many deviations in each of the rows named.
std::string noise(int step, const std::vector<int>& leaps, int rows = 2000) {
  Random random(5);
  std::string csv = "timestamp,value\n";
  for (int i = 0; i < rows; ++i) {
    const bool leap = std::find(leaps.begin(), leaps.end(), i) != leaps.end();
    const double value = 50 + random.normal() + (leap ? 40 : 0);
    csv += std::to_string(1'700'000'000 + i * step) + "," + std::to_string(value) + "\n";
  }
  return csv;
}

model::Bundle untrained() {
  model::Schema schema;
  schema.inputs = {"value"};
  return model::Bundle::without_training("adaptive", schema);
}

std::vector<int> alerts(const std::vector<Scored>& rows) {
  std::vector<int> found;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].alert) found.push_back(static_cast<int>(i));
  }
  return found;
}

}  // namespace

TEST_CASE("without a model a series warms up, then is scored as it is learned") {
  const auto rows = run(noise(60, {1500}), untrained());
  CHECK(rows[0].status == "warming_up");
  CHECK(rows[63].status == "warming_up");
  CHECK(rows[64].status == "ok");
  CHECK(rows[64].detector == "adaptive");
  CHECK(alerts(rows) == std::vector<int>{1500});
}

TEST_CASE("a series that a learning model does not know starts cold; a forest passes it on") {
  model::Schema schema;
  schema.inputs = {"value"};
  const std::vector<float> data(200, 1.0F);
  std::vector<Nanos> time(data.size());
  for (std::size_t i = 0; i < time.size(); ++i) time[i] = static_cast<Nanos>(i) * kMinute;
  auto detector = model::find_detector("adaptive").make({});
  detector->fit(schema, {time.data(), data.data(), data.size(), 1}, 7);
  model::BundleWriter writer(schema);
  writer.add("another", data.size(), model::BundleWriter::part(*detector));
  const auto rows = run(noise(60, {1500}), model::Bundle::parse(writer.bytes(), "test"));
  CHECK(rows[0].status == "warming_up");
  CHECK(alerts(rows) == std::vector<int>{1500});
}

TEST_CASE("repeats are held back for 120 steps from a minute on, and for five minutes at shorter ones") {
  // 100 steps apart: within 120 steps of a minute, and more than five minutes at five seconds.
  CHECK(alerts(run(noise(60, {1500, 1600}), untrained())) == std::vector<int>{1500});
  CHECK(alerts(run(noise(5, {1500, 1600}), untrained())) == std::vector<int>{1500, 1600});
  CHECK(alerts(run(noise(5, {1500, 1530}), untrained())) == std::vector<int>{1500});
}

namespace {

// Noise around 50 with a leap at each row of `leaps`, scored up to row `until` and frozen from row `from` on.
std::vector<Scored> run_with(const std::string& csv, Options options, model::Bundle model = untrained()) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("aiops-freeze-test" + std::to_string(getpid()));
  write_file(path, csv);
  Scorer scorer(model, std::move(options));
  KeptDiagnostics said;
  record::Rejects rejects(said);
  record::ReaderOptions reading;
  reading.files = {path};
  reading.columns.values = {"value"};
  record::Reader reader(reading, rejects, said);
  std::vector<Scored> all, part;
  while (const record::Batch* batch = reader.next()) {
    scorer.score(*batch, reader.series(), part);
    all.insert(all.end(), part.begin(), part.end());
  }
  std::filesystem::remove(path);
  return all;
}

}  // namespace

TEST_CASE("in times of the calendar rows are scored, do not alert and are not learned") {
  // Rows 1500 to 1559 are far out, as in maintenance; the same height comes again at row 1800.
  std::vector<int> leaps;
  for (int i = 1500; i < 1560; ++i) leaps.push_back(i);
  leaps.push_back(1800);
  const std::string csv = noise(60, leaps);
  const Calendar calendar = Calendar::parse("start,end\n" + std::to_string(1'700'000'000 + 1500 * 60) + "," +
                                                std::to_string(1'700'000'000 + 1560 * 60) + "\n",
                                            "c");
  Options options;
  options.calendar = &calendar;
  const auto rows = run_with(csv, options);
  CHECK(rows[1500].verdict.score >= 1);
  CHECK(alerts(rows) == std::vector<int>{1800});
  // It is as surprising as if the maintenance had never been; learned, it is not.
  const double undisturbed = run_with(noise(60, {1800}), {})[1800].verdict.score;
  const double learned = run_with(csv, {})[1800].verdict.score;
  CHECK(rows[1800].verdict.score == doctest::Approx(undisturbed).epsilon(0.1));
  CHECK(learned < 0.7 * undisturbed);
}

TEST_CASE("without learning the same leap surprises as much each time") {
  model::Schema schema;
  schema.inputs = {"value"};
  Random random(6);
  std::vector<float> data(2000);
  std::vector<Nanos> time(data.size());
  for (std::size_t i = 0; i < time.size(); ++i) {
    data[i] = static_cast<float>(50 + random.normal());
    time[i] = static_cast<Nanos>(1'600'000'000 + 60 * i) * kSecond;
  }
  auto detector = model::find_detector("adaptive").make({});
  detector->fit(schema, {time.data(), data.data(), data.size(), 1}, 7);
  model::BundleWriter writer(schema);
  writer.add("value", data.size(), model::BundleWriter::part(*detector));
  std::vector<int> leaps = {1500};
  for (int i = 500; i < 540; ++i) leaps.push_back(i);
  const std::string csv = noise(60, leaps);
  const auto scores = [&](bool learn) {
    Options options;
    options.learn = learn;
    const auto rows = run_with(csv, options, model::Bundle::parse(writer.bytes(), "test"));
    return std::pair(rows[500].verdict.score, rows[1500].verdict.score);
  };
  const auto [first, second] = scores(false);
  CHECK(first >= 1);
  CHECK(second == doctest::Approx(first).epsilon(0.05));
  CHECK(scores(true).second < 0.8 * second);
  // Nothing was learned before: nothing can be said.
  Options frozen;
  frozen.learn = false;
  for (const Scored& row : run_with(csv, frozen)) CHECK(row.status == "warming_up");
}
