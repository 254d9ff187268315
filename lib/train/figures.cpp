#include "train/figures.hpp"

#include <algorithm>

namespace aiops::train {

Deciles Deciles::of(std::vector<float> scores) {
  Deciles deciles;
  deciles.count = scores.size();
  if (scores.empty()) return deciles;
  std::sort(scores.begin(), scores.end());
  for (std::size_t i = 0; i < deciles.at.size(); ++i)
    deciles.at[i] = scores[(i + 1) * (scores.size() - 1) / 10];
  return deciles;
}

std::uint64_t Figures::injected() const {
  std::uint64_t sum = 0;
  for (const Kind& kind : kinds) sum += kind.injected;
  return sum;
}

std::uint64_t Figures::found() const {
  std::uint64_t sum = 0;
  for (const Kind& kind : kinds) sum += kind.found;
  return sum;
}

Figures sum_up(const std::vector<const Tested*>& tested) {
  Figures figures;
  std::array<std::vector<Nanos>, kBacktestKinds.size()> delays;
  for (const Tested* one : tested) {
    ++figures.series;
    figures.replayed += one->replayed;
    figures.rows += one->rows;
    figures.scored += one->scored;
    figures.alerts += one->alerts;
    figures.series_days += one->days;
    if (one->days > 0) figures.alerts_per_day += static_cast<double>(one->alerts) / one->days;
    for (const Found& anomaly : one->anomalies) {
      Figures::Kind& kind = figures.kinds[anomaly.kind];
      ++kind.injected;
      kind.found += anomaly.found;
      if (anomaly.found) delays[anomaly.kind].push_back(anomaly.delay);
    }
  }
  for (std::size_t i = 0; i < delays.size(); ++i) {
    if (delays[i].empty()) continue;
    const auto middle = delays[i].begin() + static_cast<std::ptrdiff_t>((delays[i].size() - 1) / 2);
    std::nth_element(delays[i].begin(), middle, delays[i].end());
    figures.kinds[i].median_delay = *middle;
  }
  return figures;
}

}  // namespace aiops::train
