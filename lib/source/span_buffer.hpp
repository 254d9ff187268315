// The spans of a slice of time, until all searches for it are through: then they go out in the order of time,
// each once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "source/record_source.hpp"

namespace aiops::source {

// Thrown where a slice has more than the buffer or the server's limit takes: take a shorter one.
struct SliceTooLarge {};

class SpanBuffer {
 public:
  static constexpr std::size_t kMemory = 24 * 1024 * 1024;

  explicit SpanBuffer(std::size_t memory = kMemory) : memory_(memory) {}

  // Copies the span, unless it is there already. Throws SliceTooLarge.
  void add(const SpanRecord& span);
  // Hands over what is there, in the order of time, and is empty then.
  void flush(RecordOut& out);
  void clear();
  bool full() const { return bytes() > memory_; }
  std::size_t bytes() const { return text_.size() + spans_.size() * (sizeof(Kept) + 16); }

 private:
  struct Kept {
    Nanos time, duration;
    std::size_t at;        // in text_: the texts, one behind the other
    std::uint32_t labels;  // how many
  };

  std::size_t memory_;
  std::string text_;
  std::vector<Kept> spans_;
  std::unordered_set<std::uint64_t> known_;
};

}  // namespace aiops::source
