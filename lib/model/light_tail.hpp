// How unlikely is so large a surprise? The tail model of adaptive_tail.hpp in 80 bytes.
//
// A histogram of the surprise's logarithm in 32 buckets, of counters that are halved before they overflow.
// Above the edge (where only a small share of all lies above) a Pareto tail by Hill's estimate (Annals of
// Statistics 3, 1975) drawn to a prior; below it the empirical share. What the histogram's scale is, its
// owner keeps: positions are logarithms above the lower end of the first bucket, and what lies below that is
// nothing.
#pragma once

#include <array>
#include <cstdint>
#include <numbers>

#include "model/archive.hpp"

namespace aiops::model {

class LightTail {
 public:
  // The same for all samples of a tail.
  struct Shape {
    float width = 0.5F, per_width = 2;  // of a bucket, and 1 / width
    float tail = 0.02F;                 // share of what was seen that counts as tail
    float prior = 0.3F, weight = 10;    // of the tail's index, which weighs as much as `weight` members
    float floor = 0;                    // positions up to here are no surprise
  };

  // The probability of a position as high is exp(-excess) / inverse; 1 while there are fewer than 30.
  struct Probability {
    float inverse = 1, excess = 0;
  };
  Probability probability(float position, const Shape& shape) const;
  // -log10 of it.
  float surprise(float position, const Shape& shape) const;
  static float surprise(float log_inverse, float excess) {
    return (log_inverse + excess) * static_cast<float>(1 / std::numbers::ln10);
  }
  // The same, or the position at which the surprise is `most` if it is more.
  float limited(float position, float surprise, float most, const Shape& shape) const;
  void add(float position, const Shape& shape);
  // All positions become higher by so many buckets, or lower if it is less than 0.
  void shift(int buckets, const Shape& shape);
  void forget(double keep, const Shape& shape);
  // The largest position that is usual: the upper edge of the body, no less than the floor.
  float usual(const Shape& shape) const;
  int count() const { return count_; }
  void archive(Archive& archive);

 private:
  static constexpr int kBuckets = 32;

  static int bucket(float position, const Shape& shape);
  Probability beyond(float position, float start, const Shape& shape) const;
  float edge(const Shape& shape) const { return static_cast<float>(edge_ + 1) * shape.width; }
  void settle(const Shape& shape);
  void recount();

  std::array<std::uint16_t, kBuckets> counts_{};
  std::uint16_t count_ = 0;
  std::uint16_t above_ = 0;  // counts above the edge …
  float moment_ = 0;         // … and the sum of their positions in buckets
  std::uint8_t edge_ = 0;    // the last bucket of the body
};

}  // namespace aiops::model
