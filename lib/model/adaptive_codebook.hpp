// Everything that one number of a series has ever been, to a resolution: how far is a value from all of it?
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <vector>

#include "model/archive.hpp"
#include "model/prefetch.hpp"

namespace aiops::model {

// Grows with what is new, to 8 KB; then the resolution is halved. Owns its memory; one thread.
class Codebook {
 public:
  // The nearest of all values ever added.
  struct Nearest {
    double value = 0;       // not to be used if there is none
    double distance = 0;    // 0 if that is within the resolution, or none was added
    std::size_t place = 0;  // where the value that was looked for would stand
  };
  Nearest nearest(double value, double resolution) const { return nearest(value, resolution, locate(value)); }
  // The same in two steps: the first asks for the memory that the second looks at.
  std::size_t locate(double value) const;
  Nearest nearest(double value, double resolution, std::size_t located) const;
  // Adds the value that was looked for, if there was none within the resolution.
  void add(double value, const Nearest& nearest, double resolution);
  bool empty() const { return size_ == 0; }
  std::size_t heap() const { return values_.capacity() * sizeof(float); }  // bytes
  void prefetch() const { model::prefetch(this); }
  // When that is there: the index. Where in the book to look, nobody knows.
  void prefetch_more() const {
    model::prefetch(firsts_.data(), firsts_.data() + (size_ + kBlock - 1) / kBlock);
  }
  void archive(Archive& archive);

 private:
  // A block is two lines of the cache.
  static constexpr std::size_t kMost = 2048, kBlock = 32, kBlocks = kMost / kBlock;

  void insert(float value, std::size_t place);
  void thin(double resolution);
  void index(std::size_t from);

  std::vector<float> values_;  // ascending; filled up to a block with infinity
  std::size_t size_ = 0;
  double coarseness_ = 1;  // doubles each time the book is full
  // The first of each block, and infinity for those that are not there: what tells the block to look in.
  std::array<float, kBlocks> firsts_ = filled();
  static constexpr std::array<float, kBlocks> filled() {
    std::array<float, kBlocks> out{};
    for (float& one : out) one = std::numeric_limits<float>::infinity();
    return out;
  }
};

}  // namespace aiops::model
