#include "score/budget.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/random.hpp"

using namespace aiops;
using namespace aiops::score;

namespace {

record::SeriesKey series(const std::string& service, const std::string& metric) {
  record::SeriesKey key;
  key.fields = {{"service", service}, {"metric", metric}};
  return key;
}

// Rows a minute apart whose surprises are `factor` times what right probabilities give; the alerts of each
// day.
std::vector<int> alerts_a_day(BudgetKeeper& keeper, double factor, int days, std::uint64_t seed) {
  Random random(seed);
  std::vector<int> counts(static_cast<std::size_t>(days));
  BudgetKeeper::Scope& scope = keeper.scope(series("cart", "cpu"));
  for (int i = 0; i < days * 1440; ++i) {
    const double surprise = -factor * std::log10(1 - random.uniform());
    const auto threshold = keeper.threshold(scope, i * kMinute);
    if (!threshold || surprise < *threshold) continue;
    BudgetKeeper::alerted(scope);
    ++counts[static_cast<std::size_t>(i / 1440)];
  }
  return counts;
}

double mean(const std::vector<int>& counts, std::size_t from) {
  double sum = 0;
  for (std::size_t i = from; i < counts.size(); ++i) sum += counts[i];
  return sum / static_cast<double>(counts.size() - from);
}

}  // namespace

TEST_CASE("a budget is a number over a time") {
  CHECK(AlertBudget::parse("1/day")->per == kDay);
  CHECK(AlertBudget::parse("0.25/week")->alerts == 0.25);
  CHECK(AlertBudget::parse("10/12h")->per == 12 * kHour);
  for (const char* text :
       {"", "1", "day", "/day", "1/", "0/day", "-1/day", "nan/day", "1/fortnight", "1/0s"}) {
    CAPTURE(text);
    CHECK(!AlertBudget::parse(text));
  }
}

TEST_CASE("where probabilities are right the threshold begins at the budget's share of the rows") {
  BudgetKeeper keeper(*AlertBudget::parse("1/day"));
  BudgetKeeper::Scope& scope = keeper.scope(series("cart", "cpu"));
  std::optional<double> threshold;
  for (int i = 0; i < 63; ++i) CHECK(!keeper.threshold(scope, i * kMinute));
  threshold = keeper.threshold(scope, 63 * kMinute);
  REQUIRE(threshold);
  CHECK(*threshold == doctest::Approx(std::log10(1440.0)).epsilon(0.01));
}

TEST_CASE("in the long run the rate is the budget's, also where probabilities are wrong") {
  for (const double factor : {1.0, 1.5, 2.0}) {
    CAPTURE(factor);
    BudgetKeeper keeper(*AlertBudget::parse("2/day"));
    const auto counts = alerts_a_day(keeper, factor, 400, 11);
    CHECK(mean(counts, 50) == doctest::Approx(2).epsilon(0.15));
  }
}

TEST_CASE("a quiet series is not made to alert") {
  BudgetKeeper keeper(*AlertBudget::parse("2/day"));
  CHECK(mean(alerts_a_day(keeper, 0.3, 400, 12), 50) < 0.1);
}

TEST_CASE("scopes: each series, a group, everything; what was learned is saved") {
  AlertBudget budget = *AlertBudget::parse("1/day");
  BudgetKeeper each(budget);
  CHECK(&each.scope(series("a", "x")) != &each.scope(series("a", "y")));
  budget.by = {"service"};
  BudgetKeeper group(budget);
  CHECK(&group.scope(series("a", "x")) == &group.scope(series("a", "y")));
  CHECK(&group.scope(series("a", "x")) != &group.scope(series("b", "x")));
  budget.by->clear();
  BudgetKeeper all(budget);
  CHECK(&all.scope(series("a", "x")) == &all.scope(series("b", "x")));
  alerts_a_day(group, 2, 10, 13);
  BudgetKeeper later(budget);
  later.load(all.save(), "state");
  AlertBudget by_service = budget;
  by_service.by = {"service"};
  BudgetKeeper again(by_service);
  again.load(group.save(), "state");
  CHECK(again.scope(series("cart", "z")).offset == group.scope(series("cart", "z")).offset);
  CHECK(again.scope(series("cart", "z")).rows == 14400);
}
