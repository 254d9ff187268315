#include "source/trace_search.hpp"

#include <algorithm>

namespace aiops::source {

void CaptureRecapture::add(std::uint64_t first, std::uint64_t second, std::uint64_t both) {
  const double union_of = static_cast<double>(first + second - both);
  const double there =
      static_cast<double>(first + 1) * static_cast<double>(second + 1) / static_cast<double>(both + 1) - 1;
  found_ += union_of;
  there_ += std::max(there, union_of);
}

std::optional<double> CaptureRecapture::share() const {
  if (there_ <= 0) return std::nullopt;
  return found_ / there_;
}

bool SliceWalk::halve(Nanos from, Nanos to) {
  const Nanos half = (to - from) / 2 / smallest_ * smallest_;
  if (half < smallest_) return false;
  slice_ = half;
  return true;
}

void SliceWalk::adapt(std::size_t most, std::size_t limit) {
  constexpr double kFill = 0.6, kShrink = 0.5, kGrow = 8;
  const double factor =
      most == 0 ? kGrow
                : std::clamp(kFill * static_cast<double>(limit) / static_cast<double>(most), kShrink, kGrow);
  const auto wanted = static_cast<Nanos>(std::min(static_cast<double>(slice_) * factor, 7.0 * kDay));
  slice_ = std::max(wanted / smallest_, Nanos{1}) * smallest_;
}

}  // namespace aiops::source
