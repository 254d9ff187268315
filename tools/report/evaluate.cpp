// aiops-report evaluate: labels against scores, and gates for a check that is to fail a build.
#include "report/evaluate.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "record/writer.hpp"
#include "report/evaluate_text.hpp"

namespace aiops::tools {
namespace {

struct Evaluate {
  ScoreInput scores;
  cli::OutputOptions out;
  report::EvaluateOptions evaluate;
  report::LabelOptions labels;
  report::Gates gates;
  std::string rank = "level", from, to, json, events = "all";
  std::int64_t window = 0;

  void declare(cli::Command& command);
  void declare_labels(cli::Command& command);
  void declare_gates(cli::Command& command);
  Status run(Diagnostics& diagnostics);
  void write(const report::EvaluateResult& result) const;
};

std::function<void(const std::string&)> number_into(std::optional<double>& target, double max,
                                                    const char* expected) {
  return [&target, max, expected](const std::string& text) {
    double value = 0;
    if (parse_number(text, value) != Number::ok || value < 0 || value > max) throw UsageError(expected);
    target = value;
  };
}

std::function<void(const std::string&)> rate_into(std::vector<double>& target) {
  return [&target](const std::string& text) {
    double value = 0;
    if (parse_number(text, value) != Number::ok || !(value > 0) || value > 1e9) {
      throw UsageError("expected a number of alerts a series and day, such as 1 or 0.25");
    }
    target.push_back(value);
  };
}

void declare_rules(cli::Command& command) {
  command.section(
      "LABELS",
      "The truth is the field truth of the rows (a kind, or empty), as aiops-inject writes it: rows of a "
      "series that follow each other with the same kind are one event. Or it is the file of --labels, in "
      "one of three forms that are told by what stands in it. Intervals, CSV or NDJSON: start, end, kind, "
      "and fields that name series (service, metric, …); a field that is empty or absent matches any, so a "
      "label with a service alone is one event of the service as a whole. Points, CSV or NDJSON: timestamp "
      "and label, 0 or 1. Windows: a JSON object of NAME: [[start, end], …], as the Numenta Anomaly "
      "Benchmark has it; a series belongs to NAME if one of its fields is NAME, the last part of NAME, or "
      "that without its extension.");
  command.section(
      "EVENTS AND ALERTS",
      "Decisions go by the field alert. Alerting rows of a series that are less than --merge apart are one "
      "alert, which rows over the threshold keep open. An event is found if a row alerts in a series that "
      "it concerns, from its start to --grace after its end; the delay is from its start to the first such "
      "row. An alert is right if one of its rows finds an event, else it is a false alarm. Recall is the "
      "share of events that were found, precision the share of alerts that were right. Events outside the "
      "time of the rows, or of series that are not there, are not counted; this is said.");
  command.section(
      "ROWS AND RANKING",
      "Of rows, precision and recall are counted as well; as an alert is raised once and repeats are held "
      "back, the recall of rows is low by design. Whatever the threshold, AUC-PR and VUS-PR tell how well "
      "the level (--rank) ranks labelled rows above the others: AUC-PR as average precision, of all rows "
      "together and as the mean over series; VUS-PR (Paparrizos et al., PVLDB 2022) as the mean over "
      "series. Its window is the lag of the highest peak of the value's autocorrelation, 125 rows where "
      "there is none. Rows without a score are left out. --at-budget puts one threshold into the ranking of "
      "all series: it goes down as long as there are no more alerts, merged and counted as above, than the "
      "budget allows. As it looks at all scores before it decides, it compares detectors; aiops-score "
      "--alert-budget is what keeps a budget while rows come.");
}

void Evaluate::declare_labels(cli::Command& command) {
  command.group("Labels");
  command.option("--labels", "FILE", labels.file, "Read the truth from FILE, in place of the field truth.");
  command.option("--windows", "NAME", labels.windows,
                 "Of a file of windows, take those of NAME, for all series.");
  command.option("--from", "TIME", from, "Leave rows before TIME out: RFC 3339, epoch, or relative as -1h.");
  command.option("--to", "TIME", to, "Leave rows after TIME out.");
  command.group("Rules");
  command
      .duration(
          "--merge", evaluate.merge,
          "Alerts of a series that are less apart are one; auto is 30 times its median interval, at most "
          "30 minutes.")
      .preset = "auto";
  command.duration(
      "--row-length", evaluate.row_length,
      "How much time a row stands for, from its timestamp on: the window of request features. A row "
      "belongs to the events that it overlaps.");
  command.duration("--grace", evaluate.grace, "An alert so long after the end of an event still finds it.");
  command.choice("--rank", rank, {"level", "score"}, "What ranks rows for AUC-PR and VUS-PR.");
  command
      .custom(
          "--at-budget", "N", rate_into(evaluate.budgets),
          "Also judge the ranking by one threshold for all series, at which N alerts come a series and day, "
          "whatever was alerted; see ROWS AND RANKING.")
      .list = true;
  command.option("--vus-window", "N", window,
                 "Window of VUS-PR in rows; 0 takes it from the autocorrelation.", 0, 100'000);
}

void Evaluate::declare_gates(cli::Command& command) {
  command.group("Gates");
  const char* share = "expected a number from 0 to 1";
  command.custom("--min-recall", "R", number_into(gates.min_recall, 1, share),
                 "Exit with status 1 if the recall of events is below R.");
  command.custom("--min-precision", "P", number_into(gates.min_precision, 1, share),
                 "The same for the precision of alerts.");
  command.custom("--min-f1", "F", number_into(gates.min_f1, 1, share), "The same for F1 of both.");
  command.custom("--max-false-alarms-per-day", "N",
                 number_into(gates.max_false_alarms_per_day, 1e9, "expected a number from 0"),
                 "Exit with status 1 if there are more than N false alarms a series and day.");
  command.custom(
      "--max-delay", "DURATION",
      [this](const std::string& text) {
        gates.max_delay = parse_duration(text);
        if (!gates.max_delay) throw UsageError("expected a duration such as 30s or 5m");
      },
      "Exit with status 1 if an event was found later than that.");
}

void Evaluate::declare(cli::Command& command) {
  command.describe(
      "Compares scores with the truth: which labelled events were found and how fast, how many alerts were "
      "false, and how well scores rank rows. With a gate, it is the last step of a check: status 1 fails "
      "the build.");
  declare_rules(command);
  scores.declare(command);
  declare_labels(command);
  declare_gates(command);
  command.group("Output");
  command.choice("--events", events, {"all", "missed", "none"}, "Which labelled events are listed.");
  command.option(
      "--json", "FILE", json,
      "Write every figure, event and series as one JSON object to FILE; - writes it to standard output in "
      "place of the text.");
  command.group("");
  out.declare(command);
  command.example(
      "aiops-inject --count 20 --seed 7 day.ndjson | aiops-score | aiops-report evaluate --min-recall 0.95",
      "Prove that injected anomalies are found, or fail.");
  command.example("aiops-report evaluate --labels faults.csv --events missed scores.ndjson",
                  "What was missed of the faults in a file.");
  command.example("aiops-report evaluate --labels points.csv --rank score --json - scores.csv",
                  "Figures for a program.");
}

void warn_uncounted(const report::EvaluateResult& result, Diagnostics& diagnostics) {
  if (!result.outside.empty()) {
    diagnostics.warn(count(result.outside.size(), "label") + " outside the time of the scores, not counted");
  }
  if (!result.unmatched.empty()) {
    diagnostics.warn(count(result.unmatched.size(), "label") +
                     " of series that are not among the scores, not counted (" +
                     printable(result.unmatched.front().text()) + ")");
  }
}

void Evaluate::write(const report::EvaluateResult& result) const {
  const bool json_out = json == "-";
  if (!json.empty() && !json_out) write_file(json, report::evaluation_json(result));
  const auto show = events == "all"      ? report::ShowEvents::all
                    : events == "missed" ? report::ShowEvents::missed
                                         : report::ShowEvents::none;
  record::Sink sink(out.output);
  sink.write(json_out ? report::evaluation_json(result) : report::evaluation_text(result, show));
  sink.close();
}

Status Evaluate::run(Diagnostics& diagnostics) {
  evaluate.rank_by_level = rank == "level";
  evaluate.window = static_cast<int>(window);
  evaluate.from = time_option("--from", from);
  evaluate.to = time_option("--to", to);
  std::optional<std::vector<report::Event>> truth;
  if (!labels.file.empty()) {
    labels.by = scores.in.by;
    truth = report::read_labels(labels, diagnostics);
  }
  record::Rejects rejects(diagnostics, scores.in.rejects);
  report::ScoreReader reader(scores.in.reader_options(), scores.prefix, rejects, diagnostics);
  report::Evaluation evaluation(evaluate);
  reader.read([&](report::Slot slot, const report::ScoreRow& row) { evaluation.add(slot, row); });
  const Status read = reader.finish();
  const report::EvaluateResult result = evaluation.finish(reader.series(), std::move(truth));
  warn_uncounted(result, diagnostics);
  write(result);
  const auto gates_tripped = report::tripped(gates, result);
  for (const std::string& sentence : gates_tripped) diagnostics.warn(sentence);
  return worse(read, gates_tripped.empty() ? Status::done : Status::gate);
}

}  // namespace

std::unique_ptr<cli::Command> make_evaluate() {
  auto command = std::make_unique<cli::Command>("evaluate", "compare scores with labels");
  // The command keeps what its options write to.
  auto state = std::make_shared<Evaluate>();
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
