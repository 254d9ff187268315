// aiops-collect verify: counts records again and compares with the manifest of their collector.
#include "source/verify.hpp"

#include <fmt/core.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "record/reader.hpp"
#include "record/writer.hpp"

namespace aiops {
namespace {

struct Verify {
  std::string manifest;
  std::vector<std::string> files;

  Status run(Diagnostics& diagnostics) const;
};

Status Verify::run(Diagnostics& diagnostics) const {
  source::ManifestClaim claim = source::read_manifest(read_file(manifest), manifest);
  const bool complete = claim.complete;
  source::Recount recount(std::move(claim));
  record::Rejects rejects(diagnostics);
  record::ReaderOptions options;
  options.files = files;
  options.columns.by = {"metric", "labels.environment"};
  options.columns.by_required = options.columns.value_required = false;
  record::Reader reader(options, rejects, diagnostics);
  while (const record::Batch* batch = reader.next()) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const record::SeriesKey& key = reader.series().key(batch->series[i]);
      const double value = batch->value[0][i];
      recount.add(key.get("metric"), key.get("labels.environment"), batch->time[i], !(value - value == 0));
    }
  }
  record::Sink sink;
  const std::vector<std::string> differences = recount.differences();
  for (const std::string& line : differences) sink.write(line + '\n');
  sink.close();
  std::string summary = fmt::format("verify: {}: ", count(recount.records(), "record"));
  summary += differences.empty()
                 ? "as the manifest says"
                 : fmt::format("{} from the manifest", count(differences.size(), "difference"));
  if (recount.earlier() != 0)
    summary += fmt::format("; {} of earlier runs before them", thousands(recount.earlier()));
  if (!complete) summary += "; the manifest itself says that something is missing";
  diagnostics.info(summary);
  return worse(differences.empty() ? Status::done : Status::gate, rejects.finish());
}

}  // namespace

std::unique_ptr<cli::Command> verify_command() {
  auto command =
      std::make_unique<cli::Command>("verify", "Compare records with the manifest of their collection");
  auto values = std::make_shared<Verify>();  // lives as long as the command's body
  command->describe(
      "Counts records again, and compares with the manifest that aiops-collect --manifest left: how many "
      "there are, how many "
      "without a value, the oldest and the newest, for each query and each target. What differs is written a "
      "line each, and "
      "the exit status is 1. Samples, log records and spans, as NDJSON or CSV.");
  command->describe(
      "Samples are compared query by query, other records target by target, for they do not name their "
      "query. Where a run "
      "added to a file (--checkpoint), the manifest is of that run alone: samples from its start on are "
      "compared; of other "
      "records there must be as many at least.");
  command->positional("MANIFEST", values->manifest, "The manifest.", true);
  command->positional("FILE", values->files, "Records; none, or -, reads standard input.");
  command->example("aiops-collect verify week.manifest < week.ndjson", "Is this all that was collected?");
  command->reads_stdin([values] { return values->files.empty(); });
  command->run([values](Diagnostics& diagnostics) { return values->run(diagnostics); });
  return command;
}

}  // namespace aiops
