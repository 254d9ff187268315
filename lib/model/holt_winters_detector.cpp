#include "model/holt_winters_detector.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/number.hpp"
#include "model/archive.hpp"

namespace aiops::model {
namespace {

constexpr std::uint8_t kFormat = 2;
constexpr std::string_view kWhat = "holt-winters";
constexpr double kLargestScore = 1e6, kLargest = 1e300;
constexpr double kSigmaGain = 1.0 / 2000;  // of a sample in the errors' variance, clipped at …
constexpr double kSigmaClip = 3;
constexpr double kLeastBase = 0.05;  // of the level at the end of training: below, a ratio to it says nothing
constexpr std::int64_t kFarthest = std::int64_t{1} << 62;  // slot
constexpr std::int64_t kShortestChange = 32, kLongestChange = 288;

double finite(double value) { return std::clamp(value, -kLargest, kLargest); }

// What the user asked for: nothing (as the data says) is 0.
template <typename T>
std::uint8_t code_of(const std::optional<T>& choice) {
  return choice ? static_cast<std::uint8_t>(static_cast<std::uint8_t>(*choice) + 1) : std::uint8_t{0};
}

template <typename T>
std::optional<T> choice_of(ByteReader& in, T last) {
  const auto code = in.get<std::uint8_t>();
  in.check(code <= static_cast<std::uint8_t>(last) + 1, "has a parameter that makes no sense");
  if (code == 0) return std::nullopt;
  return static_cast<T>(code - 1);
}

}  // namespace

struct HoltWintersDetector::Memory : State {
  Ets model;
  std::int64_t slot = 0;     // the last that was filled
  std::int64_t learned = 0;  // the last whose value was learned
  bool changed = false;
  double sigma = 1;  // of the errors, followed slowly
  // What was expected for that slot, for further samples in it.
  double expected = 0, trend = 0, half = 0;
  // Errors beyond the interval, all on one side: how many in a row, and their mean.
  std::int64_t run = 0;
  double run_mean = 0;

