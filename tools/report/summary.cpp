// aiops-report summary: a line a series, worst first, for a terminal.
#include "report/summary.hpp"

#include "commands.hpp"
#include "record/writer.hpp"
#include "terminal.hpp"

namespace aiops::tools {
namespace {

constexpr int kWidthElsewhere = 120;  // where no terminal tells

struct Summary {
  ScoreInput scores;
  cli::OutputOptions out;
  report::OverviewOptions overview;
  std::int64_t top = 0;
  std::string draw = "value";
  TerminalOptions terminal;

  void declare(cli::Command& command);
  Status run(Diagnostics& diagnostics);
};

void Summary::declare(cli::Command& command) {
  command.describe(
      "Shows a line for each series, worst first: its highest score and when that was, its severity, the "
      "number of alerts, the newest value, and what it looked like over time. A score of 1 is the "
      "threshold. The last line tells the totals.");
  command.describe(
      "All drawings share one axis of time, from the first row to the last, and each has its own scale. In "
      "colour, what alerted is red. Columns give way where the terminal is narrow.");
  scores.declare(command);
  command.option("--top", "N", top, "Show the N worst series; 0 shows all.", 0, 1'000'000'000);
  command.choice("--draw", draw, {"value", "level"}, "What is drawn over time.");
  command
      .duration(
          "--merge", overview.merge,
          "Alerts of a series that are less apart are one; auto is 30 times its mean interval, at most 30 "
          "minutes.")
      .preset = "auto";
  command.group("Output");
  terminal.declare(command, std::to_string(kWidthElsewhere));
  command.group("");
  out.declare(command);
  command.example("aiops-report summary --top 10 scores.ndjson", "The ten worst series.");
  command.example("aiops-score --models models/shop < day.csv | aiops-report summary",
                  "At the end of a pipe.");
}

Status Summary::run(Diagnostics& diagnostics) {
  overview.draw_level = draw == "level";
  record::Rejects rejects(diagnostics, scores.in.rejects);
  report::ScoreReader reader(scores.in.reader_options(), scores.prefix, rejects, diagnostics);
  report::Overview all(overview);
  reader.read([&](report::Slot slot, const report::ScoreRow& row) { all.add(slot, row); });
  all.finish();
  record::Sink sink(out.output);
  const report::TextStyle style = terminal.style(out, kWidthElsewhere);
  sink.write(
      report::summary_text(all, reader.series(), {style.width, style.colour, static_cast<std::size_t>(top)}));
  sink.close();
  return reader.finish();
}

}  // namespace

std::unique_ptr<cli::Command> make_summary() {
  auto command = std::make_unique<cli::Command>("summary", "a line for each series, worst first");
  auto state = std::make_shared<Summary>();  // kept by the body: options write to it
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
