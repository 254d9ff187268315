#include "train/train.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/stop.hpp"
#include "base/time.hpp"
#include "model/store.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::train;

namespace {

// Samples of three series, in the order of time or series by series; the third is short.
std::string samples(bool by_series, bool json) {
  std::vector<std::string> lines;
  for (int s = 0; s < 3; ++s) {
    Random random(s);
    for (int i = 0; i < (s == 2 ? 20 : 300); ++i) {
      const std::string time = format_time((1'700'000'000 + 15 * i) * kSecond),
                        value = std::to_string(random.normal());
      const std::string metric = "m" + std::to_string(s);
      lines.push_back(json ? R"({"timestamp":")" + time + R"(","service":"a","metric":")" + metric +
                                 R"(","value":)" + value + "}\n"
                           : time + ",a," + metric + "," + value + "\n");
    }
  }
  std::string text = json ? "" : "timestamp,service,metric,value\n";
  if (by_series) {
    for (const std::string& line : lines) text += line;
  } else {
    for (std::size_t i = 0; i < 300; ++i) {
      for (const std::size_t first : {std::size_t{300}, std::size_t{0}}) text += lines[first + i];
      if (i < 20) text += lines[600 + i];
    }
  }
  return text;
}

struct Trained {
  Status status;
  std::string bundle, card;
  KeptDiagnostics said;
};

Trained run(TrainOptions options, const std::string& text) {
  const Scratch scratch;
  options.input.files = {scratch.file("input", text)};
  options.models = (scratch.path / "models").string();
  Trained result;
  result.status = train::train(options, result.said);
  const model::Store store(options.models);
  if (store.current()) {
    result.bundle = read_file(store.path(*store.current()) / model::kBundleFile);
    result.card = store.card(*store.current());
  }
  return result;
}

TrainOptions quick() {
  TrainOptions options;
  options.fit.detector = "isolation-forest";
  options.fit.parameters.isolation_forest.trees = 10;
  return options;
}

bool said(const std::vector<std::string>& lines, std::string_view text) {
  for (const std::string& line : lines) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every series with rows enough is trained; the others are named") {
  const Trained found = run(quick(), samples(false, false));
  CHECK(found.status == Status::done);
  model::Bundle bundle = model::Bundle::parse(found.bundle, "b");
  REQUIRE(bundle.size() == 2);
  CHECK(bundle.series(0) == "m0{service=\"a\"}");
  CHECK(bundle.rows(0) == 241);  // 300 less the 59 of a window that is not filled
  CHECK(bundle.schema().derive.rolling);
  CHECK(bundle.schema().derive.window == feature::Window{60, 0});
  bundle.detector(0);
  CHECK(said(found.said.warnings, "skipped m2{service=\"a\"}: 19 rows, fewer than --min-samples 60"));
  CHECK(said(found.said.infos, "2 series, 482 rows, 1 series skipped"));
  CHECK(found.card.find("\"skipped\": [\n    {\"series\": \"m2{service=\\\"a\\\"}\", \"rows\": 19}") !=
        std::string::npos);
  CHECK(found.card.find("\"seed\": 1,") != std::string::npos);
}

TEST_CASE("the same seed gives the same bytes, whatever the threads, the order of series and the format") {
  const std::string bundle = run(quick(), samples(false, false)).bundle;
  TrainOptions options = quick();
  for (const unsigned jobs : {1u, 2u, 7u}) {
    options.fit.jobs = jobs;
    const Trained found = run(options, samples(jobs == 2, jobs == 7));
    CHECK(found.bundle == bundle);
    // And the back-test the same figures; the card begins with the time, which differs.
    const auto figures = [](const std::string& card) { return card.substr(card.find("\"bundle_bytes\"")); };
    CHECK(figures(found.card) == figures(run(quick(), samples(false, false)).card));
    CHECK(found.card.find("\"kind\": \"level-shift\", \"injected\": 4") != std::string::npos);
  }
  options.fit.seed = 2;
  CHECK(run(options, samples(false, false)).bundle != bundle);
  // One series alone is as it was among others.
  std::string alone = samples(true, false);
  alone.resize(alone.find("a,m1,") - 21);
  model::Bundle whole = model::Bundle::parse(bundle, "b");
  const std::string part = run(quick(), alone).bundle;
  model::Bundle one = model::Bundle::parse(part, "b");
  REQUIRE(one.size() == 1);
  CHECK(one.detector(0).save() == whole.detector(0).save());
}

TEST_CASE("the back-test does not change what is learned, and says where it cannot be made") {
  TrainOptions options = quick();
  const Trained tested = run(options, samples(false, false));
  CHECK(said(tested.said.infos, "back-test on the last 20% of 2 series: "));
  options.fit.backtest.share = 0;
  const Trained without = run(options, samples(false, false));
  CHECK(without.bundle == tested.bundle);
  CHECK_FALSE(said(without.said.infos, "back-test"));
  CHECK(without.card.find("\"backtest\": null") != std::string::npos);
  options.fit.backtest.share = 0.2;
  options.fit.min_samples = 200;  // 193 stand before the last fifth
  CHECK(said(run(options, samples(false, false)).said.infos, "no back-test: no series has rows enough"));
}

