// Natural logarithms that the compiler can put inline and compute several of at once. The C library's take
// two to four times as long, and need not be the same everywhere.
#pragma once

#include <bit>
#include <cstdint>

namespace aiops::model {

// Of a positive normal number, to 1e-6.
inline float quick_log(float x) {
  constexpr float kLn2 = 0.6931471805599453F;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  constexpr std::uint32_t kRootHalf = 0x3f3504f3;
  const std::uint32_t above = bits - kRootHalf;
  const auto exponent = static_cast<float>(static_cast<std::int32_t>(above) >> 23);
  const float part = std::bit_cast<float>((above & 0x007fffff) + kRootHalf);  // √½ to √2
  const float t = (part - 1) / (part + 1), square = t * t;
  return exponent * kLn2 + 2 * t * (1 + square * (1.0F / 3 + square * (1.0F / 5 + square * (1.0F / 7))));
}

// Of a positive normal number, to 1e-15 of it or of 1.
inline double quick_log(double x) {
  constexpr double kLn2 = 0.6931471805599453094;
  constexpr std::uint64_t kRootHalf = 0x3fe6a09e667f3bcd, kMantissa = 0x000fffffffffffff;
  // What an integer of 52 bits is turned into a number by: neither SSE2 nor AVX2 has an instruction for it.
  constexpr std::uint64_t kMagic = 0x4330000000000000;
  constexpr std::uint64_t kBias = 1024;  // keeps exponents from being negative
  const std::uint64_t above = std::bit_cast<std::uint64_t>(x) - kRootHalf + (kBias << 52);
  const double exponent = std::bit_cast<double>((above >> 52) | kMagic) - (0x1p52 + kBias);
  const double part = std::bit_cast<double>((above & kMantissa) + kRootHalf);  // √½ to √2
  const double t = (part - 1) / (part + 1), square = t * t;
  // 2 atanh(t) by its series, whose last terms take what is left of it together.
  constexpr double c3 = 1.0 / 3, c5 = 1.0 / 5, c7 = 1.0 / 7, c9 = 1.0 / 9, c11 = 1.0 / 11, c13 = 1.0 / 13,
                   c15 = 1.0 / 15, c17 = 1.0 / 17, c19 = 1.0 / 19;
  const double four = square * square, eight = four * four;
  const double series = (c3 + square * c5 + four * (c7 + square * c9)) +
                        eight * (c11 + square * c13 + four * (c15 + square * c17) + eight * c19);
  return exponent * kLn2 + 2 * (t + t * square * series);
}

}  // namespace aiops::model
