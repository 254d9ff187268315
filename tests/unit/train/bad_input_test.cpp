// What no back-test was made for: no crash, no number that is none in the card.
#include <doctest/doctest.h>

#include "base/random.hpp"
#include "model/store.hpp"
#include "support.hpp"
#include "train/check.hpp"
#include "train/train.hpp"

using namespace aiops;
using namespace aiops::train;

namespace {

std::string rows() {
  std::string text = "timestamp,metric,value\n";
  const auto add = [&](const std::string& time, const char* metric, const std::string& value) {
    text += time + "," + metric + "," + value + "\n";
  };
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const std::string time = std::to_string(1'700'000'000 + 15 * i), noise = std::to_string(random.normal());
    add(time, "constant", "7");
    add(time, "zero", "0");
    add(time, "two", i % 2 == 0 ? "1" : "2");
    add(time, "huge", i == 280 ? "1e308" : i == 290 ? "-1e308" : noise);
    add(time, "all-huge", i % 2 == 0 ? "1e308" : "-1e308");
    add(time, "tiny", "1e-308");
    add(time, "missing", i % 3 == 0 ? "NaN" : noise);
    add(time, "never", "");
    // The interval changes, then a gap of a week, then the clock jumps on by a day.
    add(std::to_string(1'700'000'000 + (i < 100 ? 15 * i : 60 * i) + (i > 250 ? 604'800 : 0) +
                       (i > 280 ? 86'400 : 0)),
        "steps", noise);
    if (i == 0) add(time, "one", "1");
  }
  return text;
}

// Log records, which may all be of one instant.
std::string events() {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += R"({"timestamp":1700000000,"service":"a","message":"m","duration_ms":)" + std::to_string(i % 17) +
            "}\n";
  return text;
}

void train_with(std::string_view detector, const std::string& text, const std::string& value) {
  const Scratch scratch;
  KeptDiagnostics said;
  TrainOptions options;
  options.models = (scratch.path / "m").string();
  options.input.files = {scratch.file("in", text)};
  options.input.columns.values = {value};
  options.fit.detector = detector;
  options.fit.parameters.isolation_forest.trees = 10;
  options.fit.min_samples = 20;
  CHECK(train::train(options, said) == Status::done);
  // Beside the first one, too, and checked.
  const Status second = train::train(options, said);
  CHECK((second == Status::done || second == Status::gate));
  const model::Store store(options.models);
  const std::string card = store.card(2);
  CHECK(card.find("nan") == std::string::npos);
  CHECK(card.find("inf") == std::string::npos);
  CHECK(read_card(card, "card").series.size() > 0);
  CheckOptions check;
  check.models = options.models;
  check.input = options.input;
  CHECK(train::check(check, said).compared == 0);
}

}  // namespace

TEST_CASE("series that tell nothing, and numbers at the end of their range") {
  for (const model::DetectorKind& kind : model::detectors()) {
    if (!kind.trains) continue;
    CAPTURE(kind.name);
    train_with(kind.name, rows(), "value");
    train_with(kind.name, events(), "duration_ms");
  }
}
