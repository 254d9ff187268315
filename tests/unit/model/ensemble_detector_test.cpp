#include "model/ensemble_detector.hpp"

#include <numeric>

#include "base/error.hpp"
#include "streams.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

const Schema kSchema = schema_of({"value"});

Parameters of(const std::string& members) {
  Parameters parameters;
  parameters.ensemble.members = members;
  return parameters;
}

std::vector<Verdict> run(const Detector& detector, const Stream& stream, std::size_t chunk = 1'000'000) {
  const auto state = detector.start();
  return judge(detector, state.get(), stream, chunk);
}

std::vector<Verdict> cold(const std::string& detector, const Stream& stream,
                          const std::string& members = "adaptive,light", std::size_t chunk = 1'000'000) {
  return run(*make_cold(detector, kSchema, of(members)), stream, chunk);
}

std::unique_ptr<Detector> trained(const std::string& members, const Stream& stream) {
  auto detector = find_detector("ensemble").make(of(members));
  const std::vector<float> data(stream.value.begin(), stream.value.end());
  detector->fit(kSchema, {stream.time.data(), data.data(), data.size(), 1}, 7);
  return detector;
}

}  // namespace

TEST_CASE("ensemble: of one member it says what the member says, until it knows itself") {
  const Stream stream = busy_stream(3000, kMinute);
  const std::vector<Verdict> together = cold("ensemble", stream, "light"), alone = cold("light", stream);
  for (std::size_t i = 0; i < stream.size(); ++i) {
    REQUIRE(together[i].condition == alone[i].condition);
    if (alone[i].condition != Condition::ok || alone[i].p_value > 0.001) continue;
    // The own tail has a weight of at most 3000 of 43000.
    const double surprise = -std::log10(alone[i].p_value);
    CHECK(-std::log10(together[i].p_value) == doctest::Approx(surprise).epsilon(0.1));
    CHECK(together[i].expected == alone[i].expected);
    CHECK(together[i].level == alone[i].level);
  }
}

TEST_CASE("ensemble: probabilities combine as Cauchy's distribution has it") {
  // By another program (Python): p = 1/2 - atan(mean(tan(pi (1/2 - p)))) / pi, p above 1/2 taken for 1/2.
  struct Case {
    std::vector<double> p;
    double combined;
  };
  for (const Case& one :
       {Case{{0.001, 1}, 0.00199998}, Case{{0.001, 0.001}, 0.001}, Case{{1e-200, 0.3}, 2e-200},
        Case{{0.01, 0.04, 0.9}, 0.0239861}, Case{{0.7, 0.9}, 0.5}}) {
    CHECK(EnsembleDetector::combined(one.p) == doctest::Approx(one.combined).epsilon(1e-4));
  }
}