TEST_CASE("the plan: features of the record if it has them, else derived; joint columns as they are") {
  TrainOptions options;
  const std::vector<std::string> sample = {"timestamp", "metric", "value"};
  const std::vector<std::string> features = {"timestamp",    "metric",      "value", "delta",
                                             "rolling_mean", "rolling_std", "zscore"};
  const std::vector<std::string> five = {"value", "delta", "rolling_mean", "rolling_std", "zscore"};
  Plan made = plan(options, features);
  CHECK_FALSE(made.schema.derive.rolling);
  CHECK(made.schema.inputs == std::vector<std::string>{"value"});  // adaptive, the default, sees nothing else
  options.window = "5m";
  CHECK_THROWS_AS(plan(options, sample), UsageError);
  options.window = "";

  options.fit.detector = "isolation-forest";
  made = plan(options, sample);
  CHECK(made.schema.derive.rolling);
  CHECK(made.schema.inputs == five);
  CHECK(made.columns.values == std::vector<std::string>{"value"});

  made = plan(options, features);
  CHECK_FALSE(made.schema.derive.rolling);
  CHECK(made.schema.inputs == five);
  CHECK(made.columns.values == five);
  CHECK(made.columns.named_by == "value");

  options.window = "5m";
  made = plan(options, features);
  CHECK(made.schema.derive.rolling);
  CHECK(made.schema.derive.window == feature::Window{0, 5 * kMinute});

  options.features = {"a", "b"};
  CHECK_THROWS_AS(plan(options, sample), UsageError);
  options.window = "";
  made = plan(options, sample);
  CHECK(made.schema.joint);
  CHECK(made.schema.inputs == std::vector<std::string>{"a", "b"});
  CHECK(made.columns.values == std::vector<std::string>{"a", "b"});
  CHECK(made.columns.named_by.empty());
}

TEST_CASE("the value column goes by its name in the record, and by value within the row") {
  TrainOptions options = quick();
  options.input.columns.values = {"load"};
  std::string csv = "timestamp,load,delta,rolling_mean,rolling_std,zscore\n";
  Random random(1);
  for (int i = 0; i < 100; ++i)
    csv += std::to_string(1'700'000'000 + i) + "," + std::to_string(random.normal()) + ",1,2,3,4\n";
  const Trained found = run(options, csv);
  const model::Bundle bundle = model::Bundle::parse(found.bundle, "b");
  REQUIRE(bundle.size() == 1);
  CHECK(bundle.series(0) == "load");
  CHECK(bundle.schema().inputs[0] == "value");
  CHECK(bundle.schema().values == std::vector<std::string>{"load"});
  CHECK_FALSE(bundle.schema().derive.rolling);
}

TEST_CASE("several value columns are a series each") {
  TrainOptions options = quick();
  options.input.columns.values = {"load", "temp"};
  options.input.columns.split_values = true;
  options.input.columns.by = {"host"};
  std::string csv = "timestamp,host,load,temp\n";
  for (int i = 0; i < 100; ++i)
    csv += std::to_string(1'700'000'000 + i) + ",h," + std::to_string(i % 7) + "," + std::to_string(i % 5) +
           "\n";
  const Trained found = run(options, csv);
  const model::Bundle bundle = model::Bundle::parse(found.bundle, "b");
  REQUIRE(bundle.size() == 2);
  CHECK(bundle.series(0) == "load{host=\"h\"}");
  CHECK(bundle.series(1) == "temp{host=\"h\"}");
  CHECK(bundle.schema().by == std::vector<std::string>{"host"});
}

TEST_CASE("lines that cannot be read are said, and the rest is trained on") {
  const Trained found = run(quick(), samples(true, false) + "yesterday,a,m0,1\n");
  CHECK(found.status == Status::input);
  CHECK_FALSE(found.bundle.empty());
}

TEST_CASE("nothing to train on is an error that leaves nothing behind") {
  const Scratch scratch;
  TrainOptions options = quick();
  options.models = (scratch.path / "models").string();
  KeptDiagnostics diagnostics;
  options.input.files = {scratch.file("empty", "")};
  CHECK_THROWS_AS(train::train(options, diagnostics), InputError);
  options.input.files = {scratch.file("short", "timestamp,metric,value\n1,m,2\n2,m,2\n")};
  CHECK_THROWS_AS(train::train(options, diagnostics), InputError);
  options.input.files = {(scratch.path / "none").string()};
  CHECK_THROWS_AS(train::train(options, diagnostics), InputError);
  options.fit.detector = "oracle";
  CHECK_THROWS_AS(train::train(options, diagnostics), UsageError);
  CHECK_FALSE(std::filesystem::exists(options.models));
}

TEST_CASE("an interrupt writes nothing") {
  request_stop();
  const Trained found = run(quick(), samples(false, false));
  request_stop(false);
  CHECK(found.status == Status::interrupted);
  CHECK(found.bundle.empty());
}
