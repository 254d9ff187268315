#include "model/adaptive_series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aiops::model {
namespace {

constexpr double kFarthest = 1e30;      // from the origin; keeps single precision in range
constexpr double kBand = 3.75;          // mean deviations: 3 standard deviations of normal noise
constexpr double kSmallestRange = 0.1;  // of maximum - minimum, for R
constexpr double kMostRange = 50;       // times the central range: a huge spike must not deafen
constexpr double kBelowFloor = 7;       // buckets begin at exp(-7) of the floor
constexpr double kLargestDeviation = 30;
constexpr double kLongestHold = 90;  // samples
// The level is the held surprise, more where surprises are many, and a little of what was never seen.
constexpr double kManyLevel = 0.4, kNoveltyLevel = 0.15;
constexpr double kManyScore = 0.3, kManyBegins = 1.5;  // the same in the score, from so much on
constexpr double kNoveltyScore = 1.1;
constexpr double kResidualBesideNovelty = 0.4, kMostBesideNovelty = 2.5;
constexpr double kTrust = 0.75, kMoreTrust = 0.4, kTrustSamples = 1e5;
constexpr double kMostChange = 8;
constexpr double kMinuteSeconds = 60;  // shorter steps are treated as such

constexpr int index(Channel channel) { return static_cast<int>(channel); }
constexpr bool of_level(Channel channel) {
  return channel == Channel::level || channel == Channel::daily_level || channel == Channel::daily;
}
double squared(double x) { return x * x; }

}  // namespace

AdaptiveSeries::AdaptiveSeries(const AdaptiveParameters& parameters)
    : p_(parameters),
      maker_(parameters),
      delayed_(parameters.novel_mean),
      own_level_(parameters.score_tail, parameters.own_floor, parameters.own_level),
      own_score_(parameters.score_tail, parameters.own_floor, parameters.own_score) {
  tails_.reserve(kChannels);
  for (int k = 0; k < kChannels; ++k) {
    tails_.emplace_back(k < kResidualChannels ? p_.residual_tail : p_.novelty_tail, p_.tail_prior,
                        p_.prior_weight);
  }
}

std::optional<AdaptiveSeries::Judgement> AdaptiveSeries::push(Nanos time, double value, bool learn) {
  if (samples_ < static_cast<std::uint64_t>(p_.warm_up)) {
    if (!learn) return std::nullopt;
    if (pending_.capacity() == 0) pending_.reserve(static_cast<std::size_t>(p_.warm_up));
    pending_.push_back({time, value});
    if (pending_.size() == static_cast<std::size_t>(p_.warm_up)) begin();
    return std::nullopt;
  }
  signals_ = see(time, value, learn);
  if (samples_ >= next_scale_) {
    rescale();
    next_scale_ *= 2;
  }
  surprise(signals_, learn);
  level_discount_ = std::pow(maker_.roughness(scale_.unit), p_.level_discount);
  Judgement out;
  const double band = kBand * maker_.mean_deviation();
  out.expected = origin_ + signals_.expected;
  out.lower = out.expected - band;
  out.upper = out.expected + band;
  out.flat = scale_.unit == 0;
  if (out.flat) return out;  // nothing can be said
  const double residual = residual_surprise();
  const double now = own_level_.calibrate(residual, learn);
  hold_ = std::max(hold_ * decay_, now);
  many_ += (1 - decay_) * (now - many_);
  const double novelty = surprises_[index(Channel::never_seen)] + surprises_[index(Channel::never_seen_move)];
  out.level = hold_ + kManyLevel * many_ + kNoveltyLevel * novelty;
  if (learn) watch_change(residual);
  out.surprise = own_surprise(residual, learn);
  event_ = out.surprise >= p_.short_event_score * p_.threshold ? event_ + 1 : std::max(0, event_ - 1);
  return out;
}

void AdaptiveSeries::miss() {
  hold_ *= decay_;
  many_ *= decay_;
}

