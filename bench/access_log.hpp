// An access log made up for measuring: the same bytes on every machine.
//
// nginx's combined format with the request time behind it, as a shop under load writes it: 100 lines a second
// from 5,000 clients with 40 agents, of 60 paths, of which some have queries, behind a few pages.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace aiops::bench {

class AccessLog {
 public:
  AccessLog();

  // Appends the next line.
  void line(std::string& out);

 private:
  std::string_view pick(const std::vector<std::string>& from);

  std::vector<std::string> clients_, agents_, paths_, pages_;
  std::size_t lines_ = 0;
  std::string time_;
  Random random_{1};
};

}  // namespace aiops::bench
