#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "base/file.hpp"
#include "base/random.hpp"
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

std::vector<Scored> run(const std::string& csv) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("aiops-cold-test" + std::to_string(getpid()));
  write_file(path, csv);
  model::Bundle model = bundle();
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
