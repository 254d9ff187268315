// aiops-features spans: spans in, rows of operations and of who called whom, or of traces, out.
#include "feature/spans.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cmath>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "feature/rolling.hpp"
#include "features.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

constexpr std::string_view kCaller = "labels.caller";

struct SpanFlags {
  cli::InputOptions input;
  cli::OutputOptions output;
  std::string window = "1m";
  Nanos trace_timeout = kMinute;
  std::int64_t max_spans = 500'000;
  bool traces = false;
};

// A span's id as a number: 16 hex digits as they are, anything else by its checksum. 0: none.
std::uint64_t id_of(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (text.size() <= 16 && wrong == std::errc() && end == text.data() + text.size()) return id;
  return text.empty() ? 0 : checksum(text) | 1;
}

feature::TraceSpan::Kind kind_of(std::string_view text) {
  if (text == "client") return feature::TraceSpan::Kind::client;
  return text == "server" ? feature::TraceSpan::Kind::server : feature::TraceSpan::Kind::other;
}

// Writes rows in the format of what was read.
class SpanRows : public feature::SpanReceiver {
 public:
  SpanRows(record::Sink& sink, record::Reader& reader, bool traces)
      : sink_(sink), reader_(reader), traces_(traces) {}

  // The number of the service of an operation, which is a series of the reader.
  std::uint32_t service_of(record::SeriesId operation) {
    if (operation < service_of_.size() && service_of_[operation] != kUnknown) return service_of_[operation];
    if (operation >= service_of_.size()) service_of_.resize(operation + 1, kUnknown);
    const std::string name(reader_.series().key(operation).get(field::kService));
    const auto [place, added] = numbers_.try_emplace(name, static_cast<std::uint32_t>(services_.size()));
    if (added) services_.push_back(name);
    return service_of_[operation] = place->second;
  }
  void forget(record::SeriesId operation) {
    if (operation < service_of_.size()) service_of_[operation] = kUnknown;
  }

  void header() {
    if (reader_.format() != record::Format::csv) return;
    std::string& out = sink_.buffer();
    if (traces_) {
      out +=
          "timestamp,service,operation,trace_id,duration_ms,span_count,error_sum,orphan_count,status,"
          "critical_path\n";
      return;
    }
    out += fmt::format("{},{},{},{}", field::kTimestamp, field::kService, field::kOperation, kCaller);
    for (const auto name : feature::kSpanFeatures) append_csv_field(out += ',', name);
    out += '\n';
  }

  void operation(Nanos window, std::uint32_t operation, const feature::SpanRow& row) override {
    write(window, key_of(operation), row, row.size());
  }
  void edge(Nanos window, std::uint32_t caller, std::uint32_t callee, const feature::SpanRow& row) override {
    record::SeriesKey key;
    key.set(field::kService, services_[callee]);
    key.set(kCaller, services_[caller]);
    write(window, key, row, feature::kEdgeFeatures);
  }
  void trace(std::string_view id, const feature::Trace& trace) override;

 private:
  static constexpr std::uint32_t kUnknown = ~0u;

  // Service and operation alone: the reader's key also names the column that is read.
  record::SeriesKey key_of(record::SeriesId operation) const {
    const record::SeriesKey& series = reader_.series().key(operation);
    record::SeriesKey key;
    for (const auto name : {field::kService, field::kOperation})
      if (!series.get(name).empty()) key.set(name, series.get(name));
    return key;
  }
  void write(Nanos window, const record::SeriesKey& key, const feature::SpanRow& row, std::size_t features) {
    std::string& out = sink_.buffer();
    const bool csv = reader_.format() == record::Format::csv;
    out += csv ? "" : "{\"timestamp\":\"";
    append_time(out, window);
    if (csv) {
      for (const auto name : {field::kService, field::kOperation, kCaller})
        append_csv_field(out += ',', key.get(name));
    } else {
      out += '"';
      record::append_json_members(out, key);
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (csv) out += ',';
      if (i >= features) continue;
      if (!csv) out += fmt::format(",\"{}\":", feature::kSpanFeatures[i]);
      append_6(out, row[i]);
    }
    out += csv ? "\n" : "}\n";
    sink_.written();
  }
  std::vector<std::string> path_of(const feature::Trace& trace) const;

