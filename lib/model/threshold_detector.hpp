// The detector "threshold" as far as a model knows it: which rows have a value. The bounds themselves go by
// the names of series, which a detector does not see: score/threshold.hpp has them.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.hpp"
#include "model/detector.hpp"

namespace aiops::model {

class ThresholdDetector : public Detector {
 public:
  std::string_view name() const override { return "threshold"; }
  void fit(const Schema&, const History&, std::uint64_t) override {
    throw UsageError("threshold learns nothing: there is nothing to train");
  }
  void update(State*, const Rows& rows, Verdict* verdicts) const override {
    for (std::size_t i = 0; i < rows.count; ++i) {
      verdicts[i] = Verdict();
      if (!std::isfinite(rows.data[i * rows.width + value_])) verdicts[i].condition = Condition::no_data;
    }
  }
  std::string save() const override { return {}; }
  void load(const Schema& schema, std::string_view) override {
    value_ = static_cast<std::size_t>(std::max(0, schema.find("value")));
  }

 private:
  std::size_t value_ = 0;  // which input
};

}  // namespace aiops::model
