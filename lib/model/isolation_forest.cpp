#include "model/isolation_forest.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/random.hpp"

namespace aiops::model {
namespace {

// Draws k of n row numbers without replacement, each set as likely as any other (R. W. Floyd's algorithm, in
// J. Bentley, "A Sample of Brilliance", CACM 30:9, 1987). A hash table keeps the cost at k, whatever n is.
class Sampler {
 public:
  explicit Sampler(std::size_t k) : rows_(k), table_(std::bit_ceil(4 * k)) {}

  const std::vector<std::uint32_t>& draw(std::uint32_t n, Random& random) {
    std::fill(table_.begin(), table_.end(), kFree);
    const auto k = static_cast<std::uint32_t>(rows_.size());
    for (std::uint32_t i = 0; i < k; ++i) {
      const std::uint32_t newest = n - k + i;
      const std::uint32_t drawn = random.below(newest + 1);
      rows_[i] = insert(drawn) ? drawn : newest;
      if (rows_[i] == newest) insert(newest);
    }
    return rows_;
  }

 private:
  static constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();

  bool insert(std::uint32_t row) {
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = row * 2654435761u & mask;; at = (at + 1) & mask) {
      if (table_[at] == row) return false;
      if (table_[at] == kFree) {
        table_[at] = row;
        return true;
      }
    }
  }

  std::vector<std::uint32_t> rows_, table_;
};

// ceil(log2(samples)), the mean depth of a balanced tree: what is below says nothing of anomalies.
std::size_t max_depth(std::size_t samples) {
  return samples <= 1 ? 0 : static_cast<std::size_t>(std::bit_width(samples - 1));
}

// Grows trees; keeps its buffers from one to the next.
class Grower {
 public:
  Grower(const float* data, std::size_t rows, std::size_t width, std::size_t samples)
      : data_(data),
        rows_(static_cast<std::uint32_t>(rows)),
        width_(width),
        samples_(samples),
        sampler_(samples),
        columns_(width * samples),
        order_(samples),
        spare_(samples),
        features_(width),
        max_depth_(max_depth(samples)) {}

  ForestTree grow(std::uint64_t seed) {
    Random random(seed);
    const std::vector<std::uint32_t>& drawn = sampler_.draw(rows_, random);
    for (std::size_t i = 0; i < samples_; ++i) {
      if (i + 16 < samples_) __builtin_prefetch(data_ + std::size_t{drawn[i + 16]} * width_);
      const float* row = data_ + std::size_t{drawn[i]} * width_;
      for (std::size_t f = 0; f < width_; ++f) columns_[f * samples_ + i] = row[f];
    }
    std::iota(order_.begin(), order_.end(), 0);
    std::iota(features_.begin(), features_.end(), std::uint16_t{0});
    tree_.clear();
    split(0, samples_, 0, random);
    return tree_;
  }

 private:
  // Appends the subtree of the sampled rows order_[begin … end).
  void split(std::size_t begin, std::size_t end, std::size_t depth, Random& random) {
    const std::size_t self = tree_.size();
    tree_.emplace_back();
    if (depth == max_depth_ || end - begin <= 1 || !choose(begin, end, random, tree_[self])) {
      tree_[self].rows = static_cast<std::uint32_t>(end - begin);
      return;
    }
    const std::size_t middle = partition(begin, end, tree_[self]);
    split(begin, middle, depth + 1, random);
    tree_[self].right = static_cast<std::uint32_t>(tree_.size());
    split(middle, end, depth + 1, random);
  }

  // A feature at random among those that are not constant here, and a threshold in [min, max). False if all
  // are.
  bool choose(std::size_t begin, std::size_t end, Random& random, ForestNode& node) {
    for (std::size_t left = width_; left > 0; --left) {
      std::swap(features_[random.below(static_cast<std::uint32_t>(left))], features_[left - 1]);
      const std::uint16_t feature = features_[left - 1];
      const float* column = &columns_[feature * samples_];
      float low = column[order_[begin]], high = low;
      for (std::size_t i = begin + 1; i < end; ++i) {
        low = std::min(low, column[order_[i]]);
        high = std::max(high, column[order_[i]]);
      }
      if (!(low < high)) continue;
      const double share = random.uniform();
      const auto threshold = static_cast<float>(low * (1 - share) + high * share);
      node.feature = feature;
      node.threshold = threshold < high ? std::max(threshold, low) : low;
      return true;
    }
    return false;
  }

  // Rows at most the threshold come first, both parts in their old order. Returns where the second part
  // begins.
  std::size_t partition(std::size_t begin, std::size_t end, const ForestNode& node) {
    const float* column = &columns_[node.feature * samples_];
    std::size_t middle = begin, above = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint32_t row = order_[i];
      const bool right = column[row] > node.threshold;
      order_[middle] = row;
      spare_[above] = row;
      middle += !right;
      above += right;
    }
    std::copy_n(spare_.begin(), above, order_.begin() + static_cast<std::ptrdiff_t>(middle));
    return middle;
  }

  const float* data_;
  std::uint32_t rows_;
  std::size_t width_, samples_;
  Sampler sampler_;
  std::vector<float> columns_;  // of the sample: [feature][row]
  std::vector<std::uint32_t> order_, spare_;
  std::vector<std::uint16_t> features_;
  std::size_t max_depth_;
  ForestTree tree_;
};