// The first samples say where the series is, how far it ranges and how often it comes; then they are learned.
void AdaptiveSeries::begin() {
  std::vector<Pending> first;
  first.swap(pending_);
  for (const Pending& one : first) interval_.push(one.time);
  interval_.settle();
  maker_.set_step(interval_.seconds());
  origin_ = first.front().value;
  began_ = first.front().time;
  for (const Pending& one : first) recent_.push(std::clamp(one.value - origin_, -kFarthest, kFarthest));
  rescale();
  settle_hold();
  std::vector<Signals> seen;
  seen.reserve(first.size());
  for (const Pending& one : first) {
    seen.push_back(maker_.push(std::clamp(one.value - origin_, -kFarthest, kFarthest), one.time, scale_,
                               samples_, Learning::usual));
    ++samples_;
  }
  for (const Signals& signals : seen) surprise(signals, true);
  next_scale_ = 2 * samples_;
}

Signals AdaptiveSeries::see(Nanos time, double value, bool learn) {
  const bool new_step = interval_.push(time);
  if (new_step) maker_.set_step(interval_.seconds());
  const double relative = std::clamp(value - origin_, -kFarthest, kFarthest);
  lowest_before_ = recent_.lowest();
  highest_before_ = recent_.highest();
  if (learn) recent_.push(relative);
  if (new_step || recent_.lag() != lag_) settle_hold();
  if (learn && scale_.unit == 0 && relative != 0) rescale();
  // At short steps an event has many samples: what they would teach would make its end strange.
  const bool event = shortness_ > 0 && event_ > 0;
  const Learning learning = !learn         ? Learning::none
                            : relearn_ > 0 ? Learning::fast
                            : event        ? Learning::none
                                           : Learning::usual;
  Signals signals = maker_.push(relative, time, scale_, samples_, learning);
  if (learn) ++samples_;
  return signals;
}

// R, the unit of the series: its central range, no less than a tenth of the whole.
void AdaptiveSeries::rescale() {
  const RecentValues::Spread spread = recent_.spread();
  const double central = spread.percentile95 - spread.percentile5;
  const double least = kSmallestRange * spread.whole;
  scale_.unit =
      central > 0 ? std::max(central, std::min(least, kMostRange * central)) : kSmallestRange * spread.range;
  scale_.range = std::min(spread.whole, scale_.unit / kSmallestRange);
  if (scale_.unit == 0) return;
  const double log_floor = std::log(floor());
  for (int k = 0; k < kChannels; ++k) {
    if (k == index(Channel::flat)) {
      tails_[k].set_floor(log_of_run(kShortestRun), -0.5);
    } else {
      tails_[k].set_floor(log_floor, log_floor - kBelowFloor);
    }
  }
}

// Below it nothing is a surprise: neither a small share of the unit, nor what is small beside the steps of a
// count.
double AdaptiveSeries::floor() const {
  return std::max(p_.floor_share * scale_.unit, p_.floor_of_step * maker_.quantum());
}

// The level is held the longer, the longer the series' own rhythm.
void AdaptiveSeries::settle_hold() {
  shortness_ = std::log10(kMinuteSeconds / std::min(kMinuteSeconds, interval_.seconds()));
  lag_ = recent_.lag();
  const double longer = lag_ > 60 ? std::sqrt(lag_ / 60.0) : lag_ > 0 ? std::pow(lag_ / 60.0, 0.3) : 1;
  const double samples = std::min(kLongestHold, (12 + 1800 / interval_.seconds()) * longer);
  decay_ = std::exp(-1 / samples);
}

// At short steps an event has many samples, which would make the next one look usual: few of them are
// learned.
bool AdaptiveSeries::learns() {
  if (event_ == 0 || shortness_ == 0) return true;
  credit_ += std::pow(10, -shortness_ * p_.short_event_weight);
  if (credit_ < 1) return false;
  credit_ -= 1;
  return true;
}

void AdaptiveSeries::surprise(const Signals& signals, bool learn) {
  const double resolution = p_.resolution * floor();
  const bool tails = learn && learns();
  for (int k = 0; k < kChannels; ++k) {
    double size = std::abs(signals.value[k]);
    if (k >= kResidualChannels) {
      const Codebook& book = books_[k - kResidualChannels];
      size = book.distance(signals.value[k], resolution);
      if (size > 0) nearest_[k - kResidualChannels] = book.nearest(signals.value[k]);
    }
    const double log = size <= 0                   ? -std::numeric_limits<double>::infinity()
                       : k == index(Channel::flat) ? log_of_run(size)
                                                   : std::log(size);
    surprises_[k] = tails_[k].surprise(log);
    if (tails) tails_[k].add(shortness_ > 0 ? tails_[k].limited(log, surprises_[k], p_.short_learned) : log);
  }
  const double mean = signals.value[index(Channel::never_seen)];
  if (learn && delayed_.full()) books_[0].add(delayed_.oldest(), resolution);
  delayed_.push(mean);
  if (learn) books_[1].add(signals.value[index(Channel::never_seen_move)], resolution);
}

