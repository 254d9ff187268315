#include "incident/rule.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::Stream;

namespace {

Stream stream_of(const std::string& rule) {
  GroupOptions options;
  options.rule = Rule::parse(rule);
  return Stream(std::move(options));
}

}  // namespace

TEST_CASE("a rule is read, and what is none is refused with what is expected") {
  CHECK(Rule::parse("either").any.size() == 2);
  CHECK(Rule::parse("both").any.size() == 1);
  CHECK(Rule::parse("both").any[0].size() == 2);
  const Rule rule = Rule::parse(" critical  or 3 of 5 and 2 series or joint 1e-6 ");
  REQUIRE(rule.any.size() == 3);
  CHECK(rule.any[1].size() == 2);
  CHECK(rule.any[1][0].n == 3);
  CHECK(rule.any[1][0].m == 5);
  CHECK(rule.any[1][1].n == 2);
  CHECK(rule.any[2][0].p == 1e-6);
  CHECK(rule.needs_p_values());
  CHECK_FALSE(Rule::parse("model").needs_all_rows());
  for (const char* wrong :
       {"", "or", "model or", "and model", "modell", "3 of", "6 of 5", "0 of 5", "3 of 65", "2 cats", "joint",
        "joint 2", "joint x", "model threshold", "-1 series"}) {
    CAPTURE(wrong);
    CHECK_THROWS_WITH_AS(Rule::parse(wrong), doctest::Contains("is no rule"), UsageError);
  }
}

TEST_CASE("threshold and model: both have to say so of one service, within the window") {
  Stream stream = stream_of("threshold and model");
  stream.row("cart", "cpu", 0, 1.5);
  stream.reasons = "threshold=0.9>=0.8";
  stream.row("shop", "memory", 10, 0.5, score::Severity::high);
  stream.row("cart", "memory", 300, 0.5, score::Severity::high);  // too late
  stream.incidents.finish();
  CHECK(stream.told.empty());
  stream.reasons.clear();
  stream.row("cart", "cpu", 310, 1.5);
  stream.incidents.finish();
  REQUIRE(stream.opened().size() == 1);
  CHECK(stream.opened()[0].services == std::vector<std::string>{"cart"});
  // What was not enough by itself is the first sign now.
  CHECK(stream.opened()[0].members.size() == 2);
  CHECK(stream.opened()[0].start == testing::at(300));
}

TEST_CASE("N of M: so many of a series' last rows, alerts or not") {
  Stream stream = stream_of("3 of 5");
  const std::vector<double> scores = {2, 0, 2, 0, 0, 2, 2, 2};
  std::size_t opened_at = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    stream.row("cart", "cpu", 15.0 * static_cast<double>(i), scores[i], score::Severity::normal, false);
    stream.incidents.settle();
    if (opened_at == 0 && !stream.told.empty()) opened_at = i;
  }
  CHECK(opened_at == 6);  // 2 0 0 2 2 is the first with three
}

TEST_CASE("series: two that alert, not one that alerts twice") {
  Stream stream = stream_of("2 series");
  stream.row("cart", "cpu", 0, 1.5);
  stream.row("cart", "cpu", 60, 1.5);
  stream.incidents.finish();
  CHECK(stream.told.empty());
  stream.row("cart", "memory", 70, 1.5);
  stream.incidents.finish();
  CHECK(stream.opened().size() == 1);
}

TEST_CASE("critical: high alone does not open") {
  Stream stream = stream_of("critical");
  stream.row("cart", "cpu", 0, 1.5);
  stream.incidents.finish();
  CHECK(stream.told.empty());
  stream.row("cart", "cpu", 5, 3, score::Severity::critical);
  stream.incidents.finish();
  REQUIRE(stream.opened().size() == 1);
  CHECK(stream.opened()[0].severity == score::Severity::critical);
}

// Values from Python: 0.5 - atan(mean(tan((0.5 - p) * pi))) / pi; a small p alone is divided by its share.
TEST_CASE("p-values taken together") {
  CHECK(combine_p_values({}) == 1);
  CHECK(combine_p_values({0.03}) == doctest::Approx(0.03));
  CHECK(combine_p_values({0.01, 0.02, 0.5}) == doctest::Approx(0.019986862135).epsilon(1e-6));
  CHECK(combine_p_values({1e-12, 0.5}) == doctest::Approx(2e-12).epsilon(1e-4));
  CHECK(combine_p_values({1e-250, 0.5}) == doctest::Approx(2e-250));
  CHECK(combine_p_values({0, 1}) > 0);
}

TEST_CASE("joint: many that are a little out, of which none would open alone") {
  Stream stream = stream_of("joint 1e-5");
  stream.p_value = 1e-3;
  for (const char* metric : {"cpu", "memory", "disk"}) stream.row("shop", metric, 0, 1.0);
  stream.p_value = 1e-6;
  for (const char* metric : {"cpu", "memory", "disk"}) stream.row("cart", metric, 300, 1.0);
  stream.incidents.finish();
  REQUIRE(stream.opened().size() == 1);
  CHECK(stream.opened()[0].services == std::vector<std::string>{"cart"});
}
