#include "inject/shape.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "inject/plan.hpp"

namespace aiops::inject {
namespace {

// Rounds to so many digits after the point, where a float still has them.
double rounded(double value, int decimals) {
  if (decimals >= kAllDecimals) return value;
  const double scale = std::pow(10.0, decimals);
  if (std::abs(value) * scale >= 0x1p53) return value;
  return std::round(value * scale) / scale;
}

}  // namespace

Shape::Shape(Anomaly kind, double magnitude, const Level& before, double held, Plausible plausible,
             std::uint64_t seed)
    : kind_(kind),
      size_(std::min(magnitude * before.deviation, std::numeric_limits<double>::max())),
      median_(before.median),
      room_(dip_room(magnitude) * before.deviation),
      held_(held),
      plausible_(plausible),
      random_(seed) {
  const bool either = kind == Anomaly::level_shift || kind == Anomaly::drift;
  const bool down = either && random_.next() >> 63 != 0;
  const bool room = plausible.negative || before.median >= size_;
  if (kind == Anomaly::dip || (down && room)) size_ = -size_;
}

bool Shape::possible(double value) const {
  const double lower = std::min(value, median_);
  return kind_ != Anomaly::dip || plausible_.negative || (lower > 0 && lower >= room_);
}

std::optional<double> Shape::apply(double value, double progress) {
  switch (kind_) {
    case Anomaly::drift:
      return moved(value, size_ * progress);
    case Anomaly::variance:
      return moved(value, size_ * random_.normal());
    case Anomaly::flat_line:
      return held_;
    case Anomaly::gap:
      return std::nullopt;
    default:
      break;
  }
  const double result = moved(value, size_);
  if (result != value) return result;
  // Less than what is printed of the value: one unit of its last digit.
  const double unit = plausible_.decimals < kAllDecimals ? std::pow(10.0, -plausible_.decimals) : 0;
  return moved(value, std::copysign(unit, size_));
}

double Shape::moved(double value, double by) const {
  constexpr double kMax = std::numeric_limits<double>::max();
  const double result = rounded(std::clamp(value + by, -kMax, kMax), plausible_.decimals);
  return plausible_.negative || result > 0 ? result : 0;
}

}  // namespace aiops::inject
