#include "score/scorer.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "score/input.hpp"
#include "score/state.hpp"

using namespace aiops;
using namespace aiops::score;

namespace {

model::Schema value_schema() {
  model::Schema schema;
  schema.values = {"value"};
  schema.inputs = {"value"};
  return schema;
}

// A bundle of forests on one column of standard normal numbers, for the series m and n.
model::Bundle bundle(const std::string& expected = "") {
  const model::Schema schema = value_schema();
  std::vector<float> data(2000);
  std::vector<Nanos> time(data.size());
  Random random(1);
  for (auto& x : data) x = static_cast<float>(random.normal());
  model::BundleWriter writer(schema);
  for (const char* name : {"m", "n"}) {
    auto detector = model::find_detector("isolation-forest").make({});
    detector->fit(schema, {time.data(), data.data(), data.size(), 1}, 7);
    writer.add(name, data.size(), model::BundleWriter::part(*detector), expected);
  }
  return model::Bundle::parse(writer.bytes(), "test");
}

struct Run {
  std::vector<Scored> rows;
  std::string state;
  Counts counts;
};

Run run(std::string_view csv, Options options = {}, std::string_view state = {}, std::size_t block = 65536,
        std::size_t max_series = 0, const std::string& expected = "") {
  model::Bundle model = bundle(expected);
  Scorer scorer(model, std::move(options));
  if (!state.empty()) scorer.load(state, "state");
  const std::string path =
      std::filesystem::temp_directory_path() / ("aiops-scorer-test" + std::to_string(getpid()));
  write_file(path, csv);
  KeptDiagnostics said;
  record::Rejects rejects(said);
  record::ReaderOptions reading;
  reading.files = {path};
  reading.block = block;
  reading.max_series = max_series;
  reading.columns = columns_for(model.schema(), {}, false);
  record::Reader reader(reading, rejects, said);
  reader.on_evict([&](record::SeriesId id) { scorer.evict(id); });
  Run result;
  std::vector<Scored> scored;
  while (const record::Batch* batch = reader.next()) {
    scorer.score(*batch, reader.series(), scored);
    result.rows.insert(result.rows.end(), scored.begin(), scored.end());
  }
  result.state = scorer.save();
  result.counts = scorer.counts();
  std::filesystem::remove(path);
  return result;
}

std::string row(int second, const std::string& value, const std::string& metric = "m") {
  return std::to_string(second) + "," + metric + "," + value + "\n";
}

const std::string kHeader = "timestamp,metric,value\n";

}  // namespace

TEST_CASE("any number of threads gives the same verdicts, counts and state") {
  Random random(3);
  std::string csv = kHeader;
  for (int second = 0; second < 150; ++second) {
    for (int series = 0; series < 70; ++series) {
      if (random.below(20) == 0) continue;
      const double value = random.normal() * (random.below(200) == 0 ? 20 : 1);
      const std::string name = series == 0 ? "m" : series == 1 ? "n" : "cold-" + std::to_string(series);
      csv += row(second - static_cast<int>(random.below(40)) / 39, std::to_string(value), name);
    }
  }
  Options limits;
  limits.thresholds = {{record::Matcher::parse("metric=cold-7"), 1.0, 2.0, true, 3 * kSecond, "limit"}};
  Options budget;
  budget.budget = AlertBudget::parse("10/minute");
  for (Options options : {Options(), limits, budget}) {
    options.refractory = 7 * kSecond;
    for (const std::size_t max_series : {0, 40}) {
      const Run alone = run(csv, options, {}, 32768, max_series);
      CHECK(alone.counts.alerts > 0);
      Pool pool(3);
      Options shared = options;
      shared.pool = &pool;
      const Run together = run(csv, shared, {}, 32768, max_series);
      CHECK(together.state == alone.state);
      CHECK(together.counts.alerts == alone.counts.alerts);
      CHECK(together.counts.scored == alone.counts.scored);
      CHECK(together.counts.held_back == alone.counts.held_back);
      CHECK(together.counts.no_model_rows == alone.counts.no_model_rows);
      CHECK(together.counts.worst_alert == alone.counts.worst_alert);
      REQUIRE(together.rows.size() == alone.rows.size());
      for (std::size_t i = 0; i < alone.rows.size(); ++i) {
        const Scored &one = alone.rows[i], &other = together.rows[i];
        const bool missing = std::isnan(one.verdict.score) && std::isnan(other.verdict.score);
        const bool same = missing || (one.verdict.score == other.verdict.score && one.level == other.level);
        if (!same || one.status != other.status || one.alert != other.alert ||
            one.verdict.reasons != other.verdict.reasons) {
          FAIL("row ", i);
        }
      }
    }
  }
}

