#include "model/adaptive_detector.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "base/error.hpp"
#include "streams.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

const Schema kSchema = schema_of({"value"});

std::vector<Verdict> cold(const Stream& stream, std::size_t chunk = 1'000'000) {
  const auto detector = make_cold("adaptive", kSchema);
  const auto state = detector->start();
  return judge(*detector, state.get(), stream, chunk);
}

}  // namespace

TEST_CASE("a factor changes no verdict") {
  const Stream stream = busy_stream(6000, kMinute);
  const std::vector<Verdict> plain = cold(stream);
  REQUIRE(alerts(plain) > 5);
  for (const double factor : {0x1p-20, 1e-9, 0.37, 12345.678}) {
    const std::vector<Verdict> scaled = cold(mapped(stream, [&](double x) { return x * factor; }));
    for (std::size_t i = 0; i < stream.size(); ++i) {
      if (plain[i].condition != Condition::ok) continue;
      REQUIRE((plain[i].score >= 1) == (scaled[i].score >= 1));
      REQUIRE(scaled[i].score == doctest::Approx(plain[i].score).epsilon(0.001));
    }
  }
}

TEST_CASE("a shift changes verdicts only by rounding") {
  const Stream stream = busy_stream(6000, kMinute);
  const std::vector<Verdict> plain = cold(stream);
  for (const double shift : {-50.0, 10'000.0, 1e9}) {
    const std::vector<Verdict> shifted = cold(mapped(stream, [&](double x) { return x + shift; }));
    for (std::size_t i = 0; i < stream.size(); ++i) {
      if (plain[i].condition != Condition::ok) continue;
      REQUIRE((plain[i].score >= 1) == (shifted[i].score >= 1));
      REQUIRE(shifted[i].score == doctest::Approx(plain[i].score).epsilon(0.01));
    }
  }
}

TEST_CASE("a verdict does not depend on what comes after") {
  for (const Nanos step : {kSecond, kMinute, kHour}) {
    const Stream stream = busy_stream(3000, step);
    const std::vector<Verdict> whole = cold(stream);
    for (const std::size_t length : {63ul, 64ul, 65ul, 700ul, 2047ul}) {
      const std::vector<Verdict> part = cold(stream.part(0, length));
      for (std::size_t i = 0; i < length; ++i) REQUIRE(same(part[i], whole[i]));
    }
  }
}

TEST_CASE("the size of the chunks changes nothing") {
  const Stream stream = busy_stream(3000, kMinute);
  const std::vector<Verdict> whole = cold(stream);
  for (const std::size_t chunk : {1ul, 2ul, 64ul, 1000ul}) {
    const std::vector<Verdict> parts = cold(stream, chunk);
    for (std::size_t i = 0; i < stream.size(); ++i) REQUIRE(same(parts[i], whole[i]));
  }
}

TEST_CASE("a state that was saved and restored goes on as if nothing had been") {
  const Stream stream = busy_stream(5000, kMinute);
  const auto detector = make_cold("adaptive", kSchema);
  const std::vector<Verdict> whole = cold(stream);
  for (const std::size_t at : {0ul, 1ul, 30ul, 64ul, 65ul, 500ul, 4500ul}) {
    const Stream first = stream.part(0, at), rest = stream.part(at, stream.size());
    const auto state = detector->start();
    judge(*detector, state.get(), first);
    const std::string bytes = state->save();
    const auto again = detector->restore(bytes);
    CHECK(again->save() == bytes);
    const std::vector<Verdict> verdicts = judge(*detector, again.get(), rest);
    for (std::size_t i = at; i < stream.size(); ++i) REQUIRE(same(verdicts[i - at], whole[i]));
    judge(*detector, state.get(), rest);
    CHECK(again->save() == state->save());
  }
}

TEST_CASE("bytes that are no state are refused, never read past their end") {
  const auto detector = make_cold("adaptive", kSchema);
  const auto state = detector->start();
  judge(*detector, state.get(), busy_stream(500, kMinute));
  const std::string bytes = state->save();
  for (std::size_t length = 0; length < bytes.size(); length += 97) {
    CHECK_THROWS_AS(detector->restore(std::string_view(bytes).substr(0, length)), InputError);
  }
  CHECK_THROWS_AS(detector->restore(bytes + "x"), InputError);
  CHECK_THROWS_WITH_AS(detector->restore('\5' + bytes.substr(1)),
                       "state of the adaptive detector is of another version", InputError);
  // Damage that a checksum did not catch is refused, or gives a state that can be used.
  const Stream more = busy_stream(50, kMinute);
  for (std::size_t i = 0; i < bytes.size(); i += 13) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    try {
      const auto odd = detector->restore(damaged);
      judge(*detector, odd.get(), more);
    } catch (const InputError&) {
    }
  }
}

