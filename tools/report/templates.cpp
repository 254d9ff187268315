// aiops-report templates: what logs say, how often, and what of it is odd.
#include "report/templates.hpp"

#include "base/file.hpp"
#include "commands.hpp"
#include "model/store.hpp"
#include "record/writer.hpp"
#include "score/log_input.hpp"

namespace aiops::tools {
namespace {

struct Options {
  cli::InputOptions in;
  cli::OutputOptions out;
  std::string models, state;
  std::int64_t top = 50, width = 160;
  bool json = false;
};

// Log records with templates, with or without evidence between them.
Status read_records(const Options& options, model::LogHistory& history, report::TemplateFlags& flags,
                    Diagnostics& diagnostics) {
  record::Rejects rejects(diagnostics, options.in.rejects);
  record::ReaderOptions reading = options.in.reader_options();
  reading.columns = score::log_columns(reading.columns);
  record::Reader reader(reading, rejects, diagnostics);
  score::LogLine line;
  std::string_view metric;
  std::uint64_t others = 0;
  std::size_t templates = 0;
  while (const record::Batch* batch = reader.next()) {
    const bool csv = reader.format() == record::Format::csv;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (score::log_finding(*batch, i, line, metric)) {
        const std::string service(reader.series().key(batch->series[i]).get(field::kService));
        flags[{service, std::string(line.id)}].emplace(metric.substr(4));
        continue;
      }
      if (!score::log_line(*batch, i, reader.series(), csv, line)) {
        ++others;
        continue;
      }
      for (const std::string& from : line.merged_from) history.merge(from, std::string(line.id));
      model::LogService& service = history.services[std::string(line.service)];
      if (templates >= model::LogHistory::kMostTemplates &&
          service.templates.count(std::string(line.id)) == 0) {
        ++others;
        continue;
      }
      model::LogTemplate& known = service.templates[std::string(line.id)];
      if (known.lines++ == 0) {
        ++templates;
        known.example = line.message.substr(0, 512);
        known.severity = line.severity;
        known.first = line.time;
      }
      if (known.text != line.text) known.text = line.text;
      known.first = std::min(known.first, line.time);
      known.last = std::max(known.last, line.time);
      ++history.lines;
    }
  }
  if (others > 0)
    diagnostics.info(std::to_string(others) +
                     " records without a template, or without room for it, are not listed");
  return reader.finish();
}

Status run(const Options& options, Diagnostics& diagnostics) {
  model::LogHistory history;
  report::TemplateFlags flags;
  Status status = Status::done;
  if (!options.models.empty() && !options.state.empty())
    throw UsageError("--models and --state: both hold a history; give one of them");
  if (!options.models.empty() || !options.state.empty()) {
    if (!options.in.files.empty())
      throw UsageError("--models, --state: there is nothing to read beside them");
    const std::filesystem::path path =
        options.state.empty() ? model::find_model(options.models).path : std::filesystem::path(options.state);
    history = model::LogHistory::load(read_file(path), path.string());
  } else {
    status = read_records(options, history, flags, diagnostics);
  }
  const auto rows = report::template_rows(history, flags, static_cast<std::size_t>(options.top));
  record::Sink sink(options.out.output);
  sink.write(options.json ? report::templates_json(rows)
                          : report::templates_text(rows, history, static_cast<std::size_t>(options.width)));
  sink.close();
  return status;
}

}  // namespace

std::unique_ptr<cli::Command> make_templates() {
  static Options options;
  auto command = std::make_unique<cli::Command>("templates", "list the templates of logs");
  command->describe(
      "Reads log records with templates (aiops-features templates), with or without the evidence that "
      "aiops-score "
      "put between them, and lists the templates of each service: lines, share of the service's lines, when "
      "the first "
      "and the last came, what was found (new, surge, silent, value, order), and the text. Those with "
      "something found "
      "stand first, then those with the most lines.");
  command->option("--models", "DIR", options.models, "List what a model of logs knows, in place of records.");
  command->option("--state", "FILE", options.state, "List what aiops-score --state FILE keeps of logs.");
  command->option("--top", "N", options.top, "List N templates; 0 lists all.", 0, 1'000'000'000);
  command->flag("--json", options.json, "An object a line, with an example of each.");
  command->option("--width", "N", options.width, "Cut lines of the table to N columns.", 40, 10'000);
  options.in.declare(*command, false);
  options.out.declare(*command);
  command->example("aiops-score --models models/logs day.ndjson | aiops-report templates",
                   "What the day's logs said, the odd first.");
  command->run([](Diagnostics& diagnostics) { return run(options, diagnostics); });
  return command;
}

}  // namespace aiops::tools
