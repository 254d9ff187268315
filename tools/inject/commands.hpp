// The subcommands of aiops-inject, one file each.
#pragma once

#include <memory>

#include "cli/command.hpp"

namespace aiops::tools {

std::unique_ptr<cli::Command> make_inject_http();

}  // namespace aiops::tools
