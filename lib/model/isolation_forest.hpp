// Isolation Forest: F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", ICDM 2008, algorithms 1 to 3.
//
// Rows that few random splits set apart from a small sample are anomalous. The anomaly score of a row is
// 2^(-E(h) / c(n)), h the length of its path in a tree, c(n) the mean path length of an unsuccessful search in a
// binary search tree of n keys (n: the sample size); 0.5 is ordinary, towards 1 is anomalous.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aiops::model {

struct IsolationForestParameters {
  std::int64_t trees = 100;      // more trees: steadier scores; the paper's figure
  std::int64_t samples = 256;    // rows that a tree is grown from; the paper's figure. Depth is ceil(log2(samples))
  double contamination = 0.001;  // share of the training rows whose score is above the threshold
};

// Mean path length of an unsuccessful search among n keys: 2 H(n - 1) - 2 (n - 1) / n, H(i) = ln i + Euler's
// constant; 1 for n = 2, 0 below (equation 1 of the paper).
double mean_path_length(std::size_t n);

// The forest alone: rows in, anomaly scores out. After fit() or load() it does not change; any thread may score.
class IsolationForest {
 public:
  // Grows `trees` trees from samples of min(samples, rows) rows each, without replacement. data is row-major, rows >= 1,
  // width 1 to 255, all finite. The same arguments give the same forest on every machine. Throws UsageError if
  // trees or samples are not positive, InputError if width is out of range.
  void fit(const float* data, std::size_t rows, std::size_t width, std::size_t trees, std::size_t samples,
           std::uint64_t seed);

  // Anomaly scores in (0, 1) of `rows` rows of width() finite numbers, row-major. A score does not depend on the
  // other rows, nor on the instruction set: all paths give the same bits.
  void score(const float* data, std::size_t rows, double* scores) const;

  std::size_t width() const { return width_; }
  std::size_t trees() const { return trees_; }
  std::size_t sample_size() const { return sample_size_; }

  // Appends the forest as bytes, and reads it back: load() throws InputError if the bytes are not all of a forest.
  void save(std::string& out) const;
  void load(std::string_view bytes);

 private:
  friend class ForestGrower;
  void finish();

  // A tree as a list of its nodes in depth-first order: an inner node has the split (feature, threshold: right if
  // greater), a leaf the number of rows that reached it. That is what is saved; scoring uses the layouts below.
  struct Node {
    float threshold;
    std::uint16_t right;    // inner: where the right child stands; the left one follows. Leaf: 0
    std::uint16_t feature;  // inner: which; leaf: unused
    float path;             // leaf: depth + mean_path_length(rows)
  };

  std::size_t width_ = 0, trees_ = 0, sample_size_ = 0;
  double scale_ = 0;  // -1 / (trees * mean_path_length(sample size))
};

}  // namespace aiops::model
