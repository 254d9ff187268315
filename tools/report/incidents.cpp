// aiops-report incidents: scores, log evidence, spans and logs in, incidents out.
#include "incident/incidents.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "commands.hpp"
#include "incident/content.hpp"
#include "incident/incident_json.hpp"
#include "incident/journal.hpp"
#include "incident_stream.hpp"
#include "record/writer.hpp"
#include "report/incident_text.hpp"
#include "terminal.hpp"

namespace aiops::tools {
namespace {

constexpr std::int64_t kMostSeries = 200'000;  // logs and spans have labels of every kind

struct IncidentFlags {
  cli::InputOptions in;
  cli::OutputOptions out;
  incident::GroupOptions group;
  EvidenceOptions evidence;
  std::string journal, format = "ndjson";

  void declare(cli::Command& command);
  void declare_evidence(cli::Command& command);
  void describe(cli::Command& command);
  Status run(Diagnostics& diagnostics);
};

void IncidentFlags::describe(cli::Command& command) {
  command.describe(
      "Reads scored records, and with them evidence from logs, log records and spans, mixed or in files of "
      "their own, and writes incidents: what is wrong, since when, where it began, what the logs said. An "
      "incident is written when it opens, when there is news of it, and when it is over; each time the whole "
      "record, with a revision one higher and the same id (aiops-formats(5)).");
  command.describe(
      "Time is that of the records, so a file of last week gives what the live stream would have given. A "
      "record that comes late finds its incident. What is open at the end of the input stays open.");
  command.section(
      "THE RULE",
      "--rule, or rule in [report.incidents] of the configuration file, says when an incident opens. "
      "Conditions are asked of one service and hold for --window; \"and\" binds closer than \"or\":\n\n"
      "| condition | met by |\n|---|---|\n"
      "| threshold | an alert by a static threshold (--upper, [[threshold]] of aiops-score) |\n"
      "| model | an alert by the model: score 1 and up |\n"
      "| either, both | one of these two; both of them |\n"
      "| critical | an alert of that severity |\n"
      "| 3 of 5 | 3 of the last 5 rows of a series over the threshold |\n"
      "| 2 series | alerts of two series |\n"
      "| joint 1e-6 | the p-values of the service's series taken together (Cauchy combination); needs the "
      "field "
      "p_value: aiops-score --fields |\n");
  command.section(
      "WHAT BELONGS TOGETHER",
      "A sign joins the incident of its own service, or of one that is near it, whose last sign is no older "
      "than --window. Near is who calls a service of the incident, directly or through one that shows "
      "nothing, "
      "and who is called by one that nothing else explains: so two incidents that show at the same entrance "
      "stay two, and a failure that rolls from service to service is one. Near is also who has much in "
      "common "
      "with a service of the incident (replicas have the same callers), who begins within half a minute of "
      "it "
      "and depends on the same thing, and what several of its services depend on. What everything goes "
      "through "
      "says little of that. Who calls whom is taken from spans, --graph and a mesh's counters, and guessed "
      "from --history where none of them knows a call (aiops-report graph). A file may "
      "name "
      "machines, stores and queues like services: who uses them calls them. Of what the graph does not know, "
      "or "
      "holds apart, earlier incidents tell with whom it usually comes; otherwise, where nothing is known of "
      "a "
      "service, time alone decides: within --window, or less where false alarms are so frequent that one in "
      "five moments is followed by another service's within that time. If most services have their first "
      "sign within a minute, it is one "
      "incident, "
      "and labelled scope=fleet.\n\n"
      "A series that went out of its range, expected at its onset, and is back in it gives no further signs "
      "within the hour, however odd its way back is found: the trouble is over there.");
  command.section("THE JOURNAL",
                  "With --journal every change is a line that is appended and on the disk before it is told. "
                  "The state is "
                  "what the journal says: a run that was killed goes on where it stopped, and tells what is "
                  "open once more. "
                  "aiops-report acknowledge and resolve write to it meanwhile, and what they say is told by "
                  "this stream. One "
                  "aiops-report incidents at a time writes a journal.");
}

void IncidentFlags::declare_evidence(cli::Command& command) {
  command.group("Evidence");
  command.option("--logs", "FILE", evidence.beside,
                 "Read log records or spans from FILE as well, in step with the time of the input.");
  command.option("--history", "FILE", evidence.history,
                 "Records of the time before, which causes are held against: hours, or days.");
  command.option("--graph", "FILE", evidence.graphs,
                 "Who calls whom: caller, callee, calls; or the answer of Jaeger's /api/dependencies.");
  command.option(
      "--changes", "FILE", evidence.changes,
      "What was changed: timestamp, service, kind, what; or what kubectl get events -o json gives; or "
      "annotations of Grafana. Read again when it has changed.");
  command.duration("--logs-around", evidence.logs_around,
                   "Show log lines of so long before and after the signs.");
  command.option("--log-lines", "N", evidence.log_lines, "Show at most so many lines, alike ones once.", 0,
                 500);
  command.option("--traces", "N", evidence.traces, "Show so many failed and so many of the slowest traces.",
                 0, 100);
  command.duration("--changes-before", evidence.changes_before,
                   "Show changes of so long before the first sign.");
  command.option("--causes", "N", evidence.causes, "Show so many causes; 0 looks for none.", 0, 100);
  command.group("");
}

void IncidentFlags::declare(cli::Command& command) {
  describe(command);
  in.max_series = kMostSeries;
  in.declare(command, false);
  command.group("Input");
  command.option("--prefix", "TEXT", evidence.prefix,
                 "What stands before the names of the fields of scores, as given to aiops-score --prefix.");
  command.group("Grouping");
  command
      .custom(
          "--rule", "RULE", [this](const std::string& text) { group.rule = incident::Rule::parse(text); },
          "When an incident opens; see THE RULE.")
      .preset = group.rule.text;
  command.duration("--window", group.window, "Signs that are no further apart belong together.");
  command.duration("--resolve-after", group.resolve_after, "Without a sign for so long an incident is over.");
  command.duration("--reopen-within", group.reopen_within,
                   "So long after that, a sign of one of its series opens it again.");
  command.duration("--update-every", group.update_every,
                   "Tell what is new of an incident so often; less often as it grows old.");
  command.group("");
  declare_evidence(command);
  command.option("--journal", "PATH", journal,
                 "Keep the state in a file, or in a folder, and go on from it.");
  command.choice("--format", format, {"ndjson", "text"}, "Records, or text to read.");
  out.declare(command);
  command.example(
      "aiops-score --models models/shop < scrape.ndjson | aiops-report incidents --journal state/ | "
      "aiops-report "
      "notify",
      "From scores to somebody being told.");
  command.example("aiops-report incidents --format text --logs logs.ndjson --graph calls.csv scores.ndjson",
                  "What happened, from files.");
  command.example("aiops-report incidents --rule 'critical or 3 of 5' scores.csv",
                  "Open for what is critical at once, for the rest when it lasts.");
}

// The way of an incident out: evidence, journal, output.
class Outlet {
 public:
  Outlet(const IncidentFlags& flags, EvidenceBook& book, record::Sink& sink, Diagnostics& diagnostics)
      : flags_(flags), book_(book), sink_(sink), style_(TerminalOptions().style(flags.out, 0)) {
    if (!flags.journal.empty())
      journal_.emplace(flags.journal, incident::Journal::Access::stream, diagnostics);
  }

