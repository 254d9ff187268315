#include "model/light_detector.hpp"

#include "base/error.hpp"
#include "streams.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

const Schema kSchema = schema_of({"value"});

std::vector<Verdict> cold(const Stream& stream, std::size_t chunk = 1'000'000) {
  const auto detector = make_cold("light", kSchema);
  const auto state = detector->start();
  return judge(*detector, state.get(), stream, chunk);
}

}  // namespace

TEST_CASE("light: a factor changes no verdict") {
  const Stream stream = busy_stream(6000, kMinute);
  const std::vector<Verdict> plain = cold(stream);
  REQUIRE(alerts(plain) > 5);
  for (const double factor : {0x1p-20, 1e-9, 0.37, 12345.678}) {
    const std::vector<Verdict> scaled = cold(mapped(stream, [&](double x) { return x * factor; }));
    for (std::size_t i = 0; i < stream.size(); ++i) {
      if (plain[i].condition != Condition::ok) continue;
      REQUIRE((plain[i].score >= 1) == (scaled[i].score >= 1));
      REQUIRE(scaled[i].score == doctest::Approx(plain[i].score).epsilon(0.02).scale(2));
    }
  }
}

TEST_CASE("light: a shift changes verdicts only by rounding") {
  const Stream stream = busy_stream(6000, kMinute);
  const std::vector<Verdict> plain = cold(stream);
  for (const double shift : {-50.0, 10'000.0, 1e9}) {
    const std::vector<Verdict> shifted = cold(mapped(stream, [&](double x) { return x + shift; }));
    for (std::size_t i = 0; i < stream.size(); ++i) {
      if (plain[i].condition != Condition::ok) continue;
      REQUIRE((plain[i].score >= 1) == (shifted[i].score >= 1));
      REQUIRE(shifted[i].score == doctest::Approx(plain[i].score).epsilon(0.02).scale(2));
    }
  }
}

TEST_CASE("light: neither what comes after nor the size of the chunks changes a verdict") {
  for (const Nanos step : {kSecond, kMinute, kHour}) {
    const Stream stream = busy_stream(3000, step);
    const std::vector<Verdict> whole = cold(stream);
    for (const std::size_t length : {15ul, 16ul, 63ul, 64ul, 65ul, 700ul, 2047ul}) {
      const std::vector<Verdict> part = cold(stream.part(0, length));
      for (std::size_t i = 0; i < length; ++i) REQUIRE(same(part[i], whole[i]));
    }
    for (const std::size_t chunk : {1ul, 2ul, 1000ul}) {
      const std::vector<Verdict> parts = cold(stream, chunk);
      for (std::size_t i = 0; i < stream.size(); ++i) REQUIRE(same(parts[i], whole[i]));
    }
  }
}

TEST_CASE("light: a state that was saved and restored goes on as if nothing had been") {
  const Stream stream = busy_stream(5000, kMinute);
  const auto detector = make_cold("light", kSchema);
  const std::vector<Verdict> whole = cold(stream);
  for (const std::size_t at : {0ul, 1ul, 15ul, 16ul, 64ul, 65ul, 500ul, 4500ul}) {
    const auto state = detector->start();
    judge(*detector, state.get(), stream.part(0, at));
    const std::string bytes = state->save();
    CHECK(bytes.size() <= LightDetector::kStateBytes);
    const auto again = detector->restore(bytes);
    CHECK(again->save() == bytes);
    const std::vector<Verdict> verdicts = judge(*detector, again.get(), stream.part(at, stream.size()));
    for (std::size_t i = at; i < stream.size(); ++i) REQUIRE(same(verdicts[i - at], whole[i]));
  }
}

TEST_CASE("light: bytes that are no state are refused, never read past their end") {
  const auto detector = make_cold("light", kSchema);
  const auto state = detector->start();
  judge(*detector, state.get(), busy_stream(500, kMinute));
  const std::string bytes = state->save();
  for (std::size_t length = 0; length < bytes.size(); length += 13) {
    CHECK_THROWS_AS(detector->restore(std::string_view(bytes).substr(0, length)), InputError);
  }
  CHECK_THROWS_AS(detector->restore(bytes + "x"), InputError);
  // Damage that a checksum did not catch is refused, or gives a state that can be used.
  const Stream more = busy_stream(50, kMinute);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int damage : {0x55, 0xff, 0x80}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ damage);
      try {
        const auto odd = detector->restore(damaged);
        judge(*detector, odd.get(), more);
      } catch (const InputError&) {
      }
    }
  }
}

