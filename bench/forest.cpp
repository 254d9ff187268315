// bench-forest MATRIX WIDTH TREES SAMPLES SCORE_ROWS SCORES: fits one forest to all rows of MATRIX (32-bit
// floats, row-major), scores its first SCORE_ROWS rows, writes the scores as 64-bit floats to SCORES, and
// prints the CPU seconds of either as JSON. What bench/peers/sklearn_forest.py does with scikit-learn.
#include <fmt/core.h>

#include <cstring>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "model/isolation_forest.hpp"

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void run(char** argv) {
  const std::string bytes = aiops::read_file(argv[1]);
  const std::size_t width = std::stoul(argv[2]), trees = std::stoul(argv[3]), samples = std::stoul(argv[4]);
  std::vector<float> matrix(bytes.size() / sizeof(float));
  std::memcpy(matrix.data(), bytes.data(), matrix.size() * sizeof(float));
  const std::size_t rows = matrix.size() / width;
  std::vector<double> scores(std::min(rows, std::size_t{std::stoul(argv[5])}));

  const double begin = cpu_seconds();
  aiops::model::IsolationForest forest;
  forest.fit(matrix.data(), rows, width, trees, samples, 1);
  const double fitted = cpu_seconds();
  forest.score(matrix.data(), scores.size(), scores.data());
  const double scored = cpu_seconds();

  aiops::write_file(argv[6], {reinterpret_cast<const char*>(scores.data()), scores.size() * sizeof(double)});
  fmt::print("{{\"fit\": {:.9f}, \"score\": {:.9f}}}\n", fitted - begin, scored - fitted);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    fmt::print(stderr, "bench-forest: expected MATRIX WIDTH TREES SAMPLES SCORE_ROWS SCORES\n");
    return 2;
  }
  try {
    run(argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench-forest: {}\n", e.what());
    return 2;
  }
}
