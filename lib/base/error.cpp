#include "base/error.hpp"

#include <algorithm>
#include <array>

namespace aiops {

Status worse(Status a, Status b) {
  constexpr std::array order = {Status::interrupted, Status::usage, Status::output, Status::backend,
                                Status::input,       Status::gate,  Status::done};
  return *std::min(std::find(order.begin(), order.end(), a), std::find(order.begin(), order.end(), b));
}

}  // namespace aiops
