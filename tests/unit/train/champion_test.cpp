#include "train/champion.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "model/store.hpp"
#include "support.hpp"
#include "train/promote.hpp"

using namespace aiops;
using namespace aiops::train;

namespace {

model::Schema schema() {
  model::Schema made;
  made.inputs = {"value"};
  return made;
}

SeriesHistory noise(std::size_t rows) {
  SeriesHistory history;
  history.series = "m";
  history.width = 1;
  Random random(2);
  for (std::size_t i = 0; i < rows; ++i) {
    history.time.push_back(static_cast<Nanos>(i + 1) * kMinute);
    history.data.push_back(static_cast<float>(random.normal()));
  }
  return history;
}

std::unique_ptr<model::Detector> forest(const SeriesHistory& history, std::size_t rows) {
  model::Parameters parameters;
  parameters.isolation_forest.trees = 20;
  auto detector = model::find_detector("isolation-forest").make(parameters);
  model::History view = history.view();
  view.count = rows;
  detector->fit(schema(), view, 1);
  return detector;
}

Champion champion(const model::Detector& detector, Nanos last) {
  model::BundleWriter bundle(schema());
  bundle.add("m", 1, model::BundleWriter::part(detector));
  Card card;
  card.series["m"].last = last;
  return Champion(model::Bundle::parse(bundle.bytes(), "champion"), card, "v0001");
}

}  // namespace

TEST_CASE("worse: what chance does not explain, and is enough to matter") {
  Comparison compared;
  compared.anomalies = 100;
  CHECK(compared.worse().empty());
  compared.lost = 5;  // 5 %
  CHECK(compared.worse().empty());
  compared.lost = 6;  // 6 > 5 and > 2 sqrt(6) = 4.9
  compared.found = 80, compared.champion_found = 86;
  CHECK(compared.worse() == "it finds 80 of 100 anomalies, 86 are found by the version in use");
  compared.lost = 16, compared.gained = 10;  // 6 < 2 sqrt(26) = 10.2
  CHECK(compared.worse().empty());
  compared.anomalies = 1000;
  compared.lost = 45, compared.gained = 0;  // 4.5 %
  CHECK(compared.worse().empty());

  compared = {};
  compared.alerts = 4;  // 4 <= 2 sqrt(4)
  CHECK(compared.worse().empty());
  compared.alerts = 5;  // 5 > 4.5
  CHECK(compared.worse() == "it gives 5 alerts where the version in use gives 0");
  compared.alerts = 125, compared.champion_alerts = 100;  // 25 < 2 sqrt(225) = 30
  CHECK(compared.worse().empty());
  compared.alerts = 1250, compared.champion_alerts = 1000;  // a quarter
  CHECK(compared.worse().empty());
  compared.alerts = 1251;
  CHECK_FALSE(compared.worse().empty());
}

TEST_CASE("the card states the rule") {
  CHECK(Comparison::rule() ==
        "only_champion_found - only_found > max(0.05 anomalies, 2 sqrt(only_found + only_champion_found)) or "
        "alerts - champion_alerts > max(0.25 champion_alerts, 2 sqrt(alerts + champion_alerts))");
}

