// aiops-train rollback: another version comes into use.
#include <fmt/core.h>

#include <algorithm>

#include "commands.hpp"

namespace aiops::tools {
namespace {

struct Options {
  std::string models = "models/default", version;
};

// The version before the one in use, by number.
int previous(const model::Store& store) {
  const std::vector<int> versions = store.versions();
  const std::optional<int> current = store.current();
  if (!current)
    throw InputError(fmt::format("{}: no version is in use; name one", store.directory().string()));
  const auto at = std::lower_bound(versions.begin(), versions.end(), *current);
  if (at == versions.begin()) {
    throw InputError(fmt::format("{}: there is no version before {}", store.directory().string(),
                                 model::Store::version_name(*current)));
  }
  return at[-1];
}

Status run(const Options& options, Diagnostics& diagnostics) {
  model::Store store(options.models);
  if (store.versions().empty()) throw InputError(fmt::format("{}: there is no model", options.models));
  const model::Store::Lock lock = store.lock();
  const int version = options.version.empty() ? previous(store) : parse_version(options.version);
  // What comes into use must be whole.
  if (const auto path = store.path(version) / model::kBundleFile; std::filesystem::exists(path)) {
    model::Bundle::open(path).verify();
  }
  store.use(lock, version);
  diagnostics.info(fmt::format("{} is in use now", store.path(version).string()));
  return Status::done;
}

}  // namespace

std::unique_ptr<cli::Command> make_rollback() {
  static Options options;
  auto command = std::make_unique<cli::Command>("rollback", "use another version");
  command->describe(
      "Switches current to an earlier version, or to the one named, after checking that its bundle is whole. "
      "Scorers that start after this use it.");
  command->positional("VERSION", options.version,
                      "The version, such as v0003; the one before that in use if not given.", false);
  command->option("--models", "DIR", options.models, "The model.");
  command->example("aiops-train rollback --models models/shop", "Back to the version before.");
  command->run([](Diagnostics& diagnostics) { return run(options, diagnostics); });
  return command;
}

}  // namespace aiops::tools
