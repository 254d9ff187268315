// The detectors that learn as they go: nanoseconds a sample with states that have seen a day and more, one
// row of each series a step, so that with many series every state is cold when its row comes.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "model/detector.hpp"
#include "record/fields.hpp"

namespace aiops::bench {
namespace {

constexpr std::size_t kDistinct = 50;  // series; the others are copies of them
constexpr std::size_t kLearned = 9000, kSteps = 4096;
constexpr std::size_t kFar = 5, kNear = 2;
constexpr Nanos kStart = 1'795'168'800 * kSecond, kStep = 15 * kSecond;

// What kDistinct series are like: the same waves and noise as those of Telemetry.
class Values {
 public:
  double next(std::size_t series, std::size_t step) {
    double& deviation = deviations_[series];
    deviation = 0.9 * deviation + 0.1 * random_.normal();
    const double wave = 0.5 + 0.2 * std::sin(static_cast<double>(step) / 240 + static_cast<double>(series));
    const double scale = std::pow(10.0, static_cast<double>(series % 5) - 1);
    return std::abs(std::round(scale * (wave + deviation) * 1e4) / 1e4);
  }

 private:
  std::vector<double> deviations_ = std::vector<double>(kDistinct);
  Random random_{1};
};

model::Schema schema() {
  model::Schema out;
  out.inputs = {std::string(field::kValue)};
  return out;
}

struct Learned {
  std::unique_ptr<model::Detector> detector;
  std::vector<std::string> states;           // of kDistinct series
  std::vector<std::vector<double>> to_come;  // by step: a value of each
};

Learned learn(const std::string& name) {
  Learned out{model::make_cold(name, schema()), {}, {}};
  std::vector<std::unique_ptr<model::State>> states(kDistinct);
  for (auto& state : states) state = out.detector->start();
  Values values;
  model::Verdict verdict;
  for (std::size_t step = 0; step < kLearned; ++step) {
    const Nanos time = kStart + static_cast<Nanos>(step) * kStep;
    for (std::size_t i = 0; i < kDistinct; ++i) {
      const double value = values.next(i, step);
      out.detector->update(states[i].get(), {&time, &value, 1, 1}, &verdict);
    }
  }
  for (const auto& state : states) out.states.push_back(state->save());
  for (std::size_t step = 0; step < kSteps; ++step) {
    out.to_come.emplace_back();
    for (std::size_t i = 0; i < kDistinct; ++i) out.to_come.back().push_back(values.next(i, kLearned + step));
  }
  return out;
}

const Learned& learned(const std::string& name) {
  static std::map<std::string, Learned> all;
  const auto [at, first] = all.try_emplace(name);
  if (first) at->second = learn(name);
  return at->second;
}

void detect(benchmark::State& run, const std::string& name) {
  const Learned& from = learned(name);
  const auto series = static_cast<std::size_t>(run.range(0));
  const std::size_t before = mallinfo2().uordblks;
  std::vector<std::unique_ptr<model::State>> states(series);
  for (std::size_t i = 0; i < series; ++i) states[i] = from.detector->restore(from.states[i % kDistinct]);
  const std::size_t after = mallinfo2().uordblks;
  std::size_t step = 0;
  model::Verdict verdict;
  for (auto _ : run) {
    const Nanos time = kStart + static_cast<Nanos>(kLearned + step) * kStep;
    const std::vector<double>& values = from.to_come[step++ % kSteps];
    for (std::size_t i = 0; i < series; ++i) {
      using Ahead = model::Detector::Ahead;
      if (i + kFar < series) from.detector->prefetch(states[i + kFar].get(), Ahead::far);
      if (i + kNear < series) from.detector->prefetch(states[i + kNear].get(), Ahead::near);
      from.detector->update(states[i].get(), {&time, &values[i % kDistinct], 1, 1}, &verdict);
      benchmark::DoNotOptimize(verdict);
    }
  }
  run.SetItemsProcessed(run.iterations() * static_cast<std::int64_t>(series));
  run.counters["bytes"] = static_cast<double>(after - before) / static_cast<double>(series);
  run.counters["saved"] = static_cast<double>(states[0]->save().size());
}

BENCHMARK_CAPTURE(detect, adaptive, "adaptive")->Arg(1)->Arg(1000)->Arg(10'000);
BENCHMARK_CAPTURE(detect, light, "light")->Arg(1)->Arg(1000)->Arg(100'000);

}  // namespace
}  // namespace aiops::bench
