// Texts made while reading a batch, which must stay where they are until the next one.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aiops::record {

class TextArena {
 public:
  void clear() {
    chunks_.clear();
    room_ = 0;
  }
  // Write the next text here …
  std::string& scratch() {
    scratch_.clear();
    return scratch_;
  }
  // … and keep it.
  std::string_view keep() {
    if (scratch_.size() > room_) {
      room_ = std::max<std::size_t>(kChunk, scratch_.size());
      chunks_.push_back(std::make_unique<char[]>(room_));
      next_ = chunks_.back().get();
    }
    char* at = next_;
    std::memcpy(at, scratch_.data(), scratch_.size());
    next_ += scratch_.size();
    room_ -= scratch_.size();
    return {at, scratch_.size()};
  }

 private:
  static constexpr std::size_t kChunk = 64 * 1024;
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::size_t room_ = 0;
  char* next_ = nullptr;
  std::string scratch_;
};

}  // namespace aiops::record
