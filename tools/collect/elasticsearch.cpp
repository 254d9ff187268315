// aiops-collect elasticsearch: documents of an index of Elasticsearch or OpenSearch, as log records.
#include "source/elasticsearch.hpp"

#include <fmt/core.h>

#include <memory>

#include "base/file.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "feature/request_rows.hpp"
#include "fields.hpp"
#include "record/fields.hpp"
#include "shared.hpp"
#include "source/elasticsearch_requests.hpp"

namespace aiops {
namespace {

constexpr std::string_view kEnvironment = "labels.environment";

struct Elasticsearch {
  ServerFlags server;
  EventTimeFlags time;
  EventOutputFlags output;
  FieldFlags fields;
  std::string index, query, body_file, time_field = "@timestamp", paging = "auto", rejects, features;
  std::int64_t page = 0;
  Nanos window = kMinute;

  void declare(cli::Command& command);
  void describe(cli::Command& command);
  Status run(cli::Command& command, Diagnostics& diagnostics);
  Status documents(const source::SearchQuery& query, Diagnostics& diagnostics);
  Status requests(const source::SearchQuery& query, Diagnostics& diagnostics);
  source::SearchQuery asked() const;
  source::ElasticsearchOptions source_options() const;
  source::RecordCollectionOptions collection_options(const source::SearchQuery& query) const;
};

void Elasticsearch::describe(cli::Command& command) {
  command.describe(
      "Reads documents of indices, data streams and aliases of Elasticsearch (7 and 8) and OpenSearch, and "
      "writes log records: timestamp, service, severity_text, message, method, endpoint, status_code, "
      "duration_ms, trace_id, span_id, record_id, labels.");
  command.describe(
      "Any number of documents comes out, in the order of time, from a view of the index that does not "
      "change "
      "meanwhile: a point in time, or a scroll where the server has none. What came is compared with what "
      "the "
      "server counted. Documents are read as they arrive, so memory stays small.");
  command.section(
      "WHAT IS MISSING",
      "An answer that timed out at the server, one in which shards failed, and an error inside an "
      "answer with the status 200 are asked for again, and are a failure if they stay. When "
      "something that was asked for is missing, the exit status is 4, the summary says what, and "
      "--manifest has it in full. --partial ok takes what the shards that work have. A document "
      "that makes no record is told with its index and id, and the exit status is 3.");
  command.section(
      "LIMITS",
      "| the server's limit | what is done |\n|---|---|\n"
      "| 10,000 documents by from and size | pages behind each other, by search_after or scroll |\n"
      "| pages of 10,000 (index.max_result_window) | smaller pages, of about 8 MB; smaller still "
      "where an index allows less or a circuit breaker opens |\n"
      "| totals are exact up to 10,000 | counted exactly once, with the first page |\n"
      "| a view is given up after 5 minutes without a question, or when memory is short | a new one "
      "from the last page on; nothing is lost, nothing repeated |\n"
      "| a page of a scroll comes once | after a failure a new scroll from the last page on |\n"
      "| equal times have no order (OpenSearch before 3.3, Elasticsearch before 7.12) | ordered by _id "
      "too, which takes memory at the server; --paging scroll takes none |\n"
      "| fields of type date keep milliseconds | the finer time of the document's source is taken |\n");
  command.section(
      "FEATURES BY THE SERVER",
      "--features requests lets the server compute the ten request features of aiops-formats(5), so that a "
      "row "
      "comes for each window, service, method and endpoint, however many documents there are. Only windows "
      "that "
      "lie whole in the range are written. The numbers are those of aiops-features, with two differences. "
      "Medians are exact in groups of up to 300 requests, beyond that the server estimates them (t-digest): "
      "Elasticsearch 7 and OpenSearch were off by 0.2 % at most in groups of 1,600, Elasticsearch 8 by "
      "nothing. "
      "And the server takes one field of the index for each field of the record, the first of FIELD NAMES "
      "that "
      "the index has, where documents are read one by one; which fields those are is told.");
  command.section("FIELD NAMES", FieldFlags::names());
  command.section(
      "GOING ON",
      "With --checkpoint, each run goes on behind the last page that was written. With --follow that "
      "is a collector which may be killed and started at any time; without it, a job for cron. A "
      "document that is indexed later than --lateness after its time is not found by following: "
      "give the time that your pipeline takes.");
}

void Elasticsearch::declare(cli::Command& command) {
  describe(command);
  command.group("Documents");
  command.option(
      "--index", "NAMES", index,
      "Indices, data streams and aliases, and patterns of them, separated by commas: logs-*,audit.");
  command.option("--query", "TEXT", query,
                 "Documents that match, in the language of query strings: service.name:cart AND "
                 "http.response.status_code:>=500.");
  command.option("--body", "FILE", body_file,
                 "Documents that match the query in FILE, JSON as _search takes it: {\"query\": {...}}, with "
                 "runtime_mappings, post_filter and _source beside it if need be.");
  command.option("--time-field", "NAME", time_field, "The field of the documents' time.");
  command.choice("--paging", paging, {"auto", "pit", "scroll"},
                 "How to get beyond one page; auto takes a point in time, and a scroll where there is none.");
  command.option("--page", "N", page, "Documents a page; 0 takes as many as make a few megabytes.", 0,
                 1'000'000);
  command.choice(
      "--features", features, {"requests"},
      "Write rows of features in place of documents: the server computes the ten request features of each "
      "window, service, method and endpoint.");
  command.duration("--window", window, "With --features: length of a window.");
  command.option("--rejects", "FILE", rejects, "Keep the documents that made no record in FILE.");
  command.group("");
  fields.declare(command, FieldFlags::Of::documents);
  time.declare(command);
  server.declare(command, "http://127.0.0.1:9200");
  output.declare(command);
  command.example(
      "aiops-collect elasticsearch --url http://127.0.0.1:9200 --index 'logs-*' --query 'service.name:cart' "
      "--since 1d > logs.ndjson",
      "A day of a service's logs.");
  command.example(
      "aiops-collect elasticsearch --url https://es:9200 --api-key-file key --ca-file ca.crt --index "
      "'logs-*' "
      "--follow --checkpoint logs.position -o logs.ndjson",
      "Collect for ever, each document once, through restarts.");
  command.example(
      "aiops-collect elasticsearch --url http://127.0.0.1:9200 --index app --time-field ts --map "
      "endpoint=ctx.route --map duration_ms=ctx.ms --since 6h | aiops-features requests",
      "Documents with names of their own.");
  command.example(
      "aiops-collect elasticsearch --url http://127.0.0.1:9200 --index 'logs-*' --features requests --since "
      "7d | "
      "aiops-train --models models/requests --features request_count,duration_mean,error_rate",
      "Train on a week of requests without collecting them.");
}

source::SearchQuery Elasticsearch::asked() const {
  if (index.empty()) throw UsageError("--index is missing: expected the names of indices, such as 'logs-*'");
  source::SearchQuery asked;
  asked.text = query;
  if (!body_file.empty()) asked.body = read_file(body_file);
  return asked;
}

source::ElasticsearchOptions Elasticsearch::source_options() const {
  source::ElasticsearchOptions options;
  options.index = index;
  options.time_field = time_field;
  if (paging == "pit") options.paging = source::Paging::pit;
  if (paging == "scroll") options.paging = source::Paging::scroll;
  options.partial = output.partial == "ok";
  options.page = static_cast<std::size_t>(page);
  options.mapping = fields.mapping_options();
  options.service = fields.service;
  options.labels = fields.labels;
  return options;
}

source::RecordCollectionOptions Elasticsearch::collection_options(const source::SearchQuery& query_) const {
  source::RecordCollectionOptions options;
  time.apply(options);
  output.apply(options);
  options.kind = source::EventKind::log;
  options.asked =
      source::fingerprint({output.format, index, query_.text, query_.body, time_field, join(fields.map, ","),
                           join(fields.keep, ","), join(fields.labels, ",")});
  return options;
}

Status Elasticsearch::run(cli::Command& command, Diagnostics& diagnostics) {
  command.stops_in_order(time.follow);
  return features.empty() ? documents(asked(), diagnostics) : requests(asked(), diagnostics);
}

// The server whose windows are asked for.
struct WindowTarget {
  std::unique_ptr<source::ElasticsearchRequests> source;
  std::string environment;

