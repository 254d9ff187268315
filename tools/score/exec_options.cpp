#include "exec_options.hpp"

#include "base/error.hpp"

namespace aiops::tools {

void ExecOptions::declare(cli::Command& command) {
  command.group("Exec");
  command.option(
      "--exec", "COMMAND", exec.command,
      "With --detector exec: the command, for /bin/sh, whose process is fed records on its standard input "
      "and answers each with a score on its standard output, a line each; aiops-formats(5) has the "
      "protocol. It is never taken from a model.");
  command.duration(
      "--exec-timeout", exec.timeout,
      "The process has so long for up to 1,024 records. If it is late, ends or answers what is no score, "
      "it is begun anew, three times; records without an answer are passed on with the status no_answer, "
      "and the exit status is 4.");
  command.group("");
}

std::unique_ptr<score::ExecModel> ExecOptions::make(const std::string& detector,
                                                    Diagnostics& diagnostics) const {
  if (detector != "exec") {
    if (!exec.command.empty()) throw UsageError("--exec goes with --detector exec");
    return nullptr;
  }
  if (exec.command.empty()) {
    throw UsageError(
        "--detector exec: which command? Give it with --exec, such as --exec 'python3 model.py'");
  }
  if (exec.timeout <= 0) throw UsageError("--exec-timeout: expected more than 0");
  return std::make_unique<score::ExecModel>(exec, diagnostics);
}

}  // namespace aiops::tools
