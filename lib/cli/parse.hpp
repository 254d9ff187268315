// The command line as it was written: which command, which options with which texts. Inside lib/cli only.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace aiops::cli {

struct Given {
  const Option* option;
  std::vector<std::string> texts;  // in the order given; "true" for a flag
};

struct Parsed {
  std::vector<const Command*> path;  // the tool, then the subcommand if one was named
  std::vector<Given> given;
  std::string problem;  // the first thing wrong (unknown option, too many arguments), "" if nothing is

  const Command& command() const { return *path.back(); }
  // "aiops-collect prometheus"
  std::string command_name() const;
  bool has(const Option& option) const;
};

// Reads the command line; sets nothing. Throws UsageError where it can't be taken apart (an option without
// its value); what is wrong beyond that stands in Parsed::problem, so that --help works beside it.
Parsed parse(int argc, const char* const* argv, const Command& tool);

// The options that count for what was parsed: those of its command, and those of a tool that is only a frame
// for its subcommands.
std::vector<const Option*> options_of(const Parsed& parsed);

// Gives one text to an option: checks choices, takes lists apart. Throws UsageError, which names the option
// as `name` ("--window").
void apply(const Option& option, const std::string& name, const std::string& text);

}  // namespace aiops::cli
