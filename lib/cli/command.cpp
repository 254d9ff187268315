#include "cli/command.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::cli {
namespace {

std::string shown(double value) {
  std::string text;
  append_shortest(text, value);
  return text;
}

// "from 0 to 1", "of at least 1", "of at most 5"; `limit` is where a bound says nothing.
template <typename T>
std::string range_text(T min, T max, T limit) {
  const auto text = [](T bound) {
    if constexpr (std::is_same_v<T, double>) return shown(bound);
    return fmt::format("{}", bound);
  };
  const bool low = min > -limit, high = max < limit;
  if (low && high) return fmt::format(" from {} to {}", text(min), text(max));
  if (low) return fmt::format(" of at least {}", text(min));
  if (high) return fmt::format(" of at most {}", text(max));
  return "";
}

std::string quoted(const std::string& text) { return fmt::format("\"{}\"", printable(text)); }

void set_double(double& target, const std::string& text, double min, double max) {
  const std::string range = range_text(min, max, std::numeric_limits<double>::max());
  double value = 0;
  if (parse_number(text, value) != Number::ok) {
    throw UsageError(fmt::format("{} is not a number; expected a number{}", quoted(text), range));
  }
  if (value < min || value > max) {
    throw UsageError(fmt::format("{} is out of range; expected a number{}", printable(text), range));
  }
  target = value;
}

void set_int(std::int64_t& target, const std::string& text, std::int64_t min, std::int64_t max) {
  const std::string range = range_text(min, max, std::numeric_limits<std::int64_t>::max());
  const auto value = parse_int(text);
  if (!value) {
    throw UsageError(fmt::format("{} is not a whole number; expected a whole number{}", quoted(text), range));
  }
  if (*value < min || *value > max) {
    throw UsageError(fmt::format("{} is out of range; expected a whole number{}", *value, range));
  }
  target = *value;
}

void set_duration(Nanos& target, const std::string& text) {
  const auto value = parse_duration(text);
  if (!value) {
    const bool bare = !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
    throw UsageError(bare ? fmt::format("{} has no unit; expected e.g. {}s, {}m", quoted(text), text, text)
                          : fmt::format("{} is not a duration; expected e.g. 90s, 5m, 1h30m", quoted(text)));
  }
  target = *value;
}

}  // namespace

std::string Option::display_name() const {
  if (positional) return names;
  std::string last;
  for (const std::string& name : split(names, ',')) last = name;
  return last;
}

Command::Command(std::string name, std::string summary)
    : name_(std::move(name)), summary_(std::move(summary)) {}

Command& Command::describe(std::string text) {
  paragraphs_.push_back(std::move(text));
  return *this;
}

Command& Command::section(std::string title, std::string text) {
  sections_.emplace_back(std::move(title), std::move(text));
  return *this;
}

Command& Command::example(std::string command, std::string what) {
  examples_.push_back({std::move(command), std::move(what)});
  return *this;
}

Command& Command::group(std::string heading) {
  group_ = std::move(heading);
  return *this;
}

Option& Command::declare(Option option) {
  if (option.group.empty()) option.group = group_;
  options_.push_back(std::make_unique<Option>(std::move(option)));
  return *options_.back();
}

Option& Command::flag(std::string names, bool& target, std::string help) {
  Option option;
  option.names = std::move(names);
  option.help = std::move(help);
  option.set = [&target](const std::string& text) {
    if (text != "true" && text != "false") throw UsageError(quoted(text) + " is neither true nor false");
    target = text == "true";
  };
  return declare(std::move(option));
}

Option& Command::custom(std::string names, std::string value, std::function<void(const std::string&)> set,
                        std::string help) {
  Option option;
  option.names = std::move(names);
  option.value = std::move(value);
  option.help = std::move(help);
  option.set = std::move(set);
  return declare(std::move(option));
}

Option& Command::option(std::string names, std::string value, std::string& target, std::string help) {
  Option& made = custom(
      std::move(names), std::move(value), [&target](const std::string& text) { target = text; },
      std::move(help));
  made.preset = target;
  return made;
}

Option& Command::option(std::string names, std::string value, std::vector<std::string>& target,
                        std::string help) {
  // The first text replaces the default, further ones add to it.
  Option& made = custom(
      std::move(names), std::move(value),
      [&target, first = true](const std::string& text) mutable {
        if (first) target.clear();
        first = false;
        target.push_back(text);
      },
      std::move(help));
  made.preset = join(target, ",");
  made.repeats = true;
  return made;
}

Option& Command::option(std::string names, std::string value, double& target, std::string help, double min,
                        double max) {
  Option& made = custom(
      std::move(names), std::move(value),
      [&target, min, max](const std::string& text) { set_double(target, text, min, max); }, std::move(help));
  if (std::isfinite(target)) made.preset = shown(target);
  return made;
}

Option& Command::option(std::string names, std::string value, std::int64_t& target, std::string help,
                        std::int64_t min, std::int64_t max) {
  Option& made = custom(
      std::move(names), std::move(value),
      [&target, min, max](const std::string& text) { set_int(target, text, min, max); }, std::move(help));
  made.preset = fmt::format("{}", target);
  return made;
}

Option& Command::duration(std::string names, Nanos& target, std::string help) {
  Option& made = custom(
      std::move(names), "DURATION", [&target](const std::string& text) { set_duration(target, text); },
      std::move(help));
  if (target > 0) made.preset = format_duration(target);
  return made;
}

Option& Command::choice(std::string names, std::string& target, std::vector<std::string> choices,
                        std::string help) {
  Option& made = option(std::move(names), join(choices, "|"), target, std::move(help));
  made.choices = std::move(choices);
  return made;
}

Option& Command::positional(std::string name, std::vector<std::string>& target, std::string help) {
  Option& made = option(std::move(name), "", target, std::move(help));
  made.positional = true;
  return made;
}

Option& Command::positional(std::string name, std::string& target, std::string help, bool required) {
  Option& made = option(std::move(name), "", target, std::move(help));
  made.positional = true;
  made.required = required;
  return made;
}

Command& Command::packs(std::vector<Pack>& target) {
  packs_ = &target;
  return *this;
}

Command& Command::tables(const std::string& name, std::vector<Table>& target) {
  tables_.emplace_back(name, &target);
  return *this;
}

Command& Command::thresholds(std::vector<ThresholdRule>& target) {
  thresholds_ = &target;
  return *this;
}

Command& Command::reads_stdin(std::function<bool()> answer) {
  reads_stdin_ = std::move(answer);
  return *this;
}

Command& Command::stops_in_order(bool yes) {
  stops_in_order_ = yes;
  return *this;
}

Command& Command::run(std::function<Status(Diagnostics&)> body) {
  body_ = std::move(body);
  return *this;
}

Command& Command::add(std::unique_ptr<Command> subcommand) {
  subcommands_.push_back(std::move(subcommand));
  return *subcommands_.back();
}

}  // namespace aiops::cli
