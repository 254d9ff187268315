// The forest alone: growing it, and scoring with each instruction set, many rows at a time and one at a time.
#include <benchmark/benchmark.h>

#include <vector>

#include "base/isa.hpp"
#include "model/isolation_forest.hpp"
#include "telemetry.hpp"

namespace aiops::bench {
namespace {

constexpr std::size_t kRows = 100'000, kWidth = 5, kTrees = 100, kSamples = 256;

const std::vector<float>& matrix() {
  static const std::vector<float> rows = feature_matrix(kRows);
  return rows;
}

void fit_forest(benchmark::State& state) {
  for (auto _ : state) {
    model::IsolationForest forest;
    forest.fit(matrix().data(), kRows, kWidth, kTrees, kSamples, 1);
    benchmark::DoNotOptimize(forest);
  }
}

void score_forest(benchmark::State& state, Isa isa, std::size_t at_once) {
  const Isa before = aiops::isa();
  set_isa(isa);
  if (aiops::isa() != isa) {
    state.SkipWithError("this machine has no such instructions");
    return;
  }
  model::IsolationForest forest;
  forest.fit(matrix().data(), kRows, kWidth, kTrees, kSamples, 1);
  std::vector<double> scores(kRows);
  const std::size_t rows = at_once == 1 ? kRows / 100 : kRows;
  for (auto _ : state) {
    for (std::size_t i = 0; i < rows; i += at_once)
      forest.score(matrix().data() + i * kWidth, at_once, scores.data() + i);
    benchmark::DoNotOptimize(scores.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
  set_isa(before);
}

BENCHMARK(fit_forest);
BENCHMARK_CAPTURE(score_forest, avx512, Isa::avx512, kRows);
BENCHMARK_CAPTURE(score_forest, avx2, Isa::avx2, kRows);
BENCHMARK_CAPTURE(score_forest, portable, Isa::portable, kRows);
BENCHMARK_CAPTURE(score_forest, one_at_a_time, Isa::avx512, 1);

}  // namespace
}  // namespace aiops::bench
