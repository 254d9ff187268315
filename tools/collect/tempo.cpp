// aiops-collect tempo: spans from Grafana Tempo.
#include "source/tempo.hpp"

#include "commands.hpp"
#include "traces.hpp"

namespace aiops {
namespace {

struct Tempo {
  TraceFlags flags;
  source::TempoOptions options;
  std::int64_t limit = 1000;
  bool once = false;

  void declare(cli::Command& command);
  Status run(cli::Command& command, Diagnostics& diagnostics);
};

void Tempo::declare(cli::Command& command) {
  command.describe(
      "Searches a Grafana Tempo with TraceQL, slice of time by slice of time, fetches each trace that was "
      "found by its id, "
      "and writes the spans: timestamp, trace_id, span_id, parent_span_id, service, operation, kind, "
      "duration_ms, status, "
      "labels. Each span that began in the range, of a trace that the query finds, comes once.");
  command.section("LIMITS",
                  "Tempo's search takes the first traces that any of its workers finds, as many as were "
                  "asked for (--limit), and is "
                  "done: it does not say that there are more, and asked again it gives others. So a slice "
                  "that gives as many as were "
                  "asked for is halved, down to a second, which is all that Tempo's search can tell apart; "
                  "what is left then is told "
                  "(exit status 4): raise --limit, or ask for less with --query. Each slice is searched "
                  "twice, and the manifest says by "
                  "what the two have in common which share of all came (estimated_share); --once saves the "
                  "second search. A search "
                  "that did not look at all of the data, and a trace that the server gives in part, for it "
                  "is larger than its limit, "
                  "are told too. Tempo refuses ranges longer than its query_frontend.search.max_duration (7 "
                  "days) and limits above "
                  "its max_result_limit, in its own words. It could not be had as a server: this source is "
                  "tested on recorded "
                  "answers.");
  flags.declare(command, "http://localhost:3200");
  command.group("What");
  command.option("--query", "TRACEQL", options.query, "Traces that this finds.");
  command
      .option(
          "--tags", "LOGFMT", options.tags,
          "In place of --query, for servers without TraceQL: tags, such as 'service.name=cart error=true'.")
      .preset = "";
  command.option("--limit", "N", limit, "Ask for so many traces at once.", 1, 100'000);
  command.flag("--once", once, "Search each slice once: half the searches, and no estimate.");
  command.group("");
  command.example("aiops-collect tempo --url http://localhost:3200 --since 1h | aiops-features spans",
                  "What each operation did in the last hour.");
  command.example("aiops-collect tempo --url http://localhost:3200 --since 15m --query '{ status = error }'",
                  "The traces with an error, whole.");
  command.example(
      "aiops-collect tempo --url http://localhost:3200 --tenant team-a --trace-id "
      "4bf92f3577b34da6a3ce929d0e0e4736 --keep '*'",
      "One trace with all its attributes.");
}

Status Tempo::run(cli::Command& command, Diagnostics& diagnostics) {
  options.limit = static_cast<std::size_t>(limit);
  options.passes = once ? 1 : 2;
  return flags.run(
      command, "tempo", {options.query, options.tags},
      [&](const source::ServerOptions& server, const source::Keep& keep, source::Manifest& manifest) {
        source::TempoOptions one = options;
        one.server = server;
        return trace_server<source::TempoSource>(one, keep, manifest, diagnostics);
      },
      diagnostics);
}

}  // namespace

std::unique_ptr<cli::Command> tempo_command() {
  return command_of<Tempo>("tempo", "Collect spans from Grafana Tempo");
}

}  // namespace aiops
