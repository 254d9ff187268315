#include "train/drift.hpp"

#include <algorithm>
#include <cmath>

namespace aiops::train {
namespace {

constexpr std::size_t kFewest = 64;
constexpr double kTogether = 16;  // rows that count as one
constexpr double kLeast = 0.2;
const double kOnceInThousand = std::sqrt(-std::log(0.001 / 2) / 2);  // 1.949

}  // namespace

Drift drift(const Deciles& before, std::vector<float> scores) {
  Drift result;
  if (before.count < kFewest || scores.size() < kFewest) return result;
  result.tested = true;
  std::sort(scores.begin(), scores.end());
  const auto n = static_cast<double>(scores.size());
  for (std::size_t i = 0; i < before.at.size(); ++i) {
    const float at = before.at[i];
    // Of the scores before, at least this share is not above the decile, and at most this share is below it.
    const double share = static_cast<double>(i + 1) / static_cast<double>(before.at.size() + 1);
    const double not_above =
        static_cast<double>(std::upper_bound(scores.begin(), scores.end(), at) - scores.begin()) / n;
    const double below =
        static_cast<double>(std::lower_bound(scores.begin(), scores.end(), at) - scores.begin()) / n;
    const double up = share - not_above, down = below - share;
    if (std::max(up, down) <= result.distance) continue;
    result.distance = std::max(up, down);
    result.higher = up > down;
  }
  const double m = static_cast<double>(before.count) / kTogether, k = n / kTogether;
  result.allowed = std::max(kLeast, kOnceInThousand * std::sqrt((m + k) / (m * k)));
  return result;
}

}  // namespace aiops::train
