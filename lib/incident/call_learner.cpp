#include "incident/call_learner.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <tuple>

#include "incident/series_role.hpp"

namespace aiops::incident {
namespace {

constexpr double kShrink = 0.1;    // towards independence: few steps and many services are no contradiction
constexpr double kLively = 0.2;    // the least share of changes that differ from the usual one
constexpr double kCounter = 0.99;  // a series that goes up in so many steps is a counter
constexpr double kClear = 4;       // standard deviations at which a lag is taken for what it seems
constexpr std::size_t kManyPairs = 50;  // from so many on, the pairs themselves tell what chance gives

using Columns = std::vector<std::vector<double>>;

double chance_of(double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); }

double middle_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The inverse of a symmetric positive matrix, by Gauss and Jordan: shrunk as it is, no pivot comes near 0.
Columns inverse(Columns matrix) {
  const std::size_t n = matrix.size();
  for (std::size_t k = 0; k < n; ++k) {
    const double pivot = 1 / matrix[k][k];
    matrix[k][k] = 1;
    for (double& value : matrix[k]) value *= pivot;
    for (std::size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = matrix[i][k];
      matrix[i][k] = 0;
      for (std::size_t j = 0; j < n; ++j) matrix[i][j] -= factor * matrix[k][j];
    }
  }
  return matrix;
}

double product(const std::vector<double>& a, const std::vector<double>& b, std::size_t lag = 0) {
  double sum = 0;
  for (std::size_t t = lag; t < b.size(); ++t) sum += a[t - lag] * b[t];
  return sum;
}

// Changes from step to step, NaN where a step is missing; of a counter, changes of its increments.
std::vector<double> changes_of(std::vector<double> values) {
  const auto differences = [](std::vector<double>& of) {
    for (std::size_t i = of.size(); i-- > 1;) of[i] -= of[i - 1];
    if (!of.empty()) of[0] = NAN;
  };
  std::vector<double> once = values;
  differences(once);
  std::size_t up = 0, known = 0, more = 0;
  for (const double change : once) {
    known += std::isfinite(change);
    up += change >= 0;
    more += change > 0;
  }
  if (static_cast<double>(up) >= kCounter * static_cast<double>(known) && 2 * more > known) {
    for (double& change : once)
      if (change < 0) change = NAN;  // begun anew
    differences(once);
  }
  return once;
}

// Ranks in the place of values, of mean 0 and variance 1; 0 where there is none. False if it hardly moves.
bool standardise(std::vector<double>& values, std::size_t& known) {
  std::vector<double> sorted;
  for (const double value : values)
    if (std::isfinite(value)) sorted.push_back(value);
  known = sorted.size();
  if (known < CallLearner::kLeastSteps) return false;
  std::sort(sorted.begin(), sorted.end());
  const double n = static_cast<double>(known), usual = sorted[known / 2];
  const auto same = std::equal_range(sorted.begin(), sorted.end(), usual);
  if (n - static_cast<double>(same.second - same.first) < kLively * n) return false;
  double sum = 0;
  for (double& value : values) {
    if (!std::isfinite(value)) {
      value = 0;
      continue;
    }
    const auto equal = std::equal_range(sorted.begin(), sorted.end(), value);
    value = static_cast<double>((equal.first - sorted.begin()) + (equal.second - sorted.begin())) / 2 - n / 2;
    sum += value * value;
  }
  for (double& value : values) value /= std::sqrt(sum / n);
  return true;
}

}  // namespace

void CallLearner::declare(std::uint32_t slot, const record::SeriesKey& key) {
  if (slot > 10'000'000) return;  // refused
  if (slot >= slots_.size()) slots_.resize(slot + 1, -1);
  const SeriesRole role = role_of(key);
  // What is of one edge says who calls already.
  if (role.service.empty() || !role.caller.empty() || role.extreme) return;
  if (role.role != Role::traffic && role.role != Role::server_latency) return;
  const auto known = ids_.find(role.service);
  if (known == ids_.end() && ids_.size() >= kMostServices) return;
  const std::size_t id =
      known != ids_.end() ? known->second : ids_.emplace(role.service, ids_.size()).first->second;
  bins_.resize(ids_.size());
  slots_[slot] = static_cast<int>(2 * id + (role.role == Role::traffic ? kTraffic : kLatency));
}

