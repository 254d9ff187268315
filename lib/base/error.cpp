#include "base/error.hpp"

#include <algorithm>
#include <array>

namespace aiops {

Status worse(Status a, Status b) {
  constexpr std::array kOrder = {Status::interrupted, Status::usage, Status::output, Status::backend,
                                 Status::input,       Status::gate,  Status::done};
  return *std::min(std::find(kOrder.begin(), kOrder.end(), a), std::find(kOrder.begin(), kOrder.end(), b));
}

}  // namespace aiops
