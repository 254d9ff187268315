// Completions for bash, zsh and fish from a tool's declarations.
#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/generate.hpp"

namespace aiops::cli {
namespace {

enum class Completes { words, files, folders, nothing };

// What can be offered for an option's value, told by how its declaration writes it.
Completes completes(const Option& option) {
  if (!option.choices.empty()) return Completes::words;
  const std::string& kind = option.positional ? option.names : option.value;
  if (kind == "DIR") return Completes::folders;
  return kind == "FILE" || kind == "PATH" ? Completes::files : Completes::nothing;
}

// The first sentence, without its full stop: a completion has one short line.
std::string brief(const std::string& help) {
  std::string text = help.substr(0, help.find(". "));
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string replaced(std::string_view text, std::string_view special, std::string_view before) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += before;
    out += c;
  }
  return out;
}

// Text within single quotes of a shell.
std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string function_name(const Command& tool) {
  std::string name = "_" + tool.name();
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

std::vector<std::string> subcommand_names(const Command& tool) {
  std::vector<std::string> names;
  for (const auto& subcommand : tool.subcommands()) names.push_back(subcommand->name());
  return names;
}

const Option* positional_of(const Command& command) {
  for (const auto& option : command.options()) {
    if (option->positional && !option->hidden) return option.get();
  }
  return nullptr;
}

// Calls take(command, name of the subcommand or "") for the tool and each subcommand.
template <typename Take>
void for_each_command(const Command& tool, Take take) {
  take(tool, std::string());
  for (const auto& subcommand : tool.subcommands()) take(*subcommand, subcommand->name());
}

// ---- bash

std::string bash_words(const Option& option) {
  switch (completes(option)) {
    case Completes::words:
      return fmt::format("compgen -W '{}'", join(option.choices, " "));
    case Completes::files:
      return "compgen -f";
    case Completes::folders:
      return "compgen -d";
    case Completes::nothing:
      break;
  }
  return "";
}

// Lines of a case: after which option which values are offered.
std::string bash_values(const Command& command, const std::string& name) {
  std::string out;
  for (const auto& option : command.options()) {
    if (option->positional || option->hidden || option->is_flag()) continue;
    std::string pattern;
    for (const std::string& one : split(option->names, ',')) {
      pattern += fmt::format("{}'{},{}'", pattern.empty() ? "" : "|", name, one);
    }
    const std::string words = bash_words(*option);
    out += words.empty() ? fmt::format("    {}) return ;;\n", pattern)
                         : fmt::format("    {}) mapfile -t COMPREPLY < <({} -- \"$word\"); return ;;\n",
                                       pattern, words);
  }
  return out;
}

std::string bash_options(const Command& command, const std::string& name) {
  std::string words;
  for (const auto& option : command.options()) {
    if (option->positional || option->hidden) continue;
    words += (words.empty() ? "" : " ") + join(split(option->names, ','), " ");
  }
  const Option* positional = positional_of(command);
  const bool files = positional != nullptr && completes(*positional) != Completes::nothing;
  return fmt::format("    '{}') options='{}'; files={} ;;\n", name, words, files ? "yes" : "no");
}

// ---- zsh

std::string zsh_value(const Option& option) {
  const std::string label = replaced(option.positional ? option.names : option.value, ":", "\\");
  switch (completes(option)) {
    case Completes::words:
      return fmt::format(":value:({})", join(option.choices, " "));
    case Completes::files:
      return fmt::format(":{}:_files", label);
    case Completes::folders:
      return fmt::format(":{}:_files -/", label);
    case Completes::nothing:
      break;
  }
  return fmt::format(":{}: ", label);
}

std::string zsh_specs(const Command& command, const std::string& indent) {
  std::string out;
  for (const auto& option : command.options()) {
    if (option->positional || option->hidden) continue;
    const std::string rest = fmt::format("[{}]{}", replaced(brief(option->help), "[]:\\", "\\"),
                                         option->is_flag() ? "" : zsh_value(*option));
    const auto names = split(option->names, ',');
    for (const std::string& name : names) {
      const std::string before = option->repeats ? "*" : fmt::format("({})", join(names, " "));
      // "=" and "+": the value may follow in the same word.
      const std::string joint = option->is_flag() ? "" : name.starts_with("--") ? "=" : "+";
      out +=
          fmt::format("{}{} \\\n", indent, single_quoted(fmt::format("{}{}{}{}", before, name, joint, rest)));
    }
  }
  return out;
}

std::string zsh_positional(const Command& command) {
  const Option* positional = positional_of(command);
  if (positional == nullptr) return "";
  return single_quoted((positional->repeats ? "*" : "1") + zsh_value(*positional));
}

// ---- fish

std::string fish_option(const Option& option, const std::string& prefix) {
  std::string line = prefix;
  for (const std::string& name : split(option.names, ',')) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  switch (option.is_flag() ? Completes::nothing : completes(option)) {
    case Completes::words:
      line += fmt::format(" -x -a '{}'", join(option.choices, " "));
      break;
    case Completes::files:
      line += " -r -F";
      break;
    case Completes::folders:
      line += " -x -a '(__fish_complete_directories)'";
      break;
    case Completes::nothing:
      line += option.is_flag() ? "" : " -x";
      break;
  }
  return line + " -d " + single_quoted(replaced(brief(option.help), "\\", "\\")) + "\n";
}

}  // namespace

std::string bash_completion(const Command& tool) {
  const std::string function = function_name(tool), subcommands = join(subcommand_names(tool), " ");
  std::string out = fmt::format(
      "# bash completion for {0}, made by {0} --generate bash\n"
      "{1}() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} subcommand= "
      "options= files= i\n"
      "  COMPREPLY=()\n"
      "  # --name=value comes as three words\n"
      "  if [[ $word == = ]]; then\n    word=\n"
      "  elif [[ $previous == = ]]; then\n    previous=${{COMP_WORDS[COMP_CWORD - 2]}}\n  fi\n",
      tool.name(), function);
  if (!subcommands.empty()) {
    out += fmt::format(
        "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
        "    case ${{COMP_WORDS[i]}} in\n      {}) subcommand=${{COMP_WORDS[i]}}; break ;;\n    esac\n  "
        "done\n",
        join(subcommand_names(tool), " | "));
  }
  out += "  compopt -o filenames 2>/dev/null\n  case $subcommand,$previous in\n";
  for_each_command(
      tool, [&](const Command& command, const std::string& name) { out += bash_values(command, name); });
  out += "  esac\n  case $subcommand in\n";
  for_each_command(
      tool, [&](const Command& command, const std::string& name) { out += bash_options(command, name); });
  out += fmt::format(
      "  esac\n"
      "  if [[ $word == -* ]]; then\n    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n    "
      "return\n  fi\n"
      "  [[ $files == yes ]] && mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n");
  if (!subcommands.empty()) {
    out += fmt::format(
        "  [[ -z $subcommand ]] && mapfile -t -O \"${{#COMPREPLY[@]}}\" COMPREPLY < <(compgen -W '{}' -- "
        "\"$word\")\n",
        subcommands);
  }
  return out + fmt::format("  return 0\n}}\ncomplete -F {} {}\n", function, tool.name());
}

std::string zsh_completion(const Command& tool) {
  const std::string function = function_name(tool);
  std::string out =
      fmt::format("#compdef {0}\n# made by {0} --generate zsh\n{1}() {{\n", tool.name(), function);
  if (tool.subcommands().empty()) {
    out += "  _arguments -s -S \\\n" + zsh_specs(tool, "    ");
    const std::string positional = zsh_positional(tool);
    return out + "    " + (positional.empty() ? "&& return" : positional) +
           fmt::format("\n}}\n{} \"$@\"\n", function);
  }
  out += "  local curcontext=\"$curcontext\" state line\n  typeset -A opt_args\n  local -a subcommands=(\n";
  for (const auto& subcommand : tool.subcommands()) {
    out += fmt::format("    {}\n", single_quoted(subcommand->name() + ":" + brief(subcommand->summary())));
  }
  out += "  )\n  _arguments -C -S \\\n" + zsh_specs(tool, "    ") +
         "    '1: :->subcommand' '*:: :->arguments'\n";
  const bool files = positional_of(tool) != nullptr;
  out += fmt::format("  case $state in\n    subcommand) _describe subcommand subcommands{} ;;\n",
                     files ? "; _files" : "");
  out += "    arguments)\n      case $line[1] in\n";
  for (const auto& subcommand : tool.subcommands()) {
    const std::string positional = zsh_positional(*subcommand);
    out +=
        fmt::format("        {})\n          _arguments -s -S \\\n{}            {} ;;\n", subcommand->name(),
                    zsh_specs(*subcommand, "            "), positional.empty() ? "&& return" : positional);
  }
  out += files ? "        *) _files ;;\n" : "";
  return out + fmt::format("      esac ;;\n  esac\n}}\n{} \"$@\"\n", function);
}

std::string fish_completion(const Command& tool) {
  const std::string complete = "complete -c " + tool.name();
  const std::string all = join(subcommand_names(tool), " ");
  std::string out = fmt::format("# fish completion for {0}, made by {0} --generate fish\n", tool.name());
  const Option* positional = positional_of(tool);
  if (positional == nullptr || completes(*positional) == Completes::nothing) out += complete + " -f\n";
  for (const auto& subcommand : tool.subcommands()) {
    out += fmt::format("{} -n 'not __fish_seen_subcommand_from {}' -a {} -d {}\n", complete, all,
                       subcommand->name(), single_quoted(brief(subcommand->summary())));
  }
  for_each_command(tool, [&](const Command& command, const std::string& name) {
    std::string condition;
    if (!all.empty()) {
      condition = name.empty() ? fmt::format(" -n 'not __fish_seen_subcommand_from {}'", all)
                               : fmt::format(" -n '__fish_seen_subcommand_from {}'", name);
    }
    for (const auto& option : command.options()) {
      if (!option->positional && !option->hidden) out += fish_option(*option, complete + condition);
    }
  });
  return out;
}

std::string generate(const Command& tool, const std::string& what) {
  if (what == "bash") return bash_completion(tool);
  if (what == "zsh") return zsh_completion(tool);
  if (what == "fish") return fish_completion(tool);
  return man_page(tool);
}

}  // namespace aiops::cli
