#include "model/adaptive_series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "model/quick_log.hpp"

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
    : p_(&parameters),
      delayed_(parameters.novel_mean),
      maker_(parameters),
      own_level_(parameters.score_tail, parameters.own_floor, parameters.own_level),
      own_score_(parameters.score_tail, parameters.own_floor, parameters.own_score) {}

bool AdaptiveSeries::push(Nanos time, double value, bool learn, Judgement& out) {
  if (samples_ < static_cast<std::uint64_t>(p_->warm_up)) {
    if (!learn) return false;
    if (pending_.capacity() == 0) pending_.reserve(static_cast<std::size_t>(p_->warm_up));
    pending_.push_back({time, value});
    if (pending_.size() == static_cast<std::size_t>(p_->warm_up)) begin();
    return false;
  }
  see(time, value, learn, out);
  if (samples_ >= next_scale_) {
    rescale();
    next_scale_ *= 2;
  }
  surprise(learn, out);
  out.level_discount = std::exp(p_->level_discount * quick_log(maker_.roughness(scale_.unit)));
  const double band = kBand * maker_.mean_deviation();
  out.expected = origin_ + out.signals.expected;
  out.lower = out.expected - band;
  out.upper = out.expected + band;
  out.flat = scale_.unit == 0;
  out.surprise = out.level = 0;
  if (out.flat) return true;  // nothing can be said
  const double residual = residual_surprise(out);
  const double now = own_level_.calibrate(residual, learn);
  hold_ = std::max(hold_ * decay_, now);
  many_ += (1 - decay_) * (now - many_);
  const double novelty =
      out.surprises[index(Channel::never_seen)] + out.surprises[index(Channel::never_seen_move)];
  out.level = hold_ + kManyLevel * many_ + kNoveltyLevel * novelty;
  if (learn) watch_change(residual);
  out.surprise = own_surprise(residual, learn, out);
  event_ = out.surprise >= p_->short_event_score * p_->threshold ? event_ + 1 : std::max(0, event_ - 1);
  return true;
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
  Judgement unused;
  for (const Signals& signals : seen) {
    unused.signals = signals;
    surprise(true, unused);
  }
  next_scale_ = 2 * samples_;
}

void AdaptiveSeries::see(Nanos time, double value, bool learn, Judgement& out) {
  const bool new_step = interval_.push(time);
  if (new_step) maker_.set_step(interval_.seconds());
  const double relative = std::clamp(value - origin_, -kFarthest, kFarthest);
  out.lowest = origin_ + recent_.lowest();
  out.highest = origin_ + recent_.highest();
  if (learn) recent_.push(relative);
  if (new_step || recent_.lag() != lag_) settle_hold();
  if (learn && scale_.unit == 0 && relative != 0) rescale();
  // At short steps an event has many samples: what they would teach would make its end strange.
  const bool event = shortness_ > 0 && event_ > 0;
  const Learning learning = !learn         ? Learning::none
                            : relearn_ > 0 ? Learning::fast
                            : event        ? Learning::none
                                           : Learning::usual;
  out.signals = maker_.push(relative, time, scale_, samples_, learning);
  if (learn) ++samples_;
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
  return std::max(p_->floor_share * scale_.unit, p_->floor_of_step * maker_.quantum());
}

// The level is held the longer, the longer the series' own rhythm.
void AdaptiveSeries::settle_hold() {
  shortness_ = std::log10(kMinuteSeconds / std::min(kMinuteSeconds, interval_.seconds()));
  lag_ = recent_.lag();
  const double longer = lag_ > 60 ? std::sqrt(lag_ / 60.0) : lag_ > 0 ? std::pow(lag_ / 60.0, 0.3) : 1;
  const double samples = std::min(kLongestHold, (12 + 1800 / interval_.seconds()) * longer);
  decay_ = std::exp(-1 / samples);
  settle_step();
}

