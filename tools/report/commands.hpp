// The subcommands of aiops-report, one file each, and what they share.
#pragma once

#include <memory>
#include <string>

#include "cli/command.hpp"

namespace aiops::tools {

// Input of score records, as every report reads them.
struct ScoreInput {
  cli::InputOptions in;
  std::string prefix;
  void declare(cli::Command& command);
};

// "--from" and the like: RFC 3339, epoch, or relative to now; kNoTime where text is empty. Throws UsageError.
Nanos time_option(const std::string& name, const std::string& text);

std::unique_ptr<cli::Command> make_summary();
std::unique_ptr<cli::Command> make_markdown();
std::unique_ptr<cli::Command> make_html();
std::unique_ptr<cli::Command> make_evaluate();
std::unique_ptr<cli::Command> make_causes();
std::unique_ptr<cli::Command> make_graph();
std::unique_ptr<cli::Command> make_incidents();
std::unique_ptr<cli::Command> make_acknowledge();
std::unique_ptr<cli::Command> make_resolve();
std::unique_ptr<cli::Command> make_reopen();
std::unique_ptr<cli::Command> make_journal();
std::unique_ptr<cli::Command> make_templates();
std::unique_ptr<cli::Command> make_kafka();
std::unique_ptr<cli::Command> make_elasticsearch();
std::unique_ptr<cli::Command> make_notify();
std::unique_ptr<cli::Command> make_silence();

}  // namespace aiops::tools
