#include "model/adaptive_season.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace aiops::model {
namespace {

constexpr int kMostBins = 288;
constexpr double kManyInBin = 8;
constexpr std::uint64_t kInFull = 50;  // samples that are learned unclipped
constexpr std::uint64_t kDeviationInFull = 30;
constexpr std::uint16_t kMostSeen = 60'000;
constexpr double kSlowest = 1e-4, kFast = 0.02;  // weight of a new deviation
constexpr double kDeviationClip = 5, kFromRange = 1e-3;

}  // namespace

void Deviation::learn(double error, double range, std::uint64_t samples, Learning learning) {
  if (learning == Learning::none) return;
  const bool fast = learning == Learning::fast;
  double size = std::abs(error);
  if (samples > kDeviationInFull && !fast)
    size = std::min(size, kDeviationClip * value_ + kFromRange * range);
  const double weight = std::max(fast ? kFast : kSlowest, 1.0 / static_cast<double>(samples + 1));
  value_ += weight * (size - value_);
}

double Deviation::clip(double error, double limit) const {
  return std::clamp(error, -limit * value_, limit * value_);
}

int Season::bin_of(Nanos time) const {
  if (time == kNoTime) return 0;
  const Nanos of_day = ((time % kDay) + kDay) % kDay;
  return static_cast<int>(of_day / kSecond * static_cast<Nanos>(plain_.size()) / 86'400);
}

void Season::set_step(double step) {
  step_ = step;
  const auto bins = static_cast<std::size_t>(std::clamp<double>(86'400 / step, 1, kMostBins));
  if (bins == plain_.size()) return;
  // What was learned at another step goes on: each new bin takes what stood at its time.
  std::vector<float> with_offset(bins), plain(bins);
  std::vector<std::uint16_t> seen(bins);
  for (std::size_t i = 0; i < bins && !plain_.empty(); ++i) {
    const std::size_t from = i * plain_.size() / bins;
    with_offset[i] = with_offset_[from];
    plain[i] = plain_[from];
    seen[i] = seen_[from];
  }
  with_offset_.swap(with_offset);
  plain_.swap(plain);
  last_ = 0;
  seen_.swap(seen);
}

// Where a bin holds many samples, a new one begins with what was learned of the last.
void Season::carry(int bin, double samples) {
  const int last = std::exchange(last_, bin);
  const double in_bin = 86'400 / static_cast<double>(plain_.size()) / step_;
  if (in_bin < kManyInBin || seen_[bin] > 0 || seen_[last] == 0) return;
  plain_[bin] = plain_[last];
  with_offset_[bin] = with_offset_[last];
  seen_[bin] = static_cast<std::uint16_t>(std::min<double>(seen_[last], samples));
}

Season::Residuals Season::push(double value, Nanos time, double range, std::uint64_t samples,
                               Learning learning, const AdaptiveParameters& p) {
  if (samples == 0) mean_ = value;
  const int bin = bin_of(time);
  if (learning != Learning::none) carry(bin, p.short_carry);
  Residuals out;
  out.known = seen_[bin] > 0;
  out.plain = out.known ? plain_[bin] : mean_;
  const double from_profile = value - (out.known ? with_offset_[bin] : mean_);
  const double of_day = value - out.plain;
  out.plain += week_.correction(time, learning != Learning::none);
  out.plain_residual = value - out.plain;
  out.offset_residual = from_profile - offset_;

  const bool in_full = samples <= kInFull || learning == Learning::fast;
  const double offset_error =
      in_full ? out.offset_residual : offset_deviation_.clip(out.offset_residual, p.clip);
  const double plain_error = in_full ? of_day : plain_deviation_.clip(of_day, p.clip);
  double least_gain = p.profile_gain, offset_samples = p.offset_samples;
  if (step_ < 60) {
    least_gain *= std::pow(step_ / 60, p.short_profile);
    offset_samples /= std::pow(step_ / 60, p.short_offset);
  }
  const double offset = offset_;
  offset_ += 2 / (offset_samples + 1) * offset_error;
  if (learning == Learning::none) return out;
  mean_ += (value - mean_) / static_cast<double>(samples + 1);
  learn(bin, value, offset, offset_error, plain_error, !out.known || samples <= kInFull, least_gain);
  if (time != kNoTime) week_.learn(of_day, plain_error, kDeviationClip * plain_deviation_.value());
  plain_deviation_.learn(out.plain_residual, range, samples, learning);
  offset_deviation_.learn(out.offset_residual, range, samples, learning);
  return out;
}

// as_it_is: the value, and not what it differs by.
void Season::learn(int bin, double value, double offset, double offset_error, double plain_error,
                   bool as_it_is, double least_gain) {
  const double gain = std::max(least_gain, 1.0 / (seen_[bin] + 1));
  if (as_it_is) {
    with_offset_[bin] += static_cast<float>(gain * (value - with_offset_[bin]));
    plain_[bin] += static_cast<float>(gain * (value - plain_[bin]));
  } else {
    with_offset_[bin] += static_cast<float>(gain * (offset + offset_error));
    plain_[bin] += static_cast<float>(gain * plain_error);
  }
  if (seen_[bin] < kMostSeen) ++seen_[bin];
}

std::size_t Season::heap() const {
  return (with_offset_.capacity() + plain_.capacity()) * sizeof(float) +
         seen_.capacity() * sizeof(std::uint16_t);
}

void Season::archive(Archive& archive) {
  archive.list(with_offset_, kMostBins);
  archive.list(plain_, kMostBins);
  archive.list(seen_, kMostBins);
  archive(step_, offset_, mean_, last_);
  week_.archive(archive);
  offset_deviation_.archive(archive);
  plain_deviation_.archive(archive);
  archive.check(with_offset_.size() == plain_.size() && seen_.size() == plain_.size() && last_ >= 0 &&
                    last_ < std::max(1, static_cast<int>(plain_.size())) && step_ > 0,
                "has a profile that makes no sense");
}

}  // namespace aiops::model
