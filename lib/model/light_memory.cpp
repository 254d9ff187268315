#include "model/light_memory.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace aiops::model {
namespace {

constexpr double kShortest = 0.001, kLongest = 86'400, kSame = 4.0 / 3.0;
constexpr std::int32_t kMostVotes = 24;

constexpr double kManyInBin = 8, kCarried = 30;
constexpr int kMostSeen = 255;

constexpr std::uint32_t kInFull = 30;  // samples that are taken as they are
constexpr double kLongestMean = 1000;  // samples
constexpr double kOfRange = 0.1, kMostRange = 50, kDeviations = 4, kClip = 5, kFromRange = 1e-3;

// Products must not lose what else there is to rounding, or leave what a number can be.
double limited(double input) { return std::clamp(input, -1000.0, 1000.0); }

}  // namespace

void LightStep::push(Nanos time) {
  if (time == kNoTime) return;
  const Nanos before = last_;
  last_ = time;
  if (before == kNoTime || time <= before) return;
  // In floating point, for the difference of two times may not fit an integer.
  const double gap = (static_cast<double>(time) - static_cast<double>(before)) / static_cast<double>(kSecond);
  const auto now = static_cast<float>(std::clamp(gap, kShortest, kLongest));
  const auto same = [now](float usual) {
    return now <= usual * static_cast<float>(kSame) && usual <= now * static_cast<float>(kSame);
  };
  if (same(seconds_) && votes_ > 0) {
    votes_ = std::min(votes_ + 1, kMostVotes);
  } else if (votes_ > 0) {
    --votes_;
  } else {
    seconds_ = now;
    votes_ = 1;
  }
}

void LightStep::archive(Archive& archive) {
  archive(last_, seconds_, votes_);
  archive.check(seconds_ >= static_cast<float>(kShortest) && seconds_ <= static_cast<float>(kLongest) &&
                    votes_ >= 0 && votes_ <= kMostVotes,
                "has an interval that makes no sense");
}

void LightSpread::begin(float* values, int count) {
  std::sort(values, values + count);
  mean_ = values[count / 2];
  deviation_ = (values[(count * 3) / 4] - values[count / 4]) / 2;
  least_ = values[0];
  most_ = values[count - 1];
  settle();
}

void LightSpread::push(double value, std::uint32_t samples) {
  const auto now = static_cast<float>(value);
  least_ = std::min(least_, now);
  most_ = std::max(most_, now);
  const double gain = std::max(1 / kLongestMean, 1.0 / (samples + 1));
  // At first all that is in the range that the first values had, then what is not far out of the usual.
  const double range = std::min<double>(most_ - least_, unit_ / kOfRange);
  const double most = samples > kInFull ? kClip * deviation_ + kFromRange * range : unit_ / kOfRange;
  const double away = std::clamp(value - mean_, -most, most);
  mean_ += static_cast<float>(gain * away);
  deviation_ += static_cast<float>(gain * (std::abs(away) - deviation_));
}

void LightSpread::settle() {
  const double range = std::max(range_before_, most_ - least_);
  const double central = kDeviations * deviation_, least = kOfRange * range;
  unit_ = static_cast<float>(central > 0 ? std::max(central, std::min(least, kMostRange * central)) : least);
  range_before_ = most_ - least_;
  least_ = most_ = mean_;
}

void LightSpread::archive(Archive& archive) {
  archive(mean_, deviation_, least_, most_, range_before_, unit_);
  archive.check(std::isfinite(mean_) && deviation_ >= 0 && unit_ >= 0 && std::isfinite(unit_),
                "has a scale that makes no sense");
}

LightProfile::Place LightProfile::place(Nanos time) {
  Place out;
  if (time == kNoTime) return out;
  const Nanos of_day = ((time % kDay) + kDay) % kDay;
  constexpr Nanos kBin = kDay / kBins;
  out.bin = static_cast<int>(of_day / kBin);
  out.next = (out.bin + 1) % kBins;
  out.part = static_cast<float>(of_day % kBin) / static_cast<float>(kBin);
  return out;
}

double LightProfile::at(const Place& place) const {
  const double here = value_[place.bin];
  return seen_[place.next] > 0 ? here + place.part * (value_[place.next] - here) : here;
}

void LightProfile::enter(const Place& place, double mean, double per_day) {
  if (seen_[place.bin] > 0) return;
  const int before = (place.bin + kBins - 1) % kBins;
  const double in_bin = per_day / kBins;
  if (in_bin < kManyInBin) return;
  value_[place.bin] = seen_[before] > 0 ? value_[before] : static_cast<float>(mean);
  seen_[place.bin] =
      static_cast<std::uint8_t>(std::min({in_bin, kCarried, std::max<double>(1, seen_[before])}));
}

void LightProfile::learn(const Place& place, double value, double error, double gain, double per_day) {
  if (seen_[place.bin] == 0) {
    value_[place.bin] = static_cast<float>(value);
    seen_[place.bin] = 1;
    return;
  }
  const double least = gain / std::max(1.0, per_day / kBins);
  const auto towards = [&](int bin, double weight) {
    const double own = std::max(least, 1.0 / (seen_[bin] + 1));
    value_[bin] += static_cast<float>(own * weight * error);
    if (seen_[bin] < kMostSeen) ++seen_[bin];
  };
  const bool two = seen_[place.next] > 0;
  towards(place.bin, two ? 1 - place.part : 1);
  if (two) towards(place.next, place.part);
}

void LightProfile::archive(Archive& archive) {
  archive(value_);
  archive(seen_);
}

