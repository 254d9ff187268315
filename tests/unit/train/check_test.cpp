#include "train/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/random.hpp"
#include "model/store.hpp"
#include "support.hpp"
#include "train/drift.hpp"
#include "train/train.hpp"

using namespace aiops;
using namespace aiops::train;

namespace {

std::string head() { return "timestamp,metric,value\n"; }

// Noise of deviation 1 around 10, rows [from, to) of 15 s; `wider` makes the deviation so many times as
// large.
std::string noise(const std::string& metric, int from, int to, double wider = 1) {
  std::string text;
  Random random(static_cast<std::uint64_t>(from) + metric.size() * 1000 + metric.back());
  for (int i = from; i < to; ++i) {
    text += std::to_string(1'700'000'000 + 15 * i) + "," + metric + "," +
            std::to_string(10 + wider * random.normal()) + "\n";
  }
  return text;
}

struct Model {
  Scratch scratch;
  CheckOptions options;
  KeptDiagnostics said;

  Model() {
    options.models = (scratch.path / "m").string();
    options.jobs = 1;
    TrainOptions train;
    train.models = options.models;
    train.fit.parameters.isolation_forest.trees = 30;
    train.fit.detector = "isolation-forest";
    train.input.files = {
        scratch.file("train.csv", head() + noise("a", 0, 2000) + noise("b", 0, 2000) + noise("c", 0, 2000))};
    train::train(train, said);
  }
  CheckResult check(const std::string& rows) {
    options.input.files = {scratch.file("data.csv", head() + rows)};
    return train::check(options, said);
  }
  model::Bundle bundle() const {
    const model::Store store(options.models);
    return model::Bundle::open(store.path(*store.current()) / model::kBundleFile);
  }
  std::string card() const {
    const model::Store store(options.models);
    return store.card(*store.current());
  }
};

}  // namespace

TEST_CASE("drift: the distance of distributions, as far as deciles tell") {
  std::vector<float> uniform(6400);
  for (std::size_t i = 0; i < uniform.size(); ++i) uniform[i] = static_cast<float>(i) / 6400;
  const Deciles before = Deciles::of(uniform);
  Drift same = drift(before, uniform);
  CHECK(same.tested);
  CHECK(same.distance < 0.001);
  CHECK(same.allowed == 0.2);
  // Halves: P(x <= 0.5) is 1 where it was 0.5. By hand.
  std::vector<float> low = uniform, high = uniform;
  for (float& score : low) score /= 2;
  for (float& score : high) score += 0.3f;
  Drift moved = drift(before, low);
  CHECK(moved.distance == doctest::Approx(0.5).epsilon(0.01));
  CHECK(moved.drifted());
  CHECK_FALSE(moved.higher);
  moved = drift(before, high);
  CHECK(moved.distance == doctest::Approx(0.3).epsilon(0.01));
  CHECK(moved.higher);
  // sqrt(-ln(0.0005) / 2) = 1.9495, of 64 and 400 scores in groups of 16: times sqrt(29 / 100).
  moved = drift(before, std::vector<float>(high.begin(), high.begin() + 64));
  CHECK(moved.allowed == doctest::Approx(1.9495 * std::sqrt((400.0 + 4) / (400.0 * 4))).epsilon(1e-4));
  CHECK_FALSE(drift(before, std::vector<float>(63, 5)).tested);
}

TEST_CASE("drift: equal scores, and most of them 0, are no drift by themselves") {
  std::vector<float> zeros(1000, 0);
  for (std::size_t i = 0; i < 50; ++i) zeros[i] = 1;
  CHECK(drift(Deciles::of(zeros), zeros).distance <= 0);
  CHECK(drift(Deciles::of(std::vector<float>(1000, 0)), zeros).distance <= 0);
  std::vector<float> half(1000, 0);
  for (std::size_t i = 0; i < 500; ++i) half[i] = 1;
  CHECK(drift(Deciles::of(zeros), half).distance == doctest::Approx(0.4));  // at least; it is 0.45
}

TEST_CASE("what is found: unknown, missing and drifted series; nothing where nothing has changed") {
  Model model;
  CheckResult result = model.check(noise("a", 1900, 3500) + noise("b", 1900, 3500) + noise("c", 1900, 3500));
  CHECK(result.findings.empty());
  CHECK(result.compared == 3);
  CHECK(result.status == Status::done);
  CHECK(check_text(result).empty());

  result = model.check(noise("a", 1900, 3500) + noise("b", 1900, 3500, 4) + noise("new", 0, 500) +
                       noise("few", 0, 50));
  REQUIRE(result.findings.size() == 3);
  CHECK(result.status == Status::gate);
  CHECK(result.too_short == 1);
  CHECK(result.findings[0].trouble == Trouble::unknown);
  CHECK(result.findings[0].series == "new");
  CHECK(result.findings[1].trouble == Trouble::missing);
  CHECK(result.findings[1].series == "c");
  CHECK(result.findings[2].trouble == Trouble::drifted);
  CHECK(result.findings[2].series == "b");
  CHECK(result.findings[2].text.find("scores are higher than in the back-test") == 0);
  CHECK(check_json(result).find(R"({"finding": "missing", "series": "c", "text": "no row in the data"})") !=
        std::string::npos);
}

TEST_CASE("rows that the model was trained on are not compared") {
  Model model;
  const CheckResult result = model.check(noise("a", 0, 2000, 4) + noise("b", 0, 2000) + noise("c", 0, 2000));
  CHECK(result.compared == 0);
  CHECK(result.findings.empty());
}

TEST_CASE("training anew: what is stale; the other parts stay as they are, byte for byte") {
  Model model;
  const model::Bundle before = model.bundle();
  model.options.retrain = true;
  const CheckResult result = model.check(noise("a", 1900, 3500) + noise("b", 1900, 3500, 4) +
                                         noise("c", 1900, 3500) + noise("new", 0, 500));
  CHECK(result.findings.size() == 2);
  CHECK(result.retrained == "v0002");
  CHECK(result.left == 0);
  CHECK(result.status == Status::done);
  const model::Bundle after = model.bundle();
  REQUIRE(after.size() == 4);
  for (const char* series : {"a", "c"}) {
    CHECK(after.part(*after.find(series)) == before.part(*before.find(series)));
    CHECK(after.rows(*after.find(series)) == before.rows(*before.find(series)));
  }
  CHECK(after.part(*after.find("b")) != before.part(*before.find("b")));
  // With the parameters of the model: 30 trees, not 100.
  model::Parameters parameters;
  after.make(*after.find("new"))->tell(parameters);
  CHECK(parameters.isolation_forest.trees == 30);
  // The card tells what is of before, and the next check goes by that.
  const Card card = read_card(model.card(), "card");
  CHECK(card.series.at("a").trained < card.created);
  CHECK(card.series.at("b").trained == card.created);
  CHECK(card.series.at("a").tested);
  CHECK(model
            .check(noise("a", 1900, 3500) + noise("b", 1900, 3500, 4) + noise("c", 1900, 3500) +
                   noise("new", 0, 500))
            .findings.empty());
}

TEST_CASE("parts are not trained with other parameters than the model") {
  Model model;
  model.options.retrain = true;
  const model::Store store(model.options.models);
  std::string card = store.card(1);
  card.replace(card.find("\"trees\": 30"), 11, "\"trees\": 31");
  write_file(store.path(1) / "card.json", card);
  CHECK_THROWS_AS(model.check(noise("new", 0, 500)), InputError);
  CHECK(store.versions().size() == 1);
}

TEST_CASE("a finding that cannot be remedied is left") {
  Model model;
  model.options.retrain = true;
  const CheckResult result = model.check(noise("a", 1900, 3500) + noise("b", 1900, 3500));
  CHECK(result.left == 1);
  CHECK(result.retrained.empty());
  CHECK(result.status == Status::gate);
}

TEST_CASE("age: of the model, and of parts that an earlier run made") {
  Model model;
  model::Store store(model.options.models);
  std::string card = store.card(1);
  const auto set = [&](const std::string& from, const std::string& to) {
    card.replace(card.find(from), from.size(), to);
    write_file(store.path(1) / "card.json", card);
  };
  set("{\"series\": \"b\",", "{\"series\": \"b\", \"trained\": \"2020-01-01T00:00:00Z\",");
  const std::string rows = noise("a", 1900, 2100) + noise("b", 1900, 2100) + noise("c", 1900, 2100);
  CheckResult result = model.check(rows);
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].trouble == Trouble::old);
  CHECK(result.findings[0].series == "b");
  model.options.max_age = 0;
  CHECK(model.check(rows).findings.empty());
  model.options.max_age = kDay;
  set(card.substr(card.find("\"created\": \""), 22), "\"created\": \"2020-01-01");
  result = model.check(rows);
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].series.empty());
  // All of it is trained again, where it has rows.
  model.options.retrain = true;
  result = model.check(rows);
  CHECK(result.left == 0);
  CHECK(model.bundle().rows(0) < 300);
}

TEST_CASE("no model, no data") {
  Scratch scratch;
  KeptDiagnostics said;
  CheckOptions options;
  options.models = (scratch.path / "none").string();
  CHECK_THROWS_AS(check(options, said), InputError);
  Model model;
  CHECK_THROWS_AS(model.check(""), InputError);
}