double AdaptiveSeries::strength(Channel channel) const {
  const int k = index(channel);
  if (k >= kResidualChannels) return kNoveltyScore * surprises_[k];
  return p_.weights[k] * (of_level(channel) ? level_discount_ : 1) * surprises_[k];
}

// The fourth norm of the channels' surprises, and a little for the plain deviation.
double AdaptiveSeries::residual_surprise() const {
  double sum = 0;
  for (int k = 0; k < kResidualChannels; ++k) sum += squared(squared(strength(static_cast<Channel>(k))));
  return std::sqrt(std::sqrt(sum)) +
         p_.deviation_weight * std::log10(1 + std::min(kLargestDeviation, signals_.deviation) / 3);
}

double AdaptiveSeries::own_surprise(double residual, bool learn) {
  const double less = p_.short_novelty * shortness_;
  const double a = std::max(0.0, surprises_[index(Channel::never_seen)] - less);
  const double b = std::max(0.0, surprises_[index(Channel::never_seen_move)] - less);
  const double novelty = squared(std::cbrt(a * std::sqrt(a) + b * std::sqrt(b)));
  const auto n = static_cast<double>(samples_);
  const double trust = kTrust + kMoreTrust * n / (n + kTrustSamples) + p_.short_trust * shortness_;
  const double many = kManyScore * std::max(0.0, many_ - kManyBegins);
  const double own = own_score_.calibrate(
      many + std::max(trust * residual, kNoveltyScore * novelty +
                                            kResidualBesideNovelty * std::min(residual, kMostBesideNovelty)),
      learn);
  const double step = std::clamp(interval_.seconds(), p_.shortest_step, p_.longest_step);
  return std::max(0.0, own + p_.step_exponent * std::log10(step / 300) - p_.short_penalty * shortness_);
}

// After a lasting change what was usual is so no more: most of it is forgotten, and the new is learned fast.
void AdaptiveSeries::watch_change(double residual) {
  change_ += (std::min(residual, kMostChange) - change_) / p_.change_span;
  if (relearn_ > 0) --relearn_;
  if (change_ <= p_.change_mean || samples_ <= calm_) return;
  calm_ = samples_ + static_cast<std::uint64_t>(p_.change_span);
  relearn_ = p_.relearn;
  for (TailHistogram& tail : tails_) tail.forget(p_.change_keep);
  rescale();
}

std::size_t AdaptiveSeries::bytes() const {
  std::size_t all = sizeof *this + pending_.capacity() * sizeof(Pending) + recent_.heap() + maker_.heap() +
                    delayed_.heap() + own_level_.heap() + own_score_.heap();
  for (const TailHistogram& tail : tails_) all += sizeof tail + tail.heap();
  for (const Codebook& book : books_) all += book.heap();
  return all;
}

void AdaptiveSeries::archive(Archive& archive) {
  auto pending = static_cast<std::uint32_t>(pending_.size());
  archive(pending);
  archive.check(pending < static_cast<std::uint32_t>(p_.warm_up), "has too many samples to begin with");
  pending_.resize(pending);
  for (Pending& one : pending_) archive(one.time, one.value);
  interval_.archive(archive);
  recent_.archive(archive);
  maker_.archive(archive);
  for (TailHistogram& tail : tails_) tail.archive(archive);
  for (Codebook& book : books_) book.archive(archive);
  delayed_.archive(archive);
  own_level_.archive(archive);
  own_score_.archive(archive);
  archive(began_, origin_, scale_.unit, scale_.range, hold_, many_, decay_, lag_, shortness_, event_, credit_,
          change_, relearn_, samples_, next_scale_, calm_);
  constexpr int kMostRows = 1 << 30;
  archive.check(event_ >= 0 && event_ < kMostRows && relearn_ >= 0 && relearn_ < kMostRows,
                "has an event that makes no sense");
}

}  // namespace aiops::model