void CallLearner::add(std::uint32_t slot, Nanos time, double value) {
  if (slot >= slots_.size() || slots_[slot] < 0 || !std::isfinite(value)) return;
  Bins& bins = bins_[static_cast<std::size_t>(slots_[slot] / 2)][static_cast<std::size_t>(slots_[slot] % 2)];
  const std::int64_t at = time / kFinest;
  auto place = bins.end();
  while (place != bins.begin() && std::prev(place)->at >= at) --place;
  if (place == bins.end() || place->at != at) {
    if (bins.size() >= kMostSteps && place == bins.begin()) return;
    place = bins.insert(place, {at, 0, 0});
  }
  place->sum += static_cast<float>(value);
  ++place->count;
  if (bins.size() > kMostSteps) bins.pop_front();
}

CallLearner::Matrix CallLearner::matrix(Signal signal) const {
  std::vector<double> gaps;
  std::int64_t first = std::numeric_limits<std::int64_t>::max(),
               last = std::numeric_limits<std::int64_t>::min();
  for (const auto& service : bins_) {
    const Bins& bins = service[signal];
    if (bins.size() < kLeastSteps) continue;
    first = std::min(first, bins.front().at);
    last = std::max(last, bins.back().at);
    for (std::size_t i = 1; i < bins.size(); ++i)
      gaps.push_back(static_cast<double>(bins[i].at - bins[i - 1].at));
  }
  Matrix matrix;
  if (gaps.empty()) return matrix;
  const double step = std::max(1.0, middle_of(std::move(gaps)));
  const auto steps =
      static_cast<std::size_t>(std::min(static_cast<double>(last - first) / step + 1.5, 1.0 * kMostSteps));
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    if (bins_[i][signal].size() < kLeastSteps) continue;
    std::vector<double> values(steps, NAN);
    for (const Bin& bin : bins_[i][signal]) {
      // The newest steps, if there are more than are kept.
      const double back = std::round(static_cast<double>(last - bin.at) / step);
      if (back < static_cast<double>(steps))
        values[steps - 1 - static_cast<std::size_t>(back)] = static_cast<double>(bin.sum) / bin.count;
    }
    values = changes_of(std::move(values));
    std::size_t known = 0;
    if (!standardise(values, known)) continue;
    matrix.services.push_back(i);
    matrix.columns.push_back(std::move(values));
    matrix.known.push_back(known);
  }
  return matrix;
}

void CallLearner::relate(const Matrix& matrix, Signal signal, Pairs& pairs) {
  const std::size_t p = matrix.services.size();
  if (p < 2) return;
  const std::size_t steps = matrix.columns.front().size();
  Columns covariance(p, std::vector<double>(p, 1));
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double n = std::sqrt(static_cast<double>(matrix.known[i]) * static_cast<double>(matrix.known[j]));
      covariance[i][j] = covariance[j][i] = (1 - kShrink) * product(matrix.columns[i], matrix.columns[j]) / n;
    }
  }
  const Columns precision = inverse(std::move(covariance));
  // What is left of each once all others at the same step explain it.
  Columns left(p, std::vector<double>(steps));
  std::vector<double> length(p);
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = 0; j < p; ++j)
      for (std::size_t t = 0; t < steps; ++t) left[i][t] += precision[i][j] * matrix.columns[j][t];
    length[i] = std::sqrt(product(left[i], left[i]));
  }
  for (std::size_t i = 0; i < p; ++i) {
    for (std::size_t j = i + 1; j < p; ++j) {
      Pair& pair = pairs[{matrix.services[i], matrix.services[j]}];
      pair.known[signal] = true;
      const double n =
          std::sqrt(std::max(1.0, static_cast<double>(std::min(matrix.known[i], matrix.known[j])) - 3));
      for (int lag = -kLags; lag <= kLags; ++lag) {
        double r = -precision[i][j] / std::sqrt(precision[i][i] * precision[j][j]);
        if (lag != 0) {
          const auto& [earlier, later] = lag > 0 ? std::tie(left[i], left[j]) : std::tie(left[j], left[i]);
          r = product(earlier, later, static_cast<std::size_t>(std::abs(lag))) / (length[i] * length[j]);
        }
        pair.z[signal][static_cast<std::size_t>(lag + kLags)] =
            std::atanh(std::clamp(r, -0.9999, 0.9999)) * n;
      }
    }
  }
}

