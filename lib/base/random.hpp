// Random numbers that are the same on every machine and for every number of threads: the standard library's
// distributions are not.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace aiops {

// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014). Passes BigCrush; one addition and three multiplications a
// number.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ull;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  // In [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  // In [0, n), n > 0; the bias is below n / 2^32.
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32); }
  // Standard normal (Box & Muller 1958).
  double normal() {
    const double u = 1.0 - uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
  }

 private:
  std::uint64_t state_;
};

// A seed for part number `index` of something seeded with `seed`: parts are independent of each other and of
// the order in which they are worked on.
inline std::uint64_t sub_seed(std::uint64_t seed, std::uint64_t index) {
  return Random(seed ^ Random(index + 0x632BE59BD9B4E019ull).next()).next();
}

}  // namespace aiops
