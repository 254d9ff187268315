// aiops-train list: which models and versions there are.
#include <fmt/core.h>

#include <filesystem>

#include "base/text.hpp"
#include "commands.hpp"

namespace aiops::tools {
namespace {

struct Options {
  std::string parent = "models";
};

Status run(const Options& options) {
  std::string text;
  for (const model::Store& store : stores(options.parent)) {
    const std::string name = store.directory().lexically_normal().filename().string();
    const std::optional<int> current = store.current();
    for (int version : store.versions()) {
      text += fmt::format("{}/{}", printable(name), model::Store::version_name(version));
      const model::Bundle bundle = model::Bundle::open(store.path(version) / model::kBundleFile);
      std::uint64_t rows = 0;
      for (std::size_t i = 0; i < bundle.size(); ++i) rows += bundle.rows(i);
      text += fmt::format("  {} series, {}{}\n", thousands(bundle.size()), count(rows, "row"),
                          version == current ? "  current" : "");
    }
  }
  if (text.empty()) throw InputError(fmt::format("{}: there are no models; aiops-train makes one", options.parent));
  print(text);
  return Status::done;
}

}  // namespace

std::unique_ptr<cli::Command> make_list() {
  static Options options;
  auto command = std::make_unique<cli::Command>("list", "list models and their versions");
  command->describe("Prints a line for each version of each model: series, rows that it was trained on, and which one is in use.");
  command->option("--models", "DIR", options.parent, "Folder that holds the models, or one model.");
  command->example("aiops-train list", "What is in models/.");
  command->run([](Diagnostics&) { return run(options); });
  return command;
}

}  // namespace aiops::tools
