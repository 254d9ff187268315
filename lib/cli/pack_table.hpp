// A pack out of a table of TOML. Inside lib/cli only.
#pragma once

#include <toml++/toml.h>

#include <string>

#include "cli/pack.hpp"

namespace aiops::cli {

// Throws UsageError with file:line.
Pack pack_of(const std::string& name, const toml::table& table, const std::string& path);

}  // namespace aiops::cli
