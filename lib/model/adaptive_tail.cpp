#include "model/adaptive_tail.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aiops::model {
namespace {

constexpr int kBuckets = 256;
constexpr double kWidth = 0.13976194237515874;  // ln 1.15
constexpr double kFewest = 30;                  // samples before it says anything
constexpr double kFewestInTail = 5;
constexpr int kHalveAfter = 150'000;  // additions: three months of minutes are half forgotten
constexpr double kLargestScore = 15;
constexpr double kOwnPrior = 1, kOwnWeight = 10;

}  // namespace

int TailHistogram::bucket(double above_origin) {
  if (!(above_origin > 0)) return 0;
  return static_cast<int>(std::min<double>(kBuckets - 1, above_origin / kWidth));
}

void TailHistogram::set_floor(double log_floor, double origin) {
  const double steps = std::floor((origin - origin_) / kWidth);
  if (log_floor < origin_) {
    counts_.clear();
    count_ = above_ = moment_ = 0;
    edge_ = 0;
  }
  if (count_ == 0 || !std::isfinite(origin_)) {
    origin_ = origin;
  } else if (steps > 0) {
    const int up = static_cast<int>(std::min<double>(kBuckets, steps));
    std::vector<float> moved;
    for (int z = 0; z < static_cast<int>(counts_.size()); ++z) {
      const std::size_t to = std::max(0, z - up);
      if (moved.size() <= to) moved.resize(to + 1);
      moved[to] += counts_[z];
    }
    counts_.swap(moved);
    origin_ += steps * kWidth;
    edge_ = std::max(0, edge_ - up);
    above_ = moment_ = 0;
    for (int z = edge_ + 1; z < static_cast<int>(counts_.size()); ++z) {
      above_ += counts_[z];
      moment_ += (z + 0.5) * counts_[z];
    }
  }
  floor_ = log_floor;
}

// position, edge, floor: above the origin.
double TailHistogram::beyond_edge(double position, double edge, double floor) const {
  const double start = std::max(edge, floor);
  double members = above_, moment = moment_;
  if (floor > edge) {
    const int last = bucket(floor);
    for (int z = edge_ + 1; z <= last; ++z) {
      members -= at(z);
      moment -= (z + 0.5) * at(z);
    }
  }
  const double excess = std::max(0.0, moment * kWidth - members * start);
  const double index = (excess + weight_ * prior_) / (members + weight_);
  return (-std::log((members + 1) / (count_ + 1)) + (position - start) / index) / std::numbers::ln10;
}

// Of the buckets [from, to). Four sums, for each addition would wait for the one before.
double TailHistogram::sum(int from, int to) const {
  to = std::min(to, static_cast<int>(counts_.size()));
  double parts[4] = {};
  int z = from;
  for (; z + 3 < to; z += 4) {
    for (int j = 0; j < 4; ++j) parts[j] += counts_[z + j];
  }
  for (; z < to; ++z) parts[0] += counts_[z];
  return parts[0] + parts[1] + parts[2] + parts[3];
}

double TailHistogram::surprise(double log) const {
  if (count_ < kFewest || !std::isfinite(origin_)) return 0;
  const double position = log - origin_, floor = floor_ - origin_, edge = (edge_ + 1) * kWidth;
  if (position > std::max(edge, floor)) return beyond_edge(position, edge, floor);
  if (edge < floor) return 0;
  const int own = bucket(position);
  double as_large = above_;
  as_large += sum(own + 1, edge_ + 1);
  // Equals count by half, except in the lowest bucket, where all that is nothing stands together.
  if (own <= edge_) as_large += own == 0 ? at(0) : at(own) * 0.5;
  return std::max(0.0, -std::log((as_large + 1) / (count_ + 1)) / std::numbers::ln10);
}

double TailHistogram::limited(double log, double surprise, double most) const {
  if (surprise <= most) return log;
  const double position = log - origin_, floor = floor_ - origin_, edge = (edge_ + 1) * kWidth;
  const double start = std::max(edge, floor);
  if (position <= start) return log;
  const double least = beyond_edge(start, edge, floor);  // from here on the surprise grows with the logarithm
  if (least >= most) return origin_ + start + kWidth / 2;
  return origin_ + start + (position - start) * (most - least) / (surprise - least);
}

void TailHistogram::add(double log) {
  if (++added_ >= kHalveAfter) {
    added_ = 0;
    forget(0.5);
  }
  const int z = std::isfinite(origin_) ? bucket(log - origin_) : 0;
  if (z >= static_cast<int>(counts_.size())) {
    counts_.reserve(std::min(kBuckets, (z / 16 + 1) * 16));  // no doubling: most series use few buckets
    counts_.resize(z + 1);
  }
  ++counts_[z];
  ++count_;
  if (z > edge_) {
    ++above_;
    moment_ += z + 0.5;
  }
  settle_edge();
}

void TailHistogram::settle_edge() {
  const double most = std::max(kFewestInTail, std::floor(tail_ * count_));
  while (above_ > most && edge_ < static_cast<int>(counts_.size()) - 1) {
    ++edge_;
    above_ -= counts_[edge_];
    moment_ -= (edge_ + 0.5) * counts_[edge_];
  }
  while (edge_ > 0 && above_ + at(edge_) <= most) {
    above_ += at(edge_);
    moment_ += (edge_ + 0.5) * at(edge_);
    --edge_;
  }
}

void TailHistogram::forget(double keep) {
  for (float& count : counts_) count *= static_cast<float>(keep);
  count_ *= keep;
  above_ *= keep;
  moment_ *= keep;
}

double TailHistogram::usual() const {
  if (!std::isfinite(origin_)) return 0;
  return std::exp(std::max(floor_, origin_ + (edge_ + 1) * kWidth));
}

void TailHistogram::archive(Archive& archive) {
  archive.list(counts_, kBuckets);
  archive(count_, origin_, floor_, above_, moment_, edge_, added_);
  archive.check(count_ >= 0 && edge_ >= 0 && edge_ < kBuckets, "has a tail that makes no sense");
}

OwnTail::OwnTail(double tail, double floor, double half) : tail_(tail, kOwnPrior, kOwnWeight), half_(half) {
  tail_.set_floor(floor * std::numbers::ln10, 0);
}

double OwnTail::calibrate(double score, bool learn) {
  if (!(score > 0)) return 0;
  const double log = std::min(score, kLargestScore) * std::numbers::ln10;
  const double own = tail_.surprise(log);
  if (learn) tail_.add(log);
  const double trust = tail_.count() / (tail_.count() + half_);
  return (1 - trust) * score + trust * own;
}

}  // namespace aiops::model
