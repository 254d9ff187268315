// Bounds on the values themselves: [[threshold]] of the configuration file, and options for one of them.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "score/threshold.hpp"

namespace aiops::tools {

// Must outlive run_main.
struct ThresholdOptions {
  std::vector<cli::ThresholdRule> rules;
  Nanos lasting = 0;  // --for: of the rules of the command line

  void declare(cli::Command& command);
  // Throws UsageError for a selector that is none.
  std::vector<score::StaticThreshold> parse() const;

 private:
  void add(const std::string& text, bool above);
};

}  // namespace aiops::tools