TEST_CASE("both are held against rows that are new to both, else against those that both have seen") {
  const SeriesHistory history = noise(300);
  const auto part = forest(history, 240), whole = forest(history, 300);
  const std::vector<Trial> trials = make_trials(schema(), history, 240, {}, 1);
  const Replay replayed = replay(schema(), *part, history, 240, 240, trials);
  const Challenger challenger{schema(), history, 240, trials, replayed, *whole, {}};

  // The champion was trained on the first 200: it is the challenger's part of it, and as good.
  Champion same = champion(*part, history.time[199]);
  Comparison compared = compare(same, challenger);
  CHECK(compared.series == 1);
  CHECK(compared.seen == 0);
  CHECK(compared.rows == 60);
  CHECK(compared.anomalies == trials.size());
  CHECK(compared.lost == 0);
  CHECK(compared.gained == 0);
  CHECK(compared.found == compared.champion_found);
  CHECK(compared.alerts == replayed.alerts.size());
  CHECK(compared.champion_alerts == replayed.alerts.size());

  // On the first 270: the last 30 are new.
  Champion later = champion(*part, history.time[269]);
  compared = compare(later, challenger);
  CHECK(compared.rows == 30);
  CHECK(compared.anomalies ==
        std::count_if(trials.begin(), trials.end(), [](const Trial& t) { return t.row >= 270; }));

  // On nearly all, or on what is not known: against the one that was trained on all.
  for (const Nanos last : {history.time[285], kNoTime}) {
    Champion all = champion(*whole, last);
    compared = compare(all, challenger);
    CHECK(compared.seen == 1);
    CHECK(compared.rows == 60);
    CHECK(compared.lost + compared.gained == 0);
    CHECK(compared.found == compared.champion_found);
  }

  SeriesHistory stranger = history;
  stranger.series = "other";
  CHECK(compare(same, {schema(), stranger, 240, trials, replayed, *whole, {}}).series == 0);
}

TEST_CASE("the decision") {
  Champion with = champion(*forest(noise(100), 100), kNoTime);
  FitResult result{model::BundleWriter(schema()), {}, {}, {}};
  result.compared.series = 1;
  result.compared.alerts = 100;
  CardFacts facts;
  decide(Promote::if_better, &with, result, facts);
  CHECK_FALSE(facts.promoted);
  CHECK(facts.champion == "v0001");
  facts = {};
  decide(Promote::always, nullptr, result, facts);
  CHECK(facts.promoted);
  facts = {};
  decide(Promote::never, &with, result, facts);
  CHECK_FALSE(facts.promoted);
  result.compared.alerts = 0;
  facts = {};
  decide(Promote::if_better, &with, result, facts);
  CHECK(facts.promoted);
}

TEST_CASE("what cannot be compared is replaced, and this is said") {
  const Scratch scratch;
  model::Store store(scratch.path / "m");
  KeptDiagnostics said;
  CHECK(champion_of(store, schema(), said) == nullptr);
  CHECK(said.infos.empty());
  model::BundleWriter bundle(schema());
  bundle.add("m", 1, model::BundleWriter::part(*forest(noise(100), 100)));
  store.add(store.lock(), bundle.bytes(), R"({"series": [{"series": "m", "last": "2026-01-01T00:00:00Z"}]})");
  const auto found = champion_of(store, schema(), said);
  REQUIRE(found);
  CHECK(format_time(found->last("m")) == "2026-01-01T00:00:00Z");
  model::Schema other = schema();
  other.inputs = {"a", "b"};
  CHECK(champion_of(store, other, said) == nullptr);
  CHECK(said.infos.back() == "not compared with v0001, which looks at other columns");
  write_file(store.path(1) / "card.json", "[]");
  CHECK(champion_of(store, schema(), said) == nullptr);
  CHECK(said.warnings.back().find("is no card of a model") != std::string::npos);
}

TEST_CASE("a card is read as far as it goes") {
  const Card card = read_card(R"({"created": "2026-02-01T00:00:00Z", "series": [
    {"series": "a{x=\"1\"}", "rows": 3, "last": "2026-01-31T00:00:00Z",
     "backtest": {"rows": 60, "alerts": 1, "days": 0.5, "scored": 50, "scores": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]}},
    {"series": "b", "trained": "2026-01-15T00:00:00Z", "backtest": null}]})",
                              "card");
  REQUIRE(card.series.size() == 2);
  REQUIRE(card.series.at("a{x=\"1\"}").tested);
  CHECK(card.series.at("a{x=\"1\"}").tested->scores.count == 50);
  CHECK(card.series.at("a{x=\"1\"}").tested->scores.at[8] == 0.8f);
  CHECK(card.series.at("a{x=\"1\"}").trained == card.created);
  CHECK(format_time(card.series.at("b").trained) == "2026-01-15T00:00:00Z");
  CHECK(card.series.at("b").last == kNoTime);
  CHECK_FALSE(card.series.at("b").tested);
  CHECK_THROWS_AS(read_card("{", "card"), InputError);
}
