// The only user of CLI11. It takes the command line apart; what the texts mean, and every message, is ours.
#include "cli/parse.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace aiops::cli {
namespace {

// CLI11's largest count of arguments for one option.
constexpr int kUnlimited = CLI::detail::expected_max_vector_size;

using Made = std::map<const CLI::Option*, const Option*>;

void build(CLI::App& app, const Command& command, Made& made) {
  app.set_help_flag("");
  app.allow_extras();
  int place = 0;
  for (const auto& option : command.options()) {
    CLI::Option* added = nullptr;
    if (option->positional) {
      added = app.add_option(fmt::format("argument{}", place++));
      if (option->repeats) added->expected(0, kUnlimited);
    } else if (option->is_flag()) {
      added = app.add_flag(option->names);
    } else {
      added = app.add_option(option->names);
    }
    added->take_all()->allow_extra_args(false);
    made[added] = option.get();
  }
  if (!command.subcommands().empty()) app.require_subcommand(0, 1);
  for (const auto& subcommand : command.subcommands()) {
    build(*app.add_subcommand(subcommand->name()), *subcommand, made);
  }
}

// CLI11 takes the next argument as the value of "--name="; here the value is empty.
std::vector<std::string> arguments(int argc, const char* const* argv) {
  std::vector<std::string> all;
  bool options = true;
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    if (text == "--") options = false;
    if (options && text.size() > 3 && text.starts_with("--") && text.find('=') == text.size() - 1) {
      text.pop_back();
      all.push_back(text);
      text.clear();
    }
    all.push_back(text);
  }
  return all;
}

std::vector<std::string> long_names(const Command& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options()) {
    if (option->positional || option->hidden) continue;
    for (const std::string& name : split(option->names, ',')) {
      if (name.starts_with("--")) names.push_back(name);
    }
  }
  return names;
}

bool knows(const Command& command, const std::string& name) {
  for (const auto& option : command.options()) {
    if (option->positional) continue;
    const auto names = split(option->names, ',');
    if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  }
  return false;
}

std::vector<std::string> subcommand_names(const Command& command) {
  std::vector<std::string> names;
  for (const auto& subcommand : command.subcommands()) names.push_back(subcommand->name());
  return names;
}

std::string unknown_option(const Parsed& parsed, std::size_t level, const std::string& text) {
  const std::string name = text.substr(0, text.find('='));
  if (level + 1 < parsed.path.size() && knows(parsed.command(), name)) {
    return fmt::format("{}: an option of {}; write it after \"{}\"", printable(name), parsed.command_name(),
                       parsed.command().name());
  }
  const std::string near = nearest(name, long_names(*parsed.path[level]));
  const std::string hint = near.empty() ? "" : fmt::format("; did you mean {}?", near);
  return fmt::format("{}: no such option{}", printable(name), hint);
}

std::string unknown_argument(const Command& command, const std::string& text) {
  const auto names = subcommand_names(command);
  const std::string near = nearest(text, names);
  if (!near.empty()) return fmt::format("{}: no such subcommand; did you mean {}?", printable(text), near);
  if (!names.empty()) {
    return fmt::format("{}: no such subcommand; expected one of {}", printable(text), join(names, ", "));
  }
  return fmt::format("{}: one argument too many", printable(text));
}

// A word that was taken for a file, though it looks like a subcommand gone wrong, is told in run_main: here every
// argument has its place.
std::string first_problem(const Parsed& parsed, const std::vector<const CLI::App*>& apps) {
  for (std::size_t level = 0; level < apps.size(); ++level) {
    const std::vector<std::string> extras = apps[level]->remaining();
    for (const std::string& text : extras) {
      if (text.size() > 1 && text[0] == '-') return unknown_option(parsed, level, text);
    }
    if (!extras.empty()) return unknown_argument(*parsed.path[level], extras.front());
  }
  for (const Given& given : parsed.given) {
    if (!given.option->repeats && !given.option->is_flag() && given.texts.size() > 1) {
      return fmt::format("{}: given {} times, but it takes one value", given.option->display_name(),
                         given.texts.size());
    }
  }
  return "";
}

