// What must hold for every detector that knows seasons, whatever it is.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const Schema kSchema = schema_of({"value"});
const char* const kNames[] = {"holt-winters", "seasonal-esd"};

struct Stream {
  std::vector<Nanos> time;
  std::vector<double> value;

  std::size_t size() const { return value.size(); }
  void add(Nanos at, double x) { time.push_back(at), value.push_back(x); }
};

// A wave of 48 steps with noise, a few spikes, a step and pauses, as metrics are.
Stream busy(std::size_t count, std::size_t from = 0, std::uint64_t seed = 1) {
  Random random(seed);
  Stream out;
  for (std::size_t i = 0; i < from + count; ++i) {
    double x = 50 + 20 * std::sin(2 * std::numbers::pi * static_cast<double>(i) / 48) + 2 * random.normal();
    if (i % 397 == 396) x += 60 * random.uniform();
    if (i % 1499 > 1480) x += 25;
    if (i >= from) out.add(static_cast<Nanos>(i) * kMinute + 5 * kDay, i % 211 == 210 ? kNan : x);
  }
  return out;
}

Parameters given(bool additive = false) {
  Parameters parameters;
  if (additive) parameters.holt_winters.season_kind = EtsSeason::additive;
  return parameters;
}

std::unique_ptr<Detector> trained(const std::string& name, const Stream& history, bool additive = false) {
  auto detector = find_detector(name).make(given(additive));
  std::vector<float> data;
  for (const double x : history.value) data.push_back(static_cast<float>(x));
  detector->fit(kSchema, {history.time.data(), data.data(), data.size(), 1}, 1);
  return detector;
}

std::vector<Verdict> judge(const Detector& detector, State* state, const Stream& stream,
                           std::size_t chunk = 1'000'000, const std::uint8_t* frozen = nullptr) {
  std::vector<Verdict> verdicts(stream.size());
  for (std::size_t at = 0; at < stream.size(); at += chunk) {
    const std::size_t n = std::min(chunk, stream.size() - at);
    Rows rows{stream.time.data() + at, stream.value.data() + at, n, 1};
    if (frozen != nullptr) rows.frozen = frozen + at;
    detector.update(state, rows, verdicts.data() + at);
  }
  return verdicts;
}

