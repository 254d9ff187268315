// aiops-train prune: old versions go.
#include <fmt/core.h>

#include "base/text.hpp"
#include "commands.hpp"

namespace aiops::tools {
namespace {

struct Options {
  std::string parent = "models";
  std::int64_t keep = 5;
};

Status run(const Options& options, Diagnostics& diagnostics) {
  const std::vector<model::Store> all = stores(options.parent);
  if (all.empty()) throw InputError(fmt::format("{}: there are no models", options.parent));
  std::size_t removed = 0;
  for (model::Store store : all) {
    const model::Store::Lock lock = store.lock();
    std::vector<int> versions = store.versions();
    const std::optional<int> current = store.current();
    // The newest are kept, and the one in use, whatever its age.
    for (std::size_t i = 0; i + static_cast<std::size_t>(options.keep) < versions.size(); ++i) {
      if (versions[i] == current) continue;
      store.remove(lock, versions[i]);
      diagnostics.info(fmt::format("removed {}", store.path(versions[i]).string()));
      ++removed;
    }
  }
  if (removed == 0) diagnostics.info("nothing to remove");
  return Status::done;
}

}  // namespace

std::unique_ptr<cli::Command> make_prune() {
  static Options options;
  auto command = std::make_unique<cli::Command>("prune", "remove old versions");
  command->describe(
      "Removes versions but the newest --keep of each model. The version in use is never removed.");
  command->option("--models", "DIR", options.parent, "Folder that holds the models, or one model.");
  command->option("--keep", "N", options.keep, "How many versions of each model stay.", 1, 1'000'000);
  command->example("aiops-train prune --keep 3",
                   "The three newest versions of every model, and those in use, stay.");
  command->run([](Diagnostics& diagnostics) { return run(options, diagnostics); });
  return command;
}

}  // namespace aiops::tools
