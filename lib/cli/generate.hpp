// Man page and shell completions from a tool's declarations. Inside lib/cli only.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace aiops::cli {

// what: man, bash, zsh, fish.
std::string generate(const Command& tool, const std::string& what);

std::string man_page(const Command& tool);
std::string bash_completion(const Command& tool);
std::string zsh_completion(const Command& tool);
std::string fish_completion(const Command& tool);

}  // namespace aiops::cli
