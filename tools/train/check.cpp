// aiops-train check: does the model in use still fit the data?
#include "train/check.hpp"

#include <fmt/core.h>

#include "base/file.hpp"
#include "commands.hpp"

namespace aiops::tools {
namespace {

struct Options {
  cli::InputOptions input;
  train::CheckOptions check;
  std::string models = "models/default", promote = "if-better", json;
  std::int64_t min_samples = 60, seed = 1, jobs = 0;
};

Status run(Options& options, Diagnostics& diagnostics) {
  train::CheckOptions& check = options.check;
  check.input = options.input.reader_options();
  check.values_given = !options.input.values.empty();
  check.rejects = options.input.rejects;
  check.models = options.models;
  check.min_samples = static_cast<std::size_t>(options.min_samples);
  check.seed = static_cast<std::uint64_t>(options.seed);
  check.jobs = static_cast<unsigned>(options.jobs);
  check.promote = promotion(options.promote);
  const train::CheckResult result = train::check(check, diagnostics);
  if (!options.json.empty() && options.json != "-") write_file(options.json, train::check_json(result));
  print(options.json == "-" ? train::check_json(result) : train::check_text(result));
  return result.status;
}

void describe(cli::Command& command) {
  command.describe(
      "Holds the model in use against data, for cron and CI: prints a line for each finding and exits with 1 "
      "if there is one, without a line and with 0 if there is none. The data should reach beyond what the "
      "model was trained on, and begin early enough to fill the windows of its features.");
  command.section(
      "FINDINGS",
      "old: the model, or the part of a series, was trained longer ago than --max-age. unknown: a series of "
      "the data that the model does not know, with --min-samples rows at least. missing: a series of the "
      "model of which the data has no row. drifted: the scores of a series' rows that are newer than its "
      "training are not distributed as they were in the back-test, by the Kolmogorov-Smirnov test against "
      "the deciles in card.json: the distance is more than chance explains once in a thousand times, 16 rows "
      "counting as one because the scores of neighbours go together, and more than 0.2. Series with fewer "
      "than 64 scores on either side are not compared.");
  command.section(
      "TRAINING ANEW",
      "With --retrain, series that are old, unknown or drifted and have --min-samples rows in the data are "
      "trained on it, with the detector and the parameters of the model; the others keep their parts, byte "
      "for byte. Where the parts of a "
      "detector do not keep parameters that the model was trained with, it refuses. The new version is "
      "tested and comes into use as `aiops-train` has it (--promote). The exit "
      "status is 1 if a finding is left: a missing series, one with too few rows, or a version that did not "
      "come into use.");
}

}  // namespace

std::unique_ptr<cli::Command> make_check() {
  static Options options;
  auto command = std::make_unique<cli::Command>("check", "tell whether the model still fits the data");
  describe(*command);
  train::CheckOptions& check = options.check;
  command->option("--models", "DIR", options.models, "The model.");
  command->duration("--max-age", check.max_age,
                    "A model, or a part, that was trained longer ago is old; 0: any age will do.");
  command->option("--min-samples", "N", options.min_samples,
                  "A series that the model does not know counts from so many rows on.", 1,
                  std::int64_t{1} << 40);
  command->option(
      "--json", "FILE", options.json,
      "Write the findings as one JSON object to FILE; - writes it to standard output in place of the "
      "text.");
  command->option("--calendar", "FILE", check.calendar,
                  "Leave out rows in times of maintenance and holidays, as aiops-score has them.");
  command->group("Training anew");
  command->flag("--retrain", check.retrain,
                "Train what is old, unknown or drifted on this data, and make a new version.");
  command->choice("--promote", options.promote, {"always", "if-better", "never"},
                  "When the new version comes into use; see aiops-train(1), PROMOTION.");
  command->option("--backtest", "SHARE", check.backtest_share,
                  "Test on this share of each series that is trained.", 0, 0.5);
  command->option("--seed", "N", options.seed, "Seed of what is random.", 0, std::int64_t{1} << 62);
  command->option("--jobs", "N", options.jobs, "Threads; 0 takes one for each processor.", 0, 1024);
  command->group("");
  options.input.declare(*command);
  command->example("aiops-train check --models models/shop < today.ndjson || mail-somebody",
                   "From cron: is the model still good?");
  command->example("aiops-train check --models models/shop --retrain week.ndjson",
                   "Train what has changed, and leave the rest as it is.");
  command->run([](Diagnostics& diagnostics) { return run(options, diagnostics); });
  return command;
}

}  // namespace aiops::tools
