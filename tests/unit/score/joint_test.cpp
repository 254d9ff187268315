#include "score/joint.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/random.hpp"

using namespace aiops;
using namespace aiops::score;

namespace {

record::SeriesKey member(const std::string& service, const std::string& metric) {
  record::SeriesKey key;
  key.fields = {{"service", service}, {"metric", metric}};
  return key;
}

Scored row(double surprise) {
  Scored scored;
  scored.status = "ok";
  scored.verdict.p_value = std::pow(10.0, -surprise);
  scored.verdict.score = surprise / 3.65;
  return scored;
}

struct Run {
  explicit Run(JointOptions options = {})
      : joint(options, [this](const Joint::Verdict& verdict) { out.push_back(verdict); }) {}
  void add(const std::string& metric, Nanos second, double surprise) {
    joint.add(member("cart", metric), second * kSecond, row(surprise), 5 * kMinute);
  }
  std::vector<Joint::Verdict> out;
  Joint joint;
};

}  // namespace

TEST_CASE("the value is the cubic mean of the surprises, given when the time closes") {
  Run run;
  run.add("a", 0, 1);
  run.add("b", 0, 2);
  CHECK(run.out.empty());
  run.add("a", 60, 0);
  REQUIRE(run.out.size() == 1);
  CHECK(run.out[0].time == 0);
  CHECK(run.out[0].key.text() == "(joint){service=\"cart\"}");
  CHECK(run.out[0].value == doctest::Approx(std::cbrt((1.0 + 8.0) / 2)));
  CHECK(run.out[0].scored.status == "warming_up");
  run.add("b", 60, 0);
  run.joint.finish();
  CHECK(run.out.size() == 2);
  CHECK(run.out[1].value == 0);
}

TEST_CASE("members that come at instants of their own make one time a step") {
  Run run;
  for (int i = 0; i < 100; ++i) {
    run.joint.add(member("cart", "a"), i * kMinute, row(1), 0);
    run.joint.add(member("cart", "b"), i * kMinute + 20 * kSecond, row(1), 0);
    run.joint.add(member("cart", "c"), i * kMinute + 55 * kSecond, row(1), 0);
  }
  run.joint.finish();
  CHECK(run.out.size() >= 99);
  CHECK(run.out.size() <= 102);
  for (std::size_t i = 3; i < run.out.size(); ++i) CHECK(run.out[i].value == doctest::Approx(1));
}

TEST_CASE("a member that falls silent is none after two of its steps") {
  Run run;
  for (int i = 0; i < 10; ++i) {
    run.add("a", 60 * i, 0);
    if (i < 5) run.add("b", 60 * i, 2);
  }
  run.joint.finish();
  REQUIRE(run.out.size() == 10);
  CHECK(run.out[4].value == doctest::Approx(std::cbrt(4.0)));
  CHECK(run.out[6].value == doctest::Approx(std::cbrt(4.0)));
  CHECK(run.out[7].value == 0);
}

TEST_CASE("many members a little out are an alert that none of them would be, once") {
  Run run;
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    const bool event = i >= 1500 && i < 1510;
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
      const double usual = -std::log10(1 - random.uniform());
      run.add(name, 60 * i, event ? 2.5 + usual / 4 : usual);
    }
  }
  run.joint.finish();
  REQUIRE(run.out.size() == 2000);
  CHECK(run.out[63].scored.status == "warming_up");
  CHECK(run.out[64].scored.status == "ok");
  std::vector<std::size_t> alerts;
  for (std::size_t i = 0; i < run.out.size(); ++i) {
    if (run.out[i].scored.alert) alerts.push_back(i);
  }
  REQUIRE(alerts.size() >= 1);
  CHECK(alerts.size() <= 2);  // ten minutes, and quiet for five
  CHECK(alerts[0] == 1500);
  CHECK(run.out[1500].scored.verdict.reasons[0] == "moved=8(of 8)");
  CHECK(run.joint.alerts() == alerts.size());
}

TEST_CASE("what goes on is saved: two runs give what one gives") {
  Random random(4);
  std::vector<double> surprises(6000);
  for (double& x : surprises) x = -std::log10(1 - random.uniform());
  Run whole, first, second;
  const auto feed = [&](Run& run, int from, int to) {
    for (int i = from; i < to; ++i) {
      for (int k = 0; k < 3; ++k)
        run.add("m" + std::to_string(k), 60 * i, surprises[static_cast<std::size_t>(3 * i + k)]);
    }
    run.joint.finish();
  };
  feed(whole, 0, 2000);
  feed(first, 0, 1000);
  second.joint.load(first.joint.save(), "state");
  feed(second, 1000, 2000);
  REQUIRE(second.out.size() == 1000);
  CHECK(second.out.back().scored.verdict.score == doctest::Approx(whole.out.back().scored.verdict.score));
  CHECK(second.out.back().scored.level == doctest::Approx(whole.out.back().scored.level));
}

TEST_CASE(
    "rows behind the time that was closed are counted, groups do not mix, rows without a score do no harm") {
  Run run;
  run.add("a", 60, 1);
  run.add("a", 120, 1);
  run.add("b", 60, 1);
  CHECK(run.joint.late() == 1);
  run.joint.add(member("pay", "a"), 60 * kSecond, row(3), 0);
  Scored unscored;
  unscored.status = "no_data";
  run.joint.add(member("pay", "b"), 60 * kSecond, unscored, 0);
  run.joint.finish();
  REQUIRE(run.out.size() == 3);
  CHECK(run.out[1].value == doctest::Approx(3));
  CHECK(run.out[1].key.get("service") == "pay");
}
