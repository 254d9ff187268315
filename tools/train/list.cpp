// aiops-train list: which models and versions there are.
#include <fmt/core.h>

#include <filesystem>

#include "base/file.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "train/logs.hpp"

namespace aiops::tools {
namespace {

struct Options {
  std::string parent = "models";
};

std::string contents(const model::Bundle& bundle) {
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < bundle.size(); ++i) rows += bundle.rows(i);
  return fmt::format("{} series, {}", thousands(bundle.size()), count(rows, "row"));
}

Status run(const Options& options, Diagnostics& diagnostics) {
  std::string text;
  Status status = Status::done;
  for (const model::Store& store : stores(options.parent)) {
    const std::string name = store.directory().lexically_normal().filename().string();
    const std::optional<int> current = store.current();
    for (int version : store.versions()) {
      std::string what = "damaged";
      try {
        const std::filesystem::path file = store.path(version) / model::kBundleFile;
        const std::string bytes = read_file(file);
        what = model::LogHistory::is_one(bytes)
                   ? train::contents(model::LogHistory::load(bytes, file.string()))
                   : contents(model::Bundle::parse(bytes, file.string()));
      } catch (const InputError& error) {
        diagnostics.warn(error.what());
        status = error.status();
      }
      text += fmt::format("{}/{}  {}{}\n", printable(name), model::Store::version_name(version), what,
                          version == current ? "  current" : "");
    }
  }
  if (text.empty())
    throw InputError(fmt::format("{}: there are no models; aiops-train makes one", options.parent));
  print(text);
  return status;
}

}  // namespace

std::unique_ptr<cli::Command> make_list() {
  static Options options;
  auto command = std::make_unique<cli::Command>("list", "list models and their versions");
  command->describe(
      "Prints a line for each version of each model: series, rows that it was trained on, and which one is "
      "in use.");
  command->option("--models", "DIR", options.parent, "Folder that holds the models, or one model.");
  command->example("aiops-train list", "What is in models/.");
  command->run([](Diagnostics& diagnostics) { return run(options, diagnostics); });
  return command;
}

}  // namespace aiops::tools