  void restore(incident::Incidents& incidents) {
    if (!journal_) return;
    incident::JournalState state(2000);
    journal_->read([&](incident::JournalEntry entry) { state.add(std::move(entry)); });
    for (const incident::JournalEntry& entry : state.entries()) {
      incidents.restore(entry.incident);
      content_[entry.incident.id] = content_of(entry.incident);
      if (!entry.incident.lasts()) book_.learn(entry.incident);
      // Whether it was told before the end of the last run nobody knows.
      if (entry.incident.lasts()) write(incident::Event::updated, entry.incident);
    }
  }

  // What operators have said meanwhile.
  void take_news(incident::Incidents& incidents) {
    if (!journal_) return;
    journal_->read([&](incident::JournalEntry entry) {
      from_journal_ = true;
      incidents.change(entry.incident, entry.event);
      from_journal_ = false;
    });
  }

  // The input is over: what was held back, for it was no news, is told as well.
  void at_end() { at_end_ = true; }

  bool tell(incident::Event event, incident::Incident& incident, Nanos now) {
    if (!from_journal_ && event != incident::Event::merged) book_.complete(incident, now);
    const std::uint64_t content = content_of(incident);
    std::uint64_t& told = content_[incident.id];
    if (event == incident::Event::updated && told == content && !at_end_) return false;
    if (journal_ && !from_journal_ && !journal_->append(event, incident)) return false;
    told = content;
    if (!incident.lasts()) {
      book_.learn(incident);
      content_.erase(incident.id);
    }
    write(event, incident);
    return true;
  }

