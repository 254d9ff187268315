// The subcommands of aiops-collect, one file each. A new source is one function here and one row in main.cpp.
#pragma once

#include <memory>

#include "cli/command.hpp"

namespace aiops {

std::unique_ptr<cli::Command> elasticsearch_command();
std::unique_ptr<cli::Command> files_command();
std::unique_ptr<cli::Command> jaeger_command();
std::unique_ptr<cli::Command> kafka_command();
std::unique_ptr<cli::Command> loki_command();
std::unique_ptr<cli::Command> otlp_command();
std::unique_ptr<cli::Command> prometheus_command();
std::unique_ptr<cli::Command> scrape_command();
std::unique_ptr<cli::Command> tempo_command();
std::unique_ptr<cli::Command> verify_command();

}  // namespace aiops
