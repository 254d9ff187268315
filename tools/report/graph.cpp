// aiops-report graph: who calls whom, as incidents and causes take it.
#include <fmt/format.h>

#include "base/json_out.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "incident/feed.hpp"
#include "incident/graph_file.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

struct Flags {
  cli::InputOptions in;
  cli::OutputOptions out;
  std::vector<std::string> graphs;
  std::string format = "csv";

  void declare(cli::Command& command);
  Status run(Diagnostics& diagnostics);

 private:
  void write(const incident::Graph& graph, record::Sink& sink) const;
};

void Flags::declare(cli::Command& command) {
  command.describe(
      "Reads samples, rows of features and spans, and writes who calls whom, and how that is known: from "
      "spans, from a file (--graph), from a mesh's counters (istio_requests_total), in this order of trust; "
      "and by correlation, where none of these knows a call of two services. What it writes can be looked "
      "through, corrected, and given to --graph of aiops-report incidents and causes.");
  command.section(
      "CORRELATION",
      "Two services are linked where their traffic, and their time to answer, change together beyond what "
      "all other services explain and beyond chance among so many pairs. It takes 60 steps at least, and "
      "finds the more the longer the history is; a day of a quiet time is better than an hour with "
      "faults. It is a guess: services with the same callers look as if they called each other, and the "
      "direction is mostly not to be seen, so that a link is written both ways. docs/quality.md says how "
      "often it is right.");
  in.declare(command);
  command.option("--graph", "FILE", graphs,
                 "Who calls whom: caller, callee, calls; or the answer of Jaeger's /api/dependencies.");
  command.choice("--format", format, {"csv", "ndjson"}, "How to write it.");
  out.declare(command);
  command.example("aiops-report graph history.csv > calls.csv", "What the metrics of a quiet day tell.");
}

void Flags::write(const incident::Graph& graph, record::Sink& sink) const {
  std::string& text = sink.buffer();
  if (format == "csv") text += "caller,callee,calls,known_by\n";
  for (const std::string& caller : graph.services()) {
    for (const incident::Call& call : graph.callees(caller)) {
      if (format == "csv") {
        append_csv_field(text, caller);
        append_csv_field(text += ',', call.service);
        text += fmt::format(",{:.15g},{}\n", call.calls, incident::trust_name(call.trust));
      } else {
        append_json_string(text += "{\"caller\":", caller);
        append_json_string(text += ",\"callee\":", call.service);
        text += fmt::format(",\"calls\":{:.15g},\"known_by\":\"{}\"}}\n", call.calls,
                            incident::trust_name(call.trust));
      }
    }
  }
  sink.written();
}

Status Flags::run(Diagnostics& diagnostics) {
  incident::Graph graph;
  for (const std::string& path : graphs) incident::read_graph_file(path, graph, diagnostics);
  incident::CauseRanker ranker(graph);
  incident::CallLearner learner;
  incident::Feed feed(ranker);
  feed.learn_calls(learner);
  record::Rejects rejects(diagnostics, in.rejects);
  record::ReaderOptions options = in.reader_options();
  options.columns = incident::Feed::columns(options.columns);
  record::Reader reader(std::move(options), rejects, diagnostics);
  reader.on_evict([&](record::SeriesId id) { feed.forget(id); });
  while (const record::Batch* batch = reader.next()) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (batch->flags[i] & (record::Row::kDuplicate | record::Row::kBackwards)) continue;
      feed.take(*batch, i, reader.series());
    }
  }
  const Status status = reader.finish();
  ranker.flush();
  learner.fill(graph);
  if (graph.empty()) {
    diagnostics.warn(fmt::format(
        "nothing says who calls whom: expected spans, a file (--graph), a mesh's counters, or {} steps of "
        "traffic (request_rate, …) and latency of two services that depend on each other",
        incident::CallLearner::kLeastSteps));
  }
  if (graph.refused() > 0)
    diagnostics.warn("there are more calls than are kept; the later ones were left out");
  record::Sink sink(out.output);
  write(graph, sink);
  sink.close();
  return status;
}

}  // namespace

std::unique_ptr<cli::Command> make_graph() {
  auto command = std::make_unique<cli::Command>("graph", "who calls whom, and how that is known");
  auto state = std::make_shared<Flags>();  // kept by the body: options write to it
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