void LightForecast::learn(double error, double forgetting) {
  float &a = covariance_[0], &b = covariance_[1], &c = covariance_[2];
  const float x = last_[0], y = last_[1];
  const float gx = a * x + b * y, gy = b * x + c * y;
  const auto keep = static_cast<float>(forgetting), missed = static_cast<float>(limited(error));
  const float norm = keep + gx * x + gy * y;
  if (norm > 0) {
    const float inverse = 1 / norm, grow = 1 / keep;
    weights_[0] += gx * inverse * missed;
    weights_[1] += gy * inverse * missed;
    a = (a - gx * gx * inverse) * grow;
    b = (b - gx * gy * inverse) * grow;
    c = (c - gy * gy * inverse) * grow;
  }
  // Forgetting without news makes it grow without bound; rounding can make it negative.
  constexpr float kLargest = 1e4F;
  if (!(norm > 0) || !(a > 0) || !(c > 0) || a + c > kLargest) covariance_ = {10, 0, 10};
}

void LightForecast::push(double value) {
  last_[1] = last_[0];
  last_[0] = static_cast<float>(limited(value));
}

void LightForecast::scale(double factor) {
  for (float& value : last_) value = static_cast<float>(limited(value * factor));
}

void LightForecast::archive(Archive& archive) {
  archive(weights_);
  archive(last_);
  archive(covariance_);
}

LightSeen::Distance LightSeen::push(double value, double unit, bool learn) {
  sum_ += static_cast<float>(value);
  ++in_block_;
  Distance out;
  double sum = sum_;
  int count = in_block_;
  for (int i = 1; i < kBlocks; ++i) {
    if (i > blocks_) break;
    sum += sums_[(at_ + kBlocks - i) % kBlocks];
    count += kBlock;
  }
  out.mean = sum / count;
  out.nearest = nearest(out.mean);
  out.distance = width_ > 0 ? std::max(0.0, std::abs(out.mean - out.nearest) - 0.75 * width_) : 0;
  if (in_block_ < kBlock) return out;
  const bool full = blocks_ > kBlocks;
  const float old = means_[at_], newer = means_[(at_ + 1) % kBlocks];
  if (full && learn && unit > 0) insert(old, newer, unit);
  sums_[at_] = sum_;
  means_[at_] = static_cast<float>(out.mean);
  at_ = (at_ + 1) % kBlocks;
  if (blocks_ <= kBlocks) ++blocks_;
  sum_ = 0;
  in_block_ = 0;
  return out;
}

// Between two means that follow each other there were others.
void LightSeen::insert(double from, double to, double unit) {
  if (width_ == 0) {
    width_ = static_cast<float>(unit / 128);
    low_ = static_cast<float>(from - width_ * kBits / 2);
  }
  if (from > to) std::swap(from, to);
  for (const double end : {from, to}) {
    if (end >= low_ && end < low_ + width_ * kBits) continue;
    if (width_ < unit / 64) make_room(end);
    if (end >= low_ && end < low_ + width_ * kBits) continue;
    // Farther than it can tell: it moves there, and begins anew.
    bits_.fill(0);
    width_ = static_cast<float>(unit / 128);
    low_ = static_cast<float>(end - width_ * kBits / 2);
  }
  const int first = static_cast<int>(std::clamp<double>((from - low_) / width_, 0, kBits - 1));
  const int last = static_cast<int>(std::clamp<double>((to - low_) / width_, 0, kBits - 1));
  for (int i = first; i <= last; ++i) bits_[i / 64] |= std::uint64_t{1} << (i % 64);
}

// Intervals twice as wide; the new half lies on the side of the value.
void LightSeen::make_room(double value) {
  std::array<std::uint64_t, kWords> wide{};
  const int shift = value < low_ ? kBits / 2 : 0;
  for (int i = 0; i < kBits; ++i) {
    if (bit(i)) wide[(i / 2 + shift) / 64] |= std::uint64_t{1} << ((i / 2 + shift) % 64);
  }
  if (value < low_) low_ -= width_ * kBits;
  width_ *= 2;
  bits_ = wide;
}

double LightSeen::nearest(double value) const {
  if (width_ == 0) return value;
  const double low = low_, width = width_;
  const int at = static_cast<int>(std::clamp<double>((value - low) / width, 0, kBits - 1));
  if (bit(at)) return std::clamp<double>(value, low + at * width, low + (at + 1) * width);
  int below = -1, above = -1;
  for (int word = at / 64; word >= 0 && below < 0; --word) {
    std::uint64_t bits = bits_[word];
    if (word == at / 64) bits &= (std::uint64_t{2} << (at % 64)) - 1;
    if (bits != 0) below = word * 64 + 63 - std::countl_zero(bits);
  }
  for (int word = at / 64; word < kWords && above < 0; ++word) {
    std::uint64_t bits = bits_[word];
    if (word == at / 64) bits &= ~std::uint64_t{0} << (at % 64);
    if (bits != 0) above = word * 64 + std::countr_zero(bits);
  }
  if (below < 0 && above < 0) return value;
  const double under = low + (below + 1) * width, over = low + above * width;
  if (below < 0) return over;
  if (above < 0) return under;
  return std::abs(value - under) <= std::abs(over - value) ? under : over;
}

void LightSeen::archive(Archive& archive) {
  archive(bits_);
  archive(sums_);
  archive(means_);
  archive(sum_, low_, width_, in_block_, blocks_, at_);
  archive.check(in_block_ >= 0 && in_block_ < kBlock && blocks_ >= 0 && blocks_ <= kBlocks + 1 && at_ >= 0 &&
                    at_ < kBlocks && width_ >= 0,
                "has a window that makes no sense");
}

}  // namespace aiops::model
