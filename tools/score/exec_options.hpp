// The command of --detector exec. It is given by the user alone: on the command line or in the configuration
// file.
#pragma once

#include <memory>
#include <string>

#include "cli/command.hpp"
#include "score/exec.hpp"

namespace aiops::tools {

// Must outlive run_main.
struct ExecOptions {
  score::ExecOptions exec;

  void declare(cli::Command& command);
  // nullptr for other detectors. Throws UsageError where one of --exec and --detector exec stands without the
  // other.
  std::unique_ptr<score::ExecModel> make(const std::string& detector, Diagnostics& diagnostics) const;
};

}  // namespace aiops::tools
