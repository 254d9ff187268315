#include "score/threshold.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.hpp"

using namespace aiops;
using namespace aiops::score;

namespace {

StaticThreshold rule(std::optional<double> high, std::optional<double> critical, bool above, Nanos lasting,
                     std::string name = "a") {
  return {record::Matcher::parse("m"), high, critical, above, lasting, std::move(name)};
}

std::string severities(Thresholds& thresholds, const std::vector<std::pair<int, double>>& samples) {
  std::string text;
  for (const auto& [second, value] : samples) {
    const auto outcome = thresholds.push(second * kSecond, value);
    text += outcome.pending && outcome.severity == Severity::normal ? 'p'
                                                                    : severity_name(outcome.severity).front();
  }
  return text;
}

}  // namespace

// As a rule of Prometheus with `for: 2m`: pending at the first evaluation that is true, firing at the first
// that comes two minutes later or more, and from the beginning after one that is not.
TEST_CASE("a bound counts once it has been crossed for so long") {
  const StaticThreshold bound = rule(0.5, {}, true, 2 * kMinute);
  Thresholds thresholds({&bound});
  CHECK(severities(thresholds, {{0, 0.4},
                                {60, 0.5},
                                {120, 0.6},
                                {179, 0.6},
                                {180, 0.6},
                                {240, 0.4},
                                {300, 0.6},
                                {360, 0.6},
                                {430, 0.6}}) == "nppphnpph");
}

TEST_CASE("high and critical each have their own time") {
  const StaticThreshold bound = rule(0.5, 1.0, true, kMinute);
  Thresholds thresholds({&bound});
  CHECK(severities(thresholds, {{0, 0.6}, {60, 2}, {90, 2}, {120, 2}, {150, 0.6}, {180, 2}}) == "phhchh");
}

TEST_CASE("nobody knows what was in a gap: what was pending begins anew") {
  const StaticThreshold bound = rule(0.5, {}, true, 2 * kMinute);
  const double nan = std::nan("");
  Thresholds missing({&bound}), week({&bound}), hourly({&bound});
  CHECK(severities(missing, {{0, 1}, {60, nan}, {120, 1}, {180, 1}, {240, 1}}) == "pnpph");
  const int after = 7 * 86400;
  CHECK(severities(week, {{0, 1}, {60, 1}, {after, 1}, {after + 60, 1}, {after + 120, 1}}) == "pppph");
  CHECK(severities(hourly, {{0, 0}, {3600, 1}, {7200, 1}}) == "nph");
}

TEST_CASE("the score is the way to the bound, in a unit that belongs to it") {
  const auto score = [](std::vector<StaticThreshold> rules, double value) {
    std::vector<const StaticThreshold*> pointers;
    for (const StaticThreshold& one : rules) pointers.push_back(&one);
    return Thresholds(pointers).push(0, value).score;
  };
  // One bound: its own size.
  CHECK(score({rule(0.5, {}, true, 0)}, 0.25) == doctest::Approx(0.5));
  CHECK(score({rule(0.5, {}, true, 0)}, 0.5) == 1);
  CHECK(score({rule(0.5, {}, true, 0)}, 1.0) == doctest::Approx(2));
  CHECK(score({rule(0.5, {}, true, 0)}, -3) == 0);
  CHECK(score({rule({}, 100, false, 0)}, 50) == doctest::Approx(1.5));
  // high is 1 and critical is 2.
  CHECK(score({rule(80, 95, true, 0)}, 87.5) == doctest::Approx(1.5));
  CHECK(score({rule(80, 95, true, 0)}, 95) == doctest::Approx(2));
  // A band: 0 in the middle, 1 at both ends.
  const std::vector<StaticThreshold> band = {rule(110, {}, true, 0), rule(90, {}, false, 0)};
  CHECK(score(band, 100) == doctest::Approx(0));
  CHECK(score(band, 110) == 1);
  CHECK(score(band, 90) == 1);
  CHECK(score(band, 120) == doctest::Approx(2));
  // 0 has no size.
  CHECK(score({rule(0, {}, false, 0)}, 0) == 1);
  CHECK(score({rule(0, {}, false, 0)}, 1e-9) < 1);
}

TEST_CASE("a pending bound scores below 1, and the reason says for how long") {
  const StaticThreshold bound = rule(0.5, {}, true, 2 * kMinute);
  Thresholds thresholds({&bound});
  thresholds.push(0, 0.6);
  const auto pending = thresholds.push(30 * kSecond, 0.61);
  CHECK(pending.score < 1);
  CHECK(pending.reasons == std::vector<std::string>{"threshold=0.61>=0.5 pending 30s of 2m"});
  const auto over = thresholds.push(125 * kSecond, 0.61);
  CHECK(over.score == doctest::Approx(1.22));
  CHECK(over.reasons == std::vector<std::string>{"threshold=0.61>=0.5 for 2m5s"});
}

TEST_CASE("a factor on values and bounds changes nothing") {
  for (const double factor : {1e-12, 3.0, 1e12}) {
    const StaticThreshold one = rule(0.5, 1.0, true, kMinute), other = rule(-2, {}, false, 0);
    const StaticThreshold first = rule(0.5 * factor, 1.0 * factor, true, kMinute),
                          second = rule(-2 * factor, {}, false, 0);
    Thresholds plain({&one, &other}), scaled({&first, &second});
    for (int i = 0; i < 200; ++i) {
      const double value = 3 * std::sin(0.1 * i);
      const auto a = plain.push(i * 10 * kSecond, value), b = scaled.push(i * 10 * kSecond, value * factor);
      REQUIRE(a.severity == b.severity);
      REQUIRE(a.pending == b.pending);
      REQUIRE(a.score == doctest::Approx(b.score));
    }
  }
}

TEST_CASE("numbers at the ends of their range stay numbers") {
  const StaticThreshold small = rule(1e-300, {}, true, kMinute), large = rule(-1e308, 1e308, true, 0);
  Thresholds thresholds({&small, &large});
  for (const double value : {1e308, -1e308, 0.0, 5e-324, 1.0}) {
    for (const Nanos time : {Nanos{0}, std::numeric_limits<Nanos>::max(), kNoTime + 1, kNoTime}) {
      const auto outcome = thresholds.push(time, value);
      REQUIRE(std::isfinite(outcome.score));
      REQUIRE(outcome.score >= 0);
    }
  }
  // A row without a time cannot be pending for long enough.
  const StaticThreshold timeless = rule(0.5, {}, true, kMinute);
  Thresholds without({&timeless});
  for (int i = 0; i < 10; ++i) CHECK(without.push(kNoTime, 1).pending);
}

TEST_CASE("what was saved goes on, for the rules that are still there") {
  const StaticThreshold a = rule(0.5, {}, true, 2 * kMinute, "a"), b = rule(0.1, {}, true, kHour, "b");
  Thresholds first({&a, &b});
  first.push(0, 0.6);
  first.push(kMinute, 0.6);
  std::string bytes;
  first.save(bytes);
  Thresholds second({&b, &a});
  second.load(bytes);
  CHECK(second.push(2 * kMinute, 0.6).severity == Severity::high);
  const StaticThreshold changed = rule(0.5, {}, true, 2 * kMinute, "changed");
  Thresholds third({&changed});
  third.load(bytes);
  CHECK(third.push(2 * kMinute, 0.6).severity == Severity::normal);
  Thresholds broken({&a});
  CHECK_THROWS_AS(broken.load(bytes.substr(0, bytes.size() - 3)), InputError);
}
