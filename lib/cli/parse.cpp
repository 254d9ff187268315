// The only user of CLI11. It takes the command line apart; what the texts mean, and every message, is ours.
#include "cli/parse.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "cli/help.hpp"

namespace aiops::cli {
namespace {

using Made = std::map<const CLI::Option*, const Option*>;

// Arguments without a dash are left over by CLI11 and dealt out by us: it would take "[a,b]" for a list.
// A subcommand that no word names is built without its options: for a tool of many, they were half of its
// start.
void build(CLI::App& app, const Command& command, const std::vector<std::string>& words, Made& made) {
  app.set_help_flag("");
  app.allow_extras();
  for (const auto& option : command.options()) {
    if (option->positional) continue;
    CLI::Option* added = option->is_flag() ? app.add_flag(option->names) : app.add_option(option->names);
    added->take_all()->allow_extra_args(false);
    made[added] = option.get();
  }
  if (!command.subcommands().empty()) app.require_subcommand(0, 1);
  for (const auto& subcommand : command.subcommands()) {
    CLI::App* added = app.add_subcommand(subcommand->name());
    const bool named = std::find(words.begin(), words.end(), subcommand->name()) != words.end();
    if (named) build(*added, *subcommand, words, made);
  }
}

struct Arguments {
  std::vector<std::string> before, after;  // a "--"
};

Arguments arguments(int argc, const char* const* argv) {
  Arguments all;
  bool after = false;
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    if (after) {
      all.after.push_back(text);
    } else if (text == "--") {
      after = true;
    } else if (text.size() > 3 && text.starts_with("--") && text.find('=') == text.size() - 1) {
      // CLI11 would take the next argument as the value of "--name="; here the value is empty.
      all.before.push_back(text.substr(0, text.size() - 1));
      all.before.emplace_back();
    } else {
      all.before.push_back(text);
    }
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

bool takes_words(const Command& command) {
  return std::any_of(command.options().begin(), command.options().end(),
                     [](const auto& option) { return option->positional; });
}

std::string unknown_argument(const Command& command, const std::string& text) {
  if (takes_words(command)) return fmt::format("{}: one argument too many", printable(text));
  const auto names = subcommand_names(command);
  const std::string near = nearest(text, names);
  if (!near.empty()) return fmt::format("{}: no such subcommand; did you mean {}?", printable(text), near);
  if (!names.empty()) {
    return fmt::format("{}: no such subcommand; expected one of {}", printable(text), join(names, ", "));
  }
  return fmt::format("{}: one argument too many", printable(text));
}

// Splits what CLI11 left over at one level into unknown options, told as a problem, and words.
std::vector<std::string> words_of(const CLI::App& app, std::size_t level, Parsed& parsed) {
  std::vector<std::string> words;
  for (const std::string& text : app.remaining()) {
    const bool option = text.size() > 1 && text[0] == '-';
    if (!option) words.push_back(text);
    if (!parsed.problem.empty()) continue;
    if (option) {
      parsed.problem = unknown_option(parsed, level, text);
    } else if (!takes_words(*parsed.path[level])) {
      // A subcommand gone wrong comes first: the options behind it were meant for it.
      parsed.problem = unknown_argument(*parsed.path[level], text);
    }
  }
  return words;
}

// Gives the words to the command's positional arguments, in order.
void deal_out(const Command& command, std::vector<std::string> words, Parsed& parsed) {
  std::size_t next = 0;
  for (const auto& option : command.options()) {
    if (!option->positional || next >= words.size()) continue;
    const std::size_t end = option->repeats ? words.size() : next + 1;
    parsed.given.push_back({option.get(),
                            {words.begin() + static_cast<std::ptrdiff_t>(next),
                             words.begin() + static_cast<std::ptrdiff_t>(end)}});
    next = end;
  }
  if (next < words.size() && parsed.problem.empty()) parsed.problem = unknown_argument(command, words[next]);
}

void check_repeats(Parsed& parsed) {
  for (const Given& given : parsed.given) {
    if (!given.option->repeats && !given.option->is_flag() && given.texts.size() > 1 &&
        parsed.problem.empty()) {
      parsed.problem = fmt::format("{}: given {} times, but it takes one value", given.option->display_name(),
                                   given.texts.size());
    }
  }
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
    if (!own || given.option->command_line_only || given.option->group == kCommonOptions) continue;
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

// Follows the subcommands named, down from the tool, and puts them into parsed.path.
std::vector<const CLI::App*> chosen(const CLI::App& app, const Command& tool, Parsed& parsed) {
  std::vector<const CLI::App*> apps{&app};
  parsed.path.push_back(&tool);
  for (auto next = app.get_subcommands(); !next.empty(); next = apps.back()->get_subcommands()) {
    apps.push_back(next.front());
    const auto& all = parsed.path.back()->subcommands();
    parsed.path.push_back(std::find_if(all.begin(), all.end(), [&](const auto& subcommand) {
                            return subcommand->name() == apps.back()->get_name();
                          })->get());
  }
  return apps;
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
  Arguments all = arguments(argc, argv);
  build(app, tool, all.before, made);
  std::reverse(all.before.begin(), all.before.end());  // as CLI11 wants them
  try {
    app.parse(all.before);
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();
    throw UsageError(what.substr(0, what.find(':')) + ": its value is missing");
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  Parsed parsed;
  const std::vector<const CLI::App*> apps = chosen(app, tool, parsed);
  for (std::size_t level = 0; level < apps.size(); ++level) {
    const Command& command = *parsed.path[level];
    for (const CLI::Option* option : apps[level]->get_options()) {
      if (option->count() == 0) continue;
      parsed.given.push_back({made.at(option), option->results()});
      check_value(command, parsed.given.back());
    }
    std::vector<std::string> words = words_of(*apps[level], level, parsed);
    if (level + 1 == apps.size()) words.insert(words.end(), all.after.begin(), all.after.end());
    deal_out(command, std::move(words), parsed);
  }
  check_repeats(parsed);
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
      throw UsageError(fmt::format("{}: \"{}\" is none of {}{}", name, printable(part),
                                   join(option.choices, ", "),
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
