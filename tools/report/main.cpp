// aiops-report: what scores say, for a terminal, a ticket and a browser; and how good they are against
// labels.
#include "base/text.hpp"
#include "commands.hpp"

namespace aiops::tools {

void ScoreInput::declare(cli::Command& command) {
  in.declare(command);
  for (const auto& option : command.options()) {
    if (option->names != "--value") continue;
    option->value = "FIELD";
    option->help = "Field that holds the value that was scored.";
    option->list = option->repeats = false;
  }
  command.group("Input");
  command.option("--prefix", "TEXT", prefix,
                 "What stands before the names of the fields of scores, as given to aiops-score --prefix.");
  command.group("");
}

Nanos time_option(const std::string& name, const std::string& text) {
  if (text.empty()) return kNoTime;
  if (const auto time = parse_time_or_relative(text, now())) return *time;
  throw UsageError(name + ": \"" + printable(text) +
                   "\" is not a time; expected e.g. 2026-01-31T12:00:00Z or -1h");
}

}  // namespace aiops::tools

int main(int argc, char** argv) {
  using namespace aiops;
  cli::Command tool("aiops-report", "show what scores say, and how good they are");
  tool.describe(
      "Reads score records, as aiops-score writes them, and reports: to a terminal (summary), to a ticket "
      "(markdown), to a browser (html), or, given the truth, how much of it was found (evaluate). Gathers "
      "them into "
      "incidents, which live in a journal (incidents, acknowledge, resolve, reopen, journal).");
  tool.add(tools::make_summary());
  tool.add(tools::make_markdown());
  tool.add(tools::make_html());
  tool.add(tools::make_evaluate());
  tool.add(tools::make_causes());
  tool.add(tools::make_graph());
  tool.add(tools::make_incidents());
  tool.add(tools::make_acknowledge());
  tool.add(tools::make_resolve());
  tool.add(tools::make_reopen());
  tool.add(tools::make_journal());
  tool.add(tools::make_templates());
  tool.add(tools::make_kafka());
  tool.add(tools::make_elasticsearch());
  tool.add(tools::make_notify());
  tool.add(tools::make_silence());
  tool.example("aiops-score --models models/shop < day.ndjson | aiops-report summary",
               "The worst series first.");
  tool.example("aiops-score --models models/shop < day.ndjson | aiops-report incidents --format text",
               "What is wrong, since when, where it began.");
  tool.example("aiops-report html scores.ndjson -o report.html", "A page with a chart for each series.");
  return cli::run_main(argc, argv, tool);
}
