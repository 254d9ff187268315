// The small memories that the detector "light" is made of. Each is a few dozen bytes, owns nothing else, and
// is saved as it stands.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"
#include "model/archive.hpp"

namespace aiops::model {

// The interval between samples: the one that most of the last gaps agree on to a third (R. Boyer & J. Moore,
// "MJRTY", 1981, with votes that are capped so that it follows a series that changes its interval).
class LightStep {
 public:
  void push(Nanos time);
  // 0.001 to 86,400; 300 while nothing is known.
  double seconds() const { return seconds_; }
  void archive(Archive& archive);

 private:
  Nanos last_ = kNoTime;
  float seconds_ = 300;
  std::int32_t votes_ = 0;
};

// Where the values are and how far they scatter.
class LightSpread {
 public:
  // From the first values, robustly. values: at least one; reordered.
  void begin(float* values, int count);
  void push(double value, std::uint32_t samples);
  // R, the unit of the series: about its central range, no less than a tenth of the whole. 0: it has never
  // changed.
  double unit() const { return unit_; }
  double mean() const { return mean_; }
  // Takes the unit anew; the whole range is that since the call before the last.
  void settle();
  void archive(Archive& archive);

 private:
  float mean_ = 0, deviation_ = 0;
  float least_ = 0, most_ = 0, range_before_ = 0;
  float unit_ = 0;
};

// What is usual at the time of day (UTC): 24 points with straight lines between.
class LightProfile {
 public:
  struct Place {
    int bin = 0, next = 0;
    float part = 0;  // of the way from one to the next
  };
  static Place place(Nanos time);
  bool knows(const Place& place) const { return seen_[place.bin] > 0; }
  double at(const Place& place) const;
  // Where an hour has many samples, one that was never seen begins with what was learned of the last.
  // per_day: samples a day.
  void enter(const Place& place, double mean, double per_day);
  // error: of at(), clipped by the caller as he likes. gain: least share of a new day.
  void learn(const Place& place, double value, double error, double gain, double per_day);
  void archive(Archive& archive);

 private:
  static constexpr int kBins = 24;
  std::array<float, kBins> value_{};
  std::array<std::uint8_t, kBins> seen_{};
};

// AR(2) by recursive least squares with forgetting.
class LightForecast {
 public:
  double predict() const { return weights_[0] * last_[0] + weights_[1] * last_[1]; }
  // Inputs and errors of the order of 1.
  void learn(double error, double forgetting);
  void push(double value);
  // All that was seen is now so many times as large.
  void scale(double factor);
  void archive(Archive& archive);

 private:
  std::array<float, 2> weights_{}, last_{};
  std::array<float, 3> covariance_{10, 0, 10};
};

// Which means of the last 24 values there have been: one bit for each small interval of them.
class LightSeen {
 public:
  // The mean of the last 24 values (of less at first), and its distance from the nearest that was seen before
  // the last 24; 0 while that is less than it can tell, or nothing is known.
  struct Distance {
    double mean = 0, distance = 0, nearest = 0;
  };
  Distance push(double value, double unit, bool learn);
  void archive(Archive& archive);

 private:
  static constexpr int kBlocks = 6, kBlock = 4, kWords = 8, kBits = kWords * 64;

  void insert(double from, double to, double unit);
  void make_room(double value);
  double nearest(double value) const;
  bool bit(int i) const { return (bits_[i / 64] >> (i % 64) & 1) != 0; }

  std::array<std::uint64_t, kWords> bits_{};
  std::array<float, kBlocks> sums_{}, means_{};  // of blocks; of the windows that ended with them
  float sum_ = 0, low_ = 0, width_ = 0;          // low_: lower end of the first interval; width_ 0: none yet
  std::int32_t in_block_ = 0, blocks_ = 0, at_ = 0;
};

}  // namespace aiops::model
