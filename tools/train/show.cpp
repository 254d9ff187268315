// aiops-train show: the card of a version.
#include <fmt/core.h>

#include "base/file.hpp"
#include "commands.hpp"
#include "model/log_history.hpp"

namespace aiops::tools {
namespace {

struct Options {
  std::string models = "models/default", version;
};

Status run(const Options& options) {
  const model::Store store(options.models);
  std::optional<int> version = store.current();
  if (!options.version.empty()) version = parse_version(options.version);
  if (!version) {
    throw InputError(fmt::format("{}: there is no model; make one with `aiops-train --models {}`",
                                 options.models, options.models));
  }
  // A card that speaks of a bundle that is damaged would mislead.
  const std::filesystem::path file = store.path(*version) / model::kBundleFile;
  std::string bytes = read_file(file);
  if (model::LogHistory::is_one(bytes)) {
    model::LogHistory::load(bytes, file.string());
  } else {
    model::Bundle::parse(std::move(bytes), file.string()).verify();
  }
  print(store.card(*version));
  return Status::done;
}

}  // namespace

std::unique_ptr<cli::Command> make_show() {
  static Options options;
  auto command = std::make_unique<cli::Command>("show", "show what a version was made from");
  command->describe(
      "Checks the version's bundle and prints its card (JSON): when it was trained, from which data, with "
      "which parameters, and its series.");
  command->positional("VERSION", options.version, "The version, such as v0003; the one in use if not given.",
                      false);
  command->option("--models", "DIR", options.models, "The model.");
  command->example("aiops-train show --models models/shop | jq .parameters",
                   "How the model in use was trained.");
  command->run([](Diagnostics&) { return run(options); });
  return command;
}

}  // namespace aiops::tools