 private:
  void write(incident::Event event, const incident::Incident& incident) {
    if (flags_.format == "ndjson") {
      append_json(sink_.buffer(), incident);
      sink_.buffer() += '\n';
      return sink_.written();
    }
    const bool line = event == incident::Event::updated || event == incident::Event::merged ||
                      event == incident::Event::acknowledged;
    sink_.write(line ? report::incident_line(event, incident) : report::incident_text(incident, style_));
  }

  const IncidentFlags& flags_;
  EvidenceBook& book_;
  record::Sink& sink_;
  const report::TextStyle style_;
  std::optional<incident::Journal> journal_;
  std::unordered_map<std::string, std::uint64_t> content_;  // of what was told last, by id
  bool from_journal_ = false, at_end_ = false;
};

// The input and what is read beside it, in the order of time.
class Inputs {
 public:
  Inputs(RecordStream& first, std::vector<std::unique_ptr<RecordStream>> beside, Nanos after)
      : first_(first), beside_(std::move(beside)), after_(after) {}

  void read(const std::function<void()>& now_and_then) {
    Nanos newest = kNoTime;
    for (Nanos time = first_.next_time(); time != kNoTime; time = first_.next_time()) {
      newest = std::max(newest, time);
      advance(newest);
      first_.take();
      if (first_.rows() % 4096 == 0) now_and_then();
    }
    if (newest != kNoTime) advance(add_held(newest, after_));
  }

 private:
  void advance(Nanos until) {
    for (const auto& stream : beside_) {
      for (Nanos time = stream->next_time(); time != kNoTime && time <= until; time = stream->next_time()) {
        stream->take();
      }
    }
  }

  RecordStream& first_;
  std::vector<std::unique_ptr<RecordStream>> beside_;
  Nanos after_;
};

Status IncidentFlags::run(Diagnostics& diagnostics) {
  if (group.resolve_after < kSecond) {
    throw UsageError("--resolve-after: an incident would be over as it opens; expected a second or more");
  }
  EvidenceBook book(evidence, diagnostics);
  record::Sink sink(out.output);
  Outlet outlet(*this, book, sink, diagnostics);
  const incident::Incidents* all = nullptr;
  incident::Incidents incidents(
      group, book.graph(),
      [&](incident::Event event, incident::Incident& one) { return outlet.tell(event, one, all->now()); },
      diagnostics);
  all = &incidents;
  outlet.restore(incidents);

  record::Rejects rejects(diagnostics, in.rejects);
  record::ReaderOptions options = in.reader_options();
  for (const std::string& file : evidence.history) {
    options.files = {file};
    book.read_history(options, rejects, diagnostics);
  }
  book.learn_calls();
  std::vector<std::unique_ptr<RecordStream>> beside;
  for (const std::string& file : evidence.beside) {
    options.files = {file};
    beside.push_back(std::make_unique<RecordStream>(options, rejects, diagnostics, book, incidents));
  }
  RecordStream stream(in.reader_options(), rejects, diagnostics, book, incidents);
  stream.reader().on_block([&] {
    incidents.settle();
    outlet.take_news(incidents);
    sink.flush();
  });
  Inputs inputs(stream, std::move(beside), evidence.logs_around);
  inputs.read([&] { outlet.take_news(incidents); });
  book.ranker().flush();
  outlet.take_news(incidents);
  outlet.at_end();
  incidents.finish();
  sink.close();
  if (stream.rows() > 0 && stream.scored() == 0) {
    throw InputError(fmt::format("none of {} has a score or a status: pass them through aiops-score first",
                                 count(stream.rows(), "row")));
  }
  std::string said =
      fmt::format("{} in {}", count(incidents.opened(), "incident"), count(stream.rows(), "record"));
  if (incidents.open() > 0) said += fmt::format(", {} open", thousands(incidents.open()));
  if (incidents.unmet() > 0) {
    said += fmt::format("; {} met no rule (\"{}\")", count(incidents.unmet(), "sign"), group.rule.text);
  }
  diagnostics.info(said);
  return stream.reader().finish();
}

}  // namespace

std::unique_ptr<cli::Command> make_incidents() {
  auto command =
      std::make_unique<cli::Command>("incidents", "scores to incidents: what, since when, where it began");
  auto state = std::make_shared<IncidentFlags>();  // kept by the body: options write to it
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
