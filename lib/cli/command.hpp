// How a tool declares itself. Every option stands here once; --help, the man page, shell completion, the
// configuration file and the spelling hints all come from these declarations. CLI11 is hidden in parse.cpp.
//
// A Command owns its options and subcommands; the targets that options write to belong to the caller and must
// outlive run_main. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "cli/pack.hpp"
#include "cli/table.hpp"
#include "record/reader.hpp"

namespace aiops::cli {

struct Example {
  std::string command, what;  // "aiops-score --models models/shop < day.ndjson", "Score a day."
};

struct Option {
  std::string names;   // "-o,--output"; a positional argument has a name without dashes: "FILE"
  std::string value;   // "FILE", "DURATION", "N"; empty for a flag
  std::string help;    // one sentence or two; no default in the text
  std::string group;   // heading in help and man page; "" is "Options"
  std::string preset;  // the default as shown; set from the target
  std::vector<std::string> choices;
  bool repeats = false;  // may be given several times, or as a list a,b,c where `list` is set
  bool list = false;
  bool required = false;
  bool positional = false;
  bool secret = false;             // hidden from listings of configuration
  bool hidden = false;             // works, but stands in no help, man page or completion
  bool command_line_only = false;  // not to be set by the configuration file
  // Takes one text from the command line or the configuration; throws UsageError. What the error says stands
  // after the option's name: "--window: \"abc\" is not a duration; expected e.g. 90s". A text that begins
  // with "expected" gets the value in front. A flag gets "true" or "false".
  std::function<void(const std::string&)> set;

  bool is_flag() const { return value.empty() && !positional; }
  // The name for messages and the configuration: "--window", or "FILE" for a positional argument.
  std::string display_name() const;
};

// A static threshold, `[[threshold]]` in the configuration file.
struct ThresholdRule {
  std::string metric;                    // a selector as --only takes it: cpu, cpu{service="cart"}
  std::optional<double> high, critical;  // at least one is set
  bool above = true;                     // false: direction = "below"
  Nanos lasting = 0;                     // for = "2m": it counts once it has been crossed for so long
  std::string where;                     // "file:line", for messages
};

// One command: a tool, or a subcommand of a tool. Declaring opens nothing and reads nothing.
class Command {
 public:
  Command(std::string name, std::string summary);

  // Paragraphs of the man page's DESCRIPTION; --help shows the first.
  Command& describe(std::string text);
  Command& section(std::string title, std::string text);  // further man page sections
  Command& example(std::string command, std::string what);
  Command& group(std::string heading);  // for the options that follow

  // Options. `target` must outlive parsing; its value at this moment is the default that help shows.
  Option& flag(std::string names, bool& target, std::string help);
  Option& option(std::string names, std::string value, std::string& target, std::string help);
  Option& option(std::string names, std::string value, std::vector<std::string>& target, std::string help);
  Option& option(std::string names, std::string value, double& target, std::string help, double min,
                 double max);
  Option& option(std::string names, std::string value, std::int64_t& target, std::string help,
                 std::int64_t min, std::int64_t max);
  Option& duration(std::string names, Nanos& target, std::string help);  // value "DURATION"
  Option& choice(std::string names, std::string& target, std::vector<std::string> choices, std::string help);
  Option& custom(std::string names, std::string value, std::function<void(const std::string&)> set,
                 std::string help);
  Option& positional(std::string name, std::vector<std::string>& target, std::string help);
  Option& positional(std::string name, std::string& target, std::string help, bool required);

  // The `[[threshold]]` tables of the configuration file, in its order. `target` must outlive parsing.
  Command& thresholds(std::vector<ThresholdRule>& target);

  // The `[pack.NAME]` tables of the configuration file. `target` must outlive parsing.
  Command& packs(std::vector<Pack>& target);

  // The tables [NAME.…] or [[NAME]] of the configuration file, in its order. `target` must outlive parsing.
  Command& tables(const std::string& name, std::vector<Table>& target);

  // True, asked after parsing, if the command is going to read standard input: then a hint is shown on a
  // terminal.
  Command& reads_stdin(std::function<bool()> answer);

  // A signal is this command's usual end (--follow): when it ends with Status::done after one, that is its
  // status and not 130. May be called by the body, when it knows its options.
  Command& stops_in_order(bool yes = true);

  // What runs after parsing.
  Command& run(std::function<Status(Diagnostics&)> body);
  // A subcommand. The owner shows them in the order of declaration.
  Command& add(std::unique_ptr<Command> subcommand);

  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  const std::vector<std::string>& paragraphs() const { return paragraphs_; }
  const std::vector<std::pair<std::string, std::string>>& sections() const { return sections_; }
  const std::vector<Example>& examples() const { return examples_; }
  const std::vector<std::unique_ptr<Option>>& options() const { return options_; }
  const std::vector<std::unique_ptr<Command>>& subcommands() const { return subcommands_; }
  const std::function<Status(Diagnostics&)>& body() const { return body_; }
  std::vector<ThresholdRule>* thresholds_target() const { return thresholds_; }
  std::vector<Pack>* packs_target() const { return packs_; }
  const std::vector<std::pair<std::string, std::vector<Table>*>>& table_targets() const { return tables_; }
  bool will_read_stdin() const { return reads_stdin_ && reads_stdin_(); }
  bool ends_in_order() const { return stops_in_order_; }

  // An option from its parts; the other ways of declaring end here.
  Option& declare(Option option);

 private:
  std::string name_, summary_, group_;
  std::vector<std::string> paragraphs_;
  std::vector<std::pair<std::string, std::string>> sections_;
  std::vector<Example> examples_;
  std::vector<std::unique_ptr<Option>> options_;
  std::vector<std::unique_ptr<Command>> subcommands_;
  std::function<Status(Diagnostics&)> body_;
  std::function<bool()> reads_stdin_;
  std::vector<ThresholdRule>* thresholds_ = nullptr;
  std::vector<Pack>* packs_ = nullptr;
  std::vector<std::pair<std::string, std::vector<Table>*>> tables_;
  bool stops_in_order_ = false;
};

// Parses, applies the configuration file, runs, catches, and returns the exit status: the whole of main().
// Adds to every command --help, --version, --config FILE (or AIOPS_CONFIG), --quiet, --verbose, and the
// hidden
// --generate man|bash|zsh|fish. A tool with subcommands and a body of its own runs the body when no
// subcommand is named. Configuration: TOML; table [TOOL] or [TOOL.SUBCOMMAND] (without "aiops-") holds
// options by long name; keys outside any table apply to every tool that has such an option. The command line
// wins.
int run_main(int argc, char** argv, Command& tool);

// Shared declarations: what several tools have, declared once. The structs must outlive run_main.
struct InputOptions {
  std::vector<std::string> files;                               // FILE...
  std::vector<std::string> by, values;                          // --by, --value
  std::string time = "timestamp", time_unit = "auto", rejects;  // --time, --time-unit, --rejects
  std::int64_t max_series = 0;                                  // --max-series
  void declare(Command& command, bool with_value = true);

  // The same for record::Reader. With several values each is a series of its own (split_values).
  record::ReaderOptions reader_options() const;
};
struct OutputOptions {
  std::string output;  // -o, --output; "" or "-" is standard output
  std::string prefix;  // --prefix: stands before the names of appended fields
  void declare(Command& command, bool with_prefix = false);

  // Names with the prefix before them.
  std::vector<std::string> prefixed(const std::vector<std::string>& names) const;
};

}  // namespace aiops::cli
