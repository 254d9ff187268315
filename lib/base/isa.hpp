// Which instruction set hot loops use, decided when the program first asks.
#pragma once

namespace aiops {

enum class Isa { portable, avx2, avx512 };

// The best that this machine has; AIOPS_ISA=portable|avx2|avx512 in the environment lowers it. Results do not
// depend on it.
Isa isa();

// Overrides it (never above what the machine has); for tests and benchmarks, while no other thread computes.
void set_isa(Isa level);

}  // namespace aiops
