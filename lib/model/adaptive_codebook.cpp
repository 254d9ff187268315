#include "model/adaptive_codebook.hpp"

#include <algorithm>
#include <cmath>

namespace aiops::model {
namespace {

constexpr float kNone = std::numeric_limits<float>::infinity();

// How many of `N` ascending values are less. A binary search would ask for one after the other, and could not
// be predicted.
template <std::size_t N>
std::size_t less_of(const float* values, float than) {
  std::int32_t count = 0;
  for (std::size_t i = 0; i < N; ++i) count += values[i] < than ? 1 : 0;
  return static_cast<std::size_t>(count);
}

}  // namespace

// The number of blocks that begin below the value: the last of them has its place.
std::size_t Codebook::locate(double value) const {
  const std::size_t after = less_of<kBlocks>(firsts_.data(), static_cast<float>(value));
  if (after > 0) {
    const float* block = values_.data() + (after - 1) * kBlock;
    model::prefetch(block, block + kBlock);
  }
  return after;
}

Codebook::Nearest Codebook::nearest(double value, double resolution, std::size_t located) const {
  Nearest out;
  if (size_ == 0) return out;
  if (located > 0) {
    const std::size_t block = (located - 1) * kBlock;
    out.place = block + less_of<kBlock>(values_.data() + block, static_cast<float>(value));
  }
  if (out.place == size_) {
    out.value = values_[size_ - 1];
  } else {
    const float above = values_[out.place];
    const float below = out.place > 0 ? values_[out.place - 1] : above;
    out.value = above - value < value - below || out.place == 0 ? above : below;
  }
  const double gap = std::abs(out.value - value);
  out.distance = gap > resolution * coarseness_ ? gap : 0;
  return out;
}

void Codebook::add(double value, const Nearest& nearest, double resolution) {
  if (size_ > 0 && nearest.distance == 0) return;
  if (size_ < kMost) return insert(static_cast<float>(value), nearest.place);
  thin(resolution);
  insert(static_cast<float>(value), this->nearest(value, resolution).place);
}

void Codebook::insert(float value, std::size_t place) {
  if (size_ == values_.size()) {
    if (values_.capacity() == size_) {
      values_.reserve(std::min(kMost, (size_ * 5 / 4 / kBlock + 1) * kBlock));
    }
    values_.resize(size_ + kBlock, kNone);
  }
  std::copy_backward(values_.begin() + static_cast<std::ptrdiff_t>(place),
                     values_.begin() + static_cast<std::ptrdiff_t>(size_),
                     values_.begin() + static_cast<std::ptrdiff_t>(size_ + 1));
  values_[place] = value;
  ++size_;
  index(place / kBlock);
}

void Codebook::index(std::size_t from) {
  for (std::size_t block = from; block * kBlock < values_.size(); ++block)
    firsts_[block] = values_[block * kBlock];
}

void Codebook::thin(double resolution) {
  std::size_t kept = 0;
  // No resolution, and yet so many: begin anew.
  while (resolution > 0) {
    coarseness_ *= 2;
    kept = 1;
    for (std::size_t i = 1; i < size_; ++i) {
      if (values_[i] - values_[kept - 1] > resolution * coarseness_) values_[kept++] = values_[i];
    }
    size_ = kept;
    if (kept < kMost) break;
  }
  size_ = kept;
  std::fill(values_.begin() + static_cast<std::ptrdiff_t>(size_), values_.end(), kNone);
  index(0);
}

void Codebook::archive(Archive& archive) {
  auto size = static_cast<std::uint32_t>(size_);
  archive(size);
  archive.check(size <= kMost, "has a list that is too long");
  if (archive.reading()) {
    size_ = size;
    values_.assign((size_ + kBlock - 1) / kBlock * kBlock, kNone);
    firsts_ = filled();
  }
  for (std::size_t i = 0; i < size_; ++i) archive(values_[i]);
  archive(coarseness_);
  archive.check(std::is_sorted(values_.begin(), values_.end()) && coarseness_ >= 1,
                "has a codebook that makes no sense");
  if (archive.reading()) index(0);
}

}  // namespace aiops::model
