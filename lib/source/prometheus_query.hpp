// The queries that a user names: NAME=PROMQL.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace aiops::source {

// A query, and the name that its samples get as their metric.
struct NamedQuery {
  std::string name, text;
  bool optional = false;  // of a pack: not every server has all of its metrics
};

// NAME=PROMQL. NAME: letters, digits, _ : . and -, not beginning with a digit. Throws UsageError.
NamedQuery parse_query(std::string_view text);
// One query a line; empty lines and lines that begin with # are passed over. Throws UsageError with
// file:line.
std::vector<NamedQuery> read_queries(const std::filesystem::path& path);
// Throws UsageError when two queries have the same name.
void check_names(const std::vector<NamedQuery>& queries);

// A time as the API takes it: seconds, exact to the millisecond.
std::string prometheus_seconds(Nanos time);

}  // namespace aiops::source
