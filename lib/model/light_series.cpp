#include "model/light_series.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string_view>
#include <utility>

#include "base/number.hpp"
#include "model/quick_log.hpp"

namespace aiops::model {
namespace {

constexpr double kFarthest = 1e30;  // from the origin; keeps single precision in range
constexpr double kBand = 3.75;      // mean deviations: 3 standard deviations of normal noise
constexpr std::uint32_t kFirst = 16,
                        kInFull = 50;  // samples that say where the series is; that are learned unclipped
constexpr double kFastest = 1, kSlowest = 2e-4, kFromRange = 0.01;
constexpr double kSmallestDeviation = 0.01;  // of the unit
constexpr double kLargestDeviation = 30, kSmoothest = 0.05;
constexpr double kTrust = 0.75, kMoreTrust = 0.4, kTrustSamples = 1e5;
constexpr double kResidualBesideNovelty = 0.4, kMostBesideNovelty = 2.5, kNoveltyLevel = 0.75;
constexpr double kMostChange = 8, kLargestScore = 15, kLongestHold = 90;
constexpr double kSmallestSize = 1e-6;  // of the unit: what is less is nothing
constexpr double kMinute = 60;
constexpr double kBelowFloor = 1;  // where the tails' positions begin: logarithm

constexpr float kOwnWidth = 0.6F;

double squared(double x) { return x * x; }
float log10_of(double x) { return quick_log(static_cast<float>(x)) / static_cast<float>(std::numbers::ln10); }

// A robust mean of absolute errors. range: lets it grow from 0.
void learn_error(float& mean, double error, double range, std::uint32_t samples) {
  const double most = samples > kInFull ? 5.0 * mean + 1e-3 * range : range;
  const double size = std::min(std::abs(error), most);
  mean += static_cast<float>(std::max(kSlowest, 1.0 / (samples + 1)) * (size - mean));
}

// What is learned of an error. At first all that is in the range, for the mean error is not known yet.
double clipped(double error, double limit, double range, std::uint32_t samples) {
  const double most = samples > kInFull ? limit : std::max(limit, range);
  return std::clamp(error, -most, most);
}

}  // namespace

LightTail::Shape LightSeries::shape(const LightParameters& p) {
  LightTail::Shape out;
  out.tail = static_cast<float>(p.tail);
  out.prior = static_cast<float>(p.tail_prior);
  out.weight = static_cast<float>(p.prior_weight);
  out.floor = static_cast<float>(kBelowFloor);
  return out;
}

LightTail::Shape LightSeries::own_shape(const LightParameters& p) {
  LightTail::Shape out = shape(p);
  out.width = kOwnWidth;
  out.per_width = 1 / kOwnWidth;
  out.tail = static_cast<float>(p.own_tail);
  out.prior = 1;
  out.floor = static_cast<float>(p.own_floor * std::numbers::ln10);
  return out;
}

std::optional<LightSeries::Judgement> LightSeries::push(Nanos time, double value, const LightParameters& p,
                                                        bool learn) {
  if (samples_ < static_cast<std::uint32_t>(p.warm_up) && !learn) return std::nullopt;
  if (samples_ == 0) origin_ = value;
  step_.push(time);
  const double relative = std::clamp(value - origin_, -kFarthest, kFarthest);
  if (samples_ < kFirst) {
    last_[samples_++] = static_cast<float>(relative);
    if (samples_ == kFirst) begin(p);
    return std::nullopt;
  }
  if (learn) {
    const bool first_change = spread_.unit() == 0 && relative != 0;
    spread_.push(relative, samples_);
    if ((samples_ & (samples_ - 1)) == 0 || first_change) rescale(p);
  }
  Judgement out = see(time, relative, p, learn);
  out.flat = spread_.unit() == 0;
  surprise(out, p, learn);
  previous_ = relative;
  for (double* at : {&out.expected, &out.lower, &out.upper, &out.plain, &out.forecast, &out.nearest})
    *at += origin_;
  if (learn && samples_ < ~0U) ++samples_;
  if (samples_ <= static_cast<std::uint32_t>(p.warm_up)) return std::nullopt;
  return out;
}

void LightSeries::begin(const LightParameters& p) {
  std::array<float, kFirst> first = last_;
  previous_ = last_[kFirst - 1];
  spread_.begin(first.data(), kFirst);
  last_.fill(0);
  rescale(p);
}

// The unit of the series, and with it where the tails' positions begin.
void LightSeries::rescale(const LightParameters& p) {
  const double before = spread_.unit();
  spread_.settle();
  const double unit = spread_.unit();
  if (unit == 0) return;
  if (before > 0) forecast_.scale(before / unit);
  const LightTail::Shape form = shape(p);
  const double wanted = quick_log(static_cast<float>(p.floor_share * unit)) - kBelowFloor;
  if (tails_[0].count() == 0) log_scale_ = static_cast<float>(wanted);
  const int up =
      static_cast<int>(std::clamp(std::floor((wanted - log_scale_) / form.width), -1000.0, 1000.0));
  if (up == 0) return;
  log_scale_ += static_cast<float>(up) * form.width;
  for (LightTail& tail : tails_) tail.shift(-up, form);
}

LightSeries::Judgement LightSeries::see(Nanos time, double value, const LightParameters& p, bool learn) {
  Judgement out;
  const double unit = spread_.unit() > 0 ? spread_.unit() : 1, range = spread_.unit() / 0.1;
  const LightProfile::Place place = LightProfile::place(time);
  const double per_day = 86'400 / step_.seconds();
  if (learn) profile_.enter(place, spread_.mean(), per_day);
  const double plain = profile_.knows(place) ? profile_.at(place) : spread_.mean();
  const double e = value - plain;
  const double r = e - offset_;
  const double i = e - forecast_.predict() * unit;
  out.plain = plain;
  out.error = r;
  out.forecast = value - i;
  out.expected = value - r;

  const double before = offset_;
  const double level_error = clipped(r, p.clip * level_error_, range, samples_);
  offset_ += static_cast<float>(2 / (p.offset_samples + 1) * level_error);
  if (learn) {
    forecast_.learn(clipped(i, p.clip * forecast_error_, range, samples_) / unit, p.forgetting);
    profile_.learn(place, value, clipped(e, p.clip * plain_error_, range, samples_), p.profile_gain, per_day);
    learn_error(plain_error_, e, range, samples_);
    learn_error(level_error_, r, range, samples_);
    learn_error(forecast_error_, i, range, samples_);
  }
  forecast_.push(clipped(e, 2 * p.clip * plain_error_, range, samples_) / unit);

  const std::uint32_t at = samples_;
  last_[at % last_.size()] = static_cast<float>(e);
  out.signal[kStep] = value - previous_;
  out.signal[kForecast] = i;
  out.signal[kDaily] = e;
  float short_sum = 0, long_sum = 0;
  for (std::uint32_t k = 0; k < last_.size() / 2; ++k) short_sum += last_[(at - k) % last_.size()];
  for (const float one : last_) long_sum += one;
  out.signal[kLevel] = short_sum / 8 - before;
  out.signal[kDailyLevel] = long_sum / 16;
  const LightSeen::Distance seen = seen_.push(value, spread_.unit(), learn);
  out.signal[kNeverSeen] = seen.mean;
  out.nearest = seen.nearest;
  out.strength[kNeverSeen] = seen.distance;
  const double band = kBand * level_error_;
  out.lower = out.expected - band;
  out.upper = out.expected + band;
  return out;
}

// At short steps an event has many samples, which would make the next one look usual: few of them are
// learned.
bool LightSeries::learns(const LightParameters& p) {
  const double step = step_.seconds();
  if (event_ == 0 || step >= kMinute) return true;
  credit_ += static_cast<float>(std::pow(step / kMinute, p.short_event_weight));
  if (credit_ < 1) return false;
  credit_ -= 1;
  return true;
}

void LightSeries::surprise(Judgement& out, const LightParameters& p, bool learn) {
  const LightTail::Shape form = shape(p);
  const bool brief = step_.seconds() < kMinute, tails = learn && learns(p);
  const double unit = spread_.unit();
  const auto smallest = static_cast<float>(kSmallestSize * unit);
  const double rough = forecast_error_ / (level_error_ + 1e-3 * unit + std::numeric_limits<float>::min());
  const double discount = std::sqrt(std::clamp(rough, kSmoothest, 1.0));
  const double deviation = std::abs(out.error) / std::max<double>(level_error_, kSmallestDeviation * unit);

  // Logarithms are taken together: one alone waits for its own steps.
  constexpr int kLane = 8, kDeviation = kChannels;
  std::array<float, kLane> sizes, positions, inverse, excess{};
  sizes.fill(1);
  inverse.fill(1);
  for (int k = 0; k < kChannels; ++k)
    sizes[k] = static_cast<float>(k == kNeverSeen ? out.strength[k] : std::abs(out.signal[k]));
  for (int k = 0; k < kLane; ++k) positions[k] = quick_log(sizes[k]) - log_scale_;
  for (int k = 0; k < kChannels; ++k) {
    if (!(sizes[k] > smallest)) positions[k] = -1;
    const LightTail::Probability found = tails_[k].probability(positions[k], form);
    inverse[k] = found.inverse;
    excess[k] = found.excess;
  }
  inverse[kDeviation] = static_cast<float>(1 + std::min(kLargestDeviation, deviation) / 3);
  for (int k = 0; k < kLane; ++k) inverse[k] = quick_log(inverse[k]);

  double sum = 0;
  for (int k = 0; k < kChannels; ++k) {
    const float s = LightTail::surprise(inverse[k], excess[k]);
    if (tails) {
      const bool whole = !brief || k == kNeverSeen;
      tails_[k].add(
          whole ? positions[k] : tails_[k].limited(positions[k], s, static_cast<float>(p.most_learned), form),
          form);
    }
    const bool of_level = k == kDaily || k == kLevel || k == kDailyLevel;
    out.strength[k] = p.weights[k] * s * (of_level ? discount : 1);
    if (k != kNeverSeen) sum += squared(squared(out.strength[k]));
  }
  if (out.flat) return;
  const float log10_deviation = inverse[kDeviation] / static_cast<float>(std::numbers::ln10);
  const double residual = std::sqrt(std::sqrt(sum)) + p.deviation_weight * log10_deviation;
  combine(out, residual, p, tails);
  if (learn) watch_change(residual, p);
}

void LightSeries::combine(Judgement& out, double residual, const LightParameters& p, bool tails) {
  const double step = step_.seconds();
  const double shortness = step < kMinute ? log10_of(kMinute / step) : 0;
  const double novelty = std::max(0.0, out.strength[kNeverSeen] - p.short_novelty * shortness);
  const double trust = kTrust + kMoreTrust * samples_ / (samples_ + kTrustSamples);
  const double both = novelty + kResidualBesideNovelty * std::min(residual, kMostBesideNovelty);
  const double combined = std::min(kLargestScore, std::max(trust * residual, both));

  const LightTail::Shape own = own_shape(p);
  const auto position = static_cast<float>(combined * std::numbers::ln10);
  const double weight = own_.count() / (own_.count() + p.own_half);
  const double calibrated = combined + weight * (own_.surprise(position, own) - combined);
  if (tails && combined > 0) own_.add(position, own);

  const double shorter = log10_of(std::clamp(step, p.shortest_step, p.longest_step) / 300);
  out.surprise = std::max(0.0, calibrated + p.step_exponent * shorter + p.short_gain * shortness);
  const double held = std::min(kLongestHold, p.hold_samples + p.hold_seconds / step);
  hold_ = static_cast<float>(std::max({residual, kNoveltyLevel * novelty, hold_ * held / (held + 1)}));
  out.level = hold_;
  event_ = out.surprise >= p.short_event_score * p.threshold ? event_ + 1 : std::max(0, event_ - 1);
}

// After a lasting change what was usual is so no more: most of it is forgotten.
void LightSeries::watch_change(double residual, const LightParameters& p) {
  change_ += static_cast<float>((std::min(residual, kMostChange) - change_) / p.change_span);
  if (calm_ > 0) --calm_;
  if (change_ <= p.change_mean || calm_ > 0) return;
  calm_ = p.change_span;
  for (LightTail& tail : tails_) tail.forget(p.change_keep, shape(p));
  rescale(p);
}

std::vector<std::string> LightSeries::reasons(const Judgement& judged, const LightParameters& p) const {
  constexpr std::array<std::string_view, kChannels> kNames = {"jump",  "forecast",    "daily",
                                                              "level", "daily_level", "never_seen"};
  constexpr double kLeastShare = 0.5;  // of the strongest
  constexpr std::size_t kMostReasons = 4;
  const LightTail::Shape form = shape(p);
  std::array<std::pair<double, int>, kChannels> strengths;
  for (int k = 0; k < kChannels; ++k) strengths[k] = {-judged.strength[k], k};
  std::sort(strengths.begin(), strengths.end());
  std::vector<std::string> out;
  for (const auto& [negative, k] : strengths) {
    if (-negative <= 0 || negative > kLeastShare * strengths[0].first || out.size() == kMostReasons) break;
    const double signal = judged.signal[k], usual = std::exp(tails_[k].usual(form) + log_scale_);
    if (k == kNeverSeen) {
      out.push_back(
          fmt::format("{}={}(nearest {})", kNames[k], text_6(origin_ + signal), text_6(judged.nearest)));
    } else if (k == kStep) {
      out.push_back(
          fmt::format("{}={}{}(usual {})", kNames[k], signal < 0 ? "" : "+", text_6(signal), text_6(usual)));
    } else {
      const double middle = k == kForecast ? judged.forecast : k == kLevel ? judged.expected : judged.plain;
      out.push_back(fmt::format("{}={}(expected {}..{})", kNames[k], text_6(middle + signal),
                                text_6(middle - usual), text_6(middle + usual)));
    }
  }
  return out;
}

void LightSeries::archive(Archive& archive) {
  archive(origin_, previous_, samples_, offset_, level_error_, plain_error_, forecast_error_, log_scale_,
          hold_, change_, credit_, event_, calm_);
  archive.check(std::isfinite(origin_) && std::isfinite(previous_) && std::isfinite(log_scale_),
                "has a value that is no number");
  constexpr std::int32_t kMostRows = 1 << 30;
  archive.check(event_ >= 0 && event_ < kMostRows && calm_ >= 0 && calm_ < kMostRows,
                "has an event that makes no sense");
  step_.archive(archive);
  spread_.archive(archive);
  profile_.archive(archive);
  forecast_.archive(archive);
  seen_.archive(archive);
  archive(last_);
  for (LightTail& tail : tails_) tail.archive(archive);
  own_.archive(archive);
}

}  // namespace aiops::model
