// The detector "ensemble": unlike detectors on one scale, that of their probabilities.
//
// The members' p_values are combined by the Cauchy combination test (Y. Liu & J. Xie, "Cauchy combination
// test: a powerful test with analytic p-value calculation under arbitrary dependency structures", JASA 115,
// 2020): the mean of tan(π(½ - p)) is again about Cauchy in its tail, however the members depend on each
// other, and they do, for all see the same series. So one member that is sure is heard (its p times the
// number of members), and members that agree are not counted twice, as Fisher's sum would. p above ½ is taken
// for ½: a member to which nothing is strange does not speak against one to which something is.
//
// No member's probabilities are quite right for what comes later, so the combined surprise (-log10 p) has a
// tail model of its own that learns with every row (adaptive_tail.hpp), as "adaptive" has it.
//
// A member without a verdict (warming up, or one of its inputs missing) is left out; the others count.
// expected, lower and upper are those of the first member that has them; the refractory period is the longest
// of the members'; level is the mean of the members' levels. Reasons are the members', with their names
// before them: "adaptive.jump=+40(usual 1.1)".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/adaptive_tail.hpp"
#include "model/detector.hpp"

namespace aiops::model {

class EnsembleDetector : public Detector {
 public:
  // Throws UsageError if a member is none, stands there twice, or has no probabilities.
  explicit EnsembleDetector(const Parameters& parameters);

  std::string_view name() const override { return "ensemble"; }
  void fit(const Schema& schema, const History& history, std::uint64_t seed) override;
  std::unique_ptr<State> start() const override;
  std::unique_ptr<State> restore(std::string_view bytes) const override;
  void update(State* state, const Rows& rows, Verdict* verdicts) const override;
  Nanos refractory(const State* state) const override;
  std::string save() const override;
  void load(const Schema& schema, std::string_view bytes) override;
  void tell(Parameters& parameters) const override;

  // The probability that all of these say together. At least one, each above 0.
  static double combined(const std::vector<double>& p_values);

 private:
  struct EnsembleState;
  struct Opinion {
    std::string_view name;
    const Verdict* verdict = nullptr;
    double* held = nullptr;
  };

  void learn_tail(const Schema& schema, const History& history);
  void judge(const std::vector<const Detector*>& judges, EnsembleState& state, const Rows& rows,
             Verdict* verdicts) const;
  Verdict combine(const std::vector<Opinion>& opinions, OwnTail& own, bool learn, double explain_from) const;
  static std::vector<std::string> reasons(std::vector<Opinion> opinions);
  void load_cold(const Schema& schema);

  Parameters parameters_;
  std::vector<std::unique_ptr<Detector>> members_;
  std::string tail_;  // that a series starts with, saved; empty: nothing learned
};

}  // namespace aiops::model
