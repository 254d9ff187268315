// How words of log messages are hashed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace aiops::feature {

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a ^ 0x9E3779B97F4A7C15) * (b ^ 0xD1B54A32D192ED03);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Of bytes; never 0. No enemy's choice of words does harm: a template's id is not made of it.
inline std::uint64_t hash_word(const char* at, std::size_t size) {
  const auto load = [](const char* from, auto type) {
    std::memcpy(&type, from, sizeof type);
    return static_cast<std::uint64_t>(type);
  };
  std::uint64_t hash = size;
  for (; size > 16; at += 8, size -= 8) hash = mix(hash, load(at, std::uint64_t{}));
  if (size >= 8) return mix(mix(hash, load(at, std::uint64_t{})), load(at + size - 8, std::uint64_t{})) | 1;
  if (size >= 4) return mix(hash, load(at, std::uint32_t{}) << 32 | load(at + size - 4, std::uint32_t{})) | 1;
  if (size == 0) return 1;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i]));
  };
  return mix(hash, byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1)) | 1;
}

}  // namespace aiops::feature
