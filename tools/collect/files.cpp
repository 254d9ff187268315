// aiops-collect files: log and sample records from log files, CSV and NDJSON.
#include "source/files.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/stop.hpp"
#include "commands.hpp"
#include "fields.hpp"
#include "shared.hpp"
#include "source/file_names.hpp"
#include "source/files_output.hpp"

namespace aiops {
namespace {

struct Files {
  source::FilesOptions options;
  FieldFlags fields;
  std::string input_format = "auto", kind = "auto", layout, part = "all";
  std::int64_t year = 0;
  std::string output, format = "ndjson", rejects, manifest, checkpoint;

  void declare(cli::Command& command);
  void declare_input(cli::Command& command);
  void declare_output(cli::Command& command);
  Status run(cli::Command& command, Diagnostics& diagnostics);
  void apply();
  void apply_layout();
};

void Files::declare_input(cli::Command& command) {
  command.positional(
      "FILE", options.tail.paths,
      "Files to read, or patterns in quotes such as 'logs/*.log'. None, or -, reads standard input. A "
      "pattern gives rotated files oldest first: access.log.2.gz, access.log.1, access.log. What is "
      "compressed with "
      "gzip or zstd is unpacked.");
  command.group("Input");
  command.choice("--input-format", input_format,
                 {"auto", "json", "access", "csv", "logfmt", "syslog", "journald", "cri", "docker", "text"},
                 "What the lines are: JSON objects; an access log of Apache or nginx; CSV with a header; "
                 "logfmt; syslog (RFC "
                 "5424, RFC 3164, and files of rsyslog); what journalctl -o json prints; a container's log "
                 "as Kubernetes (CRI) "
                 "or Docker writes it; the text of a logger that begins with date and time (Spring Boot, "
                 "Logback, Log4j, "
                 "Python). auto tells it for each file by its first lines.");
  command.option("--multiline", "auto|off|PATTERN", options.parser.multiline,
                 "Which lines are further lines of a record: its message gets them. auto: those of a "
                 "logger's text, syslog or "
                 "logfmt that do not begin as one; in containers' logs those that are indented or begin with "
                 "\"Caused by:\" and "
                 "its like, and Python's tracebacks. A PATTERN (ECMAScript) is one that first lines have, as "
                 "in '^\\d{4}-'. A "
                 "record waits up to a second for further lines.");
  command
      .option(
          "--year", "YEAR", year,
          "The year of syslog's times, which have none (RFC 3164). Without it, the newest that is not in the "
          "future.",
          1970, 2261)
      .preset = "";
  command.choice(
      "--layout", layout, {"old"},
      "Take FILE for a folder of data sets, SERVICE/history/METRIC.csv and SERVICE/anomaly/METRIC.csv, with "
      "the "
      "columns timestamp and value, as the platform kept them that these tools replace. Makes samples.");
  command.choice("--part", part, {"all", "history", "anomaly"},
                 "With --layout: of the data sets, the history alone, or what has anomalies. With all, the "
                 "label part tells "
                 "them apart; without it a model of the history fits the series of the other.");
  command.choice(
      "--kind", kind, {"auto", "log", "sample"},
      "The records to make. auto makes samples of records that have a value and nothing of a log.");
  command.flag(
      "--follow", options.tail.follow,
      "Read what is there, then wait for more, through rotation and truncation, until a signal. Files that "
      "appear later, under a name or for a pattern, are read too.");
  command.flag("--new-only", options.tail.new_only,
               "With --follow: pass over what the files hold at the start.");
  command.option(
      "--checkpoint", "FILE", checkpoint,
      "Keep in FILE up to where everything was read and written, and go on from there at the next start, "
      "with "
      "or without --follow. With -o nothing is lost and nothing repeated, even after a kill; into a pipe the "
      "last second's records may come again.");
  command.option("--rejects", "FILE", rejects, "Keep the lines that could not be read in FILE.");
}

void Files::declare_output(cli::Command& command) {
  command.group("Output");
  command.option(
      "-o,--output", "FILE", output,
      "Write to FILE in place of standard output. The file appears when it is complete; with --follow or "
      "--checkpoint it grows, and what is in it already is kept.");
  command.choice("--format", format, {"ndjson", "csv"}, "Format of the records.");
  command.option("--manifest", "FILE", manifest,
                 "Write an account to FILE (JSON): files, lines, records, rejected lines, first and last "
                 "time, fields that "
                 "were left out.");
  command.group("");
}

void Files::declare(cli::Command& command) {
  command.describe(
      "Reads JSON logs, access logs of Apache and nginx, syslog, logfmt, the journal, containers' logs, "
      "loggers' text, "
      "CSV and NDJSON, compressed or not, and writes log records (timestamp, "
      "service, "
      "severity_text, message, method, endpoint, status_code, duration_ms, trace_id, span_id, labels) or "
      "sample records "
      "(timestamp, service, metric, value, labels).");
  command.describe(
      "Times are written as RFC 3339 in UTC and keep their nanoseconds. Severities get OpenTelemetry's "
      "spelling (TRACE, "
      "DEBUG, INFO, WARN, ERROR, FATAL) where they are known. A request that names no severity gets one from "
      "its status: "
      "5xx is ERROR, 4xx WARN, else INFO. The endpoint is the path without its query.");
  command.section("FIELD NAMES", FieldFlags::names());
  command.section("WHAT IS LEFT OUT",
                  "Fields that a record has no place for are counted and named once at the end; --keep makes "
                  "them labels. A label is "
                  "part of the name of a series: keep what has few values. A line that cannot be read is "
                  "told with its file and "
                  "line, and the exit status is 3.");
  command.section(
      "LINES WITHIN LINES",
      "Containers' logs, the journal and syslog wrap lines that a program wrote. Such a line may itself be "
      "JSON, logfmt, a line of an access log or of a logger's text: it is read as one then, and what it "
      "says itself comes before what is wrapped around it. Lines that Kubernetes and Docker split are put "
      "together.");
  command.section("FOLLOWING",
                  "The files are looked at four times a second. A file that was renamed is read on until it "
                  "has been quiet for ten "
                  "seconds; one that was cut is read from its beginning. A last line without its newline "
                  "waits until it is whole. "
                  "Where a rotation copies and truncates, the pattern must not match the copies. Compressed "
                  "copies of what was "
                  "read are known by their first bytes and not read again.");
  declare_input(command);
  fields.declare(command, FieldFlags::Of::lines);
  declare_output(command);
  command.example("aiops-collect files /var/log/nginx/access.log --service web > logs.ndjson",
                  "An access log as records.");
  command.example(
      "aiops-collect files '/var/log/shop/*.json' --follow --checkpoint shop.position -o logs.ndjson",
      "Collect for ever, each line once, through rotation and restarts.");
  command.example(
      "aiops-collect files app.log --map endpoint=ctx.route --keep ctx.tenant | aiops-features requests",
      "JSON logs with names of their own.");
  command.example("aiops-collect files '/var/log/pods/shop_*/*/*.log*' --follow > logs.ndjson",
                  "The logs of a namespace's containers.");
  command.example(
      "aiops-collect files --layout old datasets --part history | aiops-train --models models/old",
      "Data sets of the platform before, as samples.");
  command.example("aiops-collect files 'history/*.csv' --map value=cpu_pct --metric '{file}' --service cart",
                  "Columns of CSV files as samples.");
  command.reads_stdin([this] {
    const std::vector<std::string>& paths = options.tail.paths;
    return std::all_of(paths.begin(), paths.end(), [](const std::string& path) { return path == "-"; });
  });
}

void Files::apply() {
  options.parser.format = source::format_named(input_format);
  options.parser.year = static_cast<int>(year);
  if (kind == "log") options.parser.kind = source::RecordKind::log;
  if (kind == "sample") options.parser.kind = source::RecordKind::sample;
  options.mapping = fields.mapping_options();
  options.parser.duration_unit = options.mapping.duration_unit;
  options.service = fields.service;
  options.metric = fields.metric;
  options.labels = fields.labels;
  options.format = format == "csv" ? record::Format::csv : record::Format::ndjson;
  apply_layout();
  if (options.tail.new_only && !options.tail.follow) throw UsageError("--new-only is for --follow");
}

// The old layout is files, a service and a metric for each by its path.
void Files::apply_layout() {
  if (layout.empty()) {
    if (part != "all") throw UsageError("--part is for --layout");
    return;
  }
  if (options.tail.paths.size() != 1 || options.tail.paths.front() == "-" || options.tail.follow) {
    throw UsageError("--layout old: expected one folder, and no --follow");
  }
  const std::string folder = options.tail.paths.front();
  options.tail.paths.clear();
  for (const char* one : {"history", "anomaly"}) {
    if (part != "all" && part != one) continue;
    for (std::string& path : source::expand_pattern(folder + "/*/" + one + "/*.csv"))
      options.tail.paths.push_back(std::move(path));
  }
  if (options.tail.paths.empty()) {
    throw InputError(
        fmt::format("{}: no file SERVICE/{}/METRIC.csv is in it", folder, part == "all" ? "history" : part));
  }
  options.parser.format = source::InputFormat::csv;
  options.parser.kind = source::RecordKind::sample;
  if (options.service.empty()) options.service = "{parent}";
  if (options.metric.empty()) options.metric = "{name}";
  if (part == "all") options.labels.emplace_back("part={folder}");
}

Status Files::run(cli::Command& command, Diagnostics& diagnostics) {
  apply();
  const bool follow = options.tail.follow;
  command.stops_in_order(follow);
  record::Rejects rejected(diagnostics, rejects);
  source::FilesOutput out({output, checkpoint, follow || !checkpoint.empty(), options.format});
  source::FilesCollector collector(options, out.sink(), rejected, diagnostics);
  out.attach(collector);
  collector.run();
  out.finish(follow || !stop_requested());
  const source::FilesAccount account = collector.account();
  if (!manifest.empty()) write_file(manifest, account.json());
  diagnostics.info(account.summary());
  return rejected.finish();
}

}  // namespace

std::unique_ptr<cli::Command> files_command() {
  return command_of<Files>("files", "Collect log and sample records from files");
}

}  // namespace aiops