TEST_CASE("what was expected is silent when it comes again; what is larger or lasts alerts") {
  model::Expected known;
  known.add({0, 10 * kSecond, {{-2, 14}}, {{-2, 2}}});
  Options options;
  options.refractory = 20 * kSecond;
  const auto judge = [&](const std::string& csv, std::string_view state = {}) {
    return run(kHeader + csv, options, state, 65536, 0, known.bytes());
  };
  Run r = judge(row(0, "0.1") + row(1, "12") + row(2, "13") + row(3, "20") + row(4, "0.1") + row(5, "-9"));
  CHECK(r.rows[1].verdict.score > 1);
  CHECK(r.rows[1].status == "expected_before");
  CHECK_FALSE(r.rows[1].alert);
  CHECK(r.rows[2].status == "expected_before");
  CHECK(r.rows[3].alert);        // what was silent does not hold back what is larger
  CHECK_FALSE(r.rows[5].alert);  // this does
  CHECK(r.rows[5].status == "ok");
  CHECK(r.counts.expected == 2);
  CHECK(r.counts.alerts == 1);
  // 15 s for one and a half times the episode, 20 s of refractory period.
  r = judge(row(10, "12") + row(45, "12") + row(46, "12"));
  CHECK(r.rows[1].status == "expected_before");
  CHECK(r.rows[2].alert);
  // It goes on in the next run.
  const std::string state = judge(row(10, "12") + row(40, "12")).state;
  r = judge(row(45, "12") + row(46, "12"), state);
  CHECK(r.rows[0].status == "expected_before");
  CHECK(r.rows[1].alert);
  // A bound that the user set counts whatever was said.
  options.thresholds = {{record::Matcher::parse("m"), 11.0, {}, true, 0, ""}};
  r = judge(row(0, "10") + row(1, "12"));
  CHECK(r.rows[0].status == "expected_before");
  CHECK(r.rows[1].alert);
}

TEST_CASE("a row far outside scores above 1, alerts, and says why; a usual one does not") {
  const Run r = run(kHeader + row(0, "0.1") + row(1, "12"));
  CHECK(r.rows[0].verdict.score < 1);
  CHECK_FALSE(r.rows[0].alert);
  CHECK(r.rows[0].severity == Severity::normal);
  CHECK(r.rows[0].status == "ok");
  CHECK(r.rows[1].verdict.score >= 1);
  CHECK(r.rows[1].alert);
  CHECK(r.rows[1].severity >= Severity::high);
  REQUIRE(!r.rows[1].verdict.reasons.empty());
  CHECK(r.rows[1].verdict.reasons[0].starts_with("value=12"));
}

TEST_CASE("what cannot be scored has a verdict of its own and is no alert") {
  const Run r =
      run(kHeader + row(0, "0") + row(1, "") + row(1, "50") + row(0, "50") + row(2, "50", "stranger"));
  CHECK(r.rows[1].status == "no_data");
  CHECK(r.rows[2].status == "duplicate");
  CHECK(r.rows[3].status == "out_of_order");
  CHECK(r.rows[4].status == "no_model");
  for (std::size_t i = 1; i < 5; ++i) {
    CHECK(std::isnan(r.rows[i].verdict.score));
    CHECK_FALSE(r.rows[i].alert);
  }
  CHECK(r.counts.no_model_series == 1);
}

TEST_CASE("the level holds the score and decays by 1/e in `hold` rows") {
  std::string csv = kHeader + row(0, "12");
  for (int i = 1; i <= 20; ++i) csv += row(i, "0");
  const Run r = run(csv);
  CHECK(r.rows[0].level == r.rows[0].verdict.score);
  CHECK(r.rows[20].level == doctest::Approx(r.rows[0].level * std::exp(-1.0)).epsilon(1e-9));
}

TEST_CASE("a series that has alerted is quiet for the refractory period") {
  const std::string csv = kHeader + row(0, "12") + row(299, "12") + row(300, "12") + row(301, "12", "n");
  const Run r = run(csv);
  CHECK(r.rows[0].alert);
  CHECK_FALSE(r.rows[1].alert);
  CHECK(r.rows[1].severity != Severity::normal);
  CHECK(r.rows[2].alert);
  CHECK(r.rows[3].alert);
  CHECK(r.counts.held_back == 1);
  Options none;
  none.refractory = 0;
  CHECK(run(csv, none).counts.alerts == 4);
}

TEST_CASE("a budget that asks for more alerts than the refractory period lets through shortens it") {
  std::string csv = kHeader;
  for (int i = 0; i < 200; ++i) csv += row(i, "0.1");
  for (int i = 0; i < 4; ++i) csv += row(200 + 60 * i, "12");
  Options options;
  options.budget = AlertBudget::parse("60/1h");  // half a minute apart at least, not the usual five
  CHECK(run(csv, options).counts.alerts == 4);
  options.budget = AlertBudget::parse("1/day");
  CHECK(run(csv, options).counts.alerts == 1);
}

