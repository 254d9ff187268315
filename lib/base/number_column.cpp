#include "base/number_column.hpp"

#include <algorithm>

#include "base/isa.hpp"

namespace aiops {

void NumberColumn::print(const double* values, std::size_t count) {
  values_ = values;
  const std::size_t room = (count + 7) / 8 * 8;
  if (layout_.size() < room) {
    digits_.resize(room);
    layout_.resize(room);
  }
  if (isa() == Isa::avx512) {
    print_6_avx512(values, count, digits_.data(), layout_.data());
  } else {
    std::fill_n(layout_.begin(), count, 0);
  }
}

}  // namespace aiops