  record::Sink& sink_;
  record::Reader& reader_;
  bool traces_;
  std::vector<std::uint32_t> service_of_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> services_;
};

std::vector<std::string> SpanRows::path_of(const feature::Trace& trace) const {
  std::vector<std::string> path;
  for (const auto& [place, time] : feature::critical_path(trace)) {
    const record::SeriesKey& key = reader_.series().key(trace.spans[place].operation);
    std::string part(key.get(field::kService));
    part += part.empty() ? "" : " ";
    part += key.get(field::kOperation);
    part += '=';
    append_6(part, static_cast<double>(time) / 1e6);
    path.push_back(std::move(part));
  }
  return path;
}

void SpanRows::trace(std::string_view id, const feature::Trace& trace) {
  Nanos end = trace.spans.front().end();
  std::uint64_t errors = 0;
  for (const feature::TraceSpan& span : trace.spans) {
    end = std::max(end, span.end());
    errors += span.error;
  }
  const feature::TraceSpan& root = trace.spans[trace.root];
  const Nanos start = trace.spans.front().start;
  const record::SeriesKey key = key_of(root.operation);
  const double duration = static_cast<double>(end - start) / 1e6;
  const std::string_view status = root.error ? "error" : "ok";
  const std::vector<std::string> path = path_of(trace);
  std::string& out = sink_.buffer();
  if (reader_.format() == record::Format::csv) {
    append_time(out, start);
    append_csv_field(out += ',', key.get(field::kService));
    append_csv_field(out += ',', key.get(field::kOperation));
    append_csv_field(out += ',', id);
    append_shortest(out += ',', duration);
    out += fmt::format(",{},{},{},{},", trace.spans.size(), errors, trace.orphans, status);
    append_csv_field(out, join(path, ";"));
    out += '\n';
  } else {
    out += "{\"timestamp\":\"";
    append_time(out, start);
    out += '"';
    record::append_json_members(out, key);
    append_json_string(out += ",\"trace_id\":", id);
    append_shortest(out += ",\"duration_ms\":", duration);
    out += fmt::format(
        ",\"span_count\":{},\"error_sum\":{},\"orphan_count\":{},\"status\":\"{}\",\"critical_path\":[",
        trace.spans.size(), errors, trace.orphans, status);
    for (std::size_t i = 0; i < path.size(); ++i) append_json_string(out += i == 0 ? "" : ",", path[i]);
    out += "]}\n";
  }
  sink_.written();
}

// What was not used, and why.
void tell(const feature::SpanWindows& windows, std::uint64_t others, Diagnostics& diagnostics) {
  if (others)
    diagnostics.info(fmt::format("{} without span_id, operation and duration_ms, not counted as spans",
                                 count(others, "record")));
  if (windows.out_of_trace())
    diagnostics.warn(fmt::format("{} without trace_id: not counted", count(windows.out_of_trace(), "span")));
  if (windows.repeated())
    diagnostics.info(fmt::format("{} came more than once, counted once", count(windows.repeated(), "span")));
  if (windows.orphans())
    diagnostics.info(fmt::format("{} whose parent never came: their callers are not known",
                                 count(windows.orphans(), "span")));
  if (windows.late())
    diagnostics.warn(
        fmt::format("{} came after the window closed and {} not counted; a larger --trace-timeout "
                    "waits longer",
                    count(windows.late(), "span"), windows.late() == 1 ? "is" : "are"));
  if (windows.cut())
    diagnostics.warn(
        fmt::format("{} taken for complete early, for there were more than --max-spans open spans",
                    count(windows.cut(), "trace")));
}

