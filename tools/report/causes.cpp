// aiops-report causes: which service is at the root of what went wrong at a given time, and why.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/number.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "incident/cause.hpp"
#include "incident/changes.hpp"
#include "incident/feed.hpp"
#include "incident/graph_file.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

struct CauseFlags {
  cli::OutputOptions out;
  std::vector<std::string> files, graphs, services, evidence, changes;
  std::string at, confirmed, format = "text", method = "typed", rejects;
  Nanos window = 3 * kMinute, gap = 4 * kMinute;
  std::int64_t top = 5;

  void declare(cli::Command& command);
  Status run(Diagnostics& diagnostics);

 private:
  incident::CauseOptions options() const;
  Status read(incident::CauseRanker& ranker, incident::CallLearner& learner, Nanos from, Nanos to,
              Diagnostics& diagnostics);
  void rank_groups(incident::CauseRanker& ranker, record::Sink& sink, Diagnostics& diagnostics) const;
  void write(record::Sink& sink, std::vector<incident::Cause> causes, Nanos from) const;
  Nanos newest_ = kNoTime;
};

std::vector<std::string> source_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < incident::kSources; ++i)
    names.emplace_back(incident::source_name(static_cast<incident::Source>(i)));
  return names;
}

void CauseFlags::declare(cli::Command& command) {
  command.describe(
      "Reads what is known of services (samples or scores, rows of features, spans, log records, evidence "
      "from logs, all mixed or a file each) and ranks the services by how much speaks for them being the "
      "root of what was wrong since --at, with the kind of fault and the reasons. Two to three minutes of "
      "data after that time say far more than one, and the history before it is what they are held "
      "against: give it hours, or days.");
  command.section(
      "HOW IT RANKS",
      "Each kind of evidence is held against its own long history: the median of the window after --at "
      "against the share of the history that was as far out, in nats. It counts in full only where it "
      "matters: 200 ms in metrics and 100 ms in spans (or twice the usual, from 10 ms on), or 40 points of a "
      "processor's limit. The kinds: a service's processor, memory, disk; "
      "the way between a caller and a service (what the caller waits longer than the service works, from "
      "spans or from both reporters of a mesh); without it, how well the callers' latency fits, each by the "
      "share of its calls that go there; a service's own time in spans, of all visits or of some; calls that "
      "get no answer, and visits that end where they went on before; failures at the entrance, and calls "
      "that are no longer made; errors in logs, and evidence of aiops-features templates. Where there are "
      "alerts and no values, rarity and order of the alerts decide. Series are told by the words in their "
      "names: cpu, latency or duration, success, error, memory, requests, …");
  command.section(
      "THE GRAPH",
      "Who calls whom is taken from spans, from the files of --graph, and from a mesh's counters "
      "(istio_requests_total), in this order of trust; where none of them knows a call of two services, "
      "it is guessed from how their traffic and their time to answer moved together before --at, 60 "
      "steps at least (aiops-report graph shows what is known and guessed). A file has the columns "
      "caller, callee and "
      "calls, CSV or "
      "NDJSON, or is the answer of Jaeger's /api/dependencies. Circles are legal.");
  command.option("--at", "TIME", at,
                 "When the trouble began: RFC 3339, epoch, or relative as -10m. Without it, each group of "
                 "alerts is ranked, as of its end.");
  command.duration("--window", window, "How much after that is looked at.");
  command.option("--graph", "FILE", graphs, "Who calls whom: caller, callee, calls.");
  command.option(
      "--changes", "FILE", changes,
      "What was changed: timestamp, service, kind, what; or what kubectl get events -o json gives; or "
      "annotations of Grafana.");
  command.duration("--gap", gap, "Without --at: alerts that are further apart are of different groups.");
  command.option("--confirmed", "FILE", confirmed,
                 "Without --at: what was found to be the cause of earlier groups, start and service, CSV or "
                 "NDJSON; a group learns from those before it.");
  command.option("--service", "NAME", services, "Rank these services only.").list = true;
  command
      .option("--evidence", "KIND", evidence,
              fmt::format("Use these kinds of evidence only: {}.", join(source_names(), ", ")))
      .list = true;
  command.choice("--method", method, {"typed", "robust-z"},
                 "How to rank; robust-z is a baseline: each service by the largest deviation of any series.");
  command.option("--top", "N", top, "Show so many; 0 shows all.", 0, 100'000);
  command.positional("FILE", files, "Files to read, NDJSON or CSV; none or - is standard input.");
  command.option("--rejects", "FILE", rejects, "Keep lines that cannot be read, as they came.");
  command.choice("--format", format, {"text", "ndjson"}, "A table, or an object a cause.");
  out.declare(command);
  command.reads_stdin([this] { return files.empty(); });
  command.example("aiops-report causes --at 2026-01-31T12:04:00Z --graph calls.csv day.ndjson spans.ndjson",
                  "What was it at four past twelve?");
  command.example("aiops-report causes --at -5m --format ndjson < recent.ndjson | jq -r .service",
                  "The same for a program.");
}

incident::CauseOptions CauseFlags::options() const {
  incident::CauseOptions options;
  options.robust_z = method == "robust-z";
  options.keep = std::max(options.keep, 2 * window);
  if (evidence.empty()) return options;
  const std::vector<std::string> names = source_names();
  options.use.assign(names.size(), false);
  for (const std::string& name : evidence) {
    const auto place = std::find(names.begin(), names.end(), name);
    if (place == names.end()) {
      const std::string near = nearest(name, names);
      throw UsageError(fmt::format(
          "--evidence: \"{}\" is no kind of evidence{}", printable(name, 40),
          near.empty() ? "; expected one of " + join(names, ", ") : "; did you mean " + near + "?"));
    }
    options.use[static_cast<std::size_t>(place - names.begin())] = true;
  }
  return options;
}

void write_table(record::Sink& sink, const std::vector<incident::Cause>& causes) {
  std::size_t width = 7;
  for (const auto& cause : causes) width = std::max(width, printable(cause.service, 60).size());
  std::string& out = sink.buffer();
  out += fmt::format("{:>3}  {:<{}}  {:<8}  {:>6}  {}\n", "", "service", width, "fault", "score", "why");
  int rank = 0;
  for (const auto& cause : causes) {
    out += fmt::format("{:>3}  {:<{}}  {:<8}  {:>6.1f}  {}\n", ++rank, printable(cause.service, 60), width,
                       cause.fault, cause.score, cause.why.empty() ? "" : printable(cause.why.front(), 300));
    for (std::size_t i = 1; i < cause.why.size(); ++i)
      out += fmt::format("{:{}}{}\n", "", width + 25, printable(cause.why[i], 300));
  }
  sink.written();
}

void write_objects(record::Sink& sink, const std::vector<incident::Cause>& causes, Nanos at) {
  std::string& out = sink.buffer();
  int rank = 0;
  for (const auto& cause : causes) {
    append_time(out += "{\"timestamp\":\"", at);
    out += fmt::format("\",\"rank\":{}", ++rank);
    append_json_string(out += ",\"service\":", cause.service);
    if (!cause.metric.empty()) append_json_string(out += ",\"metric\":", cause.metric);
    append_json_string(out += ",\"fault\":", cause.fault);
    append_6(out += ",\"score\":", cause.score);
    out += ",\"why\":[";
    for (std::size_t i = 0; i < cause.why.size(); ++i)
      append_json_string(out += i == 0 ? "" : ",", cause.why[i]);
    out += "]}\n";
  }
  sink.written();
}

void tell(const incident::CauseRanker& ranker, const incident::Graph& graph, Diagnostics& diagnostics) {
  const incident::SpanWatch& spans = ranker.spans();
  if (spans.skewed() > 0) {
    diagnostics.info(fmt::format(
        "{} lie outside of their callers' by the services' clocks, by up to {}: they were moved into them",
        count(spans.skewed(), "span"), format_duration(spans.largest_skew())));
  }
  if (spans.late() > 0) {
    diagnostics.warn(fmt::format(
        "{} came too late for their traces and were left out; expected spans in the order of time",
        count(spans.late(), "span")));
  }
  if (spans.orphans() > 0)
    diagnostics.info(fmt::format("{} name parents that never came: each counts as the beginning of a visit",
                                 count(spans.orphans(), "span")));
  if (spans.cut() > 0)
    diagnostics.warn(
        fmt::format("{} had more spans than there was room for, and were taken for complete "
                    "early; expected at most {} spans in traces that run at once",
                    count(spans.cut(), "trace"), incident::SpanWatch::kMostOpen));
  if (graph.empty())
    diagnostics.warn("nothing says who calls whom: expected spans, a file (--graph), or a mesh's counters");
  if (ranker.refused() + graph.refused() + spans.refused() > 0)
    diagnostics.warn("there are more series or services than are kept; the later ones were left out");
}

// Groups of alerts, as their first and last times: where none came for longer than the gap a new one begins.
std::vector<std::pair<Nanos, Nanos>> groups_of(const std::vector<Nanos>& times, Nanos gap) {
  std::vector<std::pair<Nanos, Nanos>> groups;
  for (const Nanos time : times) {
    if (groups.empty() || time - groups.back().second > gap) groups.emplace_back(time, time);
    groups.back().second = time;
  }
  return groups;
}

// Start and service of each cause that somebody confirmed, in the order of time.
std::vector<std::pair<Nanos, std::string>> read_confirmed(const std::string& path, Diagnostics& diagnostics) {
  std::vector<std::pair<Nanos, std::string>> found;
  if (path.empty()) return found;
  record::Rejects rejects(diagnostics);
  record::ReaderOptions input;
  input.files = {path};
  input.columns.time = "start";
  input.columns.by = {std::string(field::kService)};
  input.columns.values.clear();
  input.columns.value_required = false;
  record::Reader reader(std::move(input), rejects, diagnostics);
  while (const record::Batch* batch = reader.next())
    for (std::size_t i = 0; i < batch->size(); ++i)
      found.emplace_back(batch->time[i], reader.series().key(batch->series[i]).get(field::kService));
  if (rejects.count() > 0)
    throw InputError(fmt::format("{}: {} could not be read; expected start and service", path,
                                 count(rejects.count(), "line")));
  std::sort(found.begin(), found.end());
  return found;
}

Status CauseFlags::read(incident::CauseRanker& ranker, incident::CallLearner& learner, Nanos from, Nanos to,
                        Diagnostics& diagnostics) {
  incident::Feed feed(ranker);
  if (!at.empty()) feed.learn_calls(learner, from);
  record::Rejects kept(diagnostics, rejects);
  Status status = Status::done;
  for (const std::string& file : files.empty() ? std::vector<std::string>{"-"} : files) {
    record::ReaderOptions input;
    input.files = {file};
    input.columns = incident::Feed::columns();
    record::Reader reader(std::move(input), kept, diagnostics);
    feed.restart();
    while (const record::Batch* batch = reader.next()) {
      for (std::size_t i = 0; i < batch->size(); ++i) {
        if (batch->flags[i] & (record::Row::kDuplicate | record::Row::kBackwards)) continue;
        newest_ = std::max(newest_, batch->time[i]);
        feed.take(*batch, i, reader.series(), to);
      }
    }
    status = worse(status, reader.finish());
  }
  ranker.flush();
  return status;
}

void CauseFlags::write(record::Sink& sink, std::vector<incident::Cause> causes, Nanos from) const {
  if (top > 0 && causes.size() > static_cast<std::size_t>(top)) causes.resize(static_cast<std::size_t>(top));
  format == "text" ? write_table(sink, causes) : write_objects(sink, causes, from);
}

// Every group of alerts, as if it had just ended: what comes later counts for none before it.
void CauseFlags::rank_groups(incident::CauseRanker& ranker, record::Sink& sink,
                             Diagnostics& diagnostics) const {
  const auto known = read_confirmed(confirmed, diagnostics);
  const auto groups = groups_of(ranker.alert_times(), gap);
  if (groups.empty()) diagnostics.warn("no alerts: expected scores with alert 1, or --at");
  auto next = known.begin();
  for (const auto& [start, end] : groups) {
    if (format == "text") {
      sink.buffer() += fmt::format("{}{} to {}:\n", start == groups.front().first ? "" : "\n",
                                   format_time(start), format_time(end));
    }
    write(sink, ranker.rank(subtract_held(start, 1), end, services), start);
    std::string cause;
    for (; next != known.end() && next->first <= end; ++next)
      if (next->first >= subtract_held(start, gap)) cause = next->second;
    ranker.learn(start, end, cause);
  }
}

Status CauseFlags::run(Diagnostics& diagnostics) {
  const Nanos from = time_option("--at", at);
  const Nanos to = at.empty() ? std::numeric_limits<Nanos>::max() : add_held(from, window);
  if (!at.empty() && !confirmed.empty()) throw UsageError("--confirmed goes without --at: it is of groups");
  incident::Graph graph;
  for (const std::string& path : graphs) incident::read_graph_file(path, graph, diagnostics);
  incident::CauseRanker ranker(graph, options());
  for (const std::string& path : changes)
    for (incident::Change& change : incident::read_changes(path, diagnostics))
      ranker.add_change(std::move(change));
  incident::CallLearner learner;
  const Status status = read(ranker, learner, from, to, diagnostics);
  learner.fill(graph);
  tell(ranker, graph, diagnostics);
  if (!at.empty() && newest_ != kNoTime && newest_ < from) {
    diagnostics.warn(
        fmt::format("the newest record is of {}, before --at {}", format_time(newest_), format_time(from)));
  }
  record::Sink sink(out.output);
  at.empty() ? rank_groups(ranker, sink, diagnostics) : write(sink, ranker.rank(from, to, services), from);
  sink.close();
  return status;
}

}  // namespace

std::unique_ptr<cli::Command> make_causes() {
  auto command = std::make_unique<cli::Command>("causes", "which service is at the root of what is wrong");
  auto state = std::make_shared<CauseFlags>();  // kept by the body: options write to it
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
