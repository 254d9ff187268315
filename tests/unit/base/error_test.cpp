#include "base/error.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>

namespace aiops {

TEST_CASE("of two statuses the worse is the first of usage, output, backend, input, gate") {
  constexpr std::array kOrder = {Status::usage, Status::output, Status::backend,
                                 Status::input, Status::gate,   Status::done};
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    for (std::size_t j = 0; j < kOrder.size(); ++j) {
      CHECK(worse(kOrder[i], kOrder[j]) == kOrder[std::min(i, j)]);
    }
    CHECK(worse(kOrder[i], Status::interrupted) == Status::interrupted);
  }
}

TEST_CASE("an error carries its status and its text") {
  const InputError error("a.csv:3: not a number");
  CHECK(error.status() == Status::input);
  CHECK(std::string(error.what()) == "a.csv:3: not a number");
}

}  // namespace aiops
