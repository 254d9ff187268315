// Numbers: printing and reading, beside the standard library. Each iteration does all of kCount numbers.
#include <benchmark/benchmark.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "base/number.hpp"
#include "base/random.hpp"

namespace aiops::bench {
namespace {

constexpr std::size_t kCount = 10'000;

// Decimals as people measure: six significant digits or fewer, up to four of them decimals.
std::vector<double> measured() {
  Random random(1);
  std::vector<double> values(kCount);
  for (double& value : values) value = random.below(1'000'000) / std::pow(10, random.below(5));
  return values;
}

// Numbers that were computed, so that all 17 digits are in use.
std::vector<double> computed() {
  Random random(2);
  std::vector<double> values(kCount);
  for (double& value : values)
    value = random.normal() * std::pow(10, static_cast<double>(random.below(6)) - 2);
  return values;
}

template <class Write>
void write_all_of(benchmark::State& state, const std::vector<double>& values, Write write) {
  std::array<char, 64> out;
  for (auto _ : state) {
    for (const double value : values) benchmark::DoNotOptimize(write(out.data(), value));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(values.size()));
}

char* to_chars(char* out, double value) { return std::to_chars(out, out + 64, value).ptr; }

void write_6_computed(benchmark::State& state) { write_all_of(state, computed(), write_6); }
void to_chars_computed(benchmark::State& state) { write_all_of(state, computed(), to_chars); }
void write_shortest_measured(benchmark::State& state) { write_all_of(state, measured(), write_shortest); }
void to_chars_measured(benchmark::State& state) { write_all_of(state, measured(), to_chars); }

template <class Read>
void read_all_of(benchmark::State& state, Read read) {
  std::vector<std::string> texts;
  for (const double value : measured()) append_shortest(texts.emplace_back(), value);
  for (auto _ : state) {
    for (const std::string& text : texts) benchmark::DoNotOptimize(read(text));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(texts.size()));
}

void parse_number_measured(benchmark::State& state) {
  read_all_of(state, [](const std::string& text) {
    double value;
    parse_number(text, value);
    return value;
  });
}

void from_chars_measured(benchmark::State& state) {
  read_all_of(state, [](const std::string& text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  });
}

BENCHMARK(write_6_computed);
BENCHMARK(to_chars_computed);
BENCHMARK(write_shortest_measured);
BENCHMARK(to_chars_measured);
BENCHMARK(parse_number_measured);
BENCHMARK(from_chars_measured);

}  // namespace
}  // namespace aiops::bench