TEST_CASE("trained, it starts where the history ended") {
  const Stream stream = busy_stream(4000, kMinute);
  std::vector<float> history;
  std::vector<Nanos> time;
  Stream rest;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    if (i >= 3000) {
      rest.add(stream.time[i], static_cast<float>(stream.value[i]));
    } else {
      time.push_back(stream.time[i]);
      history.push_back(static_cast<float>(stream.value[i]));
    }
  }
  const auto trained = find_detector("adaptive").make({});
  trained->fit(kSchema, {time.data(), history.data(), time.size(), 1}, 1);
  const auto loaded = find_detector("adaptive").make({});
  const std::string bytes = trained->save();
  loaded->load(kSchema, bytes);
  CHECK(loaded->save() == trained->save());
  Stream all;
  for (std::size_t i = 0; i < stream.size(); ++i)
    all.add(stream.time[i], static_cast<float>(stream.value[i]));
  const std::vector<Verdict> streamed = cold(all);
  const std::vector<Verdict> warm = judge(*loaded, loaded->start().get(), rest);
  int different = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) different += !same(warm[i].score, streamed[3000 + i].score);
  CHECK(different == 0);
  CHECK_THROWS_AS(loaded->load(kSchema, "nonsense"), InputError);
}

TEST_CASE("a spike and a step are alerts with their reasons, quiet data is none") {
  Random random(4);
  Stream stream;
  for (int i = 0; i < 5000; ++i) stream.add(i * kMinute, 10 + random.normal());
  CHECK(alerts(cold(stream)) <= 3);
  stream.value[4000] = 30;
  for (int i = 4500; i < 4530; ++i) stream.value[i] += 12;
  const std::vector<Verdict> verdicts = cold(stream);
  REQUIRE(verdicts[4000].score >= 1);
  REQUIRE_FALSE(verdicts[4000].reasons.empty());
  bool jumped = false;
  for (const std::string& reason : verdicts[4000].reasons)
    jumped |= reason.starts_with("jump=+") || reason.starts_with("daily=30(expected ");
  CHECK(jumped);
  CHECK(verdicts[4000].expected == doctest::Approx(10).epsilon(0.1));
  CHECK(verdicts[4000].upper < 15);
  bool stepped = false;
  for (int i = 4500; i < 4510; ++i) stepped |= verdicts[i].score >= 1;
  CHECK(stepped);
  CHECK(verdicts[4520].level > verdicts[4400].level);
}

