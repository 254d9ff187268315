// aiops-collect loki: log records and samples from Grafana Loki.
#include "source/loki.hpp"

#include <fmt/core.h>

#include "base/text.hpp"
#include "commands.hpp"
#include "fields.hpp"
#include "shared.hpp"
#include "source/loki_metrics.hpp"
#include "source/record_labels.hpp"

namespace aiops {
namespace {

struct Loki {
  ServerFlags server;
  EventTimeFlags time;
  EventOutputFlags output;
  std::vector<std::string> queries, metric_queries;
  std::vector<std::string> service_labels{"service_name", "service", "app",
                                          "application",  "job",     "container"};
  FieldFlags fields;
  std::string unpack = "none", count = "yes";
  std::int64_t page_size = 5000;
  Nanos step = kMinute;
  bool instant = false;

  void declare(cli::Command& command);
  void describe(cli::Command& command) const;
  Status run(cli::Command& command, Diagnostics& diagnostics);
  void check() const;
  std::string asked(const std::vector<source::NamedQuery>& named) const;
  Status collect_lines(Diagnostics& diagnostics);
  Status collect_samples(Diagnostics& diagnostics);
};

void Loki::describe(cli::Command& command) const {
  command.describe(
      "Asks a server with Loki's HTTP API (Loki, Grafana Cloud Logs) for the lines of a query, forward in "
      "time, "
      "and writes log records: timestamp, service, severity_text, message, what --unpack finds in the line, "
      "labels, record_id. Or for the numbers of a metric query, and writes samples.");
  command.describe(
      "A range of any length is cut into days, and these into pages. Lines of the same nanosecond at the "
      "edge of "
      "a page are neither lost nor doubled: a page begins with the last instant of the page before. "
      "record_id is "
      "made of the stream, the time and the line; it is the same each time the line is collected.");
  command.section("WHAT IS MISSING",
                  "Each day is compared with what the server counts (count_over_time). A difference, an "
                  "instant with more lines "
                  "than Loki gives of one, a part of the range that could not be had: the exit status is 4, "
                  "the summary on "
                  "standard error says what, and --manifest has it in full.");
  command.section(
      "LIMITS",
      "What Loki cuts, and what is done about it:\n\n"
      "5,000 lines an answer\n"
      ": asked for in pages (--page-size); where the server allows fewer, smaller ones. An instant with more "
      "lines "
      "is asked for stream by stream; if a single stream has more, that is told, and the exit status is "
      "4.\n\n"
      "30 days and an hour a query\n"
      ": asked for day by day, and in smaller parts where the server refuses that.\n\n"
      "500 series of a metric query\n"
      ": refused by Loki, or cut with a warning: either is told, and the exit status is 4.\n\n"
      "11,000 points of a metric query\n"
      ": asked for in chunks.\n\n"
      "lines that are not flushed and older than 2h41m (query_store_max_look_back_period)\n"
      ": left out by Loki without a word, in its counts too. That there may be such is told where the server "
      "shows its configuration; that there are, when lines begin exactly at that age or get lost while they "
      "are "
      "counted: the exit status is 4 then. They can be had once Loki has flushed them, half an hour after a "
      "stream's last line.");
}

void Loki::declare(cli::Command& command) {
  describe(command);
  command.group("Queries");
  command.option(
      "--query", "[NAME=]LOGQL", queries,
      "A query for lines, such as '{job=\"shop\"} |= \"error\"'. The name stands in the manifest; it is "
      "needed where there are several queries.");
  command.option("--metric-query", "NAME=LOGQL", metric_queries,
                 "A query for numbers, in place of --query; its name becomes the metric of the samples.");
  command.duration("--step", step, "Time between two samples of a series of --metric-query.");
  command.flag("--instant", instant, "Ask for the values of --metric-query at one time, --end.");
  fields.declare(command, FieldFlags::Of::documents);
  command
      .option(
          "--service-label", "NAMES", service_labels,
          "The label of the stream that becomes the field service; of several, the first that a stream has.")
      .list = true;
  command.choice(
      "--unpack", unpack, {"none", "json", "logfmt", "auto"},
      "Take fields out of the lines, as aiops-collect files does: lines of JSON, of logfmt, or whatever "
      "each line shows itself to be (access logs and the layouts of Java's loggers too). A line that is "
      "no such thing is kept whole as the message. The time is always Loki's.");
  command.group("");
  time.declare(command);
  server.declare(command, "http://127.0.0.1:3100");
  command.group("Paging");
  command.option("--page-size", "N", page_size, "Ask for N lines at once, if the server allows it.", 1,
                 1'000'000);
  command.choice("--count", count, {"yes", "no"},
                 "Whether what came is compared with what the server counts.");
  command.group("");
  output.declare(command);
  command.example(
      "aiops-collect loki --url http://127.0.0.1:3100 --query '{app=\"shop\"}' --since 7d --unpack auto > "
      "logs.ndjson",
      "A week of a service's logs, with the fields of its requests.");
  command.example(
      "aiops-collect loki --url https://logs.example.com --tenant team-a --query '{app=\"shop\"} |= "
      "\"error\"' "
      "--follow --checkpoint loki.json -o errors.ndjson",
      "Collect for ever, each line once, through restarts of the server and of the collector.");
  command.example(
      "aiops-collect loki --url http://127.0.0.1:3100 --metric-query 'errors=sum by (app) "
      "(count_over_time({app=~\".+\"} |= \"error\" [1m]))' --since 1d | aiops-features samples",
      "Errors a minute of each service, as samples.");
}

void Loki::check() const {
  if (queries.empty() && metric_queries.empty()) {
    throw UsageError("there is nothing to ask for: expected --query LOGQL or --metric-query NAME=LOGQL");
  }
  if (!queries.empty() && !metric_queries.empty()) {
    throw UsageError("--query gives log records and --metric-query samples: use runs of their own");
  }
  if (service_labels.empty()) throw UsageError("--service-label: expected the name of a label");
  if (instant && metric_queries.empty()) throw UsageError("--instant is for --metric-query");
  if (instant && (time.follow || time.since > 0 || !time.start.empty() || !time.checkpoint.empty())) {
    throw UsageError(
        "--instant takes no range: expected --end alone, without --since, --start, --follow and "
        "--checkpoint");
  }
}

std::string Loki::asked(const std::vector<source::NamedQuery>& named) const {
  std::vector<std::string> parts{output.format,
                                 unpack,
                                 join(service_labels, ","),
                                 join(fields.map, ","),
                                 join(fields.keep, ","),
                                 join(fields.labels, ","),
                                 fields.service};
  for (const source::NamedQuery& query : named) {
    parts.push_back(query.name);
    parts.push_back(query.text);
  }
  return source::fingerprint(parts);
}

Status Loki::collect_lines(Diagnostics& diagnostics) {
  source::LokiOptions options;
  for (const std::string& query : queries) options.queries.push_back(source::parse_log_query(query));
  options.service_labels = service_labels;
  options.page = static_cast<std::size_t>(page_size);
  options.count = count == "yes";
  if (unpack == "json") options.unpack = source::Unpack::json;
  if (unpack == "logfmt") options.unpack = source::Unpack::logfmt;
  if (unpack == "auto") options.unpack = source::Unpack::automatic;
  options.service = fields.service;
  options.labels = fields.labels;
  const source::MappingOptions mapping = fields.mapping_options();
  options.duration_unit = mapping.duration_unit;
  source::Mapping map(mapping);
  source::RecordCollectionOptions wanted;
  time.apply(wanted);
  output.apply(wanted);
  wanted.labels = source::names_of_labels(fields.labels, map);
  wanted.any_label = map.any_label();
  if (wanted.any_label && wanted.format == record::Format::csv) {
    throw UsageError(
        "--keep with * and CSV: the columns must be known beforehand; name the labels, or write NDJSON");
  }
  wanted.asked = asked(options.queries);
  source::Manifest manifest;
  std::vector<std::unique_ptr<source::LokiSource>> sources;
  std::vector<source::RecordCollection::Feed> feeds;
  for (const source::ServerOptions& one : server.servers()) {
    const std::size_t first = manifest.parts.size();
    sources.push_back(std::make_unique<source::LokiSource>(one, options, map, manifest, diagnostics));
    for (std::size_t i = 0; i < options.queries.size(); ++i) {
      feeds.push_back({sources.back().get(), i, first + i, one.environment});
    }
  }
  const Status status = source::with_manifest(manifest, output.manifest, diagnostics, [&] {
    source::RecordCollection collection(wanted, feeds, manifest, diagnostics);
    return collection.run();
  });
  std::uint64_t not_unpacked = 0;
  for (const auto& one : sources) not_unpacked += one->not_unpacked();
  if (not_unpacked != 0) {
    diagnostics.warn(fmt::format("--unpack {}: {} no such thing, kept whole as messages", unpack,
                                 aiops::count(not_unpacked, "line") + (not_unpacked == 1 ? " is" : " are")));
  }
  for (const std::string& option : map.unused()) {
    if (manifest.written() != 0) diagnostics.warn(fmt::format("{}: no line has this field", option));
  }
  if (const std::string text = map.left_out_text(); !text.empty()) diagnostics.info(text);
  return accept_partial(status, output.partial, manifest);
}

Status Loki::collect_samples(Diagnostics& diagnostics) {
  source::LokiMetricOptions options;
  for (const std::string& query : metric_queries) options.queries.push_back(source::parse_query(query));
  options.service_labels = service_labels;
  source::RecordCollectionOptions range;
  time.apply(range);
  source::CollectionOptions wanted;
  wanted.start = range.start;
  wanted.end = range.end;
  wanted.since = range.since;
  wanted.follow = range.follow;
  wanted.lateness = range.lateness;
  wanted.checkpoint = range.checkpoint;
  wanted.step = step;
  wanted.asked = asked(options.queries);
  wanted.output.path = output.output == "-" ? "" : output.output;
  wanted.output.format = output.format == "csv" ? record::Format::csv : record::Format::ndjson;
  source::Manifest manifest;
  source::LokiMetrics source(server.server(), options, manifest, diagnostics);
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

Status Loki::run(cli::Command& command, Diagnostics& diagnostics) {
  check();
  command.stops_in_order(time.follow);
  return queries.empty() ? collect_samples(diagnostics) : collect_lines(diagnostics);
}

}  // namespace

std::unique_ptr<cli::Command> loki_command() {
  return command_of<Loki>("loki", "Collect logs and samples from Loki");
}

}  // namespace aiops