  void archive(Archive& archive) {
    auto changed_now = static_cast<std::uint8_t>(changed);
    archive(model.level, model.slope, model.phase, slot, learned, changed_now, sigma, expected, trend, half,
            run, run_mean);
    archive.list(model.season, kLongestSeason);
    changed = changed_now != 0;
    archive.check(std::isfinite(model.level) && std::isfinite(model.slope) && std::isfinite(half) &&
                      std::isfinite(sigma) && sigma > 0 && half > 0 && run >= 0 && std::isfinite(run_mean) &&
                      slot <= kFarthest && slot >= -kFarthest && learned <= slot && learned >= -kFarthest,
                  "has a state that makes no sense");
    archive.check(model.phase < std::max<std::size_t>(1, model.season.size()),
                  "has a phase that makes no sense");
  }
  std::string save() const override {
    std::string bytes;
    put(bytes, kFormat);
    Archive out(bytes);
    Memory copy = *this;  // an archive takes what it could also change
    copy.archive(out);
    return bytes;
  }
};

std::unique_ptr<State> HoltWintersDetector::start() const {
  auto memory = std::make_unique<Memory>();
  memory->model = model_;
  memory->slot = memory->learned = last_;
  memory->sigma = sigma_;
  memory->half = bound_ * sigma_;
  memory->changed = std::isnan(constant_);
  return memory;
}

std::unique_ptr<State> HoltWintersDetector::restore(std::string_view bytes) const {
  ByteReader head(bytes, "state of holt-winters");
  head.check(head.get<std::uint8_t>() == kFormat, "is of another version");
  auto memory = std::make_unique<Memory>();
  memory->model = model_;
  Archive archive(head.take(head.left()), "state of holt-winters");
  memory->archive(archive);
  archive.end();
  // The model was trained again, with another season: what was learned since does not fit it.
  if (memory->model.season.size() != model_.season.size()) return start();
  return memory;
}

Nanos HoltWintersDetector::refractory(const State*) const {
  return grid_.step > 0 ? refractory_of(static_cast<double>(grid_.step) / kSecond) : -1;
}

void HoltWintersDetector::update(State* state, const Rows& rows, Verdict* verdicts) const {
  Memory& memory = *static_cast<Memory*>(state);
  for (std::size_t i = 0; i < rows.count; ++i) {
    Verdict& verdict = verdicts[i];
    verdict = Verdict();
    const double value = rows.data[i * rows.width + value_];
    const Nanos time = rows.time == nullptr ? kNoTime : rows.time[i];
    if (!std::isfinite(value)) {
      verdict.condition = Condition::no_data;
      if (grid_.step == 0 || time == kNoTime) {
        memory.model.skip(1);
        ++memory.slot;
      }
      continue;
    }
    judge(memory, time, value, rows.frozen == nullptr || rows.frozen[i] == 0, verdict);
    if (verdict.score < rows.explain_from) verdict.reasons.clear();
  }
}

void HoltWintersDetector::judge(Memory& memory, Nanos time, double value, bool learn,
                                Verdict& verdict) const {
  const bool timed = grid_.step > 0 && time != kNoTime;
  const std::int64_t slot = timed ? grid_.slot(time) : memory.slot + 1;
  const bool next = slot > memory.slot;
  Ets& model = memory.model;
  const double seen = finite(value / scale_ - shift_);
  double spread = 1;
  if (next) {
    model.skip(slot - memory.slot - 1);
    if (!std::isfinite(model.expected())) restart(memory);
    const std::int64_t ahead = slot - memory.learned;
    spread = ahead > 1 ? model.spread(ahead) : 1;
    memory.slot = slot;
    memory.expected = finite(model.expected());
    memory.trend = finite(model.trend());
    memory.half = finite(bound_ * memory.sigma * spread);
  }
  const double error = finite(seen - memory.expected);
  verdict.score = std::min(kLargestScore, std::abs(error) / memory.half);
  verdict.p_value = std::clamp(std::exp(tail_.log_probability(verdict.score * bound_)), kSmallestP, 1.0);
  verdict.expected = finite((memory.expected + shift_) * scale_);
  verdict.lower = finite((memory.expected - memory.half + shift_) * scale_);
  verdict.upper = finite((memory.expected + memory.half + shift_) * scale_);
  verdict.trend = finite((memory.trend + shift_) * scale_);
  verdict.seasonal = finite((memory.expected - memory.trend) * scale_);
  std::string reason = "residual=";
  append_6(reason, finite(error * scale_));
  append_6(reason += "(bound ", finite(memory.half * scale_));
  verdict.reasons = {reason + ")"};
  const bool changed = memory.changed;
  memory.changed = changed || std::abs(value - constant_) > kResolution * std::abs(constant_);
  const bool first_change = memory.changed && !changed;
  if (!memory.changed) {
    verdict.condition = Condition::flat;
    verdict.score = 0;
    verdict.p_value = 1;
  }
  if (!next) return;
  if (!learn) {
    model.skip(1);
    return;
  }
  memory.learned = slot;
  learn_error(memory, error, spread);
  // A history that never changed said nothing of how much is usual.
  if (first_change) memory.sigma = std::max(memory.sigma, std::abs(error));
}

// Learns the error of the step that was expected last.
void HoltWintersDetector::learn_error(Memory& memory, double error, double spread) const {
  Ets& model = memory.model;
  const double base = model.trend(), least = kLeastBase * std::abs(model_.level);
  const std::size_t phase = model.phase;
  const double factor = model.season.empty() ? 1 : model.season[phase];
  const double used = std::clamp(error, -memory.half, memory.half);
  // How much of the error is the state's, after a gap.
  const double gain = std::max(0.0, 1 - 1 / (spread * spread) - model.alpha);
  const bool ratio = model.form.season == EtsSeason::multiplicative;
  model.update(used);
  model.level += gain * (ratio && factor > 0 ? used / factor : used);
  if (ratio && (base < least || model.season[phase] <= 0)) model.season[phase] = factor;
  if (ratio && model.trend() < least) {
    model.level = least;
    model.slope = 0;
  }
  const double size = std::min(std::abs(used) / spread, kSigmaClip * memory.sigma),
               variance = memory.sigma * memory.sigma;
  memory.sigma = std::max(least_sigma_, std::sqrt(variance + kSigmaGain * (size * size - variance)));
  if (std::abs(error) <= memory.half) {
    memory.run = 0;
    return;
  }
  if (memory.run > 0 && (memory.run_mean > 0) != (error > 0)) memory.run = 0;
  memory.run_mean = finite(memory.run == 0 ? error
                                           : memory.run_mean + (error - memory.run_mean) /
                                                                   static_cast<double>(memory.run + 1));
  const auto season = static_cast<std::int64_t>(model.season.size());
  if (++memory.run < std::clamp(season, kShortestChange, kLongestChange)) return;
  // It stays: this is the level now.
  model.level = finite(model.level + memory.run_mean / (ratio ? std::max(factor, kLeastBase) : 1));
  memory.run = 0;
}

// A forecast that left the range of numbers.
void HoltWintersDetector::restart(Memory& memory) const {
  memory.model = model_;
  if (!model_.season.empty()) {
    const auto period = static_cast<std::int64_t>(model_.season.size());
    memory.model.phase = static_cast<std::size_t>(
        (((memory.slot - last_) % period + period) % period + static_cast<std::int64_t>(model_.phase)) %
        period);
  }
}

std::string HoltWintersDetector::save() const {
  std::string out;
  put(out, kFormat);
  parameters_.season.save(out);
  put(out, code_of(parameters_.season_kind));
  put(out, code_of(parameters_.trend));
  put(out, parameters_.confidence);
  put(out, static_cast<std::uint8_t>(model_.form.trend));
  put(out, static_cast<std::uint8_t>(model_.form.season));
  HoltWintersDetector copy = *this;
  Archive archive(out);
  Ets& m = copy.model_;
  copy.grid_.archive(archive);
  archive(m.alpha, m.beta, m.gamma, m.phi, m.level, m.slope, m.phase, copy.shift_, copy.scale_, copy.last_,
          copy.sigma_, copy.least_sigma_, copy.bound_, copy.constant_);
  archive.list(m.season, kLongestSeason);
  tail_.save(out);
  return out;
}

void HoltWintersDetector::load(const Schema& schema, std::string_view bytes) {
  value_ = single_value(name(), schema);
  ByteReader in(bytes, kWhat);
  in.check(in.get<std::uint8_t>() == kFormat, "is of another version");
  parameters_.season = SeasonLength::load(in);
  parameters_.season_kind = choice_of(in, EtsSeason::multiplicative);
  parameters_.trend = choice_of(in, EtsTrend::linear);
  parameters_.confidence = in.get<double>();
  in.check(parameters_.confidence > 0 && parameters_.confidence < 1, "has a confidence that makes no sense");
  const auto trend = in.get<std::uint8_t>(), season = in.get<std::uint8_t>();
  in.check(trend <= static_cast<std::uint8_t>(EtsTrend::linear) &&
               season <= static_cast<std::uint8_t>(EtsSeason::multiplicative),
           "has a form that makes no sense");
  grid_.origin = in.get<Nanos>();
  grid_.step = in.get<Nanos>();
  Ets& m = model_;
  m.form.trend = static_cast<EtsTrend>(trend);
  m.form.season = static_cast<EtsSeason>(season);
  for (double* number : {&m.alpha, &m.beta, &m.gamma, &m.phi, &m.level, &m.slope}) {
    *number = in.get<double>();
    in.check(std::isfinite(*number), "has a number that makes no sense");
  }
  m.phase = in.get<std::size_t>();
  for (double* number : {&shift_, &scale_}) *number = in.get<double>();
  last_ = in.get<std::int64_t>();
  for (double* number : {&sigma_, &least_sigma_, &bound_, &constant_}) *number = in.get<double>();
  const auto size = in.get<std::uint32_t>();
  in.check(size <= kLongestSeason && size <= in.left() / sizeof(double), "has a season that is too long");
  m.season.resize(size);
  for (double& one : m.season) one = in.get<double>();
  m.form.period = std::max<std::size_t>(1, size);
  tail_.load(in);
  in.end();
  in.check(grid_.step >= 0 && (size >= 2) == (m.form.season != EtsSeason::none) && m.phase < m.form.period &&
               scale_ > 0 && sigma_ > 0 && least_sigma_ > 0 && bound_ > 0 &&
               std::isfinite(scale_ + sigma_ + bound_ + shift_) &&
               std::all_of(m.season.begin(), m.season.end(), [](double one) { return std::isfinite(one); }),
           "has a number that makes no sense");
}

}  // namespace aiops::model
