// aiops-score: rows in, the same rows with scores behind them out.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "../detector_options.hpp"
#include "added.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "exec_options.hpp"
#include "log_rows.hpp"
#include "model/store.hpp"
#include "score/explain.hpp"
#include "score/input.hpp"
#include "score/log_input.hpp"
#include "score/scorer.hpp"
#include "score/state.hpp"
#include "scored_rows.hpp"
#include "threshold_options.hpp"

namespace aiops::tools {
namespace {

struct ScoreOptions {
  cli::InputOptions input;
  cli::OutputOptions output;
  DetectorOptions detector;
  std::string models, state, fail_on;
  std::vector<std::string> fields = {"score",    "level", "alert", "severity", "status",
                                     "expected", "lower", "upper", "reasons"};
  score::Options scoring;
  bool joint = false;
  std::vector<std::string> group_by = {"service"};
  std::string refractory, budget, calendar;
  bool no_learn = false, explain = false;
  Nanos no_data_after = 0, log_window = kMinute;
  std::int64_t jobs = 1;
  std::vector<std::string> budget_per;
  ThresholdOptions thresholds;
  ExecOptions exec;
};

// Options that would say nothing without another.
void refuse_idle(const ScoreOptions& options) {
  if (!options.budget_per.empty() && options.budget.empty()) {
    throw UsageError("--budget-per: whose budget? Give it with --alert-budget, such as 1/day");
  }
  if (options.group_by != ScoreOptions().group_by && !options.joint) {
    throw UsageError("--group-by: groups are for joint scores; give --joint, too");
  }
  if (options.thresholds.lasting > 0 && options.thresholds.rules.empty()) {
    throw UsageError("--for: for which bound? Give --upper or --lower, too");
  }
  if (options.joint && options.detector.name == "threshold") {
    throw UsageError("--joint: it is made of probabilities, and nobody knows how often a bound is crossed");
  }
}

score::Options scoring_options(const ScoreOptions& options) {
  refuse_idle(options);
  score::Options scoring = options.scoring;
  if (!options.refractory.empty()) {
    const auto duration = parse_duration(options.refractory);
    if (!duration)
      throw UsageError(
          fmt::format("--refractory: \"{}\" is not a duration; expected e.g. 5m, or 0", options.refractory));
    scoring.refractory = *duration;
  }
  if (!options.budget.empty()) {
    scoring.budget = score::AlertBudget::parse(options.budget);
    if (!scoring.budget) {
      throw UsageError(fmt::format(
          "--alert-budget: {} is no number of alerts in a time; expected e.g. 1/day, 4/week or 0.5/12h",
          printable(options.budget)));
    }
    if (scoring.sensitivity != 1) throw UsageError("--alert-budget and --sensitivity exclude each other");
    const bool all = options.budget_per.size() == 1 && options.budget_per[0] == "all";
    if (all) scoring.budget->by.emplace();
    if (!all && !options.budget_per.empty()) scoring.budget->by = options.budget_per;
  }
  scoring.learn = !options.no_learn;
  scoring.thresholds = options.thresholds.parse();
  scoring.thresholds_alone = options.detector.name == "threshold";
  if (!scoring.thresholds_alone) return scoring;
  if (scoring.thresholds.empty()) {
    throw UsageError(
        "--detector threshold: there are no bounds; give --upper or --lower, or [[threshold]] in the "
        "configuration "
        "file");
  }
  if (scoring.budget || scoring.sensitivity != 1) {
    throw UsageError("--alert-budget and --sensitivity: a threshold is crossed or not; change the bound");
  }
  return scoring;
}

constexpr std::string_view kDefaultModels = "models/default";

// The model that was asked for, or a detector that learns as it goes where none was asked for and none is
// there.
model::LoadedModel model_of(const ScoreOptions& options, Diagnostics& diagnostics) {
  if (!options.models.empty() && !options.detector.name.empty()) {
    throw UsageError("--models and --detector exclude each other: a model says which detector it has");
  }
  std::string detector = options.detector.name;
  if (detector.empty()) {
    std::error_code ignored;
    const bool asked = !options.models.empty();
    if (asked || std::filesystem::exists(kDefaultModels, ignored)) {
      options.detector.refuse_parameters(asked ? options.models : std::string(kDefaultModels));
      return model::open_model(asked ? options.models : std::string(kDefaultModels));
    }
    detector = model::kDefaultDetector;
    diagnostics.info(fmt::format("there is no model in {}: {} learns as it goes", kDefaultModels, detector));
  }
  options.detector.refuse_others(detector);
  model::Schema schema;
  schema.inputs = {std::string(field::kValue)};
  return {model::Bundle::without_training(detector, schema, options.detector.parameters), "", {}};
}

std::unique_ptr<JointRows> joint_rows(const ScoreOptions& options, const score::Options& scoring,
                                      JointRows::Write write) {
  if (!options.joint) return nullptr;
  score::JointOptions joint;
  joint.by = options.group_by;
  joint.critical_score = scoring.critical_score;
  joint.refractory = scoring.refractory.value_or(-1);
  return std::make_unique<JointRows>(joint, options.input.time, options.explain, std::move(write));
}

record::ReaderOptions block_options(const ScoreOptions& options) {
  record::ReaderOptions reading = options.input.reader_options();
  // Large blocks hold many rows of each series, for which its detector is brought into the cache but once.
  reading.block = 4u << 20;
  reading.most_rows = 1u << 16;
  return reading;
}

record::Columns columns_of(const ScoreOptions& options, model::Bundle& bundle,
                           const std::vector<std::string>& appended) {
  record::Columns columns = options.input.reader_options().columns;
  if (bundle.size() > 0) {
    columns = score::columns_for(bundle.schema(), columns, !options.input.values.empty());
  }
  columns.appended = appended;
  return columns;
}

// Log records with templates go a way of their own.
Status run_logs(const ScoreOptions& options, const score::Options& scoring, record::Reader& reader,
                Diagnostics& diagnostics) {
  if (options.joint || !options.calendar.empty() || !options.detector.name.empty() || scoring.budget ||
      !scoring.thresholds.empty() || options.no_data_after > 0) {
    throw UsageError(
        "the input is log records with templates: --detector, --joint, --calendar, --no-data-after, "
        "--alert-budget "
        "and bounds are for samples; leave them out");
  }
  LogScoring logs{options.models,
                  options.state,
                  options.output.output,
                  options.fail_on,
                  options.input.time,
                  options.log_window,
                  {}};
  logs.options.refractory = scoring.refractory.value_or(logs.options.refractory);
  logs.options.critical_score = scoring.critical_score;
  logs.options.learn = scoring.learn;
  reader.set_columns(score::log_columns(options.input.reader_options().columns));
  return score_logs(logs, reader, diagnostics);
}

Status gate(const ScoreOptions& options, const score::Scorer& scorer, const Added& added,
            Diagnostics& diagnostics) {
  const score::Severity worst = std::max(scorer.counts().worst_alert, added.worst_alert());
  const score::Severity limit =
      options.fail_on == "critical" ? score::Severity::critical : score::Severity::high;
  if (options.fail_on.empty() || worst < limit) return Status::done;
  diagnostics.warn(
      fmt::format("--fail-on {}: there are {} alerts", options.fail_on, score::severity_name(worst)));
  return Status::gate;
}

// --explain and the field that it fills are one wish.
void settle_explanation(ScoreOptions& options) {
  const bool listed =
      std::find(options.fields.begin(), options.fields.end(), "explanation") != options.fields.end();
  if (options.explain && !listed) options.fields.emplace_back("explanation");
  options.explain = options.explain || listed;
}

Status run(ScoreOptions& options, Diagnostics& diagnostics) {
  if (options.detector.list) {
    print_detectors();
    return Status::done;
  }
  settle_explanation(options);
  score::Options scoring = scoring_options(options);
  record::Rejects rejects(diagnostics, options.input.rejects);
  record::Reader reader(block_options(options), rejects, diagnostics);
  if (score::have_templates(reader.peek())) return run_logs(options, scoring, reader, diagnostics);
  std::optional<score::Calendar> calendar;
  if (!options.calendar.empty()) {
    calendar = score::Calendar::read(options.calendar);
    scoring.calendar = &*calendar;
  }
  const std::unique_ptr<score::ExecModel> process = options.exec.make(options.detector.name, diagnostics);
  scoring.exec = process.get();
  model::LoadedModel model = model_of(options, diagnostics);
  Pool pool(static_cast<unsigned>(options.jobs));
  scoring.pool = &pool;
  score::Scorer scorer(model.bundle, scoring);
  const std::vector<std::string> names = options.output.prefixed(options.fields);
  reader.set_columns(columns_of(options, model.bundle, names));
  if (model.bundle.size() > 0) score::require_inputs(model.bundle.schema(), reader.peek());

  record::Sink sink(options.output.output);
  ScoredRows out(sink, options.fields, names, pool);
  const auto add = [&](std::string_view line, const score::Scored& row) { out.write(line, row, ""); };
  Added added;
  added.joint = joint_rows(options, scoring, add);
  if (options.no_data_after > 0) {
    added.absence = std::make_unique<AbsenceRows>(options.no_data_after, options.input.time, scoring.calendar,
                                                  options.explain, add);
  }
  added.load_state(options.state, scorer);
  reader.on_block([&] { sink.flush(); });
  reader.on_evict([&](record::SeriesId id) {
    scorer.evict(id);
    if (added.absence) added.absence->series().evict(id);
  });
  std::vector<score::Scored> scored;
  const auto begin = [&] {
    out.begin(reader);
    added.begin(reader);
  };
  while (const record::Batch* batch = reader.next()) {
    begin();
    scorer.score(*batch, reader.series(), scored);
    const auto explain = [&](std::size_t i) {
      if (!options.explain || scored[i].severity == score::Severity::normal) return;
      const double value = model.bundle.schema().joint ? model::kMissing : batch->value[0][i];
      const record::SeriesKey& key = reader.series().key(batch->series[i]);
      scored[i].explanation = score::explain(key, value, batch->time[i], scored[i]);
    };
    if (!added.joint && !added.absence) {
      out.write(*batch, scored, model.name, explain);
      continue;
    }
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (scored[i].status.empty()) {
        out.pass(batch->line[i]);
        continue;
      }
      const record::SeriesId id = batch->series[i];
      if (added.absence) added.absence->row(id, reader.series(), batch->time[i]);
      explain(i);
      if (added.joint) {
        added.joint->scores().add(reader.series().key(id), batch->time[i], scored[i], scorer.refractory(id));
      }
      out.write(batch->line[i], scored[i], model.name);
    }
  }
  if (reader.format() == record::Format::csv) begin();
  if (added.joint) added.joint->scores().finish();
  sink.close();
  added.save_state(options.state, scorer, reader.series());
  tell(scorer, added, scoring.thresholds_alone, diagnostics);
  if (reader.counts().other > 0)
    diagnostics.info(fmt::format(
        "{} without a value passed on unscored, as logs, spans and incidents are; evidence in logs comes "
        "from an aiops-score of their own, behind aiops-features templates",
        count(reader.counts().other, "record")));
  const Status status = process ? worse(reader.finish(), process->finish()) : reader.finish();
  return worse(status, gate(options, scorer, added, diagnostics));
}

}  // namespace
}  // namespace aiops::tools

