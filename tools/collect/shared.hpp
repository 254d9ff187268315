// Options that the sources of aiops-collect have in common, declared once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "net/http.hpp"
#include "net/retry.hpp"
#include "source/collection.hpp"
#include "source/json_api.hpp"
#include "source/record_collection.hpp"

namespace aiops {

// A subcommand whose options are members of Values, which declares them and runs.
template <typename Values>
std::unique_ptr<cli::Command> command_of(const std::string& name, const std::string& about) {
  auto command = std::make_unique<cli::Command>(name, about);
  auto values = std::make_shared<Values>();  // lives as long as the command's body
  values->declare(*command);
  command->run(
      [values, &command = *command](Diagnostics& diagnostics) { return values->run(command, diagnostics); });
  return command;
}

// How a server, or several, are reached.
struct ServerFlags {
  std::string url, bearer_file, basic_file, api_key_file, header_file, tenant;
  std::string ca_file, client_cert, client_key, server_name, compression = "auto";
  std::vector<std::string> targets;  // NAME=URL
  Nanos timeout = 2 * kMinute, connect_timeout = 10 * kSecond;
  std::int64_t max_retries = 5;
  double max_rate = 0;

  // example: an address for the help text.
  void declare(cli::Command& command, const std::string& example);
  // One for --url, or one for each --target. Throws UsageError when there is none, when both are given, for
  // NAME=URL that is not, and when credentials cannot be read.
  std::vector<source::ServerOptions> servers() const;
  // The only one. Throws UsageError when there are several, too.
  source::ServerOptions server() const;

 private:
  void declare_credentials(cli::Command& command);
  void declare_tls(cli::Command& command);
  net::HttpOptions http(const std::string& address) const;
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

// The same for log records and spans, which stand at any time.
struct EventTimeFlags {
  std::string start, end;
  Nanos since = 0, poll = 5 * kSecond, lateness = 5 * kSecond;
  bool follow = false;
  std::string checkpoint;

  void declare(cli::Command& command);
  // Throws UsageError for times that cannot be read and for options that exclude each other.
  void apply(source::RecordCollectionOptions& options) const;
};

// Where log records or spans and the account of them go.
struct EventOutputFlags {
  std::string output, format = "ndjson", manifest, partial = "fail";

  void declare(cli::Command& command);
  void apply(source::RecordCollectionOptions& options) const;
};

// With --partial ok, an incomplete collection that gave something is done.
Status accept_partial(Status status, const std::string& partial, const source::Manifest& manifest);

// Where samples and the account of them go.
struct SampleOutputFlags {
  std::string output, format = "ndjson", manifest, partial = "fail";
  std::vector<std::string> csv_labels;

  void declare(cli::Command& command);
  void apply(source::CollectionOptions& options) const;
};

// "0.5", "0.99" as numbers. Throws UsageError that names --histogram-quantiles.
std::vector<double> quantiles_option(const std::vector<std::string>& texts);

// The time that a text names, "" for kNoTime. Throws UsageError that names the option.
Nanos time_option(const std::string& option, const std::string& text, Nanos now);

}  // namespace aiops