constexpr std::uint8_t kLeaf = 0xff;  // in place of a feature

void save_tree(const ForestTree& tree, std::string& out) {
  put(out, static_cast<std::uint32_t>(tree.size()));
  for (const ForestNode& node : tree) {
    if (node.right == 0) {
      put(out, kLeaf);
      put(out, static_cast<std::uint16_t>(node.rows - 1));
    } else {
      put(out, static_cast<std::uint8_t>(node.feature));
      put(out, node.threshold);
    }
  }
}

// Nodes in depth-first order need no pointers: an inner node's right child stands where its left subtree has
// ended.
ForestTree load_tree(ByteReader& in, std::size_t width, std::size_t samples) {
  const auto size = in.get<std::uint32_t>();
  in.check(size % 2 == 1 && size < 2 * samples && size <= in.left() / 3, "has a tree of a wrong size");
  ForestTree tree(size);
  std::vector<std::pair<std::uint32_t, std::size_t>>
      open;  // inner nodes without a right child yet, their depths
  std::size_t depth = 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    ForestNode& node = tree[i];
    const auto feature = in.get<std::uint8_t>();
    if (feature != kLeaf) {
      node.feature = feature;
      node.threshold = in.get<float>();
      in.check(feature < width && std::isfinite(node.threshold), "has a split that makes no sense");
      in.check(depth < max_depth(samples), "has a tree that is too deep");
      open.emplace_back(i, depth++);
      continue;
    }
    node.rows = in.get<std::uint16_t>() + 1u;
    in.check(node.rows <= samples, "has a leaf of more rows than were drawn");
    in.check(open.empty() == (i + 1 == size), "has a tree that does not end where it should");
    if (open.empty()) break;
    tree[open.back().first].right = i + 1;
    depth = open.back().second + 1;
    open.pop_back();
  }
  return tree;
}

}  // namespace

void IsolationForest::fit(const float* data, std::size_t rows, std::size_t width, std::size_t trees,
                          std::size_t samples, std::uint64_t seed) {
  if (trees < 1 || trees > kMaxTrees)
    throw UsageError(fmt::format("expected 1 to {} trees, not {}", kMaxTrees, trees));
  if (samples < 2 || samples > kMaxSamples) {
    throw UsageError(fmt::format("expected 2 to {} samples a tree, not {}", kMaxSamples, samples));
  }
  if (width < 1 || width > kMaxWidth) {
    throw UsageError(
        fmt::format("expected 1 to {} features for an isolation forest, not {}", kMaxWidth, width));
  }
  width_ = width;
  count_ = trees;
  sample_size_ = std::min(samples, rows);
  std::vector<ForestTree> grown;
  Grower grower(data, rows, width, sample_size_);
  for (std::size_t i = 0; i < trees; ++i) grown.push_back(grower.grow(sub_seed(seed, i)));
  lay_out(grown);
}

void IsolationForest::lay_out(const std::vector<ForestTree>& trees) {
  const double usual = mean_path_length(sample_size_);
  // A forest grown from a single row knows nothing: every row is ordinary, 0.5 (its paths are all 0).
  exponent_ = usual > 0 ? -1 / (static_cast<double>(count_) * usual * kPathScale) : 0;
  linked_ = {};
  if (!ranks_.build(trees, width_)) linked_.build(trees);
}

void IsolationForest::score(const float* data, std::size_t rows, double* scores) const {
  constexpr std::size_t kBlock = RankForest::kBlock;
  std::uint32_t sums[kBlock];
  for (std::size_t at = 0; at < rows; at += kBlock) {
    const std::size_t count = std::min(kBlock, rows - at);
    if (ranks_.empty()) {
      linked_.paths(data + at * width_, count, width_, sums);
    } else {
      ranks_.paths(data + at * width_, count, sums);
    }
    for (std::size_t i = 0; i < count; ++i) {
      scores[at + i] = exponent_ == 0 ? 0.5 : std::exp2(exponent_ * sums[i]);
    }
  }
}

void IsolationForest::save(std::string& out) const {
  put(out, static_cast<std::uint32_t>(width_));
  put(out, static_cast<std::uint32_t>(count_));
  put(out, static_cast<std::uint32_t>(sample_size_));
  for (std::size_t i = 0; i < count_; ++i) save_tree(ranks_.empty() ? linked_.tree(i) : ranks_.tree(i), out);
}

void IsolationForest::load(std::string_view bytes) {
  ByteReader in(bytes, "forest");
  const auto width = in.get<std::uint32_t>(), count = in.get<std::uint32_t>(),
             samples = in.get<std::uint32_t>();
  in.check(width >= 1 && width <= kMaxWidth, "has a number of features that makes no sense");
  in.check(count >= 1 && count <= kMaxTrees, "has a number of trees that makes no sense");
  in.check(samples >= 1 && samples <= kMaxSamples, "has a sample size that makes no sense");
  std::vector<ForestTree> trees;
  for (std::uint32_t i = 0; i < count; ++i) trees.push_back(load_tree(in, width, samples));
  in.end();
  width_ = width;
  count_ = count;
  sample_size_ = samples;
  lay_out(trees);
}

}  // namespace aiops::model