int main(int argc, char** argv) {
  using namespace aiops;
  tools::ScoreOptions options;
  cli::Command tool("aiops-score", "score records by a trained model");
  tool.describe(
      "Reads samples, rows with features, or any records with a number in them, and writes each with a "
      "score, a level, "
      "a verdict and reasons. The line that was read stays as it is, byte for byte; the new fields stand "
      "behind it. Where "
      "the model wants features that the records do not have, they are computed as they were for training.");
  tool.describe(
      "A score of 1 is the threshold, whatever the model. alert is 1 where the score reaches 1, or a static "
      "threshold "
      "of the configuration is crossed, and the series has not alerted within the refractory period.");
  tool.section(
      "FIELDS",
      "score: how unusual, 1 is the threshold. level: the score, held and decaying, for ranking and "
      "drawing. alert: 0 "
      "or 1. severity: normal, high, critical. status: ok, warming_up (not enough rows before it), "
      "no_data (the "
      "value is missing), flat (it has never changed), counter_reset (a counter began anew: it is scored as "
      "if it had gone on), expected_before (over the threshold, and as somebody said is to be expected: no "
      "alert), no_model, no_answer (of --detector exec), pending (a bound is crossed, not for long enough), "
      "duplicate, out_of_order. expected, lower, upper: of the value; "
      "trend, seasonal: the parts of expected. "
      "p_value: how "
      "likely such a row was in training. reasons: what drove the score, strongest first, as "
      "name=value(+by how "
      "much). detector, model: where the score is from. explanation: with --explain, the same as a "
      "sentence.");
  tool.section(
      "LOGS",
      "Log records with templates (aiops-features templates) are passed on as they are, and "
      "evidence is written "
      "between them, score records of their own, when a window of time has closed: log_new, a "
      "template that the "
      "service never had; log_surge, more lines than ever in a window; log_silent, none for longer "
      "than ever; "
      "log_value, a parameter with a value that was never among the few that it has; log_order, a "
      "template that never "
      "followed this one in the same trace, or a request without its end. value is the number of "
      "lines, message an "
      "example. p_value comes from what was counted, and a score of 1 is a thousandth. Models of "
      "logs are made by "
      "aiops-train from the same records; without one, history is learned as it goes, and nothing "
      "is told within the "
      "first 15 windows of a service. What was too much is not learned for ten windows. In CSV, where all "
      "rows have the same columns, those of evidence are appended to the log's. The first record says "
      "whether logs or samples are scored; the others are passed on, and counted.");
  tool.section("JOINT SCORES",
               "A joint record's value is the cubic mean of its members' surprises (-log10 of p_value): one "
               "metric far out counts, and so do many that are a little out, which none of them would alert "
               "on. Its score comes from a tail model of the group's own, learned as it goes; the first 64 "
               "closed times are warming_up. reasons: how many members moved, and the strongest with their "
               "surprises. A member counts with its last row for two of its steps; rows must come in the "
               "order of time.");
  tool.group("Model");
  tool.option("--models", "DIR", options.models,
              "The model to score by: its folder (the current version), a version's folder, or a bundle. A "
              "series that was not trained starts cold if the model's detector learns as it goes, and is "
              "passed on unscored if not. Without a model in models/default, and without this option, all "
              "series start cold.")
      .preset = "models/default";
  options.detector.declare(tool, tools::DetectorUse::cold, "Score without a model by this detector.");
  tool.option("--state", "FILE", options.state,
              "Go on where the run before stopped: read the rolling state from FILE if it is there, and "
              "write it at the end. Rows that "
              "an earlier run has seen are not scored again.");
  options.detector.declare_parameters(tool, tools::DetectorUse::cold);
  tool.group("Logs");
  tool.duration("--log-window", options.log_window,
                "Log records with templates: count them in windows so long. A model goes by its own.");
  tool.group("Joint scores");
  tool.flag("--joint", options.joint,
            "Also score what the metrics of a group say together: one more record whenever the group's time "
            "closes, with the metric (joint). See JOINT SCORES.");
  tool.option("--group-by", "FIELDS", options.group_by,
              "The key fields that make a group: service, labels.pod, …")
      .list = true;
  tool.duration("--no-data-after", options.no_data_after,
                "Also tell when a series stops: one more record with status no_data, high and an alert, when "
                "it has had "
                "no row for so long while others went on. Rows must come in the order of time. 0: never.");
  tool.flag("--no-learn", options.no_learn,
            "Judge by what was learned, and learn nothing more: a detector that learns as it goes stays as "
            "the model has it.");
  tool.option("--calendar", "FILE", options.calendar,
              "Times of maintenance and holidays, in which rows are scored, never alerted and not learned: "
              "iCalendar, or CSV with start, end and, as one likes, selector (which series) and name.");
  tool.group("Verdict");
  tool.option("--critical-at", "SCORE", options.scoring.critical_score,
              "Scores from here on are critical; from 1 on they are high.", 1, 1e6);
  tool.option(
      "--alert-budget", "N/TIME", options.budget,
      "Put the threshold where N alerts come in TIME (hour, day, week, month, or a duration): 1/day. It "
      "follows from the detector's probabilities and from how often rows come, and is corrected by what "
      "comes out. After the first 64 rows. level stays in the detector's own terms, for it ranks.");
  tool.option("--budget-per", "FIELDS", options.budget_per,
              "Whose budget it is: each group of series with the same of these key fields (service), or all. "
              "If not given, each series has one.")
      .list = true;
  tool.option("--sensitivity", "FACTOR", options.scoring.sensitivity,
              "Multiply scores and levels by this: 1.2 alerts on more, 0.8 on less.", 0.01, 100);
  tool.option(
      "--refractory", "DURATION", options.refractory,
      "After an alert, a series gives no other for so long. If not given, 5m for samples (the detector "
      "adaptive: 10h, but no less than 40 steps and no more than 120, where steps are a minute and more), "
      "but with --alert-budget no more than half of the time that it has for an alert, and 0 for log records "
      "and spans, each of which is an event of its own.");
  tool.choice("--fail-on", options.fail_on, {"high", "critical"},
              "Exit with 1 if there was an alert of this severity, or a worse one.");
  tool.flag("--explain", options.explain,
            "Append explanation, a sentence for each row that is not normal: what it is, what was never seen "
            "before, "
            "what was expected.");
  cli::Option& fields =
      tool.option("--fields", "FIELDS", options.fields, "The fields to append, in this order.");
  fields.list = true;
  tool.option("--jobs", "N", options.jobs,
              "Threads that work on the series of a block of rows; 0 takes one for each processor. What "
              "comes out is the same, and rows that come singly do not wait.",
              0, 1024);
  tool.group("Thresholds");
  options.thresholds.declare(tool);
  options.exec.declare(tool);
  tool.group("");
  options.input.declare(tool);
  options.output.declare(tool, true);
  tool.example("aiops-score --models models/shop < today.ndjson > scores.ndjson", "Score a day.");
  tool.example(
      "aiops-collect prometheus … --follow | aiops-score --models models/shop | aiops-report summary",
      "Score as it comes.");
  tool.example("aiops-score --models models/shop --state shop.state --fail-on critical < last-minute.csv",
               "From cron: go on where the last run stopped.");
  tool.example("aiops-score --models models/shop --joint day.ndjson | jq -c 'select(.metric == \"(joint)\")'",
               "One row a service and time: what its metrics say together.");
  tool.example("aiops-score --models models/shop --alert-budget 2/day --budget-per service < day.ndjson",
               "About two alerts a day and service, however many metrics it has.");
  tool.example("aiops-score < any.csv", "A file that somebody sent: no model, learning as it goes.");
  tool.example("aiops-score --models models/requests log.ndjson | jq -c 'select(.alert==1)'",
               "Requests that stand out.");
  tool.run([&](Diagnostics& diagnostics) { return tools::run(options, diagnostics); });
  return cli::run_main(argc, argv, tool);
}
