// Isolation Forest: F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", ICDM 2008, algorithms 1 to 3.
//
// Rows that few random splits set apart from a small sample are anomalous. The anomaly score of a row is
// 2^(-E(h) / c(n)), h the length of its path in a tree, c(n) the mean path length of an unsuccessful search
// in a binary search tree of n keys (n: the sample size); 0.5 is ordinary, towards 1 is anomalous.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/linked_forest.hpp"
#include "model/rank_forest.hpp"

namespace aiops::model {

// The forest alone: rows in, anomaly scores out. After fit() or load() it does not change; any thread may
// score.
class IsolationForest {
 public:
  static constexpr std::size_t kMaxTrees = 10'000, kMaxSamples = 65'536, kMaxWidth = 254;

  // Grows `trees` trees from samples of min(samples, rows) rows each, without replacement. data is row-major,
  // rows >= 1, all numbers finite. The same arguments give the same forest on every machine. Throws
  // UsageError if trees, samples (at least 2) or width are out of range.
  void fit(const float* data, std::size_t rows, std::size_t width, std::size_t trees, std::size_t samples,
           std::uint64_t seed);

  // Anomaly scores in (0, 1) of `rows` rows of width() numbers, row-major, none of them NaN. A score depends
  // neither on the other rows nor on the instruction set: all paths give the same bits.
  void score(const float* data, std::size_t rows, double* scores) const;

  // Asks for the memory that score() begins with; worth it two forests ahead, where many score a row
  // each.
  void prefetch() const { ranks_.prefetch(); }

  std::size_t width() const { return width_; }
  std::size_t trees() const { return count_; }
  std::size_t sample_size() const { return sample_size_; }

  // Appends the forest as bytes, and reads it back: load() throws InputError if the bytes are not all of a
  // forest.
  void save(std::string& out) const;
  void load(std::string_view bytes);

 private:
  void lay_out(const std::vector<ForestTree>& trees);

  std::size_t width_ = 0, count_ = 0, sample_size_ = 0;
  double exponent_ = 0;  // score = 2^(exponent * sum of scaled paths)
  RankForest ranks_;     // the trees, if they fit
  LinkedForest linked_;  // else
};

}  // namespace aiops::model