  // Writes the rows of [from, to).
  void write(Nanos from, Nanos to, source::Manifest::Part& part, feature::RequestRowWriter& rows) const {
    source->fetch(from, to, [&](const source::RequestGroup& group) {
      record::SeriesKey key;
      for (const auto& [name, value] : {std::pair{field::kService, &group.service},
                                        {field::kMethod, &group.method},
                                        {field::kEndpoint, &group.endpoint}}) {
        if (!value->empty()) key.fields.emplace_back(name, *value);
      }
      if (!environment.empty()) key.fields.emplace_back(kEnvironment, environment);
      rows.write(group.start, key, group.features);
      ++part.records;
      if (part.first == kNoTime) part.first = group.start;
      part.last = group.start;
    });
  }
};

// The whole windows between two times, for the manifest.
void plan_windows(const source::RecordCollectionOptions& wanted, Nanos window, source::Manifest& manifest) {
  const Nanos end = wanted.end != kNoTime ? wanted.end : now() - wanted.lateness;
  const Nanos start = wanted.start != kNoTime ? wanted.start : end - wanted.since;
  if (wanted.start == kNoTime && wanted.since == 0) {
    throw UsageError("which time is not said: expected --since or --start");
  }
  manifest.start = source::next_window(start, window);
  manifest.end = source::next_window(end - window + 1, window);
  if (manifest.start < manifest.end) return;
  throw UsageError(fmt::format("no window of {} lies whole between {} and {}", format_duration(window),
                               format_time(start), format_time(end)));
}

// Features that the server computes, window by window.
Status Elasticsearch::requests(const source::SearchQuery& query_, Diagnostics& diagnostics) {
  if (time.follow || !time.checkpoint.empty()) {
    throw UsageError(
        "--features takes a range: expected --since, or --start and --end, without --follow and "
        "--checkpoint");
  }
  const source::RecordCollectionOptions wanted = collection_options(query_);
  source::ElasticsearchOptions options = source_options();
  source::Manifest manifest;
  manifest.source = "elasticsearch";
  manifest.records = "feature row";
  std::vector<WindowTarget> targets;
  for (const source::ServerOptions& one : server.servers()) {
    options.server = one;
    source::SearchBody body(query_, time_field, body_file);
    targets.push_back({std::make_unique<source::ElasticsearchRequests>(options, std::move(body), window,
                                                                       manifest, diagnostics),
                       one.environment});
  }
  manifest.url = targets.front().source->url();
  plan_windows(wanted, window, manifest);
  std::vector<std::string> keys{std::string(field::kService), std::string(field::kMethod),
                                std::string(field::kEndpoint)};
  if (!targets.front().environment.empty()) keys.emplace_back(kEnvironment);
  record::Sink sink(wanted.output);
  feature::RequestRowWriter rows(sink, wanted.format, keys);
  const Status status = source::with_manifest(manifest, output.manifest, diagnostics, [&] {
    rows.header();
    for (const WindowTarget& target : targets) {
      try {
        target.write(manifest.start, manifest.end, manifest.parts[target.source->part()], rows);
      } catch (const net::HttpError& error) {
        manifest.missing.push_back({manifest.start, manifest.end, error.what()});
        if (targets.size() == 1) throw;
        diagnostics.warn(target.environment + ": " + error.what());
      }
    }
    sink.close();
    return manifest.status();
  });
  return accept_partial(status, output.partial, manifest);
}

Status Elasticsearch::documents(const source::SearchQuery& query_, Diagnostics& diagnostics) {
  source::RecordCollectionOptions wanted = collection_options(query_);
  source::ElasticsearchOptions options = source_options();
  source::Manifest manifest;
  manifest.source = "elasticsearch";
  manifest.records = "log record";
  record::Rejects rejected(diagnostics, rejects);
  std::vector<std::unique_ptr<source::ElasticsearchSource>> sources;
  std::vector<source::RecordCollection::Feed> feeds;
  for (const source::ServerOptions& one : server.servers()) {
    options.server = one;
    sources.push_back(std::make_unique<source::ElasticsearchSource>(
        options, source::SearchBody(query_, time_field, body_file), manifest, rejected, diagnostics));
    feeds.push_back({sources.back().get(), 0, sources.back()->part(), one.environment});
  }
  manifest.url = sources.front()->url();
  wanted.labels = sources.front()->labels();
  wanted.any_label = sources.front()->any_label();
  if (wanted.any_label && wanted.format == record::Format::csv) {
    throw UsageError(
        "--keep with * and CSV: the columns must be known beforehand; name the fields, or write NDJSON");
  }
  const Status status = source::with_manifest(manifest, output.manifest, diagnostics, [&] {
    source::RecordCollection collection(wanted, feeds, manifest, diagnostics);
    const Status collected = collection.run();
    for (const auto& source : sources) source->finish();
    return time.follow ? collected : worse(collected, manifest.status());
  });
  return worse(accept_partial(status, output.partial, manifest), rejected.finish());
}

}  // namespace

std::unique_ptr<cli::Command> elasticsearch_command() {
  return command_of<Elasticsearch>("elasticsearch", "Collect logs from Elasticsearch or OpenSearch");
}

}  // namespace aiops
