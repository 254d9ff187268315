// Saved query sets, as they stand in a file of their own or in the configuration file:
//
//   description = "…"
//   [prometheus]              a table for each backend
//   request_rate = 'sum by (job) (rate(http_requests_total[$window]))'
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aiops::cli {

struct Pack {
  struct Query {
    std::string backend, name, text, where;  // where: "file:line", for messages
  };
  std::string name, description;
  std::vector<Query> queries;  // by name
};

// text: TOML. path: for messages. Throws UsageError with file:line.
Pack parse_pack(const std::string& name, std::string_view text, const std::string& path);

}  // namespace aiops::cli
