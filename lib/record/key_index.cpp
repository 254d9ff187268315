#include "record/key_index.hpp"

#include <cstring>

namespace aiops::record {

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t h = seed ^ bytes.size() * 0x9E3779B97F4A7C15ull;
  const auto mix = [&](std::uint64_t word) {
    h = (h ^ word) * 0xFF51AFD7ED558CCDull;
    h ^= h >> 32;
  };
  std::uint64_t word = 0;
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  if (bytes.size() < 8) {
    for (; p < end; ++p) word = word << 8 | static_cast<unsigned char>(*p);
    mix(word);
    return h ^ (h >> 29);
  }
  for (; end - p > 8; p += 8) {
    std::memcpy(&word, p, 8);
    mix(word);
  }
  std::memcpy(&word, end - 8, 8);  // some of it has been mixed in already
  mix(word);
  return h ^ (h >> 29);
}

void KeyIndex::clear() {
  entries_.clear();
  bytes_.clear();
  slots_.assign(64, kNone);
  last_ = kNone;
}

std::uint32_t KeyIndex::find(std::string_view key) {
  const std::uint64_t h = hash_bytes(key);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = h & mask; slots_[i] != kNone; i = (i + 1) & mask) {
    if (entries_[slots_[i]].hash != h || raw(slots_[i]) != key) continue;
    if (last_ != kNone) entries_[last_].successor = slots_[i];
    return last_ = slots_[i];
  }
  return kNone;
}

std::uint32_t KeyIndex::add(std::string_view key) {
  if ((entries_.size() + 1) * 2 > slots_.size()) grow();
  const auto id = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back({hash_bytes(key), static_cast<std::uint32_t>(bytes_.size()),
                      static_cast<std::uint32_t>(key.size()), kNone});
  bytes_ += key;
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = entries_.back().hash & mask;
  while (slots_[i] != kNone) i = (i + 1) & mask;
  slots_[i] = id;
  if (last_ != kNone) entries_[last_].successor = id;
  return last_ = id;
}

void KeyIndex::grow() {
  slots_.assign(slots_.size() * 2, kNone);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t id = 0; id < entries_.size(); ++id) {
    std::size_t i = entries_[id].hash & mask;
    while (slots_[i] != kNone) i = (i + 1) & mask;
    slots_[i] = id;
  }
}

}  // namespace aiops::record
