// aiops-report html: one file with a chart for each series.
#include "report/html.hpp"

#include "base/text.hpp"
#include "commands.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

struct Html {
  ScoreInput scores;
  cli::OutputOptions out;
  report::HtmlOptions html;
  report::LabelOptions labels;
  std::string incidents;
  std::vector<std::string> logs;

  void declare(cli::Command& command);
  Status run(Diagnostics& diagnostics);
  void count_logs(report::IncidentView& view, record::Rejects& rejects, Diagnostics& diagnostics) const;
};

void Html::declare(cli::Command& command) {
  command.describe(
      "Writes one HTML file that needs nothing else, no network and no server: each series as a chart with "
      "its values, the expected value and its usual range, anomalies with their reasons, and labelled "
      "stretches shaded. Series are found by text, service and severity, worst first; all charts share one "
      "axis of time, to be zoomed and moved.");
  command.describe(
      "Up to about 700,000 rows every row is drawn; of more, long series are thinned to the lowest and "
      "highest value of a few rows each, and the file stays below 15 MB. Anomalies are drawn as they are, "
      "the worst 40,000 where there are more.");
  scores.declare(command);
  command.option("--title", "TEXT", html.title, "Heading of the page.");
  command.option(
      "--labels", "FILE", labels.file,
      "Shade what FILE labels, in place of the field truth; in the forms that aiops-report evaluate reads.");
  command.option("--windows", "NAME", labels.windows,
                 "Of a file of windows, take those of NAME, for all series.");
  command
      .duration(
          "--merge", html.merge,
          "Alerts of a series that are less apart are one; auto is 30 times its mean interval, at most 30 "
          "minutes.")
      .preset = "auto";
  command.option(
      "--incidents", "FILE", incidents,
      "Show the incidents of FILE, records of aiops-report incidents or its journal: each with its "
      "timeline, order of onset, causes, log lines and what was done.");
  command.option("--logs", "FILE", logs,
                 "Count log records of FILE by kind over the time of each incident, beside its series.");
  out.declare(command);
  command.example("aiops-report html scores.ndjson -o report.html", "A page to open in a browser.");
  command.example(
      "aiops-report html --incidents incidents.ndjson --logs logs.ndjson scores.ndjson -o report.html",
      "With the incidents above the series.");
  command.example("aiops-report html --labels faults.csv --title 'Game day' scores.ndjson -o report.html",
                  "With what really happened shaded.");
}

void Html::count_logs(report::IncidentView& view, record::Rejects& rejects, Diagnostics& diagnostics) const {
  if (logs.empty()) return;
  record::ReaderOptions options;
  options.files = logs;
  options.columns.by = {std::string(field::kService)};
  options.columns.by_required = options.columns.value_required = false;
  options.columns.values.clear();
  options.columns.texts = {std::string(field::kMessage), std::string(field::kSeverityText), "template_id"};
  record::Reader reader(std::move(options), rejects, diagnostics);
  incident::LogLine line;
  while (const record::Batch* batch = reader.next()) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      line.time = batch->time[i];
      line.service = reader.series().key(batch->series[i]).get(field::kService);
      line.message = batch->text[0][i];
      line.severity_text = batch->text[1][i];
      line.template_id = batch->text[2][i];
      if (!line.message.empty()) view.add_log(line);
    }
  }
}

Status Html::run(Diagnostics& diagnostics) {
  std::optional<std::vector<report::Event>> truth;
  if (!labels.file.empty()) {
    labels.by = scores.in.by;
    truth = report::read_labels(labels, diagnostics);
  }
  record::Rejects rejects(diagnostics, scores.in.rejects);
  report::ScoreReader reader(scores.in.reader_options(), scores.prefix, rejects, diagnostics);
  report::HtmlReport page(html);
  reader.read([&](report::Slot slot, const report::ScoreRow& row) { page.add(slot, row); });
  report::IncidentView view;
  if (!incidents.empty()) view.read(incidents, diagnostics);
  if (!view.empty()) count_logs(view, rejects, diagnostics);
  record::Sink sink(out.output);
  page.write(reader.series(), std::move(truth), sink, view);
  sink.close();
  return reader.finish();
}

}  // namespace

std::unique_ptr<cli::Command> make_html() {
  auto command = std::make_unique<cli::Command>("html", "a page with a chart for each series");
  auto state = std::make_shared<Html>();  // kept by the body: options write to it
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
