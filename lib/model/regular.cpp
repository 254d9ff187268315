#include "model/regular.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

namespace aiops::model {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kFarthest = 0x1p61;  // slot: differences of two still fit an integer
constexpr std::size_t kCandidates = 3;
constexpr double kLeastPeak = 0.1;   // of an autocorrelation: above it, it may be a season
constexpr double kLeastDepth = 0.1;  // by which it stands out of the valley before it
constexpr double kNearlyAsHigh = 0.9;

// An interval as people set it: whole seconds, milliseconds below.
Nanos rounded(Nanos step) {
  for (const Nanos unit : {kMinute, kSecond, kMillisecond}) {
    const Nanos near = (step + unit / 2) / unit * unit;
    if (near > 0 && std::abs(near - step) <= step / 200) return near;
  }
  return step;
}

// The middle of the gaps; 0 if there are none.
Nanos usual_gap(const History& history) {
  std::vector<double> gaps;
  Nanos before = kNoTime;
  for (std::size_t i = 0; i < history.count; ++i) {
    const Nanos time = history.time[i];
    if (time == kNoTime) continue;
    if (before != kNoTime && time > before) {
      gaps.push_back(static_cast<double>(time) - static_cast<double>(before));
    }
    before = time;
  }
  if (gaps.empty()) return 0;
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  return rounded(static_cast<Nanos>(std::min(*middle, 0x1p62)));
}

// Slots begin half a step before the middle of where samples fall, so that a jitter moves few to the next.
Nanos middle_of(const History& history, Nanos step) {
  std::complex<double> sum = 0;
  for (std::size_t i = 0; i < history.count; ++i) {
    if (history.time[i] == kNoTime) continue;
    const double angle =
        2 * std::numbers::pi * static_cast<double>(history.time[i] % step) / static_cast<double>(step);
    sum += std::polar(1.0, angle);
  }
  const double part = std::arg(sum) / (2 * std::numbers::pi);
  return static_cast<Nanos>(std::lround(part * static_cast<double>(step)));
}

using Complex = std::complex<double>;

// Cooley and Tukey (1965), in place; size is a power of 2.
void transform(std::vector<Complex>& x) {
  const std::size_t n = x.size();
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  for (std::size_t length = 2; length <= n; length <<= 1) {
    const std::size_t half = length / 2;
    for (std::size_t k = 0; k < half; ++k) {
      const Complex root =
          std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length));
      for (std::size_t i = k; i < n; i += length) {
        const Complex even = x[i], odd = x[i + half] * root;
        x[i] = even + odd;
        x[i + half] = even - odd;
      }
    }
  }
}

// Sums of x[i] x[i + lag], for all lags.
std::vector<double> products(const std::vector<double>& x) {
  std::size_t size = 1;
  while (size < 2 * x.size()) size *= 2;
  std::vector<Complex> spectrum(size);
  std::copy(x.begin(), x.end(), spectrum.begin());
  transform(spectrum);
  for (Complex& one : spectrum) one = std::norm(one);
  transform(spectrum);  // of a symmetric spectrum, forth is back
  std::vector<double> sums(x.size());
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = spectrum[i].real() / static_cast<double>(size);
  return sums;
}

// Without the line through them, clipped to four times their mean deviation, in units of it; 0 where missing.
std::vector<double> prepared(const std::vector<double>& values) {
  double n = 0, st = 0, sy = 0, stt = 0, sty = 0;
  double origin = kNone, scale = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    if (std::isnan(origin)) origin = value;
    scale = std::max(scale, std::abs(value / 2 - origin / 2));
  }
  std::vector<double> out(values.size(), 0);
  if (scale == 0) return out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    const auto t = static_cast<double>(i);
    const double y = values[i] / scale - origin / scale;
    n += 1, st += t, sy += y, stt += t * t, sty += t * y;
  }
  const double spread = n * stt - st * st;
  const double slope = spread > 0 ? (n * sty - st * sy) / spread : 0, level = (sy - slope * st) / n;
  double deviation = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    out[i] = values[i] / scale - origin / scale - level - slope * static_cast<double>(i);
    deviation += std::abs(out[i]) / n;
  }
  if (!(deviation > 1e-9)) return std::vector<double>(values.size(), 0);
  for (double& one : out) one = std::clamp(one / deviation, -4.0, 4.0);
  return out;
}

void add_candidate(std::vector<std::size_t>& candidates, std::size_t lag) {
  if (std::find(candidates.begin(), candidates.end(), lag) == candidates.end()) candidates.push_back(lag);
}

}  // namespace

std::int64_t Grid::slot(Nanos time) const {
  if (step <= 0 || time == kNoTime) return 0;
  // In floating point where the difference of two times may not fit an integer.
  if ((time < 0) != (origin < 0)) {
    const double from = static_cast<double>(time) - static_cast<double>(origin);
    return std::llround(std::clamp(from / static_cast<double>(step), -kFarthest, kFarthest));
  }
  const Nanos from = time - origin, whole = from / step, rest = from % step;
  const auto farthest = static_cast<Nanos>(kFarthest);
  return std::clamp(whole + (rest >= step - rest ? 1 : rest < -(step + rest) ? -1 : 0), -farthest, farthest);
}

