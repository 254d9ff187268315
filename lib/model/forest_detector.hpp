// The detector "isolation-forest": the forest, and what makes its score one that people can go by.
//
// score = log(p) / log(contamination), p the tail probability of the forest's anomaly score (tail.hpp).
// So 1.0 is the threshold for every series, 2.0 is a row as rare as contamination squared, and a row that is
// usual is near 0.
//
// Range: no split of a tree lies outside of what it was grown from, so a forest scores ten times the largest
// value ever seen like that value itself, and knows nothing of a series that was constant. So range_weight *
// log2(1 + d) is added, d the distance from the training range: for each input how far the row lies outside
// of it, in widths of the central 99 % (of the whole range if that is 0; of 5 % of the value if it was
// constant), and of these the Euclidean norm. d is 0 for all that was seen; a row one width outside is an
// alert by itself. Rows hang together, rolling means most of all: an hour of them may have seen only part of
// what is usual. So the range is [min, max] and on either side a margin, which makes up for the few
// independent rows that there are: as many widths as the range of 1 / contamination normal numbers exceeds
// that of `independent` ones (profile.cpp). The numbers of an input status_code are names, without distances:
// one that was never seen is one width outside.
//
// expected, lower and upper are the value's. With the inputs rolling_mean and rolling_std: the mean, kept
// within the central 99 % of the values in training, and 3 standard deviations around it, the deviation at
// most as large as its 95th percentile in training, so that an anomaly within the window moves the band only
// as far as is usual. Without them: median and central 99 %. Without an input `value` (joint scores):
// missing.
//
// Cold rows (Rows::cold): rolling_mean and rolling_std are kept within what training saw, and zscore is
// computed from these, so that what scatters for want of samples is no alarm while value and delta are judged
// from the first row on.
//
// Needs no state. Rows with a missing input are not scored: no_data if the value is missing (or, in joint
// rows, any input), else warming_up.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/detector.hpp"
#include "model/isolation_forest.hpp"
#include "model/profile.hpp"
#include "model/tail.hpp"

namespace aiops::model {

class ForestDetector : public Detector {
 public:
  explicit ForestDetector(IsolationForestParameters parameters) : parameters_(parameters) {}

  std::string_view name() const override { return "isolation-forest"; }
  void fit(const Schema& schema, const History& history, std::uint64_t seed) override;
  void update(State* state, const Rows& rows, Verdict* verdicts) const override;
  void prefetch(const State*, Ahead ahead) const override {
    if (ahead == Ahead::near) forest_.prefetch();
  }
  void tell(Parameters& parameters) const override { parameters.isolation_forest = parameters_; }
  std::string save() const override;
  void load(const Schema& schema, std::string_view bytes) override;

 private:
  void attach(const Schema& schema);
  void settle(const double* row, float* settled) const;
  double combine(double forest_score, const float* row) const;
  void judge(const float* row, double forest_score, double explain_from, Verdict& verdict) const;
  void expect(const float* row, Verdict& verdict) const;
  void explain(const float* row, Verdict& verdict) const;

  IsolationForestParameters parameters_;
  double log_contamination_ = 0;
  IsolationForest forest_;
  TailModel tail_;
  std::vector<Profile> profiles_;
  std::vector<std::string> inputs_;
  int value_ = -1, mean_ = -1, std_ = -1, zscore_ = -1;  // where these inputs stand, or -1
};

}  // namespace aiops::model
