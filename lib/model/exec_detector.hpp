// The detector "exec" as far as a model knows it: nothing. score/exec.hpp asks the process.
#pragma once

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "model/detector.hpp"

namespace aiops::model {

class ExecDetector : public Detector {
 public:
  std::string_view name() const override { return "exec"; }
  void fit(const Schema&, const History&, std::uint64_t) override {
    throw UsageError("exec has a model of its own: there is nothing to train here");
  }
  void update(State*, const Rows& rows, Verdict* verdicts) const override {
    for (std::size_t i = 0; i < rows.count; ++i) {
      verdicts[i] = Verdict();
      verdicts[i].condition = Condition::no_answer;
    }
  }
  std::string save() const override { return {}; }
  void load(const Schema&, std::string_view) override {}
};

}  // namespace aiops::model