Status run(const SpanFlags& flags, Diagnostics& diagnostics) {
  const feature::Window window = feature::Window::parse(flags.window);
  if (window.duration == 0)
    throw UsageError("--window: windows of spans are of time; expected a duration such as 1m");
  if (flags.trace_timeout <= 0) throw UsageError("--trace-timeout: expected more than 0");
  record::Rejects rejects(diagnostics, flags.input.rejects);
  record::ReaderOptions options = flags.input.reader_options();
  options.columns.values = {std::string(field::kDurationMs)};
  options.columns.texts = {std::string(field::kTraceId), std::string(field::kSpanId),
                           std::string(field::kParentSpanId), std::string(field::kKind),
                           std::string(field::kStatus)};
  options.columns.value_required = false;
  options.columns.by = {std::string(field::kService), std::string(field::kOperation)};
  options.columns.by_required = false;
  record::Reader reader(options, rejects, diagnostics);
  record::Sink sink(flags.output.output);
  SpanRows rows(sink, reader, flags.traces);
  feature::SpanWindows windows(
      {window.duration, flags.trace_timeout, static_cast<std::size_t>(flags.max_spans), flags.traces}, rows);
  reader.on_block([&] { sink.flush(); });
  reader.on_evict([&](record::SeriesId id) {
    windows.flush();  // open traces name operations by their numbers
    rows.forget(id);
  });
  std::uint64_t others = 0;
  bool begun = false;
  while (const record::Batch* batch = reader.next()) {
    if (!begun) rows.header();
    begun = true;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const double duration = batch->value[0][i];
      if (batch->kind[i] != record::Kind::span || std::isnan(duration) || duration < 0) {
        ++others;
        continue;
      }
      const record::SeriesId operation = batch->series[i];
      windows.add(batch->text[0][i], {id_of(batch->text[1][i]), id_of(batch->text[2][i]), batch->time[i],
                                      static_cast<Nanos>(std::llround(std::min(duration, 1e12) * 1e6)),
                                      rows.service_of(operation), operation, kind_of(batch->text[3][i]),
                                      batch->text[4][i] == "error"});
    }
  }
  windows.flush();
  sink.close();
  tell(windows, others, diagnostics);
  return reader.finish();
}

}  // namespace

std::unique_ptr<cli::Command> spans_command() {
  auto command =
      std::make_unique<cli::Command>("spans", "features of operations, of who called whom, and of traces");
  auto flags = std::make_shared<SpanFlags>();  // lives as long as the command's body
  command->describe(
      "Reads spans and writes, for each window of time, a row for each service and operation (request_count, "
      "error_sum, "
      "error_rate, duration_mean, duration_p50, duration_p95, duration_p99 in ms, requests_per_minute, "
      "self_mean, "
      "self_sum), and a row for each pair of services of which one called the other: service is the one that "
      "was "
      "called, labels.caller the other, and the features are those of the called service's spans.");
  command->describe(
      "Self time is a span's time in which none of its children ran; children that overlap count once. A "
      "call is "
      "a span whose parent is of another service. An error is a span with status error.");
  command->section("WHEN A TRACE IS COMPLETE",
                   "Self time and callers are known once all spans of a trace are there, which nothing says. "
                   "A trace is taken for "
                   "complete when the newest span seen began --trace-timeout after the trace's own newest "
                   "one (or ten times that "
                   "after its oldest), and a window closes when no open trace reaches into it. So the rows "
                   "come --trace-timeout "
                   "late, and it has to be longer than spans take: a span is known only when it has ended. "
                   "What comes later is "
                   "counted and told, not used. Files of several services, one behind the other, are to be "
                   "merged by time before: "
                   "sort -m does, for the time stands first in the records of aiops-collect.");
  command->option("--window", "DURATION", flags->window, "Length of a window.");
  command->duration("--trace-timeout", flags->trace_timeout,
                    "How long spans of a trace are waited for, in the time of the spans.");
  command->option(
      "--max-spans", "N", flags->max_spans,
      "Keep at most so many spans of traces that are not complete; beyond that the traces quiet for longest "
      "are taken for complete, which is told.",
      1000, std::int64_t{1} << 31);
  command->flag(
      "--traces", flags->traces,
      "Write a row for each trace, in place of windows: service and operation of its root, duration_ms "
      "from its first start to its last end, span_count, error_sum, orphan_count (spans whose parent is "
      "missing), status (of the root), and critical_path: what the root waited for, with the milliseconds.");
  flags->input.declare(*command, false);
  flags->output.declare(*command);
  command->example("aiops-collect jaeger --url http://localhost:16686 --since 1h | aiops-features spans",
                   "What each operation did, minute by minute.");
  command->example("aiops-features spans --traces < spans.ndjson | jq -c 'select(.error_sum > 0)'",
                   "The traces with an error, and where their time went.");
  command->run([flags](Diagnostics& diagnostics) { return run(*flags, diagnostics); });
  return command;
}

}  // namespace aiops::tools
