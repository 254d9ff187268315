// How unlikely is so large a surprise? A tail model that learns with every sample.
//
// A histogram of the surprise's logarithm, buckets of ratio 1.15. Below the edge (where only a small share of
// all lies above) the probability is the empirical one; above it a Pareto tail, whose index is Hill's
// estimate (B. M. Hill, "A simple general approach to inference about the tail of a distribution", Annals of
// Statistics 3, 1975) drawn to a prior, since a tail has few members. What lies below a floor is no surprise:
// a floor keeps noise in the last digit from being one.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "model/archive.hpp"

namespace aiops::model {

// At most 1 KB; grows with the range that was seen. Owns its memory; one thread.
class TailHistogram {
 public:
  // tail: share of what was seen that counts as tail. prior: of the tail's index (mean of the logarithm of
  // excess), which weighs as much as `weight` members.
  TailHistogram(double tail, double prior, double weight) : tail_(tail), prior_(prior), weight_(weight) {}

  // From now on surprises below exp(log_floor) are none. The buckets begin at `origin` (logarithm): they only
  // move upward, so that counts stay what they were; if the floor falls below the lowest bucket all is
  // forgotten.
  void set_floor(double log_floor, double origin);
  // -log10 of the probability of as large a surprise; 0 while there are fewer than 30. log: natural logarithm
  // of the surprise, -infinity for 0.
  double surprise(double log) const;
  void add(double log);
  // The same, or the logarithm at which the surprise is `most` if it is more: what an outlier is learned as.
  double limited(double log, double surprise, double most) const;
  // Keeps this share of every count.
  void forget(double keep);

  double count() const { return count_; }
  std::size_t heap() const { return counts_.capacity() * sizeof(float); }  // bytes
  // The largest surprise that is usual: the upper edge of the body, no less than the floor. Not a logarithm.
  double usual() const;
  void archive(Archive& archive);

 private:
  static int bucket(double above_origin);
  double at(int bucket) const { return bucket < static_cast<int>(counts_.size()) ? counts_[bucket] : 0; }
  double beyond_edge(double position, double edge, double floor) const;
  double sum(int from, int to) const;
  void settle_edge();

  double tail_, prior_, weight_;
  std::vector<float> counts_;  // by bucket, as far up as any was seen
  double count_ = 0;
  double origin_ =
      -std::numeric_limits<double>::infinity();  // lower end of bucket 0; not finite: no scale yet
  double floor_ = -std::numeric_limits<double>::infinity();
  double above_ = 0, moment_ = 0;  // counts above the edge, and the sum of their positions in buckets
  int edge_ = 0;                   // the last bucket of the body
  int added_ = 0;                  // since counts were halved
};

// A score's own tail makes scores of unlike series comparable: it is trusted the more the longer it has been
// learned.
class OwnTail {
 public:
  // Trusted by half after `half` samples.
  OwnTail(double tail, double floor, double half);
  // Returns the score (a surprise) calibrated, and learns it; 0 for scores of 0 and less.
  double calibrate(double score, bool learn = true);
  std::size_t heap() const { return tail_.heap(); }
  void archive(Archive& archive) { tail_.archive(archive); }

 private:
  TailHistogram tail_;
  double half_;
};

}  // namespace aiops::model
