// aiops-collect prometheus: samples from a server with the Prometheus HTTP API.
#include "source/prometheus_targets.hpp"

#include <fmt/core.h>

#include "base/text.hpp"
#include "commands.hpp"
#include "packs.hpp"
#include "shared.hpp"

namespace aiops {
namespace {

struct Prometheus {
  ServerFlags server;
  TimeFlags time;
  SampleOutputFlags output;
  std::vector<std::string> queries, service_labels{"service", "job"};
  std::string query_file;
  std::vector<std::string> quantiles, discover;
  PackFlags packs;
  bool instant = false, list_services = false, raw = false, stale_markers = false;
  std::int64_t max_series = 0;

  void declare(cli::Command& command);
  void declare_queries(cli::Command& command);
  void declare_examples(cli::Command& command);
  Status run(cli::Command& command, Diagnostics& diagnostics);
  void check() const;
  source::PrometheusOptions source_options() const;
  source::CollectionOptions collection_options(const std::vector<source::NamedQuery>& named) const;
  std::vector<source::NamedQuery> named_queries() const;
  Status list(source::PrometheusTargets& source) const;
  Status list_series(source::PrometheusTargets& source, const source::CollectionOptions& wanted,
                     source::Manifest& manifest) const;
  Status print(const std::string& text) const;
};

void Prometheus::declare(cli::Command& command) {
  command.describe(
      "Asks a server with the Prometheus HTTP API (Prometheus, Mimir, Thanos, VictoriaMetrics, Grafana "
      "Cloud) and writes "
      "sample records: timestamp, service, metric, value, labels. The name of a query becomes the metric.");
  command.describe(
      "A range of any length is cut into requests that the server answers: at most 11,000 points a series, "
      "and fewer where "
      "there are many series, so that memory stays small. Records come in the order of time. An answer is "
      "written when it "
      "is complete, never half of it; the next one is fetched meanwhile. A value that is NaN or infinite at "
      "the server is "
      "written as missing (null).");
  command.section(
      "WHAT IS MISSING",
      "When something that was asked for is missing, the exit status is 4, the summary on standard error "
      "says "
      "what, and --manifest has it in full: a query without any series, a part of the range that could not "
      "be "
      "had, an answer that the server calls partial. A gap within a series is counted and is no error. While "
      "following, what the server cannot give now is asked for again until it does; of several targets "
      "(--target), what one cannot give while another does is told as missing and not asked for again.");
  command.section("NATIVE HISTOGRAMS",
                  "A query that gives native histograms becomes samples: NAME_count, NAME_sum, NAME_avg "
                  "(their quotient), and "
                  "with --histogram-quantiles 0.5,0.99 NAME{quantile=\"0.99\"}, interpolated within a bucket "
                  "as Prometheus 3 "
                  "does it: exponentially, in buckets of custom bounds linearly.");
  command.section(
      "GOING ON",
      "With --checkpoint, each run goes on behind the last step that was written. With --follow that is a "
      "collector which may be killed and started at any time; without it, a job for cron that adds what came "
      "since "
      "the run before.");
  command.section(
      "LIMITS",
      "Prometheus answers with 11,000 points a series, VictoriaMetrics with 30,000 "
      "(-search.maxPointsPerTimeseries), and each with so many samples a query (--query.max-samples, "
      "-search.maxSamplesPerQuery): the range is asked for in pieces that they answer, two at a time. Mimir "
      "and "
      "Thanos limit a query's length, chunks and memory: the pieces become smaller; their limit of series a "
      "query "
      "is an error. A server that calls its answer partial, and warnings, are told. How many series there "
      "are is "
      "limited by --max-series alone. VictoriaMetrics shows no sample of the last 30 seconds "
      "(-search.latencyOffset): use --lateness 30s there; it keeps some 15 digits of a number and no NaN, "
      "and a "
      "step has what stands within the usual distance of two samples, where Prometheus looks back five "
      "minutes.");
  declare_queries(command);
  time.declare(command);
  server.declare(command, "http://127.0.0.1:9090");
  output.declare(command);
  declare_examples(command);
}

void Prometheus::declare_queries(cli::Command& command) {
  command.group("Queries");
  command.option("--query", "NAME=PROMQL", queries, "A query and the name of its metric.");
  command.option("--queries", "FILE", query_file,
                 "Take queries from FILE, one NAME=PROMQL a line; lines that begin with # are comments.");
  packs.declare(command);
  command
      .option("--service-label", "NAMES", service_labels,
              "The label that becomes the field service; of several, the first that a series has.")
      .list = true;
  command
      .option("--histogram-quantiles", "LIST", quantiles,
              "Quantiles to take of native histograms, as 0.5,0.99; see NATIVE HISTOGRAMS.")
      .list = true;
  command.option("--max-series", "N", max_series,
                 "Refuse a query that gives more than N series (exit status 1): they are counted, at ten "
                 "times of the range, "
                 "before it is fetched. 0: no limit, but 10000 for --discover.",
                 0, 1'000'000'000);
  command.flag(
      "--stale-markers", stale_markers,
      "Where a series ends, write one record with a missing value: its first step without a sample.");
  command.flag("--raw", raw,
               "Collect the samples as they were scraped, each once, in place of values at steps. The "
               "queries are selectors, as "
               "up{job=\"shop\"}. From VictoriaMetrics by its export, elsewhere by instant queries; --step "
               "tells how finely "
               "the range is cut.");
  command.flag("--instant", instant,
               "Ask for the values at one time, --end, in place of a range. A query with a range (up[5m]) "
               "gives the samples "
               "as they were scraped.");
  command.option(
      "--discover", "MATCHER", discover,
      "List the series that a selector matches, {job=\"shop\"} or http_requests_total, a JSON object a line: "
      "metric, service, labels, and type, unit and help where the server knows them; and end. Those of the "
      "last "
      "hour, or of --since, --start, --end.");
  command.flag("--list-services", list_services, "List the values of the service labels, and end.");
  command.group("");
}

void Prometheus::declare_examples(cli::Command& command) {
  command.example(
      "aiops-collect prometheus --url http://127.0.0.1:9090 --query "
      "'cpu=rate(process_cpu_seconds_total[1m])' "
      "--since 7d > week.ndjson",
      "A week of the processor time of each process.");
  command.example(
      "aiops-collect prometheus --url http://127.0.0.1:9090 --pack spring-boot --follow --checkpoint "
      "collect.json -o samples.ndjson",
      "Collect what matters of Spring Boot services for ever, each step once, through restarts of the server "
      "and of the "
      "collector.");
  command.example(
      "aiops-collect prometheus --target eu=https://eu.example.com/prometheus --target "
      "us=https://us.example.com/prometheus "
      "--tenant shop --pack red --since 1d > day.ndjson",
      "A day of two Mimirs; the label environment tells them apart.");
  command.example(
      "AIOPS_BASIC_AUTH=123456:TOKEN aiops-collect prometheus --url "
      "https://prometheus-prod-01.grafana.net/api/prom --pack use "
      "--since 6h > machines.ndjson",
      "Grafana Cloud.");
  command.example("aiops-collect prometheus --url http://127.0.0.1:9090 --discover '{job=\"shop\"}'",
                  "Which series a service has, and what they are.");
}

void Prometheus::check() const {
  if (list_services || packs.list) return;
  if (service_labels.empty()) throw UsageError("--service-label: expected the name of a label");
  if (!discover.empty()) {
    if (!queries.empty() || !query_file.empty() || !packs.names.empty() || instant || raw || time.follow)
      throw UsageError("--discover lists series: it takes no queries, --instant, --raw and --follow");
    return;
  }
  if (queries.empty() && query_file.empty() && packs.names.empty()) {
    throw UsageError(
        "there is nothing to ask for: expected --query NAME=PROMQL, --queries FILE or --pack NAME");
  }
  const bool range = time.follow || time.since > 0 || !time.start.empty() || !time.checkpoint.empty();
  if (instant && (range || raw))
    throw UsageError(
        "--instant takes no range: expected --end alone, without --since, --start, "
        "--follow, --checkpoint and --raw");
  if (raw && stale_markers) throw UsageError("--stale-markers are for steps: --raw has none");
  if (raw && !packs.names.empty()) throw UsageError("--raw takes selectors, the queries of packs are none");
}

std::vector<source::NamedQuery> Prometheus::named_queries() const {
  std::vector<source::NamedQuery> named;
  for (const std::string& matcher : discover) named.push_back({matcher, matcher, false});
  if (!discover.empty()) return named;
  for (const std::string& query : queries) named.push_back(source::parse_query(query));
  if (!query_file.empty()) {
    for (source::NamedQuery& query : source::read_queries(query_file)) named.push_back(std::move(query));
  }
  for (const cli::Pack::Query& query : packs.queries("prometheus")) {
    try {
      named.push_back(source::parse_query(query.name + "=" + query.text));
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("{}: {}", query.where, error.what()));
    }
    named.back().optional = true;
  }
  return named;
}

source::PrometheusOptions Prometheus::source_options() const {
  source::PrometheusOptions options;
  options.service_labels = service_labels;
  options.histogram_quantiles = quantiles_option(quantiles);
  options.raw = raw;
  options.max_series = static_cast<std::uint64_t>(max_series);
  if (!discover.empty() && max_series == 0) options.max_series = 10'000;
  if (!list_services) options.queries = named_queries();
  return options;
}

source::CollectionOptions Prometheus::collection_options(const std::vector<source::NamedQuery>& named) const {
  source::CollectionOptions options;
  time.apply(options);
  output.apply(options);
  options.raw = raw;
  options.mark_ends = stale_markers;
  std::vector<std::string> asked{output.format, join(service_labels, ","), join(output.csv_labels, ",")};
  for (const source::NamedQuery& query : named) {
    asked.push_back(query.name);
    asked.push_back(query.text);
  }
  for (const std::string& target : server.targets) asked.push_back(target.substr(0, target.find('=')));
  if (raw) asked.emplace_back("raw");
  if (!quantiles.empty()) asked.push_back(join(quantiles, ","));
  options.asked = source::fingerprint(asked);
  return options;
}

Status Prometheus::print(const std::string& text) const {
  record::Sink sink(output.output);
  sink.write(text);
  sink.close();
  return Status::done;
}

Status Prometheus::list(source::PrometheusTargets& source) const {
  std::string text;
  for (const std::string& service : source.services()) text += printable(service, service.size()) + '\n';
  return print(text);
}

Status Prometheus::list_series(source::PrometheusTargets& source, const source::CollectionOptions& wanted,
                               source::Manifest& manifest) const {
  manifest.records = "series";
  manifest.end = wanted.end != kNoTime ? wanted.end : now();
  manifest.start =
      wanted.start != kNoTime ? wanted.start : manifest.end - (wanted.since > 0 ? wanted.since : kHour);
  std::string text;
  for (const std::string& line : source.series(manifest.start, manifest.end)) text += line + '\n';
  print(text);
  return manifest.status();
}

Status Prometheus::run(cli::Command& command, Diagnostics& diagnostics) {
  check();
  if (packs.list) return print(packs.listing("prometheus"));
  command.stops_in_order(time.follow);
  const source::PrometheusOptions options = source_options();
  const source::CollectionOptions wanted = collection_options(options.queries);
  source::Manifest manifest;
  source::PrometheusTargets source(options, server.servers(), manifest, diagnostics);
  if (list_services) {
    list(source);
    return accept_partial(manifest.status(), output.partial, manifest);
  }
  const Status status = source::with_manifest(manifest, output.manifest, diagnostics, [&] {
    if (!discover.empty()) return list_series(source, wanted, manifest);
    source::Collection collection(wanted, source, manifest, diagnostics);
    if (!instant) return collection.run();
    const Nanos at = wanted.end != kNoTime ? wanted.end : now();
    manifest.start = manifest.end = at;
    source.prepare(at, at);
    return collection.run_once([&](source::SeriesBook& book, source::SampleFrame& frame) {
      for (std::size_t part = 0; part < manifest.parts.size(); ++part)
        source.fetch_instant(part, at, book, frame);
    });
  });
  return accept_partial(status, output.partial, manifest);
}

}  // namespace

std::unique_ptr<cli::Command> prometheus_command() {
  return command_of<Prometheus>("prometheus", "Collect samples from Prometheus");
}

}  // namespace aiops
