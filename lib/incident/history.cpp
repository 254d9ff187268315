#include "incident/history.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aiops::incident {

double median(std::vector<double>& values) {
  if (values.empty()) return NAN;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

void History::settle(double value) {
  low_ = settled_ == 0 ? value : std::min(low_, value);
  high_ = settled_ == 0 ? value : std::max(high_, value);
  ++settled_;
  if (sample_.size() < kSample) {
    sample_.push_back(static_cast<float>(value));
  } else if (const auto at = static_cast<std::uint64_t>(random_.uniform() * static_cast<double>(settled_));
             at < kSample) {
    sample_[at] = static_cast<float>(value);  // reservoir sampling (Vitter 1985, algorithm R)
  }
}

void History::add(Nanos time, double value, Nanos keep) {
  if (!std::isfinite(value)) return;
  newest_ = std::max(newest_, time);
  recent_.emplace_back(time, value);
  // Times may run backwards: then all that is left may be too old.
  while (recent_.size() > kRecent ||
         (!recent_.empty() && recent_.front().first < subtract_held(newest_, keep))) {
    settle(recent_.front().second);
    recent_.pop_front();
  }
}

Cut History::cut(Nanos from, Nanos to, double most) const {
  Cut cut;
  for (const float value : sample_)
    if (value <= most) cut.before.push_back(value);
  if (!cut.before.empty()) {
    // Of what was left out of the sample, the same part counts as of what is in it.
    cut.count = settled_ * cut.before.size() / sample_.size();
    cut.low = low_;
    cut.high = high_ <= most ? high_ : *std::max_element(cut.before.begin(), cut.before.end());
  }
  for (const auto& [time, value] : recent_) {
    if (time > to || value > most) continue;
    if (time > from) {
      cut.after.push_back(value);
      continue;
    }
    cut.low = cut.count == 0 ? value : std::min(cut.low, value);
    cut.high = cut.count == 0 ? value : std::max(cut.high, value);
    ++cut.count;
    cut.before.push_back(value);
  }
  std::sort(cut.before.begin(), cut.before.end());
  std::vector<double> scratch = cut.before;
  cut.usual = median(scratch);
  scratch = cut.after;
  cut.now = median(scratch);
  return cut;
}

double surprise(const Cut& cut, int direction) {
  if (!cut.usable()) return 0;
  const double rise = direction * cut.rise();
  if (!(rise > 0)) return 0;
  const auto& all = cut.before;
  const auto beyond = direction > 0 ? all.end() - std::lower_bound(all.begin(), all.end(), cut.now)
                                    : std::upper_bound(all.begin(), all.end(), cut.now) - all.begin();
  const double n = static_cast<double>(cut.count);
  // The sample stands for all that there was.
  const double as_far = static_cast<double>(beyond) * n / static_cast<double>(all.size());
  double nats = -std::log((as_far + 0.5) / (n + 1));
  const double widest = direction > 0 ? cut.high - cut.usual : cut.usual - cut.low;
  if (beyond == 0 && rise >= widest) {
    // A series that hardly moves is not held against its own noise alone.
    const double floor = std::max(0.05 * std::abs(cut.usual), 1e-6);
    nats += std::log((rise + floor) / (widest + floor));
  }
  return std::max(0.0, nats - std::numbers::ln2);
}

}  // namespace aiops::incident
