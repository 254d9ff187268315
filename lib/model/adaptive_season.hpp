// What a series is at this time of day: two profiles that learn with every sample.
//
// One lives with an offset that follows the level of the series within an hour or so, and tells what comes
// next; the other is plain, and tells how far the level is from what is usual at the hour. Time of day is
// UTC. The plain one is corrected by the hour of the week, once weeks have shown that it helps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "model/adaptive_parameters.hpp"
#include "model/adaptive_week.hpp"
#include "model/archive.hpp"

namespace aiops::model {

// What a sample does to what is known. none: it is judged, and only what the next hour or so goes by follows
// it (means of the last samples, the offset of the profile). fast: the series has changed.
enum class Learning { none, usual, fast };

// A mean of absolute deviations, robust against what is far out of the usual. The first few count in full.
class Deviation {
 public:
  // range: of the series; lets it grow from 0. Learning::fast takes all as it is.
  void learn(double error, double range, std::uint64_t samples, Learning learning);
  double value() const { return value_; }
  // error, no farther from 0 than `limit` deviations.
  double clip(double error, double limit) const;
  void archive(Archive& archive) { archive(value_); }

 private:
  double value_ = 0;
};

// At most 288 bins of 10 bytes. One thread.
class Season {
 public:
  // step: seconds between samples, says how many bins a day is cut into. time: kNoTime puts all into one bin.
  void set_step(double step);

  struct Residuals {
    double offset_residual, plain_residual;  // value - what was expected
    double
        plain;  // what the plain profile said of this hour of the week; the running mean where the bin is new
    bool known;  // the bin is not new
  };
  // Compares the value with the profiles, then learns it. range: see Deviation; samples: how many came
  // before.
  Residuals push(double value, Nanos time, double range, std::uint64_t samples, Learning learning,
                 const AdaptiveParameters& p);

  const Deviation& offset_deviation() const { return offset_deviation_; }
  const Deviation& plain_deviation() const { return plain_deviation_; }
  double mean() const { return mean_; }  // of all values so far
  std::size_t heap() const;              // bytes
  void prefetch() const { model::prefetch(this, &week_), model::prefetch(&week_); }
  void prefetch_more() const;  // when that is there
  void archive(Archive& archive);

 private:
  int bin_of(Nanos time) const;
  void carry(int bin, double samples);
  void learn(int bin, double value, double offset, double offset_error, double plain_error, bool as_it_is);

  struct Bin {
    float with_offset = 0, plain = 0;
  };
  // What follows from the step alone.
  struct Pace {
    double step = 0;  // that it is for; 0: not known yet
    double in_bin = 0, least_gain = 0, offset_gain = 0;
  };
  void settle(const AdaptiveParameters& p);

  std::vector<Bin> bins_;
  std::vector<std::uint16_t> seen_;  // samples, by bin
  int last_ = 0;                     // the bin of the sample before
  double step_ = 300;
  Pace pace_;
  double offset_ = 0, mean_ = 0;
  Deviation offset_deviation_, plain_deviation_;
  WeekProfile week_;
};

}  // namespace aiops::model
