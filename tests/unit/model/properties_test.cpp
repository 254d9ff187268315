// What must hold of every detector of the table, trained and cold, of the value and of what is computed from
// it. (threshold and exec judge in the scorer: tests/pipelines/score-bad-input.sh.)
#include <array>
#include <string>

#include "base/error.hpp"
#include "feature/rolling.hpp"
#include "model/detector.hpp"
#include "streams.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

// A detector with a way to use it, and a stream as the rows that it sees.
struct Case {
  std::string name;
  const DetectorKind* kind = nullptr;
  bool trained = false;
  Schema schema;

  std::vector<double> rows(const Stream& stream) const {
    if (schema.inputs.size() == 1) return stream.value;
    std::vector<double> out;
    feature::Rolling rolling(schema.derive.window);
    for (std::size_t i = 0; i < stream.size(); ++i) {
      const double x = stream.value[i];
      const feature::Features f = rolling.update(stream.time[i], x);
      for (const double one : {x, f.delta, f.mean, f.std, f.zscore}) out.push_back(one);
    }
    return out;
  }

  std::unique_ptr<Detector> make(const Stream& history) const {
    Parameters parameters;
    parameters.isolation_forest.trees = 25;
    // A season that is a factor of the level is none of the level and a constant.
    parameters.holt_winters.season_kind = EtsSeason::additive;
    if (!trained) return make_cold(kind->name, schema, parameters);
    auto detector = kind->make(parameters);
    const std::vector<double> all = rows(history);
    const std::vector<float> data(all.begin(), all.end());
    detector->fit(schema, {history.time.data(), data.data(), history.size(), schema.inputs.size()}, 1);
    return detector;
  }

  std::vector<Verdict> judge(const Detector& detector, const Stream& stream, std::size_t chunk = 1'000'000,
                             bool reload = false) const {
    const std::vector<double> data = rows(stream);
    const std::size_t width = schema.inputs.size();
    auto state = detector.start();
    std::vector<Verdict> verdicts(stream.size());
    for (std::size_t at = 0; at < stream.size(); at += chunk) {
      const std::size_t n = std::min(chunk, stream.size() - at);
      detector.update(state.get(), {stream.time.data() + at, data.data() + at * width, n, width},
                      verdicts.data() + at);
      if (reload && state) state = detector.restore(state->save());
    }
    return verdicts;
  }
};

std::vector<Case> cases() {
  std::vector<Case> all;
  Schema derived = schema_of({"value", "delta", "rolling_mean", "rolling_std", "zscore"});
  derived.derive.rolling = true;
  for (const DetectorKind& kind : detectors()) {
    if (kind.name == "threshold" || kind.name == "exec") continue;
    const std::string name(kind.name);
    if (kind.cold) all.push_back({name + " cold", &kind, false, schema_of({"value"})});
    if (kind.trains) all.push_back({name + " trained", &kind, true, schema_of({"value"})});
    if (kind.derived) all.push_back({name + " trained with features", &kind, true, derived});
  }
  return all;
}

const Stream& whole() {
  static const Stream stream = [] {
    Stream made = busy_stream(2400, 30 * kMinute);
    for (std::size_t i = 1600; i < 2400; i += 190) made.value[i] += 150;
    return made;
  }();
  return stream;
}
Stream history() { return whole().part(0, 1500); }
Stream coming() { return whole().part(1500, 2400); }

// The verdicts are the same; a score at the threshold itself may fall to either side of it by rounding.
int differences(const std::vector<Verdict>& a, const std::vector<Verdict>& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool near = std::abs(a[i].score - 1) < 0.01;
    count += a[i].condition != b[i].condition || (!near && (a[i].score >= 1) != (b[i].score >= 1));
  }
  return count;
}

template <typename Body>
void for_each_case(Body body) {
  for (const Case& one : cases()) {
    CAPTURE(one.name);
    body(one);
  }
}

}  // namespace

TEST_CASE("every detector: there is something to find in the stream") {
  for_each_case([](const Case& one) {
    const int found = alerts(one.judge(*one.make(history()), coming()));
    CHECK(found > 0);
    CHECK(found < 300);
  });
}