TEST_CASE("what no metric should be, and yet is") {
  SUBCASE("constant, zero or not") {
    for (const double value : {0.0, 5.0, -1e300}) {
      const std::vector<Verdict> verdicts = cold(stream_of(10'000, [&](std::size_t) { return value; }));
      check_sane(verdicts);
      CHECK(alerts(verdicts) == 0);
    }
  }
  SUBCASE("constant, then one change") {
    const std::vector<Verdict> verdicts =
        cold(stream_of(3000, [](std::size_t i) { return i == 2500 ? 1.0 : 0.0; }));
    check_sane(verdicts);
    CHECK(verdicts[2500].score >= 1);
  }
  SUBCASE("two values") {
    const std::vector<Verdict> verdicts =
        cold(stream_of(5000, [](std::size_t i) { return i * 7 % 3 == 0 ? 1.0 : 0.0; }));
    check_sane(verdicts);
    CHECK(alerts(verdicts) == 0);
  }
  SUBCASE("one sample") {
    const std::vector<Verdict> verdicts = cold(stream_of(1, [](std::size_t) { return 3.0; }));
    CHECK(verdicts[0].condition == Condition::warming_up);
  }
  SUBCASE("all missing") {
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
    CHECK(verdicts[19'000].score >= 1);
  }
  SUBCASE("spikes of 1e308 again and again, and values that are all so large") {
    for (const Nanos seed : {1, 2, 3}) {
      Random random(static_cast<std::uint64_t>(seed));
      check_sane(
          cold(stream_of(9000, [&](std::size_t i) { return i % 900 == 899 ? 1e308 : random.normal(); })));
      check_sane(cold(stream_of(9000, [&](std::size_t) { return 1e300 * random.normal(); })));
    }
  }
  SUBCASE("infinite values are missing ones") {
    const double infinity = std::numeric_limits<double>::infinity();
    const std::vector<Verdict> verdicts =
        cold(stream_of(200, [&](std::size_t i) { return i == 150 ? infinity : static_cast<double>(i % 5); }));
    check_sane(verdicts);
    CHECK(verdicts[150].condition == Condition::no_data);
  }
}

TEST_CASE("odd clocks") {
  Random random(2);
  const auto run = [&](const std::function<Nanos(Nanos)>& clock) {
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

TEST_CASE("memory grows with the history, and not beyond 40 KB") {
  AdaptiveParameters parameters;
  AdaptiveSeries::Judgement judged;
  AdaptiveSeries series(parameters);
  Random random(9);
  double walk = 0;
  for (int i = 0; i < 100'000; ++i) {
    walk += random.normal();
    series.push(static_cast<Nanos>(i) * kMinute, walk + 5 * random.normal(), true, judged);
    if (i == 63) CHECK(series.bytes() <= 15 * 1024);
    if (i == 1000) CHECK(series.bytes() <= 25 * 1024);
  }
  CHECK(series.bytes() <= 40 * 1024);
}

TEST_CASE("cold or trained: which detectors can") {
  CHECK_THROWS_AS(make_cold("isolation-forest", kSchema), UsageError);
  CHECK_THROWS_AS(make_cold("adaptiv", kSchema), UsageError);
  CHECK_THROWS_AS(make_cold("adaptive", schema_of({"a", "b"}, true)), UsageError);
  CHECK(find_detector("adaptive").cold);
  const std::vector<float> data = {std::nanf(""), std::nanf("")};
  const std::vector<Nanos> time = {0, 1};
  CHECK_THROWS_AS(find_detector("adaptive").make({})->fit(kSchema, {time.data(), data.data(), 2, 1}, 1),
                  InputError);
}

TEST_CASE("with rows of several inputs it looks at the value") {
  const Schema schema = schema_of({"delta", "value"});
  const auto wide = make_cold("adaptive", schema), narrow = make_cold("adaptive", kSchema);
  const Stream stream = busy_stream(500, kMinute);
  std::vector<double> rows;
  for (const double x : stream.value) rows.insert(rows.end(), {7.0, x});
  std::vector<Verdict> verdicts(stream.size());
  const auto state = wide->start();
  wide->update(state.get(), {stream.time.data(), rows.data(), stream.size(), 2}, verdicts.data());
  const std::vector<Verdict> expected = cold(stream);
  for (std::size_t i = 0; i < stream.size(); ++i) REQUIRE(same(verdicts[i], expected[i]));
}

TEST_CASE("at steps of seconds it finds faults of a minute, one after the other") {
  for (const Nanos step : {kSecond, 5 * kSecond, 15 * kSecond}) {
    Random random(8);
    Stream stream;
    const auto count = static_cast<std::size_t>(2 * kHour / step),
               length = static_cast<std::size_t>(kMinute / step);
    for (std::size_t i = 0; i < count; ++i)
      stream.add(static_cast<Nanos>(i) * step, 100 + 5 * random.normal());
    CHECK(alerts(cold(stream)) <= 3);
    std::vector<std::size_t> starts;
    for (std::size_t at = count / 2; at + length < count; at += count / 14) {
      starts.push_back(at);
      for (std::size_t i = at; i < at + length; ++i) stream.value[i] += 75;
    }
    const std::vector<Verdict> verdicts = cold(stream);
    std::size_t found = 0;
    for (const std::size_t at : starts)
      found += alerts({verdicts.begin() + at, verdicts.begin() + at + length}) > 0;
    CAPTURE(step);
    CHECK(found >= starts.size() - 1);
  }
}

TEST_CASE("a value that has never changed is flat, and no anomaly") {
  Stream stream;
  for (int i = 0; i < 300; ++i) {
    stream.time.push_back(i * kMinute);
    stream.value.push_back(i < 290 ? 7 : 8);
  }
  const auto verdicts = cold(stream);
  CHECK(verdicts[100].condition == Condition::flat);
  CHECK(verdicts[100].score == 0);
  CHECK(verdicts[290].condition == Condition::ok);
}

TEST_CASE("a counter that begins anew goes on; a gauge that falls is judged") {
  Random random(9);
  Stream counter, whole, gauge;
  double sum = 0, lost = 0;
  for (int i = 0; i < 3000; ++i) {
    if (i == 2000) lost = sum;
    sum += std::round(100 + 10 * random.normal());
    for (Stream* stream : {&counter, &whole}) stream->time.push_back(i * kMinute);
    counter.value.push_back(sum - lost);
    whole.value.push_back(sum);
  }
  const auto verdicts = cold(counter), unbroken = cold(whole);
  CHECK(verdicts[2000].condition == Condition::counter_reset);
  CHECK(unbroken[2000].condition == Condition::ok);
  for (std::size_t i = 1900; i < 2100; ++i) {
    CHECK(verdicts[i].score == doctest::Approx(unbroken[i].score));
    CHECK(counter.value[i] - verdicts[i].expected == doctest::Approx(whole.value[i] - unbroken[i].expected));
  }
  for (int i = 0; i < 3000; ++i) {
    gauge.time.push_back(i * kMinute);
    gauge.value.push_back(i == 2000 ? 1 : 1000 + 10 * random.normal());
  }
  const auto judged = cold(gauge);
  CHECK(judged[2000].condition == Condition::ok);
  CHECK(judged[2000].score >= 1);
}

TEST_CASE("beside the steps of a count, fractions of its mean are nothing") {
  Stream stream;
  // 22 files are open, and now and then 23 for a while.
  for (int i = 0; i < 4000; ++i) stream.add(i * kMinute, i % 700 < 690 ? 22 : 23);
  for (const Verdict& verdict : cold(stream)) {
    for (const std::string& reason : verdict.reasons) {
      if (!reason.starts_with("never_seen_move=")) continue;
      // Half a percent of a step off the mean of the last 400 was a move that had never been seen.
      const double move = std::abs(std::stod(reason.substr(reason.find('=') + 1)));
      CHECK(move > 0.05 * 0.3);
    }
  }
}
