// bench-forests MATRIX FORESTS: FORESTS series of 5 features, each with a forest of its own (100 trees of 256
// samples), every series a row each step. Prints the CPU seconds of a step as JSON: of aiops, and of the same
// trees laid out flat, thresholds, features and leaves in arrays of a tree, ten trees walked at once.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "model/forest_tree.hpp"
#include "model/isolation_forest.hpp"

namespace {

constexpr std::size_t kWidth = 5, kTrees = 100, kSamples = 256, kGrown = 50, kSteps = 5, kHistory = 20'000;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct FlatTree {
  float threshold[256];
  std::uint8_t feature[256];
  float path[256];
};

// From the bytes that a forest saves.
struct Flattener {
  aiops::ByteReader& in;
  FlatTree& tree;

  void put(std::size_t at, unsigned depth) {
    const auto feature = in.get<std::uint8_t>();
    if (feature == 0xff) {
      const double path = depth + aiops::model::mean_path_length(std::size_t{in.get<std::uint16_t>()} + 1);
      fill(at, depth, static_cast<float>(path));
      return;
    }
    tree.feature[at] = feature;
    tree.threshold[at] = in.get<float>();
    put(2 * at + 1, depth + 1);
    put(2 * at + 2, depth + 1);
  }
  void fill(std::size_t at, unsigned depth, float path) {
    if (depth == 8) {
      tree.path[at - 255] = path;
      return;
    }
    tree.threshold[at] = INFINITY;
    tree.feature[at] = 0;
    fill(2 * at + 1, depth + 1, path);
    fill(2 * at + 2, depth + 1, path);
  }
};

void flatten(const std::string& bytes, FlatTree* trees) {
  aiops::ByteReader in(bytes, "forest");
  in.take(3 * sizeof(std::uint32_t));
  for (std::size_t t = 0; t < kTrees; ++t) {
    in.get<std::uint32_t>();
    Flattener{in, trees[t]}.put(0, 0);
  }
}

float score_flat(const FlatTree* trees, const float* row) {
  constexpr std::size_t kAtOnce = 10;
  float sum = 0;
  for (std::size_t t = 0; t < kTrees; t += kAtOnce) {
    std::uint32_t at[kAtOnce] = {};
    for (int level = 0; level < 8; ++level) {
#pragma GCC unroll 10
      for (std::size_t j = 0; j < kAtOnce; ++j) {
        const FlatTree& tree = trees[t + j];
        at[j] = 2 * at[j] + 1 + (row[tree.feature[at[j]]] > tree.threshold[at[j]]);
      }
    }
    for (std::size_t j = 0; j < kAtOnce; ++j) sum += trees[t + j].path[at[j] - 255];
  }
  return std::exp2(-sum / static_cast<float>(kTrees * aiops::model::mean_path_length(kSamples)));
}

// The median of the steps' CPU seconds; each() scores series number i by the row.
template <typename Each>
double time_steps(const std::vector<float>& matrix, std::size_t forests, Each each) {
  std::vector<double> seconds;
  for (std::size_t step = 0; step < kSteps; ++step) {
    const double begin = cpu_seconds();
    for (std::size_t i = 0; i < forests; ++i) {
      const std::size_t row = (step * forests + i) % (matrix.size() / kWidth);
      each(i, &matrix[row * kWidth]);
    }
    seconds.push_back(cpu_seconds() - begin);
  }
  std::nth_element(seconds.begin(), seconds.begin() + kSteps / 2, seconds.end());
  return seconds[kSteps / 2];
}

void run(char** argv) {
  const std::string bytes = aiops::read_file(argv[1]);
  const std::size_t count = std::stoul(argv[2]);
  std::vector<float> matrix(bytes.size() / sizeof(float));
  std::memcpy(matrix.data(), bytes.data(), matrix.size() * sizeof(float));
  const std::size_t rows = matrix.size() / kWidth, history = std::min(kHistory, rows / 2);

  std::vector<std::string> saved(kGrown);
  for (std::size_t i = 0; i < kGrown; ++i) {
    aiops::model::IsolationForest forest;
    const float* begin = &matrix[i * (rows - history) / kGrown * kWidth];
    forest.fit(begin, history, kWidth, kTrees, kSamples, i);
    forest.save(saved[i]);
  }
  double sum = 0, own = 0, flat = 0;
  {
    std::vector<aiops::model::IsolationForest> forests(count);
    for (std::size_t i = 0; i < count; ++i) forests[i].load(saved[i % kGrown]);
    own = time_steps(matrix, count, [&](std::size_t i, const float* row) {
      if (i + 2 < count) forests[i + 2].prefetch();
      double score = 0;
      forests[i].score(row, 1, &score);
      sum += score;
    });
  }
  {
    std::vector<FlatTree> trees(count * kTrees);
    for (std::size_t i = 0; i < count; ++i) flatten(saved[i % kGrown], &trees[i * kTrees]);
    double flat_sum = 0;
    flat = time_steps(matrix, count, [&](std::size_t i, const float* row) {
      flat_sum += static_cast<double>(score_flat(&trees[i * kTrees], row));
    });
    if (std::abs(sum - flat_sum) > 1e-3 * sum) throw aiops::InputError("the two do not agree");
  }
  fmt::print("{{\"own\": {:.9f}, \"flat\": {:.9f}}}\n", own, flat);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "bench-forests: expected MATRIX FORESTS\n");
    return 2;
  }
  try {
    run(argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench-forests: {}\n", e.what());
    return 2;
  }
}
