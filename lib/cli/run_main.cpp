// The frame of every tool: parse, configure, run, catch, and give the exit status.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <new>

#include "base/file.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/config.hpp"
#include "cli/diagnostics.hpp"
#include "cli/generate.hpp"
#include "cli/help.hpp"
#include "cli/parse.hpp"

namespace aiops::cli {
namespace {

struct Common {
  bool help = false, version = false, quiet = false, verbose = false;
  std::string config, generate;
};

void declare_common(Command& command, Common& common) {
  command.group(std::string(kCommonOptions));
  command
      .option("--config", "FILE", common.config,
              "Take options from FILE (TOML; see aiops(7)); else from the file that AIOPS_CONFIG names.")
      .command_line_only = true;
  command.flag("-q,--quiet", common.quiet, "Say only what is wrong.");
  command.flag("-v,--verbose", common.verbose, "Say more of what is done.");
  command.flag("-h,--help", common.help, "Show this help and exit.").command_line_only = true;
  command.flag("--version", common.version, "Show the version and exit.").command_line_only = true;
  Option& generate = command.choice("--generate", common.generate, {"man", "bash", "zsh", "fish"},
                                    "Write the man page or the completion of a shell.");
  generate.hidden = generate.command_line_only = true;
  for (const auto& subcommand : command.subcommands()) declare_common(*subcommand, common);
}

// A descriptor 0, 1 or 2 that is closed would be given to the next file opened, and what is meant for the
// terminal would go there. It is taken here by something that refuses to be used.
void hold_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) != -1) continue;
    const int held = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (held != fd && held >= 0) close(held);
  }
}

void print(std::string_view text) { write_all(STDOUT_FILENO, text, "standard output"); }

std::string spoken(const std::vector<std::string>& names) { return join(names, ", "); }

void check_subcommand(const Parsed& parsed) {
  const Command& command = parsed.command();
  if (!command.body()) {
    std::vector<std::string> names;
    for (const auto& subcommand : command.subcommands()) names.push_back(subcommand->name());
    throw UsageError(fmt::format("subcommand missing; expected one of {}", spoken(names)));
  }
  // Where a tool with subcommands also takes files, a misspelled subcommand looks like a file.
  for (const Given& given : parsed.given) {
    if (!given.option->positional || command.subcommands().empty()) continue;
    const std::string& word = given.texts.front();
    std::vector<std::string> names;
    for (const auto& subcommand : command.subcommands()) names.push_back(subcommand->name());
    const std::string near = nearest(word, names);
    if (!near.empty() && !std::filesystem::exists(word)) {
      throw UsageError(
          fmt::format("{}: no such file or subcommand; did you mean {}?", printable(word), near));
    }
  }
}

void check_required(const Parsed& parsed, const std::vector<const Option*>& set) {
  for (const Option* option : options_of(parsed)) {
    if (!option->required || std::find(set.begin(), set.end(), option) != set.end()) continue;
    const std::string value = option->positional || option->value.empty() ? "" : " " + option->value;
    throw UsageError(fmt::format("{}{} missing", option->display_name(), value));
  }
}

// Parsing and configuration; "(see … --help)" stands after what is wrong with the command line.
void configure(const Parsed& parsed, const Common& common, Stderr& diagnostics) {
  std::vector<const Option*> set;
  try {
    if (!parsed.problem.empty()) throw UsageError(parsed.problem);
    check_subcommand(parsed);
    for (const Given& given : parsed.given) {
      for (const std::string& text : given.texts) apply(*given.option, given.option->display_name(), text);
      set.push_back(given.option);
    }
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{} (see {} --help)", error.what(), parsed.command_name()));
  }
  const auto loudness = [&] {
    diagnostics.set(common.verbose ? Loudness::verbose : common.quiet ? Loudness::quiet : Loudness::usual);
  };
  loudness();
  const char* environment = std::getenv("AIOPS_CONFIG");
  const std::string file = !common.config.empty() ? common.config : environment != nullptr ? environment : "";
  if (!file.empty()) apply_config(file, parsed, set, diagnostics);
  loudness();
  try {
    check_required(parsed, set);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{} (see {} --help)", error.what(), parsed.command_name()));
  }
}

Status run_body(const Command& command, Stderr& diagnostics) {
  if (command.will_read_stdin() && isatty(STDIN_FILENO) == 1) {
    diagnostics.info("reading from the terminal; end with Ctrl-D");
  }
  const Status status = command.body()(diagnostics);
  if (status == Status::done && stop_requested() && !command.ends_in_order()) return Status::interrupted;
  return status;
}

Status run(int argc, char** argv, Command& tool, Stderr& diagnostics) {
  Common common;
  declare_common(tool, common);
  Parsed parsed;
  try {
    parsed = parse(argc, argv, tool);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{} (see {} --help)", error.what(), tool.name()));
  }
  // These answer whatever else stands beside them.
  for (const Given& given : parsed.given) {
    if (given.option->command_line_only)
      apply(*given.option, given.option->display_name(), given.texts.back());
  }
  if (common.help) {
    print(help_text(parsed.path, help_width()));
  } else if (common.version) {
    print(fmt::format("{} {}\n", tool.name(), AIOPS_VERSION));
  } else if (!common.generate.empty()) {
    print(generate(tool, common.generate));
  } else {
    configure(parsed, common, diagnostics);
    return run_body(parsed.command(), diagnostics);
  }
  return Status::done;
}

}  // namespace

int run_main(int argc, char** argv, Command& tool) {
  hold_standard_descriptors();
  install_stop_handlers();
  Stderr diagnostics(tool.name());
  diagnostics.set(Loudness::usual);
  Status status = Status::done;
  try {
    status = run(argc, argv, tool, diagnostics);
  } catch (const ClosedPipe&) {
    status = Status::done;
  } catch (const Error& error) {
    if (*error.what() != '\0') diagnostics.error(error.what());
    status = error.status();
  } catch (const std::bad_alloc&) {
    diagnostics.error("out of memory; give it less at once (--max-series limits the state that is kept)");
    status = Status::input;
  } catch (const std::exception& error) {
    diagnostics.error(fmt::format("unexpected error: {}; this is a defect in {}", error.what(), tool.name()));
    status = Status::input;
  }
  return static_cast<int>(status);
}

}  // namespace aiops::cli
