#include "base/error.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>

namespace aiops {

TEST_CASE("of two statuses the worse is the first of usage, output, backend, input, gate") {
  constexpr std::array order = {Status::usage, Status::output, Status::backend,
                                Status::input, Status::gate,   Status::done};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = 0; j < order.size(); ++j) {
      CHECK(worse(order[i], order[j]) == order[std::min(i, j)]);
    }
    CHECK(worse(order[i], Status::interrupted) == Status::interrupted);
  }
}

TEST_CASE("an error carries its status and its text") {
  const InputError error("a.csv:3: not a number");
  CHECK(error.status() == Status::input);
  CHECK(std::string(error.what()) == "a.csv:3: not a number");
}

}  // namespace aiops
