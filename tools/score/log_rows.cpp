#include "log_rows.hpp"

#include <fmt/core.h>

#include <filesystem>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "model/log_history.hpp"
#include "model/store.hpp"
#include "record/writer.hpp"
#include "score/log_input.hpp"

namespace aiops::tools {
namespace {

constexpr std::string_view kDefaultModels = "models/default";

void append_text(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, value);
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  out += ",\"";
  out += name;
  out += "\":[";
  for (std::size_t i = 0; i < values.size(); ++i) append_json_string(out += i == 0 ? "" : ",", values[i]);
  out += ']';
}

// A score record of its own.
void append_finding(std::string& out, const score::LogFinding& finding, std::string_view model) {
  const auto number = [&](std::string_view name, double value) {
    out += ",\"";
    out += name;
    out += "\":";
    append_6(out, value);
  };
  out += "{\"timestamp\":\"";
  append_time(out, finding.time);
  out += '"';
  append_text(out, field::kService, finding.service);
  append_text(out, field::kMetric, score::metric_of(finding.kind));
  append_text(out, field::kTemplateId, finding.id);
  append_text(out, field::kTemplate, finding.text);
  number(field::kValue, finding.value);
  number(field::kExpected, finding.expected);
  append_text(out, field::kMessage, finding.message);
  append_text(out, field::kSeverityText, finding.severity);
  append_text(out, field::kTraceId, finding.trace);
  append_list(out, field::kParameters, finding.parameters);
  number(field::kScore, finding.score);
  number(field::kLevel, finding.score);
  out += fmt::format(",\"alert\":{},\"severity\":\"{}\",\"status\":\"ok\"", finding.alert ? 1 : 0,
                     score::severity_name(finding.level));
  number(field::kPValue, finding.p_value);
  append_text(out, field::kModel, model);
  append_list(out, field::kReasons, finding.reasons);
  out += "}\n";
}

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
  score::LogEvidence evidence(known.history, scoring.options, [&](const score::LogFinding& finding) {
    append_finding(sink.buffer(), finding, known.model);
    sink.written();
  });
  reader.on_block([&] { sink.flush(); });
  score::LogLine line;
  std::uint64_t others = 0;
  while (const record::Batch* batch = reader.next()) {
    if (reader.format() == record::Format::csv)
      throw UsageError(
          "CSV holds one kind of records, and evidence is another; make NDJSON of the logs, as "
          "`aiops-collect files` "
          "does, before `aiops-features templates`");
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (score::log_line(*batch, i, reader.series(), line)) {
        evidence.add(line);
      } else {
        ++others;
      }
      std::string& out = sink.buffer();
      out += batch->line[i];
      out += '\n';
      sink.written();
    }
  }
  evidence.finish();
  sink.close();
  if (!scoring.state.empty()) write_file(scoring.state, known.history.save());
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
