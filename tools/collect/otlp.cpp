// aiops-collect otlp: what OpenTelemetry sends or keeps in files, as samples, logs and spans.
#include <fmt/core.h>

#include "base/number.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "record/rejects.hpp"
#include "shared.hpp"
#include "source/collection.hpp"
#include "source/files_output.hpp"
#include "source/otlp_files.hpp"
#include "source/otlp_listener.hpp"

namespace aiops {
namespace {

struct Otlp {
  source::TailOptions tail;
  source::OtlpOptions options;
  source::OtlpListenerOptions listener;
  std::string listen, signal = "all", output, format = "ndjson", rejects, manifest, checkpoint;
  std::vector<std::string> quantiles{"0.5", "0.95", "0.99"};
  std::int64_t max_body = 16 << 20, max_connections = 64;

  void describe(cli::Command& command);
  void declare(cli::Command& command);
  void declare_listener(cli::Command& command);
  void apply();
  Status run(cli::Command& command, Diagnostics& diagnostics);
  Status read_files(source::Manifest& account, Diagnostics& diagnostics);
  Status serve(source::Manifest& account, Diagnostics& diagnostics);
};

void Otlp::describe(cli::Command& command) {
  command.describe(
      "Reads OpenTelemetry's metrics, logs and traces and writes sample records, log records and spans: from "
      "files that "
      "the Collector's file exporter wrote (JSON, a line a batch), or, with --listen, from whoever sends "
      "OTLP/HTTP: a "
      "collector, or a program's SDK. NDJSON mixes the kinds; --signal takes one.");
  command.section(
      "METRICS",
      "The service is service.name of the resource, the labels are the point's attributes, and those of "
      "resource and "
      "scope that --keep names. A name stands for:\n\n"
      "`NAME`\n: gauges and sums, as they are\n"
      "`NAME_rate`\n: with --rates: monotonic sums, as change a second since the point before (delta: since "
      "their own "
      "start). A counter that begins anew is noticed by its start time or by its fall\n"
      "`NAME_count`, `NAME_sum`\n: histograms and summaries, as they are; with --rates, of histograms, "
      "NAME_count_rate and "
      "NAME_sum_rate\n"
      "`NAME_mean`, `NAME_p50`, `NAME_p95`, `NAME_p99`\n: of what came since the point before, also where "
      "the histogram "
      "counts from the start of its process; percentiles as the buckets tell them (explicit: linear within a "
      "bucket, as "
      "Prometheus; exponential: linear in the logarithm). Summaries have the percentiles that they have\n"
      "`NAME_min`, `NAME_max`\n: of delta histograms\n"
      "`NAME_bucket`\n: with --buckets: how many were at most labels.le\n\n"
      "Times are in seconds, or, where the metric's unit is ms, in milliseconds under names that end in _ms. "
      "A point that "
      "says it has no value is a sample without one.");
  command.section("LOGS AND TRACES",
                  "A log record's body is the message, its severity the level; attributes fill method, "
                  "endpoint, status_code and "
                  "duration_ms by the names that aiops-collect files knows. A span's kind is server, client, "
                  "producer, consumer or "
                  "internal, its status ok, error or unset. Events and links of spans, and exemplars of "
                  "metrics, are passed over.");
  command.section("LISTENING",
                  "Takes POST /v1/metrics, /v1/logs and /v1/traces, JSON and protobuf, gzip or plain. The "
                  "answer comes when the records "
                  "are in the output, so a sender that got 200 need not send again. While the reader of the "
                  "output is slow, requests "
                  "wait; after --busy-timeout they are sent away with 503 and Retry-After, and "
                  "OpenTelemetry's exporters try again. "
                  "What of a request cannot be read is told to the sender as a partial success. SIGTERM ends "
                  "it in order: what came "
                  "whole is written and answered. There are no credentials and there is no TLS: listen on "
                  "the loopback, or put a proxy "
                  "in front. gRPC is not spoken; the Collector's exporter for this is otlphttp.");
  command.section(
      "LIMITS",
      "A line of a file has at most 64 MiB, a request's body what --max-body says, and 64 MiB unpacked; "
      "larger "
      "ones are refused, the sender is told (413, 400). Up to --max-connections at once; further ones wait. "
      "A "
      "request has to be whole within --request-timeout. All bodies that are being received take 64 MiB at "
      "most: "
      "beyond, "
      "who sends must wait. With --rates the first point of a series gives none, also behind a restart.");
  command.example(
      "aiops-collect otlp --listen 127.0.0.1:4318 --signal metrics --rates | aiops-score --models "
      "models/shop",
      "Score what a collector or an SDK sends, as it comes.");
  command.example("aiops-collect otlp /var/lib/otelcol/traces.jsonl --signal traces | aiops-features spans",
                  "Features of the spans that a collector kept.");
  command.example(
      "aiops-collect otlp '/var/lib/otelcol/*.jsonl' --follow --checkpoint otel.position -o otel.ndjson",
      "Collect for ever, each record once, through rotation and restarts.");
}

void Otlp::declare(cli::Command& command) {
  describe(command);
  command.reads_stdin([this] { return listen.empty() && tail.paths.empty(); });
  command.positional(
      "FILE", tail.paths,
      "Files to read, or patterns in quotes such as 'otel/*.jsonl'. None, or -, reads standard input.");
  command.choice("--signal", signal, {"all", "metrics", "logs", "traces"},
                 "What is wanted; the rest is passed over, and counted.");
  command
      .option("--keep", "NAMES", options.keep,
              "Attributes of the span, log record, scope or resource that become labels. NAME.* keeps all "
              "below a name, "
              "'*' all (NDJSON only). All attributes of a metric's points are labels anyway.")
      .list = true;
  command.flag("--rates", options.rates, "Make changes a second of counters.");
  command.flag("--buckets", options.buckets, "Write the buckets of histograms, too.");
  command.option("--quantiles", "SHARES", quantiles, "Which percentiles of histograms to write.").list = true;
  command.group("Files");
  command.flag("--follow", tail.follow,
               "Read what is there, then wait for more, through rotation and truncation, until a signal.");
  command.flag("--new-only", tail.new_only, "With --follow: pass over what the files hold at the start.");
  command.option("--checkpoint", "FILE", checkpoint,
                 "Keep in FILE up to where everything was read and written, and go on from there at the next "
                 "start. With "
                 "-o nothing is lost and nothing repeated, even after a kill; into a pipe the last records "
                 "may come again.");
  command.option("--rejects", "FILE", rejects,
                 "Keep the lines that could not be read, wholly or in part, in FILE.");
  declare_listener(command);
  command.group("Output");
  command.option(
      "-o,--output", "FILE", output,
      "Write to FILE in place of standard output. The file appears when it is complete; with --follow, "
      "--checkpoint or --listen it grows, and what is in it already is kept.");
  command.choice("--format", format, {"ndjson", "csv"}, "Format of the records; CSV holds one --signal.");
  command.option("--csv-labels", "NAMES", options.csv_labels, "Labels of samples that get a column in CSV.")
      .list = true;
  command.option("--manifest", "FILE", manifest,
                 "Write an account to FILE (JSON): records, what was refused, first and last time.");
  command.group("");
}

void Otlp::declare_listener(cli::Command& command) {
  command.group("Listening");
  command.option(
      "--listen", "HOST:PORT", listen,
      "In place of files: take OTLP/HTTP here, until a signal. Port 0 is a free one, which is said.");
  command.option("--max-body", "BYTES", max_body, "Refuse larger bodies.", 1024, std::int64_t{1} << 30);
  command.option("--max-connections", "N", max_connections, "Serve so many at once.", 1, 10000);
  command.duration("--request-timeout", listener.server.request_time,
                   "Refuse a request that is not whole within this time.");
  command.duration("--busy-timeout", listener.busy_time,
                   "Send a request away with 503 when the output took nothing for so long.");
}

void Otlp::apply() {
  if (signal != "all") {
    options.signals = {signal == "metrics" ? source::Signal::metrics
                       : signal == "logs"  ? source::Signal::logs
                                           : source::Signal::traces};
  }
  options.format = format == "csv" ? record::Format::csv : record::Format::ndjson;
  if (!options.csv_labels.empty() && format != "csv") throw UsageError("--csv-labels is for --format csv");
  options.quantiles.clear();
  for (const std::string& text : quantiles) {
    double share = 0;
    if (parse_number(text, share) != Number::ok || share < 0 || share > 1)
      throw UsageError(
          fmt::format("--quantiles: {} is no share, expected 0 to 1, such as 0.99", printable(text)));
    options.quantiles.push_back(share);
  }
  if (tail.new_only && !tail.follow) throw UsageError("--new-only is for --follow");
  if (!listen.empty() && (!tail.paths.empty() || tail.follow || !checkpoint.empty()))
    throw UsageError("--listen excludes files, --follow and --checkpoint");
  listener.server.address = listen;
  listener.server.body = static_cast<std::size_t>(max_body);
  listener.server.memory = std::max<std::size_t>(listener.server.memory, listener.server.body);
  listener.server.connections = static_cast<std::size_t>(max_connections);
}

Status Otlp::read_files(source::Manifest& account, Diagnostics& diagnostics) {
  record::Rejects rejected(diagnostics, rejects);
  source::FilesOutput out({output, checkpoint, tail.follow || !checkpoint.empty(), options.format});
  source::OtlpRecords records(options, out.sink(), account);
  source::OtlpFiles files(tail, records, rejected, diagnostics);
  out.attach(files);
  files.run();
  out.finish(tail.follow || !stop_requested());
  records.tell(diagnostics);
  if (rejected.count() != 0)
    account.problems.push_back(
        fmt::format("{} not read, wholly or in part", count(rejected.count(), "line")));
  return rejected.finish();
}

Status Otlp::serve(source::Manifest& account, Diagnostics& diagnostics) {
  const bool to_file = !output.empty() && output != "-";
  std::unique_ptr<source::GrowingFile> file;
  if (to_file) file = std::make_unique<source::GrowingFile>(output);
  const Fd writer = file ? file->writer() : Fd();
  record::Sink memory{record::Sink::Memory()};
  source::OtlpRecords records(options, memory, account);
  if (file && file->length() != 0) {
    const std::string first = file->first_line();
    if (format == "csv" ? first != records.csv_header() : !first.starts_with('{'))
      throw OutputError(
          fmt::format("{} begins with {}: these records cannot be added to it; choose another file", output,
                      printable(first, 80)));
    records.header_is_there();
  }
  source::OtlpListener server(listener, records, memory, file ? writer.get() : 1,
                              to_file ? output : "standard output", account, diagnostics);
  server.run();
  records.tell(diagnostics);
  if (records.rejected() != 0)
    diagnostics.warn(fmt::format("{} could not be read, which their senders were told",
                                 count(records.rejected(), "item")));
  return Status::done;
}

Status Otlp::run(cli::Command& command, Diagnostics& diagnostics) {
  apply();
  command.stops_in_order(tail.follow || !listen.empty());
  source::Manifest account;
  account.source = "otlp";
  account.records = "record";
  return source::with_manifest(account, manifest, diagnostics, [&] {
    return listen.empty() ? read_files(account, diagnostics) : serve(account, diagnostics);
  });
}

}  // namespace

std::unique_ptr<cli::Command> otlp_command() {
  return command_of<Otlp>("otlp",
                          "Collect samples, logs and spans from OpenTelemetry, in files or as they are sent");
}

}  // namespace aiops
