// aiops-train: rows in, a new version of a model out.
#include "train/train.hpp"

#include "../detector_options.hpp"
#include "commands.hpp"

namespace aiops::tools {
namespace {

struct Options {
  cli::InputOptions input;
  train::TrainOptions train;
  std::string models = "models/default";
  DetectorOptions detector;
  std::string promote = "if-better";
  std::int64_t min_samples = 60, seed = 1, jobs = 0;
};

Status run(Options& options, Diagnostics& diagnostics) {
  if (options.detector.list) {
    print_detectors();
    return Status::done;
  }
  train::TrainOptions& train = options.train;
  train.input = options.input.reader_options();
  train.rejects = options.input.rejects;
  train.models = options.models;
  train.fit.detector = !options.detector.name.empty() ? options.detector.name
                       : train.features.empty()       ? model::kDefaultDetector
                                                      : model::kJointDetector;
  options.detector.refuse_others(train.fit.detector);
  train.fit.parameters = options.detector.parameters;
  train.fit.seed = static_cast<std::uint64_t>(options.seed);
  train.fit.jobs = static_cast<unsigned>(options.jobs);
  train.fit.min_samples = static_cast<std::size_t>(options.min_samples);
  train.promote = promotion(options.promote);
  return train::train(train, diagnostics);
}

}  // namespace

void declare_train(cli::Command& command) {
  static Options options;
  train::TrainOptions& train = options.train;
  command.option("--models", "DIR", options.models,
                 "The model: a folder with a subfolder for each version, and current, the one in use.");
  options.detector.declare(command, DetectorUse::train,
                           "What learns. If not given, adaptive, and for --features isolation-forest.");
  cli::Option& features =
      command.option("--features", "FIELDS", train.features,
                     "Score these columns together, one model for each series, in place of the "
                     "value and its rolling features.");
  features.list = true;
  const auto set_window = [&train](const std::string& text) {
    train.window = feature::Window::parse(text).text();
  };
  command.custom(
      "--window", "N|DURATION", set_window,
      "Samples, or time, that the rolling features look back. Without it, they are taken from the records "
      "if these have them, else computed over 60 samples.");
  command.duration("--train-window", train.train_window,
                   "Train on rows this far back from the newest only; 0 takes all.");
  command.duration("--if-older", train.if_older,
                   "Do nothing, and exit with 0, while the version in use was trained less than this ago.");
  command.option("--min-samples", "N", options.min_samples, "Skip series with fewer rows than this.", 1,
                 std::int64_t{1} << 40);
  command.option(
      "--exclude", "FILE", train.exclude,
      "Leave out the rows that FILE, written by aiops-score, has with alert 1 or a score of 1 or more. May "
      "be given several times.");
  command.option("--backtest", "SHARE", train.fit.backtest.share,
                 "Test on this share of each series, its last rows; see BACK-TEST. 0 tests nothing.", 0, 0.5);
  command.option("--feedback", "FILE", train.feedback,
                 "What was expected and what was missed: labels with a verdict; see FEEDBACK. May be given "
                 "several times.");
  command.option(
      "--calendar", "FILE", train.calendar,
      "Leave out rows in times of maintenance and holidays: iCalendar, or CSV, as aiops-score has it.");
  command.flag("--forget-expected", train.forget_expected,
               "Do not take over what the version in use was told to expect.");
  command.choice("--promote", options.promote, {"always", "if-better", "never"},
                 "When the new version comes into use: if-better, if it is no worse than the one in use; see "
                 "PROMOTION.");
  command.option("--seed", "N", options.seed, "Seed of what is random: the same seed gives the same model.",
                 0, std::int64_t{1} << 62);
  command.option("--jobs", "N", options.jobs, "Threads; 0 takes one for each processor.", 0, 1024);
  options.detector.declare_parameters(command, DetectorUse::train);
  options.input.declare(command);
  command.run([](Diagnostics& diagnostics) { return run(options, diagnostics); });
}

}  // namespace aiops::tools
