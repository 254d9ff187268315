// aiops-collect: telemetry from a backend or from files, as records.
#include "cli/command.hpp"
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace aiops;
  cli::Command tool("aiops-collect", "Collect samples and logs from a backend or from files");
  tool.describe(
      "Writes records to standard output, for the other tools to read. Each source is a subcommand. A source "
      "gives an "
      "account of what it got, on standard error and with --manifest; when it got less than it was asked "
      "for, the exit "
      "status is 4.");
  using Make = std::unique_ptr<cli::Command> (*)();
  static constexpr Make kSources[] = {
      prometheus_command,     // a row each, in the order of help
      scrape_command,         //
      elasticsearch_command,  //
      loki_command,           //
      files_command,          //
      kafka_command,          //
      otlp_command,           //
      jaeger_command,         //
      tempo_command,          //
      verify_command,         //
  };
  for (const Make make : kSources) tool.add(make());
  return cli::run_main(argc, argv, tool);
}
