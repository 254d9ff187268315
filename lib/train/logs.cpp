#include "train/logs.hpp"

#include <fmt/core.h>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "model/store.hpp"
#include "score/log_evidence.hpp"
#include "score/log_input.hpp"

namespace aiops::train {
namespace {

std::string card(const TrainOptions& options, const model::LogHistory& history) {
  std::string text =
      "{\n  \"created\": " + json_string(format_time(now())) + ",\n  \"kind\": \"logs\",\n  \"files\": [";
  for (std::size_t i = 0; i < options.input.files.size(); ++i)
    text += (i == 0 ? "" : ", ") + json_string(options.input.files[i]);
  text += options.input.files.empty() ? "\"-\"" : "";
  text += fmt::format("],\n  \"window\": {},\n  \"lines\": {},\n  \"series\": [", history.window / kSecond,
                      history.lines);
  bool first = true;
  for (const auto& [name, service] : history.services) {
    std::uint64_t lines = 0;
    for (const auto& [id, known] : service.templates) lines += known.lines;
    text +=
        fmt::format("{}\n    {{\"series\": {}, \"templates\": {}, \"rows\": {}, \"windows\": {}}}",
                    first ? "" : ",", json_string(name), service.templates.size(), lines, service.windows);
    first = false;
  }
  return text + "\n  ]\n}\n";
}

}  // namespace

std::string contents(const model::LogHistory& history) {
  return fmt::format("{} of logs, {}, {}", count(history.services.size(), "service"),
                     count(history.templates(), "template"), count(history.lines, "row"));
}

Status train_logs(const TrainOptions& options, record::Reader& reader, Diagnostics& diagnostics) {
  if (!options.features.empty() || !options.exclude.empty() || !options.feedback.empty() ||
      !options.calendar.empty() || !options.window.empty() || options.train_window > 0) {
    throw UsageError(
        "the input is log records with templates: --features, --window, --train-window, --exclude, "
        "--feedback and "
        "--calendar are for samples; leave them out");
  }
  model::LogHistory history;
  score::LogEvidence evidence(history, {}, [](const score::LogFinding&) {});
  reader.set_columns(score::log_columns(options.input.columns));
  score::LogLine line;
  while (const record::Batch* batch = reader.next()) {
    const bool csv = reader.format() == record::Format::csv;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (score::log_line(*batch, i, reader.series(), csv, line)) evidence.add(line);
    }
  }
  evidence.finish();
  const Status status = reader.finish();
  if (stop_requested()) return Status::interrupted;
  if (history.lines == 0)
    throw InputError("no log record with a time and a template; aiops-features templates makes them");
  if (history.windows < model::LogHistory::kLeastWindows)
    diagnostics.warn(
        fmt::format("{} of logs is little: evidence begins behind {}; give more history",
                    format_duration(static_cast<Nanos>(history.windows) * history.window),
                    format_duration(static_cast<Nanos>(model::LogHistory::kLeastWindows) * history.window)));
  model::Store store(options.models);
  const model::Store::Lock lock = store.lock();
  const int version =
      store.add(lock, history.save(), card(options, history), options.promote != Promote::never);
  diagnostics.info(store.path(version).string() + ": " + contents(history));
  return status;
}

}  // namespace aiops::train
