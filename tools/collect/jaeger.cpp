// aiops-collect jaeger: spans from Jaeger.
#include "source/jaeger.hpp"

#include <fmt/core.h>

#include "base/text.hpp"
#include "commands.hpp"
#include "traces.hpp"

namespace aiops {
namespace {

struct Jaeger {
  TraceFlags flags;
  source::JaegerOptions options;
  std::string api = "auto", list_operations;
  std::int64_t limit = 1000;

  void declare(cli::Command& command);
  Status run(cli::Command& command, Diagnostics& diagnostics);
};

void Jaeger::declare(cli::Command& command) {
  command.describe(
      "Asks a Jaeger (version 1 or 2) for traces and writes their spans: timestamp, trace_id, span_id, "
      "parent_span_id, "
      "service, operation, kind, duration_ms, status, labels. Each span that began in the range comes once; "
      "without a "
      "filter, of all services that the server knows.");
  command.section("LIMITS",
                  "Jaeger searches by service, gives at most as many traces as were asked for (--limit), and "
                  "does not say that there "
                  "are more. So each service is asked for in slices of time; a slice that gives as many as "
                  "were asked for is halved, "
                  "down to a microsecond, and what is left then is told (exit status 4). Storages may keep "
                  "to the limit loosely "
                  "(Cassandra's index does): a trace comes with the spans of all its services, so for each "
                  "service is counted how "
                  "many of the traces that came with others its own search found, and the manifest says by "
                  "this what share of all "
                  "came (estimated_share). Jaeger keeps times in microseconds in version 1 of its API; "
                  "version 3 has nanoseconds and "
                  "is taken where the server has it (--api). Storages with a limit of their own (in memory: "
                  "the newest 100,000 traces "
                  "or so) drop old traces without a word.");
  command.section(
      "FILTERS",
      "With --service, --operation, --tag, --min-duration or --max-duration the traces that have "
      "such a span come, and of "
      "these all spans that began in the range and lie within --margin of one that was found. "
      "Tags are "
      "searched by version 1 of the API, since version 3 passes over them without a word; the tag "
      "error=true is not found by Jaeger 2, on the same data as Jaeger 1.");
  flags.declare(command, "http://localhost:16686");
  command.group("What");
  command
      .option("--service", "NAME", options.services,
              "Traces in which this service took part; may be given several times.")
      .list = true;
  command.option("--operation", "NAME", options.operation, "Traces with this operation of the service.");
  command.option("--tag", "NAME=VALUE", options.tags,
                 "Traces with a span that has this tag; all of several.");
  command
      .duration("--min-duration", options.min_duration, "Traces with a span that took this long, or longer.")
      .preset = "";
  command
      .duration("--max-duration", options.max_duration, "Traces with a span that took this long, or shorter.")
      .preset = "";
  command.duration("--margin", options.margin,
                   "With a filter: how far spans of a trace may begin from one that was found.");
  command.option("--limit", "N", limit, "Ask for so many traces at once.", 1, 100'000);
  command.choice("--api", api, {"auto", "v1", "v3"},
                 "Version of the query API; auto takes 3 where the server has it.");
  command.option("--list-operations", "SERVICE", list_operations,
                 "Print the names of a service's operations, and no spans.");
  command.group("");
  command.example("aiops-collect jaeger --url http://localhost:16686 --since 1h > spans.ndjson",
                  "All spans of the last hour.");
  command.example(
      "aiops-collect jaeger --url http://localhost:16686 --follow --checkpoint spans.position -o "
      "spans.ndjson",
      "Collect for ever, each span once, through restarts.");
  command.example(
      "aiops-collect jaeger --url http://localhost:16686 --trace-id 4bf92f3577b34da6a3ce929d0e0e4736 --keep "
      "'*'",
      "One trace with all its tags.");
  command.example("aiops-collect jaeger saved.json | aiops-features spans --traces",
                  "A trace that was saved from Jaeger's page, or Zipkin's.");
}

Status Jaeger::run(cli::Command& command, Diagnostics& diagnostics) {
  if (options.services.empty() && !options.operation.empty()) throw UsageError("--operation needs --service");
  options.limit = static_cast<std::size_t>(limit);
  if (api == "v1") options.api = source::JaegerOptions::Api::v1;
  if (api == "v3") options.api = source::JaegerOptions::Api::v3;
  if (!list_operations.empty()) {
    source::Manifest manifest;
    source::JaegerOptions asked = options;
    asked.server = flags.server.server();
    const source::Keep keep({}, true);
    source::JaegerSource source(asked, keep, manifest, diagnostics);
    record::Sink sink(flags.output.output);
    for (const std::string& name : source.operations(list_operations))
      sink.write(printable(name, name.size()) + '\n');
    sink.close();
    return Status::done;
  }
  return flags.run(
      command, "jaeger", {options.text()},
      [&](const source::ServerOptions& server, const source::Keep& keep, source::Manifest& manifest) {
        source::JaegerOptions one = options;
        one.server = server;
        return trace_server<source::JaegerSource>(one, keep, manifest, diagnostics);
      },
      diagnostics);
}

}  // namespace

std::unique_ptr<cli::Command> jaeger_command() {
  return command_of<Jaeger>("jaeger", "Collect spans from Jaeger, or from saved traces");
}

}  // namespace aiops