TEST_CASE("ensemble: a factor changes no verdict, a shift only by rounding") {
  const Stream stream = busy_stream(5000, kMinute);
  const std::vector<Verdict> plain = cold("ensemble", stream);
  REQUIRE(alerts(plain) > 3);
  for (const auto& [factor, shift] :
       {std::pair{1e-9, 0.0}, {12345.678, 0.0}, {1.0, 10'000.0}, {1.0, -50.0}}) {
    const auto other = cold("ensemble", mapped(stream, [&](double x) { return x * factor + shift; }));
    for (std::size_t i = 0; i < stream.size(); ++i) {
      if (plain[i].condition != Condition::ok) continue;
      REQUIRE((plain[i].score >= 1) == (other[i].score >= 1));
      REQUIRE(other[i].score == doctest::Approx(plain[i].score).epsilon(0.02).scale(2));
    }
  }
}

TEST_CASE("ensemble: neither what comes after nor the size of the chunks changes a verdict") {
  const Stream stream = busy_stream(2500, kMinute);
  const std::vector<Verdict> whole = cold("ensemble", stream);
  for (const std::size_t length : {63ul, 65ul, 2047ul}) {
    const std::vector<Verdict> part = cold("ensemble", stream.part(0, length));
    for (std::size_t i = 0; i < length; ++i) REQUIRE(same(part[i], whole[i]));
  }
  for (const std::size_t chunk : {1ul, 1000ul}) {
    const std::vector<Verdict> parts = cold("ensemble", stream, "adaptive,light", chunk);
    for (std::size_t i = 0; i < stream.size(); ++i) REQUIRE(same(parts[i], whole[i]));
  }
}

TEST_CASE("ensemble: trained, saved, loaded: the same bytes and the same verdicts") {
  const Stream history = mapped(busy_stream(2000, kMinute), [](double x) { return std::isnan(x) ? 50 : x; });
  const Stream stream = busy_stream(600, kMinute, 5);
  const auto detector = trained("adaptive,isolation-forest", history);
  CHECK(trained("adaptive,isolation-forest", history)->save() == detector->save());
  const auto loaded = find_detector("ensemble").make({});
  const std::string bytes = detector->save();
  loaded->load(kSchema, bytes);
  CHECK(loaded->save() == detector->save());
  const std::vector<Verdict> first = run(*detector, stream), second = run(*loaded, stream);
  for (std::size_t i = 0; i < stream.size(); ++i) REQUIRE(same(first[i], second[i]));
  Parameters told;
  loaded->tell(told);
  CHECK(told.ensemble.members == "adaptive,isolation-forest");

  for (const std::size_t at : {0ul, 1ul, 300ul}) {
    const auto state = loaded->start();
    judge(*loaded, state.get(), stream.part(0, at));
    const auto again = loaded->restore(state->save());
    CHECK(again->save() == state->save());
    const std::vector<Verdict> rest = judge(*loaded, again.get(), stream.part(at, stream.size()));
    for (std::size_t i = at; i < stream.size(); ++i) REQUIRE(same(rest[i - at], first[i]));
    const auto other = make_cold("ensemble", kSchema, of("light"));
    CHECK_THROWS_AS(other->restore(state->save()), InputError);
  }
}

TEST_CASE("ensemble: bytes that are none are refused, never read past their end") {
  const Stream history = mapped(busy_stream(300, kMinute), [](double x) { return std::isnan(x) ? 50 : x; });
  const std::string bytes = trained("light,isolation-forest", history)->save();
  const auto loaded = find_detector("ensemble").make({});
  for (std::size_t length = 1; length < bytes.size(); length += 997) {
    CHECK_THROWS_AS(loaded->load(kSchema, std::string_view(bytes).substr(0, length)), InputError);
  }
  CHECK_THROWS_AS(loaded->load(kSchema, bytes + "x"), InputError);
  const auto detector = make_cold("ensemble", kSchema, of("adaptive,light"));
  const auto state = detector->start();
  judge(*detector, state.get(), history);
  const std::string saved = state->save();
  for (std::size_t length = 0; length < saved.size(); length += 501) {
    CHECK_THROWS_AS(detector->restore(std::string_view(saved).substr(0, length)), InputError);
  }
  CHECK_THROWS_AS(detector->restore(saved + "x"), InputError);
}

TEST_CASE("ensemble: the others count where a member has no verdict, and reasons name the member") {
  // The forest wants an input that the row does not have: only light speaks.
  const Schema schema = schema_of({"value", "delta"});
  Random random(3);
  const std::size_t count = 500;
  std::vector<float> history;
  std::vector<Nanos> time(count);
  for (std::size_t i = 0; i < count; ++i) {
    time[i] = static_cast<Nanos>(i) * kMinute;
    history.insert(history.end(), {static_cast<float>(random.normal()), static_cast<float>(random.normal())});
  }
  const auto detector = find_detector("ensemble").make(of("light,isolation-forest"));
  detector->fit(schema, {time.data(), history.data(), count, 2}, 1);
  const auto state = detector->start();
  const std::vector<Nanos> now = {time.back() + kMinute, time.back() + 2 * kMinute,
                                  time.back() + 3 * kMinute};
  const std::vector<double> rows = {40, kMissing, 0.1, 0.2, kMissing, kMissing};
  std::vector<Verdict> verdicts(3);
  detector->update(state.get(), {now.data(), rows.data(), 3, 2}, verdicts.data());
  CHECK(verdicts[0].condition == Condition::ok);
  CHECK(verdicts[0].score >= 1);
  REQUIRE_FALSE(verdicts[0].reasons.empty());
  CHECK(verdicts[0].reasons[0].starts_with("light."));
  CHECK(std::isfinite(verdicts[1].score));
  CHECK(verdicts[2].condition == Condition::no_data);
  CHECK(std::isnan(verdicts[2].score));
}

TEST_CASE("ensemble: what is not to be learned leaves no trace in its state") {
  const Stream stream = busy_stream(1500, kMinute);
  Stream odd = stream;
  std::vector<std::uint8_t> frozen(stream.size(), 0);
  for (std::size_t i = 1400; i < stream.size(); ++i) frozen[i] = 1;
  for (std::size_t i = 1400; i < stream.size(); ++i) odd.value[i] = 900;
  const auto detector = make_cold("ensemble", kSchema, of("adaptive,light"));
  std::vector<std::string> tails;
  for (const Stream* one : {&stream, static_cast<const Stream*>(&odd)}) {
    const auto state = detector->start();
    std::vector<Verdict> verdicts(one->size());
    Rows rows{one->time.data(), one->value.data(), one->size(), 1};
    rows.frozen = frozen.data();
    detector->update(state.get(), rows, verdicts.data());
    const std::string bytes = state->save();
    tails.push_back(bytes.substr(bytes.size() - 100));  // the own tail stands last
  }
  CHECK(tails[0] == tails[1]);
}

TEST_CASE("ensemble: what no metric should be, and yet is") {
  Random random(2);
  check_sane(cold("ensemble", stream_of(3000, [](std::size_t) { return 5.0; })));
  check_sane(cold("ensemble", stream_of(3000, [](std::size_t i) { return i * 7 % 3 == 0 ? 1.0 : 0.0; })));
  check_sane(cold("ensemble",
                  stream_of(3000, [&](std::size_t i) { return i % 900 == 899 ? 1e308 : random.normal(); })));
  check_sane(cold("ensemble", stream_of(3000, [&](std::size_t) { return 1e300 * random.normal(); })));
  CHECK(cold("ensemble", stream_of(3000, [](std::size_t) { return 5.0; }))[2000].condition ==
        Condition::flat);
  CHECK(cold("ensemble", stream_of(1, [](std::size_t) { return 5.0; }))[0].condition ==
        Condition::warming_up);
  for (const Verdict& verdict : cold("ensemble", stream_of(100, [](std::size_t) { return kMissing; }))) {
    CHECK(verdict.condition == Condition::no_data);
  }
}

TEST_CASE("ensemble: members that cannot be") {
  const DetectorKind& kind = find_detector("ensemble");
  for (const char* members :
       {"", "adaptive,nobody", "ensemble", "adaptive,threshold", "light,light", "light,"}) {
    CAPTURE(members);
    CHECK_THROWS_AS(kind.make(of(members)), UsageError);
  }
  CHECK_THROWS_AS(make_cold("ensemble", kSchema, of("isolation-forest")), UsageError);
  const auto left = make_cold("ensemble", kSchema, of("isolation-forest,light"));  // light alone
  CHECK(left->start()->save() == make_cold("ensemble", kSchema, of("light"))->start()->save());
}