TEST_CASE("light: trained, it starts where the history ended") {
  Stream all = mapped(busy_stream(4000, kMinute), [](double x) { return static_cast<float>(x); });
  std::vector<float> history(all.value.begin(), all.value.begin() + 3000);
  const auto trained = find_detector("light").make({});
  trained->fit(kSchema, {all.time.data(), history.data(), history.size(), 1}, 1);
  const auto loaded = find_detector("light").make({});
  const std::string bytes = trained->save();
  loaded->load(kSchema, bytes);
  CHECK(loaded->save() == trained->save());
  const std::vector<Verdict> streamed = cold(all);
  const std::vector<Verdict> warm = judge(*loaded, loaded->start().get(), all.part(3000, 4000));
  for (std::size_t i = 0; i < warm.size(); ++i) REQUIRE(same(warm[i], streamed[3000 + i]));
  CHECK_THROWS_AS(loaded->load(kSchema, "nonsense"), InputError);
  const std::vector<float> none = {std::nanf(""), std::nanf("")};
  CHECK_THROWS_AS(trained->fit(kSchema, {all.time.data(), none.data(), 2, 1}, 1), InputError);
  CHECK_THROWS_AS(make_cold("light", schema_of({"a", "b"}, true)), UsageError);
}

TEST_CASE("light: a spike and a step are alerts with their reasons, quiet data is none") {
  Random random(4);
  Stream stream = stream_of(5000, [&](std::size_t) { return 10 + random.normal(); });
  CHECK(alerts(cold(stream)) <= 2);
  stream.value[4000] = 30;
  for (int i = 4500; i < 4530; ++i) stream.value[i] += 12;
  const std::vector<Verdict> verdicts = cold(stream);
  REQUIRE(verdicts[4000].score >= 1);
  REQUIRE_FALSE(verdicts[4000].reasons.empty());
  bool told = false;
  for (const std::string& reason : verdicts[4000].reasons)
    told |= reason.starts_with("jump=+") || reason.starts_with("daily=30(expected ");
  CHECK(told);
  CHECK(verdicts[4000].expected == doctest::Approx(10).epsilon(0.1));
  CHECK(verdicts[4000].upper < 15);
  CHECK(alerts({verdicts.begin() + 4500, verdicts.begin() + 4510}) > 0);
  CHECK(verdicts[4520].level > verdicts[4400].level);
}

TEST_CASE("light: what is usual at its hour is none") {
  // Each day at the same hour it stands at three times its usual value.
  Random random(6);
  const auto at = [&](std::size_t i) { return (i % 288 / 12 == 3 ? 30 : 10) + random.normal(); };
  const std::vector<Verdict> verdicts = cold(stream_of(288 * 20, at, 5 * kMinute));
  CHECK(alerts({verdicts.begin() + 288 * 10, verdicts.end()}) <= 3);
}

