#include "cli/help.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::cli {
namespace {

constexpr int kColumn = 26;  // where the text of an option starts

// Columns that text takes; every code point counts as one.
int columns(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Appends the words of text, starting at column `at`, broken at `width` and continued at column `indent`.
void wrap(std::string& out, std::string_view text, int at, int indent, int width) {
  bool first = true;
  for (const std::string& word : split(text, ' ')) {
    if (word.empty()) continue;
    const int length = columns(word);
    if (!first && at + 1 + length > width) {
      out += '\n';
      out.append(static_cast<std::size_t>(indent), ' ');
      at = indent;
    } else if (!first) {
      out += ' ';
      ++at;
    }
    out += word;
    at += length;
    first = false;
  }
  out += '\n';
}

// "  name    text", the text on a line of its own where the name is long.
void entry(std::string& out, const std::string& name, std::string_view text, int width) {
  out += "  " + name;
  int at = 2 + columns(name);
  if (at + 2 > kColumn) {
    out += '\n';
    at = 0;
  }
  out.append(static_cast<std::size_t>(kColumn - at), ' ');
  wrap(out, text, kColumn, kColumn, width);
}

// The summary as a sentence: "score records" becomes "Score records."
std::string sentence(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  if (!text.ends_with('.')) text += '.';
  return text;
}

void paragraphs(std::string& out, const Command& command, int width) {
  wrap(out, sentence(command.summary()), 0, 0, width);
  if (!command.paragraphs().empty()) {
    out += '\n';
    // Lines that are indented or listed keep their breaks; the others flow.
    std::string flow;
    const auto flush = [&] {
      if (!flow.empty()) wrap(out, flow, 0, 0, width);
      flow.clear();
    };
    for (const std::string& line : split(command.paragraphs().front(), '\n')) {
      if (line.starts_with(' ') || line.starts_with("- ") || line.empty()) {
        flush();
        out += line + '\n';
      } else {
        flow += (flow.empty() ? "" : " ") + line;
      }
    }
    flush();
  }
}

}  // namespace

int help_width() {
  winsize size{};
  std::int64_t width = 80;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    width = size.ws_col;
  } else if (const char* columns_set = std::getenv("COLUMNS")) {
    width = parse_int(columns_set).value_or(width);
  }
  return static_cast<int>(std::clamp<std::int64_t>(width, 50, 100));
}

std::string option_heading(const Option& option) {
  std::string heading = join(split(option.names, ','), ", ");
  if (!option.value.empty()) heading += " " + option.value;
  return heading;
}

std::string option_help(const Option& option) {
  std::string text = option.help;
  if (option.required && !option.positional) text += " Required.";
  if (option.repeats && option.list) {
    text += " May be repeated, or a list with commas.";
  } else if (option.list) {
    text += " A list with commas.";
  } else if (option.repeats && !option.positional) {
    text += " May be repeated.";
  }
  if (!option.preset.empty() && !option.is_flag()) text += fmt::format(" (default: {})", option.preset);
  return text;
}

std::string synopsis(const std::vector<const Command*>& path) {
  std::string line;
  for (const Command* part : path) line += part->name() + " ";
  const Command& command = *path.back();
  if (!command.subcommands().empty() && !command.body()) return line + "SUBCOMMAND [OPTION]...";
  line += "[OPTION]...";
  for (const auto& option : command.options()) {
    if (!option->positional || option->hidden) continue;
    line += option->required ? " " + option->names + (option->repeats ? "..." : "")
                             : fmt::format(" [{}]{}", option->names, option->repeats ? "..." : "");
  }
  return line;
}

std::vector<std::string> command_lines(std::string_view command, std::size_t width) {
  std::vector<std::string> words(1), lines(1);
  char quote = 0;
  for (const char c : command) {
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    }
    if (c == ' ' && quote == 0) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  for (const std::string& word : words) {
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (line.size() + 1 + word.size() + 2 <= width) {
      line += ' ' + word;
    } else {
      line += " \\";
      lines.push_back("    " + word);
    }
  }
  return lines;
}

std::vector<OptionGroup> option_groups(const Command& command) {
  std::vector<OptionGroup> groups{{std::string(kOptions), {}}};
  OptionGroup common{std::string(kCommonOptions), {}};
  for (const auto& option : command.options()) {
    if (option->hidden || option->positional) continue;
    if (option->group == kCommonOptions) {
      common.options.push_back(option.get());
      continue;
    }
    const std::string heading = option->group.empty() ? std::string(kOptions) : option->group;
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](const auto& one) { return one.heading == heading; });
    if (group == groups.end()) group = groups.insert(groups.end(), {heading, {}});
    group->options.push_back(option.get());
  }
  groups.push_back(std::move(common));
  std::erase_if(groups, [](const OptionGroup& group) { return group.options.empty(); });
  return groups;
}

std::string help_text(const std::vector<const Command*>& path, int width) {
  const Command& command = *path.back();
  std::string out;
  out += "Usage: " + synopsis(path) + "\n";
  if (!command.subcommands().empty() && command.body()) {
    out += "       " + command.name() + " SUBCOMMAND [OPTION]...\n";
  }
  out += '\n';
  paragraphs(out, command, width);
  if (!command.subcommands().empty()) {
    out += fmt::format("\nSubcommands ({} SUBCOMMAND --help shows more):\n", command.name());
    for (const auto& subcommand : command.subcommands()) {
      entry(out, subcommand->name(), subcommand->summary(), width);
    }
  }
  bool arguments = false;
  for (const auto& option : command.options()) {
    if (!option->positional || option->hidden) continue;
    if (!arguments) out += "\nArguments:\n";
    arguments = true;
    entry(out, option->names, option_help(*option), width);
  }
  for (const OptionGroup& group : option_groups(command)) {
    out += "\n" + group.heading + ":\n";
    for (const Option* option : group.options) {
      // Long names stand in one column, with or without a short one.
      const std::string indent = option->names.starts_with("--") ? "    " : "";
      entry(out, indent + option_heading(*option), option_help(*option), width);
    }
  }
  if (!command.examples().empty()) {
    out += "\nExamples:\n";
    for (const Example& example : command.examples()) {
      out += "  ";
      wrap(out, example.what, 2, 2, width);
      for (const std::string& line : command_lines(example.command, static_cast<std::size_t>(width) - 4)) {
        out += "    " + line + "\n";
      }
    }
  }
  return out;
}

}  // namespace aiops::cli
