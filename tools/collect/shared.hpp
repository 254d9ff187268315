// Options that the sources of aiops-collect have in common, declared once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "net/http.hpp"
#include "net/retry.hpp"
#include "source/collection.hpp"

namespace aiops {

// How a server is reached.
struct ServerFlags {
  std::string url, bearer_file, basic_file, ca_file;
  Nanos timeout = 2 * kMinute, connect_timeout = 10 * kSecond;
  std::int64_t max_retries = 5;

  // example: an address for the help text.
  void declare(cli::Command& command, const std::string& example);
  // Throws UsageError when --url is missing or credentials cannot be read.
  net::HttpOptions http() const;
  net::RetryPolicy retry() const;
};

// Which time is collected, and how a run goes on behind the one before.
struct TimeFlags {
  std::string start, end;
  Nanos since = 0, step = 15 * kSecond, lateness = kSecond;
  bool follow = false;
  std::string checkpoint;

  void declare(cli::Command& command);
  // Throws UsageError for times that cannot be read and for options that exclude each other.
  void apply(source::CollectionOptions& options) const;
};

// Where records and the account of them go.
struct SampleOutputFlags {
  std::string output, format = "ndjson", manifest;
  std::vector<std::string> csv_labels;

  void declare(cli::Command& command);
  void apply(source::CollectionOptions& options) const;
};

// The time that a text names, "" for kNoTime. Throws UsageError that names the option.
Nanos time_option(const std::string& option, const std::string& text, Nanos now);

}  // namespace aiops
