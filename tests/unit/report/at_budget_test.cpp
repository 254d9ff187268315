#include "report/at_budget.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support.hpp"

using namespace aiops;
using namespace aiops::report;
using testing::minute;

namespace {

// A day of rows an hour apart, 0 but at these hours; alerts less than two hours apart are one.
void add_day(BudgetJudge& judge, const std::vector<std::pair<int, double>>& ranks,
             std::vector<BudgetJudge::Span> spans = {}) {
  std::vector<Nanos> time;
  std::vector<double> rank(24);
  for (int hour = 0; hour < 24; ++hour) time.push_back(minute(60 * hour));
  for (const auto& [hour, value] : ranks) rank[static_cast<std::size_t>(hour)] = value;
  judge.add(time, rank, minute(120), 1, std::move(spans));
}

BudgetJudge::Span span(int from, int to, std::size_t event) {
  return {minute(60 * from), minute(60 * to), event};
}

}  // namespace

// By hand: no two are close, so that each rank but 0 is an alert of its own.
TEST_CASE("one threshold for all series, as low as the budget allows") {
  BudgetJudge judge;
  add_day(judge, {{2, 9}, {6, 7}, {10, 6}}, {span(6, 7, 0), span(20, 21, 1)});
  add_day(judge, {{5, 8}, {15, 2}}, {span(5, 5, 2)});
  SUBCASE("one a series and day are two in all") {
    const AtBudget at = judge.at(1, 3);
    CHECK(at.threshold == 8);
    CHECK(at.alerts == 2);
    CHECK(at.false_alarms == 1);
    CHECK(at.found == 1);
    CHECK(at.precision() == doctest::Approx(0.5));
    CHECK(at.recall() == doctest::Approx(1.0 / 3));
    CHECK(at.f1() == doctest::Approx(0.4));
  }
  SUBCASE("more is allowed, and asked again the answer is the same") {
    for (int repeat = 0; repeat < 2; ++repeat) {
      const AtBudget at = judge.at(1.5, 3);
      CHECK(at.threshold == 7);
      CHECK(at.alerts == 3);
      CHECK(at.found == 2);
      CHECK(at.false_alarms == 1);
    }
  }
  SUBCASE("the lowest rank is no alert, however many are allowed") {
    const AtBudget at = judge.at(100, 3);
    CHECK(at.threshold == 2);
    CHECK(at.alerts == 5);
  }
  SUBCASE("nothing fits into the budget") {
    const AtBudget at = judge.at(0.25, 3);
    CHECK(std::isnan(at.threshold));
    CHECK(at.alerts == 0);
    CHECK(std::isnan(at.precision()));
    CHECK(at.recall() == 0);
  }
}

TEST_CASE("rows close to each other are one alert, also where a later one joins two") {
  BudgetJudge judge;
  add_day(judge, {{4, 9}, {5, 8}, {6, 9}, {8, 7}, {9, 6}, {20, 5}}, {span(5, 5, 0)});
  // 4 and 6 are two hours apart, two alerts; 5 joins them. 8 is two hours from 6, and 9 belongs to 8.
  CHECK(judge.at(1, 1).alerts == 0);  // 4 and 6 pass the threshold together
  const AtBudget two = judge.at(2, 1);
  CHECK(two.threshold == 6);
  CHECK(two.alerts == 2);
  CHECK(two.false_alarms == 1);
  CHECK(two.found == 1);
  CHECK(judge.at(3, 1).alerts == 3);
}

TEST_CASE("rows without a score are not there") {
  BudgetJudge judge;
  const double nan = std::nan("");
  judge.add(std::vector<Nanos>{minute(0), minute(60), minute(120)}, std::vector<double>{nan, 3, 1}, minute(1),
            1, {});
  const AtBudget at = judge.at(1, 0);
  CHECK(at.threshold == 3);
  CHECK(at.alerts == 1);
  CHECK(BudgetJudge().at(1, 0).alerts == 0);
}