TEST_CASE("static thresholds raise the severity, in their direction and for their series") {
  Options options;
  options.refractory = 0;
  options.thresholds.push_back({record::Matcher::parse("m"), 0.5, 1.0, true, 0, ""});
  options.thresholds.push_back({record::Matcher::parse("n"), -0.5, {}, false, 0, ""});
  const Run r = run(kHeader + row(0, "0.4") + row(1, "0.5") + row(2, "1") + row(3, "-0.6") +
                        row(3, "-0.6", "n") + row(4, "0.9", "n"),
                    options);
  const Severity expected[] = {Severity::normal, Severity::high, Severity::critical,
                               Severity::normal, Severity::high, Severity::normal};
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(r.rows[i].severity == expected[i]);
    CHECK(r.rows[i].alert == (expected[i] != Severity::normal));
  }
  CHECK(r.rows[1].verdict.reasons.back() == "threshold=0.5>=0.5");
}

TEST_CASE("two runs with a state are one run, and rows seen before are not scored again") {
  std::string first = kHeader, second = kHeader, both = kHeader;
  Random random(5);
  for (int i = 0; i < 40; ++i) {
    const std::string line =
        row(i, std::to_string(random.normal() * (i == 19 || i == 25 ? 20 : 1)), i % 3 ? "m" : "n");
    (i < 22 ? first : second) += line;
    both += line;
  }
  const Run a = run(first), b = run(second, {}, a.state), whole = run(both);
  for (std::size_t i = 0; i < b.rows.size(); ++i) {
    CHECK(b.rows[i].verdict.score == whole.rows[22 + i].verdict.score);
    CHECK(b.rows[i].level == whole.rows[22 + i].level);
    CHECK(b.rows[i].alert == whole.rows[22 + i].alert);
  }
  CHECK(b.state == whole.state);
  for (const Scored& again : run(first, {}, a.state).rows)
    CHECK((again.status == "duplicate" || again.status == "out_of_order"));
  CHECK(run(kHeader + row(99, "1", "other"), {}, a.state).state.find("m") != std::string::npos);
}

TEST_CASE("the size of the blocks changes nothing") {
  std::string csv = kHeader;
  Random random(6);
  for (int i = 0; i < 60; ++i) csv += row(i / 2, std::to_string(random.normal() * 3), i % 2 ? "m" : "n");
  const Run whole = run(csv);
  for (const std::size_t block : {1u, 13u, 64u}) {
    const Run parts = run(csv, {}, {}, block);
    REQUIRE(parts.rows.size() == whole.rows.size());
    for (std::size_t i = 0; i < parts.rows.size(); ++i) {
      CHECK(parts.rows[i].verdict.score == whole.rows[i].verdict.score);
      CHECK(parts.rows[i].level == whole.rows[i].level);
    }
    CHECK(parts.state == whole.state);
  }
}

TEST_CASE("an evicted series begins anew") {
  const std::string csv = kHeader + row(0, "12") + row(1, "0", "n") + row(2, "12") + row(3, "0", "n");
  const Run r = run(csv, {}, {}, 65536, 1);
  CHECK(r.rows[0].alert);
  CHECK(r.rows[2].alert);  // nothing of the first alert is remembered
}

TEST_CASE("a damaged state is refused") {
  const std::string state = run(kHeader + row(0, "1")).state;
  for (std::size_t n = 1; n < state.size(); ++n)
    CHECK_THROWS_AS(StateFile::parse(state.substr(0, n), "s"), InputError);
  for (std::size_t i = 0; i < state.size(); ++i) {
    std::string flipped = state;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    CHECK_THROWS_AS(StateFile::parse(flipped, "s"), InputError);
  }
  CHECK_THROWS_WITH_AS(StateFile::parse("hello", "s.state"),
                       "s.state: is no state of aiops-score; remove the file to begin with an empty state",
                       InputError);
}

TEST_CASE("columns come from the model unless the user names them") {
  model::Schema joint;
  joint.joint = true;
  joint.inputs = {"a", "b"};
  joint.by = {"service"};
  CHECK(columns_for(joint, {}, false).values == joint.inputs);
  CHECK(columns_for(joint, {}, false).by == joint.by);
  CHECK_THROWS_AS(columns_for(joint, {}, true), UsageError);
  model::Schema rows = value_schema();
  rows.inputs = {"value", "delta", "rolling_mean", "rolling_std", "zscore"};
  CHECK(columns_for(rows, {}, false).named_by == "value");
  CHECK_THROWS_WITH_AS(require_inputs(rows, {"timestamp", "value"}),
                       doctest::Contains("pipe it through aiops-features first"), InputError);
  rows.derive.rolling = true;
  CHECK_NOTHROW(require_inputs(rows, {"timestamp", "value"}));
  CHECK(columns_for(rows, {}, false).values == rows.values);
}