// What the step alone says.
void AdaptiveSeries::settle_step() {
  const double step = std::clamp(interval_.seconds(), p_->shortest_step, p_->longest_step);
  of_step_ = p_->step_exponent * std::log10(step / 300) - p_->short_penalty * shortness_;
  event_weight_ = std::pow(10, -shortness_ * p_->short_event_weight);
}

// At short steps an event has many samples, which would make the next one look usual: few of them are
// learned.
bool AdaptiveSeries::learns() {
  if (event_ == 0 || shortness_ == 0) return true;
  credit_ += event_weight_;
  if (credit_ < 1) return false;
  credit_ -= 1;
  return true;
}

// The surprises of all channels. The logarithms are taken together.
void AdaptiveSeries::judge(double resolution, Judgement& out) const {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  constexpr int kFlat = index(Channel::flat);
  const Signals& signals = out.signals;
  std::array<std::size_t, kBooks> located;
  for (int j = 0; j < kBooks; ++j) located[j] = books_[j].locate(signals.value[kResidualChannels + j]);
  // What is in the books is on its way from memory meanwhile.
  Surprises sizes, shares, excess;
  const auto place = [&](int k) {
    if (sizes[k] < std::numeric_limits<double>::min()) out.logs[k] = kNone;
    const TailHistogram::Probability found = tails_[k].probability(out.logs[k], shape(k));
    shares[k] = found.share;
    excess[k] = found.excess;
  };
  for (int k = 0; k < kResidualChannels; ++k) sizes[k] = std::abs(signals.value[k]);
  for (int k = 0; k < kResidualChannels; ++k) out.logs[k] = quick_log(sizes[k]);
  if (sizes[kFlat] > 0) out.logs[kFlat] = log_of_run(sizes[kFlat]);
  for (int k = 0; k < kResidualChannels; ++k) place(k);
  for (int j = 0; j < kBooks; ++j) {
    const int k = kResidualChannels + j;
    out.nearest[j] = books_[j].nearest(signals.value[k], resolution, located[j]);
    sizes[k] = out.nearest[j].distance;
    out.logs[k] = quick_log(sizes[k]);
    place(k);
  }
  for (int k = 0; k < kChannels; ++k)
    out.surprises[k] = (excess[k] - quick_log(shares[k])) * (1 / std::numbers::ln10);
}

void AdaptiveSeries::surprise(bool learn, Judgement& out) {
  const double resolution = p_->resolution * floor();
  judge(resolution, out);
  if (learn && learns()) {
    for (int k = 0; k < kChannels; ++k) {
      const double log = shortness_ > 0
                             ? tails_[k].limited(out.logs[k], out.surprises[k], p_->short_learned, shape(k))
                             : out.logs[k];
      tails_[k].add(log, shape(k));
    }
  }
  constexpr std::uint32_t kOldest = 1U << 23;
  const bool known = !books_[0].empty() && out.nearest[0].distance == 0;
  if (learn && delayed_.full() && (known_ & kOldest) == 0) {
    const double oldest = delayed_.oldest();
    books_[0].add(oldest, books_[0].nearest(oldest, resolution), resolution);
  }
  delayed_.push(out.signals.value[index(Channel::never_seen)]);
  known_ = known_ << 1 | (known ? 1 : 0);
  if (learn) books_[1].add(out.signals.value[index(Channel::never_seen_move)], out.nearest[1], resolution);
}

double AdaptiveSeries::strength(Channel channel, const Judgement& judged) const {
  const int k = index(channel);
  if (k >= kResidualChannels) return kNoveltyScore * judged.surprises[k];
  return p_->weights[k] * (of_level(channel) ? judged.level_discount : 1) * judged.surprises[k];
}