CallLearner::Judged CallLearner::judge(const Pair& pair, Chance chance) {
  Lags both{};
  const double signals = pair.known[kTraffic] + pair.known[kLatency];
  for (std::size_t lag = 0; lag < both.size(); ++lag)
    both[lag] = (pair.z[kTraffic][lag] + pair.z[kLatency][lag]) / std::sqrt(signals);
  Judged judged;
  both[kLags] -= chance.middle;
  judged.strength = *std::max_element(both.begin(), both.end()) / chance.wide;
  if (signals < 2) return judged;
  const auto peak = [&](Signal signal) {
    return std::max_element(pair.z[signal].begin(), pair.z[signal].end());
  };
  const auto traffic = peak(kTraffic), latency = peak(kLatency);
  if (*traffic >= kClear * chance.wide && *latency >= kClear * chance.wide)
    judged.lead = (traffic - pair.z[kTraffic].begin()) - (latency - pair.z[kLatency].begin());
  return judged;
}

std::vector<LearnedCall> CallLearner::learn() const {
  Pairs pairs;
  for (const Signal signal : {kTraffic, kLatency}) relate(matrix(signal), signal, pairs);
  const auto at_once = [](const Pair& pair) {
    return (pair.z[kTraffic][kLags] + pair.z[kLatency][kLags]) /
           std::sqrt(pair.known[kTraffic] + pair.known[kLatency]);
  };
  Chance chance;
  if (pairs.size() >= kManyPairs) {
    std::vector<double> all, off;
    for (const auto& [services, pair] : pairs) all.push_back(at_once(pair));
    chance.middle = middle_of(all);
    for (const double z : all) off.push_back(std::abs(z - chance.middle));
    // Were all independent, this would be 0.6745.
    chance.wide = std::max(1.0, middle_of(std::move(off)) / 0.6745);
  }
  std::vector<std::string> names(ids_.size());
  for (const auto& [name, id] : ids_) names[id] = name;
  std::vector<LearnedCall> calls;
  for (const auto& [services, pair] : pairs) {
    const Judged judged = judge(pair, chance);
    LearnedCall call{names[services.first], names[services.second], judged.lead == 0, judged.strength};
    if (call.both_ways ? call.callee < call.caller : judged.lead < 0) std::swap(call.caller, call.callee);
    calls.push_back(std::move(call));
  }
  std::sort(calls.begin(), calls.end(), [](const LearnedCall& a, const LearnedCall& b) {
    return std::tie(b.strength, a.caller, a.callee) < std::tie(a.strength, b.caller, b.callee);
  });
  const double tests = static_cast<double>(calls.size()) * (2 * kLags + 1);
  std::size_t taken = 0;
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (chance_of(calls[i].strength) * tests <= kFalse * static_cast<double>(i + 1)) taken = i + 1;
  calls.resize(taken);
  return calls;
}

void CallLearner::fill(Graph& graph) const {
  for (const LearnedCall& call : learn()) {
    graph.add_call(call.caller, call.callee, 1, Trust::learned);
    if (call.both_ways) graph.add_call(call.callee, call.caller, 1, Trust::learned);
  }
}

}  // namespace aiops::incident
