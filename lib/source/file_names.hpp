// Patterns of file names, and the order in which a rotated log is to be read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aiops::source {

// True if the path has one of * ? [.
bool is_pattern(std::string_view path);

// What a pattern matches (glob(7), hidden files left out), oldest first: access.log.2, access.log.1,
// access.log; app.log-20260130, app.log-20260131, app.log. Otherwise by name. Directories are left out.
std::vector<std::string> expand_pattern(const std::string& pattern);

// True if a log with name a was rotated away before b; by name if they are of different logs.
bool rotated_before(std::string_view a, std::string_view b);

// The name without its folder, from its beginning to its first dot: "logs/cart.log.1" is "cart".
std::string_view stem_of(std::string_view path);

}  // namespace aiops::source
