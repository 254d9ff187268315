#include "base/isa.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string_view>

namespace aiops {
namespace {

Isa machine() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    return Isa::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::avx2;
#endif
  return Isa::portable;
}

Isa initial() {
  const char* wanted = std::getenv("AIOPS_ISA");
  const std::string_view text = wanted == nullptr ? "" : wanted;
  if (text == "portable") return Isa::portable;
  if (text == "avx2") return std::min(Isa::avx2, machine());
  return machine();
}

std::atomic<Isa>& level() {
  static std::atomic<Isa> value = initial();
  return value;
}

}  // namespace

Isa isa() { return level().load(std::memory_order_relaxed); }

void set_isa(Isa wanted) { level() = std::min(wanted, machine()); }

}  // namespace aiops
