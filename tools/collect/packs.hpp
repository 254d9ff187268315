// Saved query sets: those that come with the tool, those of the configuration file, and files.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/pack.hpp"

namespace aiops {

struct PackText {
  std::string_view name, text;  // text: TOML
};
// share/aiops/packs, made part of the tool when it is built.
std::span<const PackText> pack_texts();

struct PackFlags {
  std::vector<std::string> names;
  std::vector<cli::Pack> own;  // of the configuration file
  Nanos window = 5 * kMinute;
  bool list = false;

  void declare(cli::Command& command);
  // The queries for a backend of all packs that were asked for, $window filled in. Throws UsageError for a
  // pack that is none, or has no query for the backend.
  std::vector<cli::Pack::Query> queries(const std::string& backend) const;
  // "red    requests: rate, errors, duration    7 queries", a line a pack.
  std::string listing(const std::string& backend) const;

 private:
  std::vector<cli::Pack> known() const;
  cli::Pack find(const std::string& name) const;
};

}  // namespace aiops
