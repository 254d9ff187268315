#include "traces.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"
#include "source/record_collection.hpp"

namespace aiops {
namespace {

// Spans straight to the output, counted.
class SpanOutput {
 public:
  SpanOutput(const std::string& path, record::Format format, std::vector<std::string> labels)
      : sink_(path), writer_(sink_, format, std::move(labels)) {}

  void write(const source::SpanRecord& span, const std::string& environment, source::Manifest::Part& part) {
    ++part.records;
    if (part.first == kNoTime || span.time < part.first) part.first = span.time;
    part.last = std::max(part.last, span.time);
    writer_.write(span, environment);
  }
  void close() { sink_.close(); }

 private:
  record::Sink sink_;
  source::SpanWriter writer_;
};

}  // namespace

void TraceFlags::declare(cli::Command& command, const std::string& example) {
  command.positional(
      "FILE", files,
      "In place of a server: files with answers or exports, as JSON of Jaeger, Zipkin (version 2) or "
      "OTLP. - is standard input.");
  server.declare(command, example);
  time.lateness = 30 * kSecond;  // spans come when they end, in batches
  time.declare(command);
  command.option("--trace-id", "ID", trace_ids, "Collect this trace, whole; may be given several times.")
      .list = true;
  command
      .option("--keep", "NAMES", keep,
              "Attributes (tags) of the span, its scope or its resource that become labels. NAME.* keeps all "
              "below a "
              "name, '*' all (NDJSON only).")
      .list = true;
  command.flag("--list-services", list_services,
               "Print the names of the services that the server knows, and no spans.");
  output.declare(command);
  command.reads_stdin([this] { return std::find(files.begin(), files.end(), "-") != files.end(); });
}

record::Format TraceFlags::record_format() const {
  return output.format == "csv" ? record::Format::csv : record::Format::ndjson;
}

Status TraceFlags::read_files(const source::Keep& kept, source::Manifest& manifest) const {
  if (!server.url.empty() || !server.targets.empty()) throw UsageError("FILE and --url exclude each other");
  SpanOutput out(output.output, record_format(), kept.names());
  Status status = Status::done;
  for (const std::string& path : files) {
    source::TraceReader reader(kept);
    source::Manifest::Part& part = manifest.parts.emplace_back();
    part.name = path == "-" ? "standard input" : path;
    try {
      reader.read(read_file(path == "-" ? "/dev/stdin" : path),
                  [&](const source::SpanRecord& span) { out.write(span, "", part); });
    } catch (const source::OtlpError& error) {
      throw InputError(fmt::format("{}: {}", part.name, error.what()));
    }
    if (reader.refused() == 0) continue;
    manifest.problems.push_back(fmt::format("{}: {} could not be read: {}", part.name,
                                            count(reader.refused(), "span"), reader.reason()));
    status = Status::input;
  }
  out.close();
  return status;
}

Status TraceFlags::fetch_traces(std::vector<TraceServer>& servers,
                                const std::vector<std::string>& environments, const source::Keep& kept,
                                source::Manifest& manifest) const {
  std::vector<std::string> labels = kept.names();
  if (servers.size() > 1) labels.insert(labels.begin(), "environment");
  SpanOutput out(output.output, record_format(), std::move(labels));
  for (const std::string& id : trace_ids) {
    bool found = false;
    for (std::size_t i = 0; i < servers.size(); ++i) {
      found |= servers[i].fetch_trace(
          id, [&](const source::SpanRecord& span) { out.write(span, environments[i], manifest.parts[i]); });
    }
    if (!found) manifest.problems.push_back(fmt::format("there is no trace {}", printable(id)));
  }
  out.close();
  return manifest.status();
}

Status TraceFlags::list(std::vector<TraceServer>& servers) const {
  std::vector<std::string> names;
  for (const TraceServer& one : servers)
    for (std::string& name : one.services()) names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  record::Sink sink(output.output);
  for (const std::string& name : names) sink.write(printable(name, name.size()) + '\n');
  sink.close();
  return Status::done;
}

Status TraceFlags::run(cli::Command& command, const std::string& name, std::vector<std::string> asked,
                       const Make& make, Diagnostics& diagnostics) {
  const source::Keep kept(keep, record_format() == record::Format::ndjson);
  source::Manifest manifest;
  manifest.source = name;
  manifest.records = "span";
  if (!files.empty())
    return source::with_manifest(manifest, output.manifest, diagnostics,
                                 [&] { return read_files(kept, manifest); });
  const std::vector<source::ServerOptions> all = server.servers();
  source::RecordCollectionOptions options;
  time.apply(options);
  output.apply(options);
  options.kind = source::EventKind::span;
  options.labels = kept.names();
  std::vector<TraceServer> servers;
  std::vector<std::string> environments;
  std::vector<source::RecordCollection::Feed> feeds;
  for (const source::ServerOptions& one : all) {
    const std::size_t part = manifest.parts.size();
    servers.push_back(make(one, kept, manifest));
    environments.push_back(one.environment);
    feeds.push_back({servers.back().source.get(), 0, part, one.environment});
    asked.push_back(one.environment + '=' + one.url);
  }
  if (list_services) return list(servers);
  asked.insert(asked.end(), {join(keep, ","), output.format});
  options.asked = source::fingerprint(asked);
  command.stops_in_order(time.follow);
  const Status status = source::with_manifest(manifest, output.manifest, diagnostics, [&] {
    if (!trace_ids.empty()) return fetch_traces(servers, environments, kept, manifest);
    return source::RecordCollection(options, std::move(feeds), manifest, diagnostics).run();
  });
  for (const source::Manifest::Part& part : manifest.parts) {
    if (part.estimate && *part.estimate < 0.9995)
      diagnostics.info(fmt::format("{}about {:.3g} % of what the server has came ({})",
                                   part.environment.empty() ? "" : part.environment + ": ",
                                   *part.estimate * 100, part.estimated_how));
  }
  return accept_partial(status, output.partial, manifest);
}

}  // namespace aiops
