// Bounds that the user set on the values themselves, as alerting rules of Prometheus have them: a bound with
// a `for` counts once it has been crossed at every sample for so long; until then it is pending.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "record/matcher.hpp"
#include "score/severity.hpp"

namespace aiops::score {

// At least one of high and critical is set.
struct StaticThreshold {
  record::Matcher series;
  std::optional<double> high, critical;
  bool above = true;  // false: values below the bounds cross them. The bound itself crosses, either way
  Nanos lasting = 0;  // `for`
  std::string name;   // by which a state knows it again: what it was made from
};

// The rules of one series, and since when each is crossed. One thread; the rules must outlive it.
class Thresholds {
 public:
  Thresholds() = default;
  explicit Thresholds(std::vector<const StaticThreshold*> rules);

  struct Outcome {
    Severity severity = Severity::normal;
    bool pending = false;  // a bound is crossed, and was not for long enough
    // How far towards the bound, or past it: 1 is the bound, below 1 while pending. The unit is the distance
    // between high and critical (which is 2) where both are set; else half the band between the bounds from
    // above and from below; else the bound's own size. 0 to 1e6; NaN without a value.
    double score = 0;
    std::vector<std::string> reasons;  // "threshold=0.61>=0.5 for 2m"
  };
  // A value that is missing ends what was pending, and so does a gap that is longer than both 5 minutes and
  // three times the one before it: nobody knows what was in between. time: kNoTime if unknown, then `for` is
  // never over.
  Outcome push(Nanos time, double value);

  bool empty() const { return rules_.empty(); }
  // The tightest bounds; NaN where there is none.
  double lower() const { return lower_; }
  double upper() const { return upper_; }

  // Since when rules are crossed, and back; rules that are not there any more are forgotten. load() throws
  // InputError.
  void save(std::string& out) const;
  void load(std::string_view bytes);

 private:
  struct Rule {
    const StaticThreshold* is;
    double high_unit;
    std::array<Nanos, 2> since = {kNoTime, kNoTime};  // high, critical
  };
  double degree(const Rule& rule, double value) const;
  bool over(Rule& rule, int bound, Nanos time, double value);
  static std::string reason(const Rule& rule, int bound, Nanos time, double value, bool pending);

  std::vector<Rule> rules_;
  double lower_, upper_;
  Nanos newest_ = kNoTime, gap_ = 0;
};

}  // namespace aiops::score
