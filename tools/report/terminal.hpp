// --width and --color, and what the terminal says where they are not given.
#pragma once

#include "cli/command.hpp"
#include "report/terminal_text.hpp"

namespace aiops::tools {

struct TerminalOptions {
  std::int64_t width = 0;
  std::string colour = "auto";

  // elsewhere: in words, the width where there is neither a terminal nor COLUMNS.
  void declare(cli::Command& command, const std::string& elsewhere);
  // elsewhere: that width; 0: lines as long as it takes.
  report::TextStyle style(const cli::OutputOptions& out, int elsewhere) const;
};

}  // namespace aiops::tools
