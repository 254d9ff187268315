// The configuration file (TOML, https://toml.io/en/v1.0.0). Inside lib/cli only.
#pragma once

#include <string>

#include "base/diagnostics.hpp"
#include "cli/parse.hpp"

namespace aiops::cli {

// Reads the file and gives its options to the commands of `parsed`, except those that the command line gives.
// `set` collects what was given. Throws UsageError "file:line: what"; what another tool may mean is passed
// over with a debug line.
void apply_config(const std::string& path, const Parsed& parsed, std::vector<const Option*>& set,
                  Diagnostics& diagnostics);

}  // namespace aiops::cli
