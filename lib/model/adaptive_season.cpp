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
  return static_cast<int>(of_day / kSecond * static_cast<Nanos>(bins_.size()) / 86'400);
}

void Season::set_step(double step) {
  step_ = step;
  const auto bins = static_cast<std::size_t>(std::clamp<double>(86'400 / step, 1, kMostBins));
  if (bins == bins_.size()) return;
  // What was learned at another step goes on: each new bin takes what stood at its time.
  std::vector<Bin> other(bins);
  std::vector<std::uint16_t> seen(bins);
  for (std::size_t i = 0; i < bins && !bins_.empty(); ++i) {
    const std::size_t from = i * bins_.size() / bins;
    other[i] = bins_[from];
    seen[i] = seen_[from];
  }
  bins_.swap(other);
  last_ = 0;
  seen_.swap(seen);
}

void Season::settle(const AdaptiveParameters& p) {
  double offset_samples = p.offset_samples;
  pace_ = {step_, 86'400 / static_cast<double>(bins_.size()) / step_, p.profile_gain, 0};
  if (step_ < 60) {
    pace_.least_gain *= std::pow(step_ / 60, p.short_profile);
    offset_samples /= std::pow(step_ / 60, p.short_offset);
  }
  pace_.offset_gain = 2 / (offset_samples + 1);
}

// Where a bin holds many samples, a new one begins with what was learned of the last.
void Season::carry(int bin, double samples) {
  const int last = std::exchange(last_, bin);
  if (pace_.in_bin < kManyInBin || seen_[bin] > 0 || seen_[last] == 0) return;
  bins_[bin] = bins_[last];
  seen_[bin] = static_cast<std::uint16_t>(std::min<double>(seen_[last], samples));
}

Season::Residuals Season::push(double value, Nanos time, double range, std::uint64_t samples,
                               Learning learning, const AdaptiveParameters& p) {
  if (samples == 0) mean_ = value;
  if (pace_.step != step_) settle(p);
  const int bin = bin_of(time);
  if (learning != Learning::none) carry(bin, p.short_carry);
  Residuals out;
  out.known = seen_[bin] > 0;
  out.plain = out.known ? bins_[bin].plain : mean_;
  const double from_profile = value - (out.known ? bins_[bin].with_offset : mean_);
  const double of_day = value - out.plain;
  out.plain += week_.correction(time, learning != Learning::none);
  out.plain_residual = value - out.plain;
  out.offset_residual = from_profile - offset_;

  const bool in_full = samples <= kInFull || learning == Learning::fast;
  const double offset_error =
      in_full ? out.offset_residual : offset_deviation_.clip(out.offset_residual, p.clip);
  const double plain_error = in_full ? of_day : plain_deviation_.clip(of_day, p.clip);
  const double offset = offset_;
  offset_ += pace_.offset_gain * offset_error;
  if (learning == Learning::none) return out;
  mean_ += (value - mean_) / static_cast<double>(samples + 1);
  learn(bin, value, offset, offset_error, plain_error, !out.known || samples <= kInFull);
  if (time != kNoTime) week_.learn(of_day, plain_error, kDeviationClip * plain_deviation_.value());
  plain_deviation_.learn(out.plain_residual, range, samples, learning);
  offset_deviation_.learn(out.offset_residual, range, samples, learning);
  return out;
}

// as_it_is: the value, and not what it differs by.
void Season::learn(int bin, double value, double offset, double offset_error, double plain_error,
                   bool as_it_is) {
  const double gain = std::max(pace_.least_gain, 1.0 / (seen_[bin] + 1));
  Bin& at = bins_[bin];
  if (as_it_is) {
    at.with_offset += static_cast<float>(gain * (value - at.with_offset));
    at.plain += static_cast<float>(gain * (value - at.plain));
  } else {
    at.with_offset += static_cast<float>(gain * (offset + offset_error));
    at.plain += static_cast<float>(gain * plain_error);
  }
  if (seen_[bin] < kMostSeen) ++seen_[bin];
}

std::size_t Season::heap() const {
  return bins_.capacity() * sizeof(Bin) + seen_.capacity() * sizeof(std::uint16_t);
}

// The next sample is most often in the bin of the last.
void Season::prefetch_more() const {
  model::prefetch(bins_.data() + last_);
  model::prefetch(seen_.data() + last_);
  week_.prefetch();
}

void Season::archive(Archive& archive) {
  archive.list(seen_, kMostBins);
  bins_.resize(seen_.size());
  for (Bin& bin : bins_) archive(bin.with_offset, bin.plain);
  archive(step_, offset_, mean_, last_);
  week_.archive(archive);
  offset_deviation_.archive(archive);
  plain_deviation_.archive(archive);
  pace_ = {};
  archive.check(last_ >= 0 && last_ < std::max(1, static_cast<int>(bins_.size())) && step_ > 0,
                "has a profile that makes no sense");
}

}  // namespace aiops::model
