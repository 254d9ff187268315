// Receivers and routes as the configuration file names them.
#pragma once

#include <vector>

#include "cli/table.hpp"
#include "deliver/notifier.hpp"

namespace aiops::tools {

// What all receivers have in common.
struct ReceiverDefaults {
  Nanos timeout = 10 * kSecond;  // without a byte of an answer
  Nanos connect_timeout = 5 * kSecond;
  std::vector<std::string> allowed;  // commands that a receiver of the type exec may run
};

// Throws UsageError "file:line: …".
std::vector<deliver::Destination> make_destinations(const std::vector<cli::Table>& tables,
                                                    const ReceiverDefaults& defaults);
std::vector<deliver::Route> make_routes(const std::vector<cli::Table>& tables,
                                        const std::vector<deliver::Destination>& destinations);

}  // namespace aiops::tools
