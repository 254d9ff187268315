// From the raw bytes of a row's key fields to series numbers, without building a name for each row.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aiops::record {

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0);

// Remembers raw keys (the bytes as they stand in the row, so the same series may have several) and an entry
// number for each. Rows of a stream come round in the same order: the entry that followed last time is tried
// first.
class KeyIndex {
 public:
  static constexpr std::uint32_t kNone = ~0u;

  KeyIndex() { clear(); }
  // The entry that is to be expected next, or kNone, and its raw key.
  std::uint32_t expected() const { return last_ == kNone ? kNone : entries_[last_].successor; }
  std::string_view raw(std::uint32_t entry) const {
    return {bytes_.data() + entries_[entry].at, entries_[entry].size};
  }
  // Says that it is the entry that came next.
  void came(std::uint32_t entry) { last_ = entry; }
  // The entry of a raw key, or kNone.
  std::uint32_t find(std::string_view key);
  // A new entry; the raw key must not be there.
  std::uint32_t add(std::string_view key);
  std::size_t size() const { return entries_.size(); }
  void clear();

 private:
  struct Entry {
    std::uint64_t hash;
    std::uint32_t at, size, successor;
  };
  void grow();

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;
  std::string bytes_;
  std::uint32_t last_ = kNone;
};

}  // namespace aiops::record
