#include "log_rows.hpp"

#include <fmt/core.h>

#include <filesystem>

#include "base/file.hpp"
#include "base/text.hpp"
#include "log_findings.hpp"
#include "model/log_history.hpp"
#include "model/store.hpp"
#include "record/writer.hpp"
#include "score/log_input.hpp"

namespace aiops::tools {
namespace {

constexpr std::string_view kDefaultModels = "models/default";

struct Known {
  model::LogHistory history;
  std::string model;
};

// The state goes before the model: it has learned on.
Known known_before(const LogScoring& scoring, Diagnostics& diagnostics) {
  Known known;
  known.history.window = scoring.window;
  std::error_code ignored;
  const bool asked = !scoring.models.empty();
  if (asked || std::filesystem::exists(kDefaultModels, ignored)) {
    const model::FoundModel found = model::find_model(asked ? scoring.models : std::string(kDefaultModels));
    const std::string bytes = read_file(found.path);
    if (model::LogHistory::is_one(bytes)) {
      known = {model::LogHistory::load(bytes, found.path.string()), found.name};
    } else if (asked) {
      throw InputError(
          fmt::format("{}: is a model of samples, and these are log records with templates; train one "
                      "of them with `aiops-train --models DIR`",
                      found.path.string()));
    }
  }
  if (!scoring.state.empty() && std::filesystem::exists(scoring.state, ignored))
    known.history = model::LogHistory::load(read_file(scoring.state), scoring.state);
  if (known.history.windows == 0)
    diagnostics.info(
        fmt::format("no history of these logs: learned as they come; evidence begins behind the first {} "
                    "windows of a service",
                    model::LogHistory::kLeastWindows));
  return known;
}

}  // namespace

Status score_logs(const LogScoring& scoring, record::Reader& reader, Diagnostics& diagnostics) {
  Known known = known_before(scoring, diagnostics);
  record::Sink sink(scoring.output);
  LogFindings out(sink, known.model, scoring.time);
  score::LogEvidence evidence(known.history, scoring.options,
                              [&](const score::LogFinding& finding) { out.write(finding); });
  reader.on_block([&] { sink.flush(); });
  score::LogLine line;
  std::uint64_t samples = 0, others = 0;
  const auto begin = [&] { out.begin(reader.format(), reader.header(), reader.line_ending()); };
  while (const record::Batch* batch = reader.next()) {
    begin();
    const bool csv = reader.format() == record::Format::csv;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (score::log_line(*batch, i, reader.series(), csv, line)) {
        evidence.add(line);
      } else {
        ++(score::is_sample(*batch, i) ? samples : others);
      }
      out.pass(batch->line[i]);
    }
  }
  if (reader.format() == record::Format::csv) begin();
  evidence.finish();
  sink.close();
  if (!scoring.state.empty()) write_file(scoring.state, known.history.save());
  if (samples > 0)
    diagnostics.warn(fmt::format(
        "{} among the log records, passed on unscored: the first record says what is scored; give "
        "samples to an aiops-score of their own",
        count(samples, "sample")));
  if (others > 0)
    diagnostics.info(fmt::format("{} without a template, passed on as they are", count(others, "record")));
  if (evidence.late() > 0)
    diagnostics.warn(fmt::format("{} came when the window had closed, counted in the next one",
                                 count(evidence.late(), "log record")));
  if (evidence.unlearned() > 0)
    diagnostics.warn(
        fmt::format("{} of templates that there was no room for: {} are known already; such logs may have "
                    "text that is different each time",
                    count(evidence.unlearned(), "log record"), thousands(model::LogHistory::kMostTemplates)));
  diagnostics.info(fmt::format("{}, {} of {}: {}", count(known.history.lines, "log record"),
                               count(known.history.templates(), "template"),
                               count(known.history.services.size(), "service"),
                               count(evidence.alerts(), "alert")));
  const auto limit = scoring.fail_on == "critical" ? score::Severity::critical : score::Severity::high;
  Status status = reader.finish();
  if (!scoring.fail_on.empty() && evidence.worst_alert() >= limit) status = worse(status, Status::gate);
  return status;
}

}  // namespace aiops::tools