TEST_CASE("every detector: a factor changes no verdict") {
  for_each_case([](const Case& one) {
    const auto expected = one.judge(*one.make(history()), coming());
    for (const double factor : {0x1p-40, 3.7, 0x1p50}) {
      CAPTURE(factor);
      const auto scaled = [factor](double x) { return x * factor; };
      const auto verdicts = one.judge(*one.make(mapped(history(), scaled)), mapped(coming(), scaled));
      CHECK(differences(expected, verdicts) == 0);
    }
  });
}

TEST_CASE("every detector: a shift changes verdicts only by rounding") {
  for_each_case([](const Case& one) {
    const auto expected = one.judge(*one.make(history()), coming());
    for (const double shift : {-64.0, 1000.0}) {
      CAPTURE(shift);
      const auto moved = [shift](double x) { return x + shift; };
      const auto verdicts = one.judge(*one.make(mapped(history(), moved)), mapped(coming(), moved));
      // Training keeps single precision, of which a large shift leaves the features of small moves less.
      CHECK(differences(expected, verdicts) <= (one.schema.derive.rolling ? 9 : 0));
    }
  });
}

TEST_CASE("every detector: one row at a time, many at once, a part of the stream, restored: the same") {
  for_each_case([](const Case& one) {
    const auto detector = one.make(history());
    const auto expected = one.judge(*detector, coming());
    const auto check = [&](const std::vector<Verdict>& verdicts) {
      for (std::size_t i = 0; i < verdicts.size(); ++i) REQUIRE(same(verdicts[i], expected[i]));
    };
    for (const std::size_t chunk : {1, 2, 64, 700}) check(one.judge(*detector, coming(), chunk));
    for (const std::size_t length : {1, 99, 650}) check(one.judge(*detector, coming().part(0, length)));
    check(one.judge(*detector, coming(), 53, true));
    const std::string bytes = detector->save();
    CHECK(one.make(history())->save() == bytes);
    if (bytes.empty()) return;
    const auto loaded = one.kind->make({});
    loaded->load(one.schema, bytes);
    CHECK(loaded->save() == bytes);
    check(one.judge(*loaded, coming()));
  });
}

TEST_CASE("every detector: verdicts are numbers, whatever comes") {
  const std::array<std::function<double(std::size_t)>, 6> streams = {
      [](std::size_t) { return 7.3; },
      [](std::size_t i) { return i * 7919 % 13 < 3 ? 1.0 : 0.0; },
      [](std::size_t i) { return i % 100 == 77 ? 1e308 : 1.0 + static_cast<double>(i % 5); },
      [](std::size_t i) { return 1e-320 * static_cast<double>(i % 7); },
      [](std::size_t i) { return i == 300 ? 3.0 : kMissing; },
      [](std::size_t) { return kMissing; },
  };
  for_each_case([&](const Case& one) {
    const auto usual = one.make(history());
    for (std::size_t i = 0; i < streams.size(); ++i) {
      CAPTURE(i);
      const Stream odd = stream_of(600, streams[i]);
      std::unique_ptr<Detector> of_odd;
      try {
        of_odd = one.make(odd);
      } catch (const InputError&) {
        CHECK(i >= 4);  // there is nothing to learn from
      }
      for (const Detector* detector : {usual.get(), of_odd.get()}) {
        if (detector == nullptr) continue;
        for (const Verdict& verdict : one.judge(*detector, odd)) {
          for (const double x : {verdict.score, verdict.level, verdict.p_value, verdict.expected,
                                 verdict.lower, verdict.upper, verdict.trend, verdict.seasonal}) {
            REQUIRE_FALSE(std::isinf(x));
          }
          const bool scored = verdict.condition == Condition::ok || verdict.condition == Condition::flat ||
                              verdict.condition == Condition::counter_reset;
          REQUIRE(scored == std::isfinite(verdict.score));
          if (scored) REQUIRE((verdict.score >= 0 && verdict.p_value > 0 && verdict.p_value <= 1));
          for (const std::string& reason : verdict.reasons) {
            REQUIRE(reason.find("nan") == std::string::npos);
            REQUIRE(reason.find("inf") == std::string::npos);
          }
        }
      }
    }
  });
}