void Grid::archive(Archive& archive) {
  archive(origin, step);
  archive.check(step >= 0 && origin > kNoTime / 2 && origin < -(kNoTime / 2),
                "has a grid that makes no sense");
}

Regular regular(const History& history, std::size_t column, std::size_t most) {
  Regular out;
  out.grid.step = usual_gap(history);
  if (out.grid.step > 0) out.grid.origin = middle_of(history, out.grid.step);
  const auto value = [&](std::size_t row) {
    const double x = history.data[row * history.width + column];
    return std::isfinite(x) ? x : kNone;
  };
  if (out.grid.step == 0) {
    const std::size_t begin = history.count > most ? history.count - most : 0;
    for (std::size_t i = begin; i < history.count; ++i) out.values.push_back(value(i));
    return out;
  }
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (std::size_t i = 0; i < history.count; ++i) {
    if (history.time[i] != kNoTime) last = std::max(last, out.grid.slot(history.time[i]));
  }
  // A clock that jumped must not make a grid of millions of missing slots.
  const auto slots = static_cast<std::int64_t>(std::min(most, 4 * history.count + 1000));
  out.first = last - slots + 1;
  out.values.assign(static_cast<std::size_t>(slots), kNone);
  std::size_t begin = out.values.size();
  for (std::size_t i = 0; i < history.count; ++i) {
    if (history.time[i] == kNoTime) continue;
    const std::int64_t slot = out.grid.slot(history.time[i]);
    if (slot < out.first || slot > last) continue;
    const auto at = static_cast<std::size_t>(slot - out.first);
    if (!std::isfinite(out.values[at])) out.values[at] = value(i);
    if (std::isfinite(out.values[at])) begin = std::min(begin, at);
  }
  out.values.erase(out.values.begin(), out.values.begin() + static_cast<std::ptrdiff_t>(begin));
  out.first += static_cast<std::int64_t>(begin);
  return out;
}

std::vector<std::size_t> season_candidates(const Regular& samples, std::size_t cycles) {
  const std::vector<double> x = prepared(samples.values);
  const std::size_t n = x.size(), longest = std::min(n / cycles, kLongestSeason);
  std::vector<std::size_t> found;
  if (longest < 2) return found;
  std::vector<double> there(n), sums = products(x);
  for (std::size_t i = 0; i < n; ++i) there[i] = x[i] != 0 ? 1 : 0;
  const std::vector<double> pairs = products(there);
  const double total = sums[0] / std::max(1.0, pairs[0]);
  std::vector<double> r(longest + 2, 0);
  for (std::size_t lag = 0; lag < std::min(r.size(), n); ++lag) {
    if (total > 0 && pairs[lag] > 0.5) r[lag] = sums[lag] / pairs[lag] / total;
  }
  std::vector<std::size_t> peaks;
  double valley = r[1];
  for (std::size_t lag = 2; lag <= longest; ++lag) {
    valley = std::min(valley, r[lag]);
    const bool peak = r[lag] >= r[lag - 1] && r[lag] > r[lag + 1];
    if (peak && r[lag] > kLeastPeak && r[lag] > valley + kLeastDepth) peaks.push_back(lag);
  }
  const auto higher = [&](std::size_t a, std::size_t b) { return r[a] > r[b]; };
  if (!peaks.empty()) {
    // Whole multiples of a season are as high: it is the first of those that are nearly the highest.
    const double highest = r[*std::min_element(peaks.begin(), peaks.end(), higher)];
    for (const std::size_t lag : peaks) {
      if (r[lag] < kNearlyAsHigh * highest) continue;
      // The peak of noise on a broad one may be beside it: take the highest around.
      std::size_t best = lag;
      for (const std::size_t other : peaks) {
        if (other <= lag + lag / 20 && other >= lag && r[other] > r[best]) best = other;
      }
      found.push_back(best);
      break;
    }
  }
  for (const Nanos usual : {kDay, 7 * kDay}) {
    if (samples.grid.step <= 0 || usual % samples.grid.step != 0) continue;
    const auto lag = static_cast<std::size_t>(usual / samples.grid.step);
    if (lag >= 2 && lag <= longest && r[lag] > kLeastPeak) add_candidate(found, lag);
  }
  if (found.size() > kCandidates) found.resize(kCandidates);
  return found;
}

std::size_t given_season(const SeasonLength& season, Nanos step) {
  std::int64_t slots = 0;
  if (season.kind == SeasonLength::Kind::samples) slots = season.length;
  if (season.kind == SeasonLength::Kind::duration && step > 0)
    slots = season.length / step + (season.length % step >= step - step / 2 ? 1 : 0);
  return slots < 2 || slots > static_cast<std::int64_t>(kLongestSeason) ? 0 : static_cast<std::size_t>(slots);
}

}  // namespace aiops::model