std::vector<Verdict> judge(const Detector& detector, const Stream& stream, std::size_t chunk = 1'000'000) {
  const auto state = detector.start();
  return judge(detector, state.get(), stream, chunk);
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
bool same(const Verdict& a, const Verdict& b) {
  return same(a.score, b.score) && same(a.p_value, b.p_value) && same(a.expected, b.expected) &&
         same(a.lower, b.lower) && same(a.upper, b.upper) && a.condition == b.condition &&
         a.reasons == b.reasons;
}

// Scores at the threshold may fall on either side of it by rounding.
bool alike(const Verdict& a, const Verdict& b) {
  if (std::isnan(a.score) || std::isnan(b.score)) return std::isnan(a.score) && std::isnan(b.score);
  return std::abs(a.score - b.score) <= 0.01 * (1 + std::max(a.score, b.score));
}

void check_sane(const Verdict& verdict) {
  for (const double x : {verdict.score, verdict.p_value, verdict.expected, verdict.lower, verdict.upper,
                         verdict.trend, verdict.seasonal}) {
    REQUIRE_FALSE(std::isinf(x));
  }
  const bool scored = verdict.condition == Condition::ok || verdict.condition == Condition::flat;
  REQUIRE(scored == !std::isnan(verdict.score));
  if (!scored) return;
  REQUIRE(verdict.score >= 0);
  REQUIRE(verdict.p_value > 0);
  REQUIRE(verdict.p_value <= 1);
  REQUIRE(verdict.lower <= verdict.expected);
  REQUIRE(verdict.expected <= verdict.upper);
}

std::vector<std::pair<std::string, Stream>> odd_streams() {
  std::vector<std::pair<std::string, Stream>> all;
  const auto add = [&](const std::string& name, std::size_t count, auto value) {
    Stream stream;
    for (std::size_t i = 0; i < count; ++i) stream.add(static_cast<Nanos>(i) * kMinute, value(i));
    all.emplace_back(name, std::move(stream));
  };
  add("constant", 600, [](std::size_t) { return 7.3; });
  add("zero", 600, [](std::size_t) { return 0.0; });
  add("two values", 600, [](std::size_t i) { return i * 7919 % 13 < 3 ? 1.0 : 0.0; });
  add("one sample", 1, [](std::size_t) { return 5.0; });
  add("two samples", 2, [](std::size_t i) { return static_cast<double>(i); });
  add("a line", 600, [](std::size_t i) { return static_cast<double>(i); });
  add("a spike of 1e308", 600, [](std::size_t i) {
    return i % 100 == 77 ? (i % 200 == 77 ? 1e308 : -1e308) : 1.0 + static_cast<double>(i % 5);
  });
  add("tiny", 600, [](std::size_t i) { return 1e-320 * static_cast<double>(i % 7); });
  add("missing but one", 600, [](std::size_t i) { return i == 300 ? 3.0 : kNan; });
  add("mostly missing", 600, [](std::size_t i) { return i % 9 == 0 ? static_cast<double>(i % 7) : kNan; });
  add("exactly periodic", 600, [](std::size_t i) { return static_cast<double>(i % 24); });
  add("dies", 900, [](std::size_t i) { return i < 500 ? 100.0 + static_cast<double>(i % 24) : 0.0; });
  Stream still = busy(1), hours = busy(600), jumps = busy(600), gap = busy(600), far = busy(600),
         timeless = busy(600);
  for (int i = 0; i < 100'000; ++i) still.add(still.time[0], static_cast<double>(i % 11));
  for (std::size_t i = 300; i < 600; ++i) {
    hours.time[i] = hours.time[299] + static_cast<Nanos>(i - 299) * kHour;
    jumps.time[i] += i < 400 ? kDay : -kDay;
    gap.time[i] += 7 * kDay;
    far.time[i] += i == 599 ? std::numeric_limits<Nanos>::max() - far.time[i] : 0;
  }
  far.time[0] = kNoTime + 1;
  for (Nanos& time : timeless.time) time = kNoTime;
  all.emplace_back("equal times", std::move(still));
  all.emplace_back("another interval", std::move(hours));
  all.emplace_back("clock jumps", std::move(jumps));
  all.emplace_back("a gap of a week", std::move(gap));
  all.emplace_back("the ends of time", std::move(far));
  all.emplace_back("no times", std::move(timeless));
  return all;
}

}  // namespace

TEST_CASE("seasonal detectors: a factor changes no verdict") {
  for (const std::string name : kNames) {
    const Stream history = busy(2000), stream = busy(1000, 2000);
    const std::vector<Verdict> expected = judge(*trained(name, history), stream);
    for (const double factor : {0x1p-30, 0x1p40, 3.7, 1e-7}) {
      Stream first = history, second = stream;
      for (double& x : first.value) x *= factor;
      for (double& x : second.value) x *= factor;
      const std::vector<Verdict> verdicts = judge(*trained(name, first), second);
      for (std::size_t i = 0; i < verdicts.size(); ++i) REQUIRE(alike(verdicts[i], expected[i]));
    }
  }
}

// A season that is a factor of the level is none of the level and a constant: it is left out here.
TEST_CASE("seasonal detectors: a shift changes verdicts only by rounding") {
  for (const std::string name : kNames) {
    const Stream history = busy(2000), stream = busy(1000, 2000);
    const std::vector<Verdict> expected = judge(*trained(name, history, true), stream);
    for (const double shift : {-70.0, 1000.0, 20'000.0}) {
      Stream first = history, second = stream;
      for (double& x : first.value) x += shift;
      for (double& x : second.value) x += shift;
      const std::vector<Verdict> verdicts = judge(*trained(name, first, true), second);
      for (std::size_t i = 0; i < verdicts.size(); ++i) REQUIRE(alike(verdicts[i], expected[i]));
    }
  }
}

TEST_CASE("seasonal detectors: neither what comes after nor the size of the chunks matters") {
  for (const std::string name : kNames) {
    const auto detector = trained(name, busy(1500));
    const Stream stream = busy(900, 1500);
    const std::vector<Verdict> expected = judge(*detector, stream);
    for (const std::size_t chunk : {1, 2, 7, 300}) {
      const std::vector<Verdict> verdicts = judge(*detector, stream, chunk);
      for (std::size_t i = 0; i < stream.size(); ++i) REQUIRE(same(verdicts[i], expected[i]));
    }
    for (const std::size_t length : {1, 100, 650}) {
      Stream prefix = stream;
      prefix.time.resize(length);
      prefix.value.resize(length);
      const std::vector<Verdict> verdicts = judge(*detector, prefix);
      for (std::size_t i = 0; i < length; ++i) REQUIRE(same(verdicts[i], expected[i]));
    }
  }
}

TEST_CASE("seasonal detectors: what was saved goes on as if nothing had been") {
  for (const std::string name : kNames) {
    const auto detector = trained(name, busy(1500));
    const std::string bytes = detector->save();
    CHECK(trained(name, busy(1500))->save() == bytes);
    const auto loaded = find_detector(name).make({});
    loaded->load(kSchema, bytes);
    CHECK(loaded->save() == bytes);
    const Stream stream = busy(600, 1500);
    const std::vector<Verdict> expected = judge(*detector, stream);
    auto state = loaded->start();
    for (std::size_t i = 0; i < stream.size(); ++i) {
      Verdict verdict;
      loaded->update(state.get(), {&stream.time[i], &stream.value[i], 1, 1}, &verdict);
      REQUIRE(same(verdict, expected[i]));
      if (i % 37 == 0) state = loaded->restore(state->save());
    }
    for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + bytes.size() / 50) {
      if (cut > 0 || !find_detector(name).cold) {
        CHECK_THROWS_AS(find_detector(name).make({})->load(kSchema, bytes.substr(0, cut)), InputError);
      }
    }
    const std::string saved = state->save();
    for (std::size_t cut = 0; cut < saved.size(); cut += 1 + saved.size() / 50) {
      CHECK_THROWS_AS(loaded->restore(saved.substr(0, cut)), InputError);
    }
    // Any bit may flip: it is refused, or it works on, and reads nothing that is not there.
    Random random(9);
    for (int i = 0; i < 300; ++i) {
      std::string broken = i % 2 == 0 ? bytes : saved;
      broken[random.below(static_cast<std::uint32_t>(broken.size()))] ^=
          static_cast<char>(1 << random.below(8));
      try {
        const auto other = find_detector(name).make({});
        other->load(kSchema, i % 2 == 0 ? broken : bytes);
        const auto strange = i % 2 == 0 ? other->start() : other->restore(broken);
        judge(*other, strange.get(), stream);
      } catch (const InputError&) {
      }
    }
  }
}

TEST_CASE("seasonal detectors: rows that are not to be learned are as if they had been missing") {
  for (const std::string name : kNames) {
    const auto detector = trained(name, busy(1500));
    const Stream stream = busy(600, 1500);
    Stream missing = stream;
    std::vector<std::uint8_t> frozen(stream.size(), 0);
    for (std::size_t i = 100; i < 200; ++i) frozen[i] = 1, missing.value[i] = kNan;
    const auto a = detector->start(), b = detector->start();
    const std::vector<Verdict> first = judge(*detector, a.get(), stream, 1'000'000, frozen.data());
    const std::vector<Verdict> second = judge(*detector, b.get(), missing);
    CHECK(std::isfinite(first[150].score));
    for (std::size_t i = 200; i < stream.size(); ++i) REQUIRE(alike(first[i], second[i]));
  }
}

TEST_CASE("seasonal detectors: what no metric should be, and yet is") {
  const Stream usual = busy(900);
  for (const std::string name : kNames) {
    const auto ordinary = trained(name, usual);
    for (const auto& [what, stream] : odd_streams()) {
      CAPTURE(name);
      CAPTURE(what);
      for (const Verdict& verdict : judge(*ordinary, stream)) check_sane(verdict);
      const auto odd = trained(name, stream);
      const auto loaded = find_detector(name).make({});
      const std::string again = odd->save();
      loaded->load(kSchema, again);
      for (const Stream& next : {stream, usual}) {
        for (const Verdict& verdict : judge(*loaded, next)) check_sane(verdict);
      }
    }
    Stream nothing = usual;
    for (double& x : nothing.value) x = kNan;
    CHECK_THROWS_AS(trained(name, nothing), InputError);
    for (const Verdict& verdict : judge(*ordinary, nothing)) CHECK(verdict.condition == Condition::no_data);
    CHECK_THROWS_AS(find_detector(name).make({})->load(schema_of({"a", "b"}, true), ""), UsageError);
  }
}

TEST_CASE("seasonal detectors: a value that has never changed is flat, and no anomaly") {
  for (const std::string name : kNames) {
    Stream constant;
    for (std::size_t i = 0; i < 400; ++i) constant.add(static_cast<Nanos>(i) * kMinute, 0.1);
    const auto detector = trained(name, constant);
    Stream next;
    for (std::size_t i = 400; i < 500; ++i) next.add(static_cast<Nanos>(i) * kMinute, 0.1);
    next.add(500 * kMinute, 0.2);
    const std::vector<Verdict> verdicts = judge(*detector, next);
    for (std::size_t i = 0; i < 100; ++i) {
      CHECK(verdicts[i].condition == Condition::flat);
      CHECK(verdicts[i].score == 0);
    }
    CHECK(verdicts[100].condition == Condition::ok);
    CHECK(verdicts[100].score >= 1);
  }
}
