// aiops-collect prometheus: samples from a server with the Prometheus HTTP API.
#include "source/prometheus.hpp"

#include <fmt/core.h>

#include "base/text.hpp"
#include "commands.hpp"
#include "shared.hpp"

namespace aiops {
namespace {

struct Prometheus {
  ServerFlags server;
  TimeFlags time;
  SampleOutputFlags output;
  std::vector<std::string> queries, service_labels{"service", "job"};
  std::string query_file;
  bool instant = false, list_services = false;

  void declare(cli::Command& command);
  Status run(cli::Command& command, Diagnostics& diagnostics);
  void check() const;
  source::PrometheusOptions source_options() const;
  source::CollectionOptions collection_options(const std::vector<source::NamedQuery>& named) const;
  Status list(source::PrometheusSource& source) const;
};

void Prometheus::declare(cli::Command& command) {
  command.describe(
      "Asks a server with the Prometheus HTTP API (Prometheus, VictoriaMetrics, Mimir, Thanos) and writes "
      "sample records: "
      "timestamp, service, metric, value, labels. The name of a query becomes the metric.");
  command.describe(
      "A range of any length is cut into requests that the server answers: at most 11,000 points a series, "
      "and fewer where "
      "there are many series, so that memory stays small. Records come in the order of time. An answer is "
      "written when it "
      "is complete, never half of it. A value that is NaN or infinite at the server is written as missing "
      "(null).");
  command.section("WHAT IS MISSING",
                  "When something that was asked for is missing, the exit status is 4, the summary on "
                  "standard error says what, and "
                  "--manifest has it in full: a query without any series, a part of the range that could not "
                  "be had, an answer that the "
                  "server calls partial, native histograms (which are no samples). A gap within a series is "
                  "counted and is no error. "
                  "While following, what the server cannot give now is asked for again until it does.");
  command.section("GOING ON",
                  "With --checkpoint, each run goes on behind the last step that was written. With --follow "
                  "that is a collector which "
                  "may be killed and started at any time; without it, a job for cron that adds what came "
                  "since the run before.");
  command.group("Queries");
  command.option("--query", "NAME=PROMQL", queries, "A query and the name of its metric.");
  command.option("--queries", "FILE", query_file,
                 "Take queries from FILE, one NAME=PROMQL a line; lines that begin with # are comments.");
  command
      .option("--service-label", "NAMES", service_labels,
              "The label that becomes the field service; of several, the first that a series has.")
      .list = true;
  command.flag("--instant", instant,
               "Ask for the values at one time, --end, in place of a range. A query with a range (up[5m]) "
               "gives the samples "
               "as they were scraped.");
  command.flag("--list-services", list_services, "List the values of the service labels, and end.");
  command.group("");
  time.declare(command);
  server.declare(command, "http://127.0.0.1:9090");
  output.declare(command);
  command.example(
      "aiops-collect prometheus --url http://127.0.0.1:9090 --query "
      "'cpu=rate(process_cpu_seconds_total[1m])' "
      "--since 7d > week.ndjson",
      "A week of the processor time of each process.");
  command.example(
      "aiops-collect prometheus --url http://127.0.0.1:9090 --queries queries.promql --follow --checkpoint "
      "collect.json -o samples.ndjson",
      "Collect for ever, each step once, through restarts of the server and of the collector.");
  command.example("aiops-collect prometheus --url http://127.0.0.1:9090 --list-services",
                  "Which services there are.");
}

void Prometheus::check() const {
  if (list_services) return;
  if (queries.empty() && query_file.empty()) {
    throw UsageError("there is nothing to ask for: expected --query NAME=PROMQL or --queries FILE");
  }
  if (service_labels.empty()) throw UsageError("--service-label: expected the name of a label");
  const bool range = time.follow || time.since > 0 || !time.start.empty() || !time.checkpoint.empty();
  if (instant && range)
    throw UsageError(
        "--instant takes no range: expected --end alone, without --since, --start, "
        "--follow and --checkpoint");
}

source::PrometheusOptions Prometheus::source_options() const {
  source::PrometheusOptions options;
  const source::ServerOptions reached = server.server();
  options.url = reached.url;
  options.http = reached.http;
  options.retry = reached.retry;
  options.service_labels = service_labels;
  for (const std::string& query : queries) options.queries.push_back(source::parse_query(query));
  if (!query_file.empty()) {
    for (source::NamedQuery& query : source::read_queries(query_file))
      options.queries.push_back(std::move(query));
  }
  return options;
}

source::CollectionOptions Prometheus::collection_options(const std::vector<source::NamedQuery>& named) const {
  source::CollectionOptions options;
  time.apply(options);
  output.apply(options);
  std::vector<std::string> asked{output.format, join(service_labels, ","), join(output.csv_labels, ",")};
  for (const source::NamedQuery& query : named) {
    asked.push_back(query.name);
    asked.push_back(query.text);
  }
  options.asked = source::fingerprint(asked);
  return options;
}

Status Prometheus::list(source::PrometheusSource& source) const {
  record::Sink sink(output.output);
  for (const std::string& service : source.services()) sink.write(printable(service, service.size()) + '\n');
  sink.close();
  return Status::done;
}

Status Prometheus::run(cli::Command& command, Diagnostics& diagnostics) {
  check();
  command.stops_in_order(time.follow);
  const source::PrometheusOptions options = source_options();
  const source::CollectionOptions wanted = collection_options(options.queries);
  source::Manifest manifest;
  source::PrometheusSource source(options, manifest, diagnostics);
  if (list_services) return list(source);
  const Status status = source::with_manifest(manifest, output.manifest, diagnostics, [&] {
    source::Collection collection(wanted, source, manifest, diagnostics);
    if (!instant) return collection.run();
    const Nanos at = wanted.end != kNoTime ? wanted.end : now();
    manifest.start = manifest.end = at;
    return collection.run_once([&](source::SeriesBook& book, source::SampleFrame& frame) {
      for (std::size_t part = 0; part < options.queries.size(); ++part)
        source.fetch_instant(part, at, book, frame);
    });
  });
  return accept_partial(status, output.partial, manifest);
}

}  // namespace

std::unique_ptr<cli::Command> prometheus_command() {
  auto command = std::make_unique<cli::Command>("prometheus", "Collect samples from Prometheus");
  auto values = std::make_shared<Prometheus>();  // lives as long as the command's body
  values->declare(*command);
  command->run(
      [values, &command = *command](Diagnostics& diagnostics) { return values->run(command, diagnostics); });
  return command;
}

}  // namespace aiops
