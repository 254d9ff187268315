// Choosing series: --only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "record/series.hpp"

namespace aiops::record {

// A Prometheus selector, cpu{service="cart",pod=~"a.*",zone!="x"}, or short: service=cart, cpu,
// {service="cart"}. Operators = != =~ !~ (regular expressions match the whole value, ECMAScript syntax). An
// absent field is empty.
class Matcher {
 public:
  // Throws UsageError that shows where the text is wrong.
  static Matcher parse(std::string_view text);

  bool matches(const SeriesKey& key) const;

 private:
  struct Condition;
  std::vector<std::shared_ptr<const Condition>> conditions_;
};

// True if any matches; with no matchers everything matches.
bool matches_any(const std::vector<Matcher>& matchers, const SeriesKey& key);

}  // namespace aiops::record