TEST_CASE("light: what no metric should be, and yet is") {
  SUBCASE("constant, zero or not: flat") {
    for (const double value : {0.0, 5.0, -1e300}) {
      const std::vector<Verdict> verdicts = cold(stream_of(10'000, [&](std::size_t) { return value; }));
      check_sane(verdicts);
      CHECK(alerts(verdicts) == 0);
      CHECK(verdicts[5000].condition == Condition::flat);
      CHECK(verdicts[5000].score == 0);
    }
  }
  SUBCASE("constant, then one change") {
    const auto verdicts = cold(stream_of(3000, [](std::size_t i) { return i == 2500 ? 1.0 : 0.0; }));
    check_sane(verdicts);
    CHECK(verdicts[2500].score >= 1);
  }
  SUBCASE("two values") {
    const auto verdicts = cold(stream_of(5000, [](std::size_t i) { return i * 7 % 3 == 0 ? 1.0 : 0.0; }));
    check_sane(verdicts);
    CHECK(alerts(verdicts) == 0);
  }
  SUBCASE("one sample, and all missing") {
    CHECK(cold(stream_of(1, [](std::size_t) { return 3.0; }))[0].condition == Condition::warming_up);
    for (const Verdict& verdict : cold(stream_of(500, [](std::size_t) { return kMissing; }))) {
      CHECK(verdict.condition == Condition::no_data);
    }
  }
  SUBCASE("spikes of 1e308 up and down: no more than alerts, and it hears again") {
    Random random(2);
    std::vector<double> noise(20'000);
    for (double& x : noise) x = random.normal();
    const std::vector<Verdict> verdicts = cold(stream_of(noise.size(), [&](std::size_t i) {
      if (i == 20 || i == 2000) return 1e308;
      if (i == 2001) return -1e308;
      return noise[i] + (i >= 19'000 && i < 19'010 ? 30 : 0);
    }));
    check_sane(verdicts);
    CHECK(verdicts[2000].score >= 1);
    CHECK(alerts({verdicts.begin() + 19'000, verdicts.begin() + 19'010}) > 0);
  }
  SUBCASE("spikes of 1e308 again and again, and values that are all so large") {
    for (const std::uint64_t seed : {1, 2, 3}) {
      Random random(seed);
      check_sane(
          cold(stream_of(9000, [&](std::size_t i) { return i % 900 == 899 ? 1e308 : random.normal(); })));
      check_sane(cold(stream_of(9000, [&](std::size_t) { return 1e300 * random.normal(); })));
      check_sane(cold(stream_of(9000, [&](std::size_t) { return 1e-300 * random.normal(); })));
    }
  }
  SUBCASE("infinite values are missing ones") {
    const double infinity = std::numeric_limits<double>::infinity();
    const auto verdicts =
        cold(stream_of(200, [&](std::size_t i) { return i == 150 ? infinity : static_cast<double>(i % 5); }));
    check_sane(verdicts);
    CHECK(verdicts[150].condition == Condition::no_data);
  }
}

TEST_CASE("light: odd clocks") {
  const auto run = [&](const std::function<Nanos(Nanos)>& clock) {
    Random random(2);
    Stream stream;
    for (int i = 0; i < 4000; ++i) stream.add(clock(i), 10 + random.normal());
    const std::vector<Verdict> verdicts = cold(stream);
    check_sane(verdicts);
    CAPTURE(stream.time[3000]);
    CHECK(alerts(verdicts) <= 8);
  };
  run([](Nanos) { return kNoTime; });
  run([](Nanos) { return 5 * kDay; });
  run([](Nanos i) { return (i < 2000 ? i : i + 10'080) * kMinute; });          // a gap of a week
  run([](Nanos i) { return i < 2000 ? i * kMinute : (i - 1440) * kMinute; });  // a day back
  run([](Nanos i) { return i < 2000 ? i * kMinute : 2000 * kMinute + (i - 2000) * kSecond; });
  run([](Nanos i) { return -i * kHour; });
  run([](Nanos i) { return i % 2 == 0 ? std::numeric_limits<Nanos>::max() - i : i; });
}

TEST_CASE("light: what is not to be learned leaves no trace") {
  const Stream stream = busy_stream(3000, kMinute);
  Stream odd = stream;
  std::vector<std::uint8_t> frozen(stream.size(), 0);
  for (std::size_t i = 2000; i < 2060; ++i) {
    frozen[i] = 1;
    odd.value[i] = 500;
  }
  const auto detector = make_cold("light", kSchema);
  std::vector<std::string> states;
  for (const Stream* one : {&stream, static_cast<const Stream*>(&odd)}) {
    const auto state = detector->start();
    std::vector<Verdict> verdicts(one->size());
    Rows rows{one->time.data(), one->value.data(), one->size(), 1};
    rows.frozen = frozen.data();
    detector->update(state.get(), rows, verdicts.data());
    if (one == &odd) CHECK(verdicts[2000].score >= 1);
    states.push_back(state->save());
  }
  CHECK(states[0] == states[1]);
}

TEST_CASE("light: after a lasting change the new is usual") {
  Random random(5);
  const Stream stream =
      stream_of(6000, [&](std::size_t i) { return (i < 3000 ? 10 : 60) + random.normal(); });
  const std::vector<Verdict> verdicts = cold(stream);
  CHECK(alerts({verdicts.begin() + 3000, verdicts.begin() + 3010}) > 0);
  CHECK(alerts({verdicts.begin() + 4500, verdicts.end()}) <= 2);
}

TEST_CASE("light: a counter that begins anew goes on") {
  Random random(9);
  double sum = 0, lost = 0;
  const Stream counter = stream_of(3000, [&](std::size_t i) {
    if (i == 2000) lost = sum;
    sum += std::round(100 + 10 * random.normal());
    return sum - lost;
  });
  const std::vector<Verdict> verdicts = cold(counter);
  CHECK(verdicts[2000].condition == Condition::counter_reset);
  CHECK(alerts({verdicts.begin() + 1990, verdicts.begin() + 2100}) == 0);
}

TEST_CASE("light: at steps of seconds it finds faults of a minute, one after the other") {
  for (const Nanos step : {kSecond, 5 * kSecond, 15 * kSecond}) {
    Random random(8);
    const auto count = static_cast<std::size_t>(2 * kHour / step),
               length = static_cast<std::size_t>(kMinute / step);
    Stream stream = stream_of(
        count, [&](std::size_t) { return 100 + 5 * random.normal(); }, step);
    CHECK(alerts(cold(stream)) <= 2);
    std::vector<std::size_t> starts;
    for (std::size_t at = count / 2; at + length < count; at += count / 14) {
      starts.push_back(at);
      for (std::size_t i = at; i < at + length; ++i) stream.value[i] += 75;
    }
    const std::vector<Verdict> verdicts = cold(stream);
    std::size_t found = 0;
    for (const std::size_t at : starts)
      found += alerts({verdicts.begin() + static_cast<long>(at),
                       verdicts.begin() + static_cast<long>(at + length)}) > 0;
    CAPTURE(step);
    CHECK(found >= starts.size() - 1);
  }
}
