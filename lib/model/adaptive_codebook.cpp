#include "model/adaptive_codebook.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace aiops::model {
namespace {

constexpr std::size_t kMost = 2048;

}  // namespace

double Codebook::nearest(double value) const {
  const auto above = std::lower_bound(values_.begin(), values_.end(), static_cast<float>(value));
  if (above == values_.end()) return values_.back();
  if (above == values_.begin()) return *above;
  return *above - value < value - above[-1] ? *above : above[-1];
}

double Codebook::distance(double value, double resolution) const {
  if (values_.empty()) return 0;
  const double gap = std::abs(nearest(value) - value);
  return gap > resolution * coarseness_ ? gap : 0;
}

void Codebook::add(double value, double resolution) {
  if (!values_.empty() && distance(value, resolution) == 0) return;
  if (values_.size() == kMost) thin(resolution);
  if (values_.capacity() == values_.size()) values_.reserve(std::min(kMost, values_.size() * 3 / 2 + 16));
  const auto place = std::lower_bound(values_.begin(), values_.end(), static_cast<float>(value));
  values_.insert(place, static_cast<float>(value));
}

void Codebook::thin(double resolution) {
  if (!(resolution > 0)) return values_.clear();  // no resolution, and yet so many: begin anew
  do {
    coarseness_ *= 2;
    std::size_t kept = 1;
    for (std::size_t i = 1; i < values_.size(); ++i) {
      if (values_[i] - values_[kept - 1] > resolution * coarseness_) values_[kept++] = values_[i];
    }
    values_.resize(kept);
  } while (values_.size() == kMost);
}

void Codebook::archive(Archive& archive) {
  archive.list(values_, kMost);
  archive(coarseness_);
  archive.check(std::is_sorted(values_.begin(), values_.end()) && coarseness_ >= 1,
                "has a codebook that makes no sense");
}

}  // namespace aiops::model
