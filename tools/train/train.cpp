// aiops-train: rows in, a new version of a model out.
#include "train/train.hpp"

#include <fmt/core.h>

#include "base/number.hpp"
#include "commands.hpp"

namespace aiops::tools {
namespace {

struct Options {
  cli::InputOptions input;
  train::TrainOptions train;
  std::string models = "models/default";
  std::string detector{model::kDefaultDetector};
  std::int64_t min_samples = 60, seed = 1, jobs = 0;
  bool list_detectors = false;
};

std::string detector_list(const model::Parameters& defaults) {
  std::string text;
  for (const model::DetectorKind& kind : model::detectors()) {
    text += fmt::format("{}\n    {}\n   ", kind.name, kind.what);
    for (const auto& [name, value] : kind.parameters(defaults)) {
      text += ' ' + name + '=';
      append_shortest(text, value);
    }
    text += '\n';
  }
  return text;
}

void declare_forest(cli::Command& command, model::IsolationForestParameters& forest) {
  command.group("Isolation forest");
  command.option("--contamination", "SHARE", forest.contamination,
                 "Share of usual rows that may score above the threshold.", 1e-9, 0.5);
  command.option("--trees", "N", forest.trees, "Trees: more make scores steadier and slower.", 1, 10'000);
  command.option("--samples", "N", forest.samples, "Rows that a tree is grown from. Up to 256 score fastest.",
                 2, 65'536);
  command.option(
      "--range-weight", "X", forest.range_weight,
      "How much counts that a row lies outside of everything seen in training; 0 leaves it to the forest, "
      "which cannot tell such rows from the largest that it has seen.",
      0, 100);
  command.group("");
}

Status run(Options& options, Diagnostics& diagnostics) {
  if (options.list_detectors) {
    print(detector_list(options.train.fit.parameters));
    return Status::done;
  }
  train::TrainOptions& train = options.train;
  train.input = options.input.reader_options();
  train.rejects = options.input.rejects;
  train.models = options.models;
  train.fit.detector = options.detector;
  train.fit.seed = static_cast<std::uint64_t>(options.seed);
  train.fit.jobs = static_cast<unsigned>(options.jobs);
  train.fit.min_samples = static_cast<std::size_t>(options.min_samples);
  return train::train(train, diagnostics);
}

}  // namespace

void declare_train(cli::Command& command) {
  static Options options;
  train::TrainOptions& train = options.train;
  command.option("--models", "DIR", options.models,
                 "The model: a folder with a subfolder for each version, and current, the one in use.");
  std::vector<std::string> names;
  for (const model::DetectorKind& kind : model::detectors()) names.emplace_back(kind.name);
  command.choice("--detector", options.detector, names,
                 "What learns; --list-detectors says what each is for.");
  command.flag("--list-detectors", options.list_detectors,
               "List the detectors and their parameters, and end.");
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
  command.option("--min-samples", "N", options.min_samples, "Skip series with fewer rows than this.", 1,
                 std::int64_t{1} << 40);
  command.option(
      "--exclude", "FILE", train.exclude,
      "Leave out the rows that FILE, written by aiops-score, has with alert 1 or a score of 1 or more. May "
      "be given several times.");
  command.option("--seed", "N", options.seed, "Seed of what is random: the same seed gives the same model.",
                 0, std::int64_t{1} << 62);
  command.option("--jobs", "N", options.jobs, "Threads; 0 takes one for each processor.", 0, 1024);
  declare_forest(command, train.fit.parameters.isolation_forest);
  options.input.declare(command);
  command.run([](Diagnostics& diagnostics) { return run(options, diagnostics); });
}

}  // namespace aiops::tools
