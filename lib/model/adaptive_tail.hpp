// How unlikely is so large a surprise? A tail model that learns with every sample.
//
// A histogram of the surprise's logarithm, buckets of ratio 1.15. Below the edge (where only a small share of
// all lies above) the probability is the empirical one; above it a Pareto tail, whose index is Hill's
// estimate (B. M. Hill, "A simple general approach to inference about the tail of a distribution", Annals of
// Statistics 3, 1975) drawn to a prior, since a tail has few members. What lies below a floor is no surprise:
// a floor keeps noise in the last digit from being one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "model/archive.hpp"
#include "model/prefetch.hpp"

namespace aiops::model {

// 560 bytes, of which a sample touches two or three lines of the cache. One thread.
class TailHistogram {
 public:
  // The same for all tails of a kind.
  struct Shape {
    double tail;    // share of what was seen that counts as tail
    double prior;   // of the tail's index (mean of the logarithm of excess), …
    double weight;  // … which weighs as much as so many members
  };

  // From now on surprises below exp(log_floor) are none. The buckets begin at `origin` (logarithm): they only
  // move upward, so that counts stay what they were; if the floor falls below the lowest bucket all is
  // forgotten.
  void set_floor(double log_floor, double origin);

  // A probability is share * exp(-excess).
  struct Probability {
    double share = 1, excess = 0;
  };
  // Of as large a surprise; 1 while there are fewer than 30. log: natural logarithm of the surprise,
  // -infinity for 0.
  Probability probability(double log, const Shape& shape) const;
  // -log10 of it.
  double surprise(double log, const Shape& shape) const;
  void add(double log, const Shape& shape);
  // The same, or the logarithm at which the surprise is `most` if it is more: what an outlier is learned as.
  double limited(double log, double surprise, double most, const Shape& shape) const;
  // Keeps this share of every count.
  void forget(double keep);

  double count() const { return count_; }
  void prefetch() const { model::prefetch(this); }
  // When that is there: the buckets below the edge, which most samples are in.
  void prefetch_more() const {
    model::prefetch(&counts_[std::max(0, edge_ - 31)]);
    model::prefetch(&counts_[edge_]);
  }
  // The largest surprise that is usual: the upper edge of the body, no less than the floor. Not a logarithm.
  double usual() const;
  void archive(Archive& archive);

 private:
  static constexpr int kBuckets = 256;

  static int bucket(double above_origin);
  Probability beyond_edge(double position, double edge, double floor, const Shape& shape) const;
  std::uint32_t higher_in_body(int bucket) const;
  void settle_edge(const Shape& shape);
  void recount();

  // Lower end of bucket 0; not finite: no scale yet.
  double origin_ = -std::numeric_limits<double>::infinity();
  double floor_ = -std::numeric_limits<double>::infinity();
  std::uint32_t count_ = 0;
  std::uint32_t above_ = 0, moment_ = 0;  // counts above the edge, and the sum of twice their positions
  std::uint32_t added_ = 0;               // since counts were halved
  std::uint32_t nothing_ = 0;             // in bucket 0, where all that is nothing stands together
  std::int32_t edge_ = 0;                 // the last bucket of the body
  std::array<std::uint16_t, kBuckets> counts_{};
};

// A score's own tail makes scores of unlike series comparable: it is trusted the more the longer it has been
// learned.
class OwnTail {
 public:
  // Trusted by half after `half` samples.
  OwnTail(double tail, double floor, double half);
  void prefetch() const { tail_.prefetch(); }
  void prefetch_more() const { tail_.prefetch_more(); }
  // Returns the score (a surprise) calibrated, and learns it; 0 for scores of 0 and less.
  double calibrate(double score, bool learn = true);
  void archive(Archive& archive) { tail_.archive(archive); }

 private:
  TailHistogram tail_;
  double share_, half_;
};

}  // namespace aiops::model
