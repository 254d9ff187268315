#include "terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/number.hpp"

namespace aiops::tools {
namespace {

bool is_terminal(const cli::OutputOptions& out) {
  return (out.output.empty() || out.output == "-") && ::isatty(STDOUT_FILENO) != 0;
}

bool wants_colour(bool terminal) {
  const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org
  const char* name = std::getenv("TERM");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  return terminal && name != nullptr && std::string_view(name) != "dumb";
}

int width_of(bool terminal, int elsewhere) {
  winsize size{};
  if (terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const auto number = columns == nullptr ? std::nullopt : parse_int(columns);
  return number && *number > 0 && *number < 10'000 ? static_cast<int>(*number) : elsewhere;
}

}  // namespace

void TerminalOptions::declare(cli::Command& command, const std::string& elsewhere) {
  command.option(
      "--width", "N", width,
      fmt::format("Characters a line; 0 takes the terminal's, or else COLUMNS, or else {}.", elsewhere), 0,
      10'000);
  command.choice("--color", colour, {"auto", "always", "never"},
                 "Use colour; auto does on a terminal, unless NO_COLOR is set.");
}

report::TextStyle TerminalOptions::style(const cli::OutputOptions& out, int elsewhere) const {
  const bool terminal = is_terminal(out);
  return {width > 0 ? static_cast<int>(width) : width_of(terminal, elsewhere),
          colour == "auto" ? wants_colour(terminal) : colour == "always"};
}

}  // namespace aiops::tools