// The fourth norm of the channels' surprises, and a little for the plain deviation.
double AdaptiveSeries::residual_surprise(const Judgement& judged) const {
  double sum = 0;
  for (int k = 0; k < kResidualChannels; ++k)
    sum += squared(squared(strength(static_cast<Channel>(k), judged)));
  return std::sqrt(std::sqrt(sum)) +
         p_->deviation_weight / std::numbers::ln10 *
             quick_log(1 + std::min(kLargestDeviation, judged.signals.deviation) / 3);
}

double AdaptiveSeries::own_surprise(double residual, bool learn, const Judgement& judged) {
  const double less = p_->short_novelty * shortness_;
  const double a = std::max(0.0, judged.surprises[index(Channel::never_seen)] - less);
  const double b = std::max(0.0, judged.surprises[index(Channel::never_seen_move)] - less);
  const double novelty = squared(std::cbrt(a * std::sqrt(a) + b * std::sqrt(b)));
  const auto n = static_cast<double>(samples_);
  const double trust = kTrust + kMoreTrust * n / (n + kTrustSamples) + p_->short_trust * shortness_;
  const double many = kManyScore * std::max(0.0, many_ - kManyBegins);
  const double own = own_score_.calibrate(
      many + std::max(trust * residual, kNoveltyScore * novelty +
                                            kResidualBesideNovelty * std::min(residual, kMostBesideNovelty)),
      learn);
  return std::max(0.0, own + of_step_);
}

// After a lasting change what was usual is so no more: most of it is forgotten, and the new is learned fast.
void AdaptiveSeries::watch_change(double residual) {
  change_ += (std::min(residual, kMostChange) - change_) / p_->change_span;
  if (relearn_ > 0) --relearn_;
  if (change_ <= p_->change_mean || samples_ <= calm_) return;
  calm_ = samples_ + static_cast<std::uint64_t>(p_->change_span);
  relearn_ = p_->relearn;
  for (TailHistogram& tail : tails_) tail.forget(p_->change_keep);
  rescale();
}

void AdaptiveSeries::prefetch() const {
  model::prefetch(this, &maker_);
  maker_.prefetch();
  interval_.prefetch();
  for (const TailHistogram& tail : tails_) tail.prefetch();
  own_level_.prefetch();
  own_score_.prefetch();
  for (const Codebook& book : books_) book.prefetch();
}

void AdaptiveSeries::prefetch_more() const {
  recent_.prefetch_more();
  maker_.prefetch_more();
  interval_.prefetch_more();
  for (const TailHistogram& tail : tails_) tail.prefetch_more();
  own_level_.prefetch_more();
  own_score_.prefetch_more();
  for (const Codebook& book : books_) book.prefetch_more();
}

std::size_t AdaptiveSeries::bytes() const {
  std::size_t all = sizeof *this + pending_.capacity() * sizeof(Pending) + recent_.heap() + maker_.heap();
  for (const Codebook& book : books_) all += book.heap();
  return all;
}

void AdaptiveSeries::archive(Archive& archive) {
  auto pending = static_cast<std::uint32_t>(pending_.size());
  archive(pending);
  archive.check(pending < static_cast<std::uint32_t>(p_->warm_up), "has too many samples to begin with");
  pending_.resize(pending);
  for (Pending& one : pending_) archive(one.time, one.value);
  interval_.archive(archive);
  recent_.archive(archive);
  maker_.archive(archive);
  for (TailHistogram& tail : tails_) tail.archive(archive);
  for (Codebook& book : books_) book.archive(archive);
  delayed_.archive(archive);
  archive(known_);
  own_level_.archive(archive);
  own_score_.archive(archive);
  archive(began_, origin_, scale_.unit, scale_.range, hold_, many_, decay_, lag_, shortness_, event_, credit_,
          change_, relearn_, samples_, next_scale_, calm_);
  constexpr int kMostRows = 1 << 30;
  archive.check(event_ >= 0 && event_ < kMostRows && relearn_ >= 0 && relearn_ < kMostRows,
                "has an event that makes no sense");
  if (archive.reading()) settle_step();
}

}  // namespace aiops::model
