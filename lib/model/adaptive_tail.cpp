#include "model/adaptive_tail.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

#include "model/quick_log.hpp"

namespace aiops::model {
namespace {

constexpr double kWidth = 0.13976194237515874;  // ln 1.15
constexpr std::uint32_t kFewest = 30;           // samples before it says anything
constexpr std::int32_t kFewestInTail = 5;
constexpr std::uint32_t kHalveAfter = 150'000;  // additions: three months of minutes are half forgotten
constexpr double kLargestScore = 15;
constexpr double kOwnPrior = 1, kOwnWeight = 10;

constexpr int kAtOnce = 32;
constexpr std::array<std::int16_t, kAtOnce> kNumbers = [] {
  std::array<std::int16_t, kAtOnce> out{};
  for (int z = 0; z < kAtOnce; ++z) out[z] = static_cast<std::int16_t>(z);
  return out;
}();

constexpr std::uint32_t moment_of(int bucket) { return 2 * static_cast<std::uint32_t>(bucket) + 1; }

}  // namespace

int TailHistogram::bucket(double above_origin) {
  if (!(above_origin > 0)) return 0;
  return static_cast<int>(std::min<double>(kBuckets - 1, above_origin * (1 / kWidth)));
}

void TailHistogram::set_floor(double log_floor, double origin) {
  const double steps = std::floor((origin - origin_) / kWidth);
  if (log_floor < origin_) {
    counts_.fill(0);
    count_ = nothing_ = 0;
    edge_ = 0;
  }
  if (count_ == 0 || !std::isfinite(origin_)) {
    origin_ = origin;
  } else if (steps > 0) {
    const int up = static_cast<int>(std::min<double>(kBuckets, steps));
    nothing_ = std::accumulate(counts_.begin(), counts_.begin() + std::min(kBuckets, up + 1), nothing_);
    std::shift_left(counts_.begin(), counts_.end(), up);
    std::fill(counts_.end() - up, counts_.end(), std::uint16_t{0});
    counts_[0] = 0;
    origin_ += steps * kWidth;
    edge_ = std::max(0, edge_ - up);
  }
  recount();
  floor_ = log_floor;
}

void TailHistogram::recount() {
  above_ = moment_ = 0;
  for (int z = edge_ + 1; z < kBuckets; ++z) {
    above_ += counts_[z];
    moment_ += moment_of(z) * counts_[z];
  }
}

// position, edge, floor: above the origin.
TailHistogram::Probability TailHistogram::beyond_edge(double position, double edge, double floor,
                                                      const Shape& shape) const {
  const double start = std::max(edge, floor);
  std::uint32_t members = above_, moment = moment_;
  if (floor > edge) {
    const int last = bucket(floor);
    for (int z = edge_ + 1; z <= last; ++z) {
      members -= counts_[z];
      moment -= moment_of(z) * counts_[z];
    }
  }
  const double excess = std::max(0.0, moment * (kWidth / 2) - members * start);
  const double index = (excess + shape.weight * shape.prior) / (members + shape.weight);
  return {(members + 1.0) / (count_ + 1.0), (position - start) / index};
}

// The counts of the body in buckets above this one. Always over the last 32 of the body, for how many there
// are between cannot be predicted, and this needs no branch.
std::uint32_t TailHistogram::higher_in_body(int bucket) const {
  const int first = std::clamp(edge_ - (kAtOnce - 1), 0, kBuckets - kAtOnce);
  const auto low = static_cast<std::int16_t>(std::max(-1, bucket - first));
  const auto high = static_cast<std::int16_t>(edge_ - first);
  std::uint32_t sum = 0;
  for (int j = 0; j < kAtOnce; ++j) {
    const auto in = static_cast<std::uint16_t>(-static_cast<int>(kNumbers[j] > low) &
                                               -static_cast<int>(kNumbers[j] <= high));
    sum += counts_[first + j] & in;
  }
  for (int z = bucket + 1; z < first; ++z) sum += counts_[z];
  return sum;
}

TailHistogram::Probability TailHistogram::probability(double log, const Shape& shape) const {
  if (count_ < kFewest || !std::isfinite(origin_)) return {};
  const double position = log - origin_, floor = floor_ - origin_, edge = (edge_ + 1) * kWidth;
  if (position > std::max(edge, floor)) return beyond_edge(position, edge, floor, shape);
  if (edge < floor) return {};
  const int own = bucket(position);
  if (own == 0) return {};  // as large is all there is
  // Equals count by half.
  const double as_large = above_ + higher_in_body(own) + (own <= edge_ ? counts_[own] * 0.5 : 0);
  return {(as_large + 1) / (count_ + 1.0), 0};
}

double TailHistogram::surprise(double log, const Shape& shape) const {
  const Probability found = probability(log, shape);
  return (found.excess - quick_log(found.share)) * (1 / std::numbers::ln10);
}

double TailHistogram::limited(double log, double surprise, double most, const Shape& shape) const {
  if (surprise <= most) return log;
  const double position = log - origin_, floor = floor_ - origin_, edge = (edge_ + 1) * kWidth;
  const double start = std::max(edge, floor);
  if (position <= start) return log;
  // From here on the surprise grows with the logarithm.
  const double least = -quick_log(beyond_edge(start, edge, floor, shape).share) * (1 / std::numbers::ln10);
  if (least >= most) return origin_ + start + kWidth / 2;
  return origin_ + start + (position - start) * (most - least) / (surprise - least);
}

void TailHistogram::add(double log, const Shape& shape) {
  const int z = std::isfinite(origin_) ? bucket(log - origin_) : 0;
  constexpr std::uint16_t kFull = std::numeric_limits<std::uint16_t>::max();
  if (++added_ >= kHalveAfter || counts_[z] == kFull) {
    added_ = 0;
    forget(0.5);
  }
  if (z == 0) {
    ++nothing_;
  } else {
    ++counts_[z];
  }
  ++count_;
  if (z > edge_) {
    ++above_;
    moment_ += moment_of(z);
  }
  settle_edge(shape);
}

void TailHistogram::settle_edge(const Shape& shape) {
  const auto most =
      static_cast<std::uint32_t>(std::max(kFewestInTail, static_cast<std::int32_t>(shape.tail * count_)));
  while (above_ > most && edge_ < kBuckets - 1) {
    ++edge_;
    above_ -= counts_[edge_];
    moment_ -= moment_of(edge_) * counts_[edge_];
  }
  while (edge_ > 0 && above_ + counts_[edge_] <= most) {
    above_ += counts_[edge_];
    moment_ += moment_of(edge_) * counts_[edge_];
    --edge_;
  }
}

// What is lost to rounding in one bucket is kept in the next, for a tail has few members.
void TailHistogram::forget(double keep) {
  double rest = 0;
  const auto kept = [&](std::uint32_t count) {
    const double wanted = count * keep + rest;
    const auto whole = static_cast<std::uint32_t>(wanted);
    rest = wanted - whole;
    return whole;
  };
  count_ = 0;
  for (int z = kBuckets - 1; z > 0; --z) {
    counts_[z] = static_cast<std::uint16_t>(kept(counts_[z]));
    count_ += counts_[z];
  }
  count_ += nothing_ = kept(nothing_);
  recount();
}

double TailHistogram::usual() const {
  if (!std::isfinite(origin_)) return 0;
  return std::exp(std::max(floor_, origin_ + (edge_ + 1) * kWidth));
}

void TailHistogram::archive(Archive& archive) {
  // Most buckets are empty: only those between the first and the last that are not.
  const auto any = [](std::uint16_t count) { return count != 0; };
  auto begin =
      static_cast<std::uint16_t>(std::find_if(counts_.begin(), counts_.end(), any) - counts_.begin());
  auto end = static_cast<std::uint16_t>(counts_.rend() - std::find_if(counts_.rbegin(), counts_.rend(), any));
  begin = std::min(begin, end);
  archive(begin, end);
  archive.check(begin <= end && end <= kBuckets && (begin > 0 || end == 0), "has a tail that makes no sense");
  if (archive.reading()) counts_.fill(0);
  for (int z = begin; z < end; ++z) archive(counts_[z]);
  archive(origin_, floor_, added_, nothing_, edge_);
  count_ = std::accumulate(counts_.begin(), counts_.end(), nothing_);
  constexpr std::uint32_t kMost = 2 * kHalveAfter;
  archive.check(
      nothing_ <= kMost && count_ <= kMost && added_ < kHalveAfter && edge_ >= 0 && edge_ < kBuckets,
      "has a tail that makes no sense");
  recount();
}

OwnTail::OwnTail(double tail, double floor, double half) : share_(tail), half_(half) {
  tail_.set_floor(floor * std::numbers::ln10, 0);
}

double OwnTail::calibrate(double score, bool learn) {
  if (!(score > 0)) return 0;
  const TailHistogram::Shape shape{share_, kOwnPrior, kOwnWeight};
  const double log = std::min(score, kLargestScore) * std::numbers::ln10;
  const double own = tail_.surprise(log, shape);
  if (learn) tail_.add(log, shape);
  const double trust = tail_.count() / (tail_.count() + half_);
  return (1 - trust) * score + trust * own;
}

}  // namespace aiops::model
