#include "model/esd_series.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "model/esd.hpp"

namespace aiops::model {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kWarmUp = 64, kWindow = 5760, kTrim = 512, kErrors = 1440, kLeastErrors = 40;
constexpr std::size_t kLeastLevel = 16, kSeasons = 7;
constexpr double kMostOutliers = 0.02;  // of the errors that are compared with
constexpr double kLargest = 1e37, kLargestScore = 1e6, kResolution = 1e-6;
constexpr double kNormal = 1.4826, kMeanNormal = 1.2533;  // deviations of a normal distribution: median, mean
constexpr double kMeanShare = 0.5;
constexpr double kLeastBound = 4, kClip = 1.5;  // bounds
constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

double median_of(std::vector<float>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double finite(double value) { return std::clamp(value, -1e300, 1e300); }

}  // namespace

std::size_t EsdSeries::phase(std::int64_t slot) const {
  if (period_ == 0) return 0;
  const auto period = static_cast<std::int64_t>(period_);
  return static_cast<std::size_t>((slot % period + period) % period);
}

double EsdSeries::season(std::int64_t slot) const { return season_.empty() ? 0 : season_[phase(slot)]; }

// Median of the last values without the season; `back`: of the slots that many before the last.
double EsdSeries::level(std::size_t back) const {
  const std::size_t span = std::clamp<std::size_t>(period_ / 4, 24, 96);
  std::vector<float> recent;
  recent.reserve(span);
  for (std::size_t i = values_.size() - std::min(back, values_.size()); i-- > 0 && recent.size() < span;) {
    if (std::isnan(values_[i])) continue;
    const std::int64_t slot = slot_ - static_cast<std::int64_t>(values_.size() - 1 - i);
    recent.push_back(static_cast<float>(values_[i] - season(slot)));
  }
  return median_of(recent);
}

std::int64_t EsdSeries::slot_of(Nanos time) const {
  return grid_.step > 0 && time != kNoTime ? grid_.slot(time) : slot_ + 1;
}

// Whether this value, too, is the only one that there ever was; a history has it with 24 bits.
bool EsdSeries::flat_with(double value) const {
  return lowest_ == highest_ && std::abs(value - lowest_) <= kResolution * std::abs(lowest_ + origin_);
}

// Another interval: what was learned was of another grid.
void EsdSeries::restart() {
  gridded_ = false;
  period_ = 0;
  samples_ = next_rebuild_ = next_look_ = 0;
  sigma_ = 0;
  values_.clear(), errors_.clear(), season_.clear(), largest_.clear(), first_.clear();
}

void EsdSeries::settle() {
  interval_.settle();
  std::vector<Nanos> times;
  for (const auto& [time, value] : first_) times.push_back(time);
  const std::vector<float> none(times.size(), 0);
  grid_ = regular({times.data(), none.data(), times.size(), 1}, 0, 1).grid;
  gridded_ = true;
  slot_ = first_.front().first == kNoTime ? -1 : grid_.slot(first_.front().first) - 1;
  period_ = given_season(wanted_, grid_.step);
  next_look_ = kWarmUp;
  for (const auto& [time, value] : first_) {
    const std::int64_t slot = slot_of(time);
    if (slot > slot_) learn(slot, value);
  }
  first_.clear();
  first_.shrink_to_fit();
}

// Slots up to this one, which is missing as yet. A long gap keeps the phase, and no more slots than there is
// use for.
void EsdSeries::advance(std::int64_t slot) {
  std::int64_t gap = slot - slot_;
  const auto period = static_cast<std::int64_t>(period_);
  if (period > 0 && gap > period) gap = (gap - 1) % period + 1;
  gap = std::min(gap, static_cast<std::int64_t>(std::max<std::size_t>(2 * period_, kTrim)));
  values_.insert(values_.end(), static_cast<std::size_t>(gap), kNone);
  slot_ = slot;
  if (values_.size() > kWindow + kTrim) {
    values_.erase(values_.begin(), values_.end() - static_cast<std::ptrdiff_t>(kWindow));
  }
}

void EsdSeries::learn(std::int64_t slot, double value) {
  if (samples_ >= kLeastLevel) {
    // An outlier must not hide those that come after it.
    const double error = value - level(0) - season(slot) - median_, most = kClip * bound_ * sigma_;
    errors_.push_back(static_cast<float>(median_ + (sigma_ > 0 ? std::clamp(error, -most, most) : error)));
    if (errors_.size() > kErrors + kTrim) {
      errors_.erase(errors_.begin(), errors_.end() - static_cast<std::ptrdiff_t>(kErrors));
    }
  }
  advance(slot);
  values_.back() = static_cast<float>(value);
  if (samples_ == 0) lowest_ = highest_ = value;
  const bool flat = flat_with(value), first_change = lowest_ == highest_ && !flat;
  if (!flat) {
    lowest_ = std::min(lowest_, value);
    highest_ = std::max(highest_, value);
  }
  ++samples_;
  if (samples_ >= next_rebuild_ || first_change) rebuild();
}

std::optional<EsdSeries::Judgement> EsdSeries::push(Nanos time, double value, bool learn_it) {
  if (!begun_) origin_ = value;
  begun_ = true;
  const double seen = std::clamp(value - origin_, -kLargest, kLargest);
  if (interval_.push(time) && gridded_) restart();
  if (!gridded_) {
    if (!learn_it) return std::nullopt;
    first_.emplace_back(time, seen);
    if (first_.size() >= kWarmUp) settle();
    return std::nullopt;
  }
  const std::int64_t slot = slot_of(time);
  std::optional<Judgement> judgement;
  if (sigma_ > 0) judgement = judge(slot, seen);
  if (slot <= slot_) return judgement;  // a second sample in the same slot
  if (learn_it) {
    learn(slot, seen);
  } else if (grid_.step == 0 || time == kNoTime) {
    advance(slot);
  }
  return judgement;
}

void EsdSeries::miss(Nanos time) {
  if (gridded_ && (grid_.step == 0 || time == kNoTime)) advance(slot_ + 1);
}

EsdSeries::Judgement EsdSeries::judge(std::int64_t slot, double value) const {
  Judgement out;
  out.seasonal = season(slot);
  out.trend = level(slot > slot_ ? 0 : 1) + median_;
  out.expected = out.trend + out.seasonal;
  const double error = value - out.expected, size = std::abs(error) / sigma_;
  const double most = std::max(1.0, std::floor(kMostOutliers * tested_));
  double rank = 1;
  for (const float one : largest_) rank += one > size ? 1 : 0;
  const double critical = std::max(tail_bound_, esd_critical(significance_, tested_, std::min(rank, most)));
  out.score = std::min(kLargestScore, size / critical);
  if (rank > most) out.score = std::min(out.score, 0.99);  // so many are no outliers
  out.sigmas = std::copysign(std::min(size, kLargestScore), error);
  out.p_value = std::clamp(std::exp(tail_.log_probability(size)), kSmallestP, 1.0);
  out.lower = finite(out.expected - critical * sigma_ + origin_);
  out.upper = finite(out.expected + critical * sigma_ + origin_);
  out.trend = finite(out.trend + origin_);
  out.expected = finite(out.expected + origin_);
  if (flat_with(value)) {
    out.flat = true;
    out.score = 0;
    out.p_value = 1;
  }
  return out;
}

void EsdSeries::rebuild() {
  const std::size_t before = season_.size();
  if (samples_ >= next_look_ && next_look_ > 0) look_for_season();
  learn_season();
  if (season_.size() != before) judge_again();
  learn_errors();
  next_rebuild_ = samples_ + std::max<std::uint64_t>(16, std::min<std::uint64_t>(samples_ / 8, kTrim));
  if (next_look_ > 0) next_rebuild_ = std::min(next_rebuild_, std::max(next_look_, samples_ + 1));
}

// Whether, and after how long, the values repeat themselves; looked at whenever there are twice as many.
void EsdSeries::look_for_season() {
  next_look_ = values_.size() < kWindow ? samples_ + std::max<std::uint64_t>(16, samples_ / 4) : 0;
  if (wanted_.kind != SeasonLength::Kind::automatic) return;
  Regular samples;
  samples.grid = grid_;
  samples.first = slot_ - static_cast<std::int64_t>(values_.size()) + 1;
  samples.values.assign(values_.begin(), values_.end());
  const std::vector<std::size_t> found = season_candidates(samples, 2);
  if (found.empty() || std::find(found.begin(), found.end(), period_) != found.end()) return;
  // A season is worth it if values are closer to those of the season before than to the level around them.
  std::vector<float> seasonal, local;
  const std::size_t lag = found.front(), around = std::clamp<std::size_t>(lag / 4, 24, 96);
  for (std::size_t i = std::max(lag, around); i < values_.size(); ++i) {
    if (std::isnan(values_[i]) || std::isnan(values_[i - lag]) || std::isnan(values_[i - around / 2]))
      continue;
    seasonal.push_back(std::abs(values_[i] - values_[i - lag]));
    local.push_back(std::abs(values_[i] - values_[i - around / 2]));
  }
  if (seasonal.size() >= kLeastErrors && median_of(seasonal) < median_of(local)) period_ = lag;
}

void EsdSeries::learn_season() {
  const std::size_t seasons = period_ == 0 ? 0 : std::min(kSeasons, values_.size() / period_);
  if (seasons < 2) {
    season_.clear();
    return;
  }
  std::vector<double> levels(seasons);
  std::vector<float> gathered;
  for (std::size_t k = 0; k < seasons; ++k) {
    const std::size_t end = values_.size() - k * period_;
    gathered.clear();
    for (std::size_t i = end - period_; i < end; ++i) {
      if (!std::isnan(values_[i])) gathered.push_back(values_[i]);
    }
    levels[k] = median_of(gathered);
  }
  season_.assign(period_, 0);
  // With few seasons a phase's neighbours help.
  const std::ptrdiff_t beside = period_ >= 24 && seasons < 5 ? 1 : 0;
  for (std::size_t i = 0; i < period_; ++i) {
    gathered.clear();
    for (std::size_t k = 0; k < seasons; ++k) {
      for (std::ptrdiff_t shift = -beside; shift <= beside; ++shift) {
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(values_.size() - (k + 1) * period_ + i) + shift;
        if (at < 0 || at >= static_cast<std::ptrdiff_t>(values_.size()) || std::isnan(values_[at])) continue;
        gathered.push_back(static_cast<float>(values_[at] - levels[k]));
      }
    }
    season_[phase(slot_ - static_cast<std::int64_t>(period_ - 1 - i))] =
        static_cast<float>(median_of(gathered));
  }
}

// The errors that there would have been with the season that was found now.
void EsdSeries::judge_again() {
  errors_.clear();
  const std::size_t n = values_.size();
  for (std::size_t i = std::max(kLeastLevel, n > kErrors ? n - kErrors : 0); i < n; ++i) {
    if (std::isnan(values_[i])) continue;
    const std::int64_t slot = slot_ - static_cast<std::int64_t>(n - 1 - i);
    errors_.push_back(static_cast<float>(values_[i] - level(n - i) - season(slot)));
  }
  std::vector<float> sizes = errors_;
  const double middle = median_of(sizes);
  for (float& one : sizes) one = static_cast<float>(std::abs(one - middle));
  const double most = kClip * std::max(bound_, kLeastBound) * kNormal * median_of(sizes);
  if (most == 0) return;
  for (float& one : errors_) one = static_cast<float>(std::clamp<double>(one, middle - most, middle + most));
}

void EsdSeries::learn_errors() {
  const std::size_t count = std::min(errors_.size(), kErrors);
  if (count < kLeastErrors) return;
  std::vector<float> sorted(errors_.end() - static_cast<std::ptrdiff_t>(count), errors_.end());
  median_ = median_of(sorted);
  double mean = 0;
  for (float& one : sorted) {
    one = static_cast<float>(std::abs(one - median_));
    mean += one / static_cast<double>(count);
  }
  const double magnitude = std::max(std::abs(lowest_), std::abs(highest_)) + std::abs(origin_);
  const double least = std::max(kResolution * magnitude, 1e-37);
  sigma_ = std::max({kNormal * median_of(sorted), kMeanShare * kMeanNormal * mean, least});
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  for (float& one : sorted) one = static_cast<float>(one / sigma_);
  tested_ = static_cast<double>(count) + 1;
  tail_.fit({sorted.begin(), sorted.end()}, 1e-3);
  const double share = std::log(significance_ / tested_);
  double low = 1, high = kLargestScore;
  while (high > low * 1.000001) {
    const double middle = std::sqrt(low * high);
    (tail_.log_probability(middle) > share ? low : high) = middle;
  }
  bound_ = std::max(high, esd_critical(significance_, tested_, 1));
  tail_bound_ = high;
  sorted.resize(static_cast<std::size_t>(kMostOutliers * static_cast<double>(count)) + 1);
  largest_ = std::move(sorted);
}

std::string EsdSeries::save() const {
  std::string bytes;
  put(bytes, kFormat);
  put(bytes, static_cast<std::uint8_t>(sigma_ > 0));
  if (sigma_ > 0) tail_.save(bytes);
  Archive out(bytes);
  EsdSeries copy = *this;  // an archive takes what it could also change
  copy.archive(out);
  return bytes;
}

void EsdSeries::load(std::string_view bytes) {
  constexpr std::string_view kWhat = "state of seasonal-esd";
  ByteReader head(bytes, kWhat);
  head.check(head.get<std::uint8_t>() == kFormat, "is of another version");
  const bool tested = head.get<std::uint8_t>() != 0;
  if (tested) tail_.load(head);
  Archive in(head.take(head.left()), kWhat);
  archive(in);
  in.check(tested == (sigma_ > 0), "makes no sense");
  in.end();
}

void EsdSeries::archive(Archive& archive) {
  interval_.archive(archive);
  grid_.archive(archive);
  auto begun = static_cast<std::uint8_t>(begun_), gridded = static_cast<std::uint8_t>(gridded_);
  auto period = static_cast<std::uint32_t>(period_), waiting = static_cast<std::uint32_t>(first_.size());
  archive(origin_, lowest_, highest_, begun, gridded, slot_, period, samples_, next_rebuild_, next_look_,
          median_, sigma_, tested_, tail_bound_, bound_, waiting);
  archive.check(period <= kLongestSeason && waiting < kWarmUp &&
                    std::isfinite(origin_ + median_ + sigma_ + tested_ + tail_bound_ + bound_) &&
                    sigma_ >= 0 && tested_ >= 0 && slot_ < (std::int64_t{1} << 62) &&
                    slot_ > -(std::int64_t{1} << 62),
                "makes no sense");
  first_.resize(waiting);
  for (auto& [time, value] : first_) archive(time, value);
  archive.list(values_, kWindow + kTrim + 2 * kLongestSeason);
  archive.list(errors_, kErrors + kTrim);
  archive.list(season_, kLongestSeason);
  archive.list(largest_, kErrors);
  begun_ = begun != 0, gridded_ = gridded != 0, period_ = period;
  archive.check(season_.empty() || season_.size() == period_, "has a season of another length");
  archive.check(sigma_ == 0 || (tail_bound_ >= 1 && tested_ > static_cast<double>(kLeastErrors) &&
                                errors_.size() >= kLeastErrors),
                "has too few errors");
}

}  // namespace aiops::model