// "--query --url …": the value was forgotten, and the next option taken for it.
void check_value(const Command& command, const Given& given) {
  if (given.option->is_flag() || given.option->positional) return;
  for (const std::string& text : given.texts) {
    if (text.starts_with("--") && knows(command, text)) {
      throw UsageError(fmt::format("{}: {} missing (\"{}\" follows)", given.option->display_name(),
                                   given.option->value, text));
    }
  }
}

// An option of the tool's own before a subcommand would be read and then not used.
std::string misplaced(const Parsed& parsed) {
  const Command& tool = *parsed.path.front();
  if (parsed.path.size() < 2 || !tool.body()) return "";
  for (const Given& given : parsed.given) {
    const bool own = std::any_of(tool.options().begin(), tool.options().end(),
                                 [&](const auto& option) { return option.get() == given.option; });
    if (!own || given.option->command_line_only || given.option->group == "Common options") continue;
    const std::string name = given.option->display_name();
    if (given.option->positional) {
      return fmt::format("{}: stands before the subcommand {}", printable(given.texts.front()),
                         parsed.command().name());
    }
    return knows(parsed.command(), name)
               ? fmt::format("{}: write it after \"{}\"", name, parsed.command().name())
               : fmt::format("{}: not an option of {}", name, parsed.command_name());
  }
  return "";
}

}  // namespace

std::string Parsed::command_name() const {
  std::string name;
  for (const Command* part : path) name += (name.empty() ? "" : " ") + part->name();
  return name;
}

bool Parsed::has(const Option& option) const {
  return std::any_of(given.begin(), given.end(), [&](const Given& one) { return one.option == &option; });
}

Parsed parse(int argc, const char* const* argv, const Command& tool) {
  CLI::App app("", tool.name());
  Made made;
  build(app, tool, made);
  std::vector<std::string> reversed = arguments(argc, argv);
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(reversed);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();
    throw UsageError(what.substr(0, what.find(':')) + ": its value is missing");
  } catch (const CLI::ConversionError&) {
    throw UsageError("a flag was given a value that is neither true nor false");
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  Parsed parsed;
  std::vector<const CLI::App*> apps;
  const Command* command = &tool;
  for (const CLI::App* level = &app; level != nullptr;) {
    parsed.path.push_back(command);
    apps.push_back(level);
    for (const CLI::Option* option : level->get_options()) {
      if (option->count() == 0) continue;
      parsed.given.push_back({made.at(option), option->results()});
      check_value(*command, parsed.given.back());
    }
    const auto chosen = level->get_subcommands();
    level = chosen.empty() ? nullptr : chosen.front();
    for (const auto& subcommand : command->subcommands()) {
      if (level != nullptr && subcommand->name() == level->get_name()) {
        command = subcommand.get();
        break;
      }
    }
  }
  parsed.problem = first_problem(parsed, apps);
  if (parsed.problem.empty()) parsed.problem = misplaced(parsed);
  return parsed;
}

std::vector<const Option*> options_of(const Parsed& parsed) {
  std::vector<const Option*> options;
  for (const Command* command : parsed.path) {
    if (command != parsed.path.back() && command->body()) continue;
    for (const auto& option : command->options()) options.push_back(option.get());
  }
  return options;
}

void apply(const Option& option, const std::string& name, const std::string& text) {
  std::vector<std::string> parts{text};
  if (option.list) parts = split(text, ',');
  if (parts.empty()) parts.emplace_back();
  for (const std::string& part : parts) {
    if (option.list && part.empty()) {
      throw UsageError(fmt::format("{}: \"{}\" has an empty part; expected names with commas between", name,
                                   printable(text)));
    }
    if (!option.choices.empty() &&
        std::find(option.choices.begin(), option.choices.end(), part) == option.choices.end()) {
      const std::string near = nearest(part, option.choices);
      throw UsageError(fmt::format("{}: \"{}\" is none of {}{}", name, printable(part), join(option.choices, ", "),
                                   near.empty() ? "" : fmt::format("; did you mean {}?", near)));
    }
    try {
      option.set(part);
    } catch (const UsageError& error) {
      const std::string what = error.what();
      const std::string value = what.starts_with("expected") ? fmt::format("\"{}\": ", printable(part)) : "";
      throw UsageError(fmt::format("{}: {}{}", name, value, what));
    }
  }
}

}  // namespace aiops::cli
