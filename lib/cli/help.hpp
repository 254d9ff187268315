// Texts made from a command's declarations. Inside lib/cli only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace aiops::cli {

// What --help prints. `path` is the tool and, if named, the subcommand; lines are at most `width` columns
// wide where words allow it.
std::string help_text(const std::vector<const Command*>& path, int width);

// The terminal's width, from the terminal on standard output or COLUMNS, kept within 50 to 100; 80 if
// unknown.
int help_width();

// "aiops-score [OPTION]... [FILE]..."
std::string synopsis(const std::vector<const Command*>& path);

// "-o, --output FILE"
std::string option_heading(const Option& option);

// The option's text with what follows from its declaration: whether it repeats, its default.
std::string option_help(const Option& option);

// A shell command on lines of at most `width` columns where its words allow it: broken between words outside
// of quotes, with a backslash, so that it can be pasted.
std::vector<std::string> command_lines(std::string_view command, std::size_t width);

inline constexpr std::string_view kOptions = "Options", kCommonOptions = "Common options";

// Headings of the options in the order shown: "Options" (those without a group), then each group as declared,
// "Common options" at the end. Hidden and positional options stand in none.
struct OptionGroup {
  std::string heading;
  std::vector<const Option*> options;
};
std::vector<OptionGroup> option_groups(const Command& command);

}  // namespace aiops::cli
