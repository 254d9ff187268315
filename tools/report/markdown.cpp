// aiops-report markdown: the worst series and their alerts, ready to paste into a ticket.
#include "report/markdown.hpp"

#include "commands.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

struct Markdown {
  ScoreInput scores;
  cli::OutputOptions out;
  report::OverviewOptions overview;
  report::MarkdownOptions markdown;
  std::int64_t top = 20, alerts = 20;

  void declare(cli::Command& command);
  Status run(Diagnostics& diagnostics);
};

void Markdown::declare(cli::Command& command) {
  command.describe(
      "Writes a table of the worst series and a list of the worst alerts with their reasons, in Markdown "
      "as GitHub, GitLab and chats read it. Names and reasons are set as code, so that nothing in them is "
      "taken for markup.");
  scores.declare(command);
  command.option("--title", "TEXT", markdown.title, "Heading of the report.");
  command.option("--top", "N", top, "Series in the table, the worst; 0 shows all.", 0, 1'000'000'000);
  command.option("--alerts", "N", alerts, "Alerts in the list, the worst.", 1, 1000);
  command
      .duration(
          "--merge", overview.merge,
          "Alerts of a series that are less apart are one; auto is 30 times its mean interval, at most 30 "
          "minutes.")
      .preset = "auto";
  out.declare(command);
  command.example("aiops-report markdown --top 5 --title 'Checkout slow' scores.ndjson -o ticket.md",
                  "A ticket about the five worst series.");
}

Status Markdown::run(Diagnostics& diagnostics) {
  markdown.top = static_cast<std::size_t>(top);
  // No series can have more among the worst of all than the list has.
  markdown.alerts = overview.alerts_kept = static_cast<std::size_t>(alerts);
  record::Rejects rejects(diagnostics, scores.in.rejects);
  report::ScoreReader reader(scores.in.reader_options(), scores.prefix, rejects, diagnostics);
  report::Overview all(overview);
  reader.read([&](report::Slot slot, const report::ScoreRow& row) { all.add(slot, row); });
  all.finish();
  record::Sink sink(out.output);
  sink.write(report::markdown_text(all, reader.series(), markdown));
  sink.close();
  return reader.finish();
}

}  // namespace

std::unique_ptr<cli::Command> make_markdown() {
  auto command = std::make_unique<cli::Command>("markdown", "series and alerts for a ticket");
  auto state = std::make_shared<Markdown>();  // kept by the body: options write to it
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
