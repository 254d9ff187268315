#include "base/number_column.hpp"

#include "base/isa.hpp"

namespace aiops {

void NumberColumn::print(const double* values, std::size_t count) {
  values_ = values;
  const std::size_t room = (count + 7) / 8 * 8;
  if (size_.size() < room) {
    digits_.resize(room);
    ahead_.resize(room);
    size_.resize(room);
    negative_.resize(room);
  }
  if (isa() == Isa::avx512) {
    print_6_avx512(values, count, digits_.data(), ahead_.data(), size_.data(), negative_.data());
  } else {
    std::fill_n(size_.begin(), count, std::uint8_t{0});
  }
}

}  // namespace aiops
