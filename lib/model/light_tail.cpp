#include "model/light_tail.hpp"

#include <algorithm>
#include <cmath>

#include "model/quick_log.hpp"

namespace aiops::model {
namespace {

constexpr int kFewest = 30;  // samples before it says anything
constexpr int kFewestInTail = 5;
constexpr int kHalveAt = 65'000;  // counters have 16 bits
constexpr std::array<std::int16_t, 32> kNumbers = [] {
  std::array<std::int16_t, 32> out{};
  for (int z = 0; z < 32; ++z) out[z] = static_cast<std::int16_t>(z);
  return out;
}();

}  // namespace

int LightTail::bucket(float position, const Shape& shape) {
  if (!(position > 0)) return 0;
  return static_cast<int>(std::min<float>(kBuckets - 1, position * shape.per_width));
}

LightTail::Probability LightTail::beyond(float position, float start, const Shape& shape) const {
  float members = above_, moment = moment_;
  const int last = start > edge(shape) ? bucket(start, shape) : edge_;
  for (int z = edge_ + 1; z <= last; ++z) {  // only where the floor is above the edge
    members -= counts_[z];
    moment -= (static_cast<float>(z) + 0.5F) * counts_[z];
  }
  const float excess = std::max(0.0F, moment * shape.width - members * start);
  const float per_index = (members + shape.weight) / (excess + shape.weight * shape.prior);
  return {(static_cast<float>(count_) + 1) / (members + 1), (position - start) * per_index};
}

LightTail::Probability LightTail::probability(float position, const Shape& shape) const {
  if (count_ < kFewest) return {};
  const float start = usual(shape);
  if (position > start) return beyond(position, start, shape);
  if (position <= shape.floor) return {};
  const auto own = static_cast<std::int16_t>(bucket(position, shape));
  // Over all buckets, for how many there are between cannot be predicted, and this needs no branch.
  std::uint16_t higher = 0;
  for (int z = 0; z < kBuckets; ++z) {
    const auto in = static_cast<std::uint16_t>(-static_cast<int>(kNumbers[z] > own));
    higher = static_cast<std::uint16_t>(higher + (counts_[z] & in));
  }
  // Equals count by half, except in the lowest bucket, where all that is nothing stands together.
  const float as_large = static_cast<float>(higher) + (own == 0 ? 1.0F : 0.5F) * counts_[own];
  return {(static_cast<float>(count_) + 1) / (as_large + 1), 0};
}

float LightTail::surprise(float position, const Shape& shape) const {
  const Probability found = probability(position, shape);
  return surprise(quick_log(found.inverse), found.excess);
}

float LightTail::limited(float position, float surprise, float most, const Shape& shape) const {
  if (surprise <= most) return position;
  const float start = usual(shape);
  if (position <= start) return position;
  // From here on the surprise grows with the logarithm.
  const float least = this->surprise(quick_log(beyond(start, start, shape).inverse), 0);
  if (least >= most) return start + shape.width / 2;
  return start + (position - start) * (most - least) / (surprise - least);
}

void LightTail::add(float position, const Shape& shape) {
  if (count_ >= kHalveAt) forget(0.5, shape);
  const int z = bucket(position, shape);
  ++counts_[z];
  ++count_;
  if (z > edge_) {
    ++above_;
    moment_ += static_cast<float>(z) + 0.5F;
  }
  settle(shape);
}

void LightTail::settle(const Shape& shape) {
  const auto most = std::max(kFewestInTail, static_cast<int>(shape.tail * count_));
  const int before = edge_;
  int above = above_;
  while (above > most && edge_ < kBuckets - 1) above -= counts_[++edge_];
  while (edge_ > 0 && above + counts_[edge_] <= most) above += counts_[edge_--];
  if (edge_ != before) recount();
}

void LightTail::recount() {
  above_ = 0;
  moment_ = 0;
  for (int z = edge_ + 1; z < kBuckets; ++z) {
    above_ += counts_[z];
    moment_ += (static_cast<float>(z) + 0.5F) * counts_[z];
  }
}

void LightTail::shift(int buckets, const Shape& shape) {
  std::array<std::uint16_t, kBuckets> moved{};
  for (int z = 0; z < kBuckets; ++z) {
    // Nothing stays nothing: of the lowest bucket nobody knows where in it the counts were.
    const int to = z == 0 ? 0 : std::clamp(z + buckets, 0, kBuckets - 1);
    moved[to] = static_cast<std::uint16_t>(moved[to] + counts_[z]);
  }
  counts_ = moved;
  edge_ = static_cast<std::uint8_t>(std::clamp(edge_ + buckets, 0, kBuckets - 1));
  recount();
  settle(shape);
}

// What is lost to rounding in one bucket is kept in the next, for a tail has few members.
void LightTail::forget(double keep, const Shape& shape) {
  double rest = 0;
  int count = 0;
  for (int z = kBuckets - 1; z >= 0; --z) {
    const double wanted = counts_[z] * keep + rest;
    counts_[z] = static_cast<std::uint16_t>(wanted);
    rest = wanted - counts_[z];
    count += counts_[z];
  }
  count_ = static_cast<std::uint16_t>(count);
  recount();
  settle(shape);
}

float LightTail::usual(const Shape& shape) const { return std::max(shape.floor, edge(shape)); }

void LightTail::archive(Archive& archive) {
  archive(counts_);
  archive(edge_);
  archive.check(edge_ < kBuckets, "has a tail that makes no sense");
  if (!archive.reading()) return;
  int count = 0;
  for (const std::uint16_t one : counts_) count += one;
  archive.check(count <= kHalveAt, "has a tail that makes no sense");
  count_ = static_cast<std::uint16_t>(count);
  recount();
}

}  // namespace aiops::model
