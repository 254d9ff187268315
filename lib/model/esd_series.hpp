// One series as the detector "seasonal-esd" knows it.
//
// S-H-ESD (O. Vallis, J. Hochenbaum, A. Kejariwal, "A Novel Technique for Long-Term Anomaly Detection in the
// Cloud", HotCloud 2014; the same, arXiv:1704.07706): a robust season and a robust level are taken off, and
// what is left is tested for outliers by the generalized ESD test (esd.hpp) with the median for the mean and
// the median absolute deviation for the standard deviation. What deviates from the paper, for the sake of a
// stream:
// - the season is the median of each phase over the last 2 to 7 seasons, not STL's; the level is the median
// of the
//   last quarter of a season (24 to 96 samples) without it, not of two weeks: it follows what lasts;
// - a sample is compared with the errors that earlier ones had when they came, not with those of a batch that
// it is
//   part of; its rank among these is the i of the test;
// - the test takes errors for normal, and those of metrics have heavy tails: beside its bound a sample must
// pass the
//   one that has the same significance by the errors' own tail (tail.hpp);
// - where more than half of the errors are the same, so that their median deviation is 0 (counts, mostly
// zero), half
//   of what the mean deviation says is the least that it is taken for.
//
// Memory: 4 bytes for each of the last 5,760 slots and of 1,440 errors. Owns it; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/adaptive_interval.hpp"
#include "model/regular.hpp"
#include "model/tail.hpp"

namespace aiops::model {

class EsdSeries {
 public:
  EsdSeries(SeasonLength season, double significance) : wanted_(season), significance_(significance) {}

  struct Judgement {
    double score = 0, p_value = 1;  // 1: the test says outlier
    double expected = 0, lower = 0, upper = 0, trend = 0, seasonal = 0;
    double sigmas = 0;  // the robust deviation
    bool flat = false;
  };
  // Judges the sample, then learns it, unless learn is false: then it is as if it had been missing. nullopt:
  // not enough samples yet. value: finite; time: kNoTime if unknown.
  std::optional<Judgement> push(Nanos time, double value, bool learn);
  // A sample whose value is missing.
  void miss(Nanos time);
  double step() const { return interval_.seconds(); }
  std::size_t period() const { return period_; }
  std::string save() const;
  void load(std::string_view bytes);  // throws InputError

 private:
  void archive(Archive& archive);
  std::int64_t slot_of(Nanos time) const;
  void restart();
  void settle();
  void advance(std::int64_t slot);
  void learn(std::int64_t slot, double value);
  double level(std::size_t back) const;
  double season(std::int64_t slot) const;
  Judgement judge(std::int64_t slot, double value) const;
  void rebuild();
  void look_for_season();
  void learn_season();
  void judge_again();
  void learn_errors();
  std::size_t phase(std::int64_t slot) const;
  bool flat_with(double value) const;

  SeasonLength wanted_;
  double significance_;
  Interval interval_;
  Grid grid_;
  std::vector<std::pair<Nanos, double>> first_;  // until the grid is known
  double origin_ = 0, lowest_ = 0,
         highest_ = 0;  // values are kept less the first; lowest and highest of those
  bool begun_ = false, gridded_ = false;
  std::int64_t slot_ = 0;      // of the last of values_
  std::vector<float> values_;  // by slot, the oldest first; NaN: missing
  std::vector<float> errors_;  // in the order of time
  std::vector<float> season_;  // by phase; empty: none
  std::size_t period_ = 0;
  std::uint64_t samples_ = 0, next_rebuild_ = 0, next_look_ = 0;
  double median_ = 0, sigma_ = 0;  // of errors_; sigma 0: not known yet
  std::vector<float> largest_;     // deviations in sigma_, the largest first
  double tested_ = 0;              // errors among which they are
  double tail_bound_ = 1;          // deviation that the test asks for by their tail
  double bound_ = 1;               // the larger of it and the test's for a single outlier
  TailModel tail_;                 // of all deviations
};

}  // namespace aiops::model
