// aiops-report journal: what the journal of incidents says.
#include "incident/journal.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "commands.hpp"
#include "record/writer.hpp"
#include "report/incident_text.hpp"
#include "terminal.hpp"

namespace aiops::tools {
namespace {

struct JournalFlags {
  std::string journal, id, state = "all", format = "text";
  bool history = false, feedback = false;
  cli::OutputOptions out;
  TerminalOptions terminal;

  void declare(cli::Command& command);
  Status run(Diagnostics& diagnostics);
  bool wanted(const incident::Incident& one) const;
  void show_feedback(const std::vector<incident::JournalEntry>& entries, record::Sink& sink) const;
};

void JournalFlags::declare(cli::Command& command) {
  command.describe(
      "Shows the incidents of a journal as they are now, oldest first; one with all that is known of it, "
      "where "
      "an ID is given. The journal may be in use.");
  command.describe(
      "With --feedback, the series and times of false alarms (aiops-report resolve --false-alarm), as "
      "aiops-train --feedback reads them.");
  command.positional("ID", id, "Show this incident: its id, or as much of its beginning as no other has.",
                     false);
  command.option("--journal", "PATH", journal, "The journal: a file or a folder.").required = true;
  command.choice("--state", state, {"all", "open", "acknowledged", "resolved"}, "Those in this state alone.");
  command.flag("--history", history, "Each change in place of the newest state.");
  command.flag("--feedback", feedback, "False alarms as labels, CSV.");
  command.choice("--format", format, {"text", "ndjson"}, "Text to read, or records.");
  command.group("Output");
  terminal.declare(command, "as many as it takes");
  command.group("");
  out.declare(command);
  command.example("aiops-report journal --journal state/ --state open", "What is open?");
  command.example("aiops-report journal --journal state/ --feedback > false-alarms.csv",
                  "What aiops-train is not to find again.");
}

bool JournalFlags::wanted(const incident::Incident& one) const {
  return state == "all" || state == incident::state_name(one.state);
}

void JournalFlags::show_feedback(const std::vector<incident::JournalEntry>& entries,
                                 record::Sink& sink) const {
  sink.write("selector,start,end,verdict\n");
  for (const incident::JournalEntry& entry : entries) {
    if (entry.incident.verdict != "false-alarm") continue;
    for (const incident::Member& member : entry.incident.members) {
      std::string& line = sink.buffer();
      append_csv_field(line, member.name);
      line += fmt::format(",{},{},expected\n", format_time(member.onset), format_time(member.until));
      sink.written();
    }
  }
}

Status JournalFlags::run(Diagnostics& diagnostics) {
  incident::Journal kept(journal, incident::Journal::Access::read, diagnostics);
  record::Sink sink(out.output);
  const report::TextStyle style = terminal.style(out, 0);
  incident::JournalState all;
  const auto beginning = [&](const incident::Incident& one) { return one.id.starts_with(id); };
  kept.read([&](incident::JournalEntry entry) {
    if (history && beginning(entry.incident) && wanted(entry.incident)) {
      sink.write(format == "text" ? fmt::format("{}  {}", format_time(entry.at - entry.at % kSecond),
                                                report::incident_line(entry.event, entry.incident))
                                  : incident::to_json(entry.incident) + "\n");
    }
    all.add(std::move(entry));
  });
  if (!id.empty() && all.find(id) == nullptr) {
    throw UsageError(fmt::format("{}: no incident \"{}\"", kept.path(), printable(id)));
  }
  if (feedback) {
    show_feedback(all.entries(), sink);
  } else if (!history) {
    std::vector<incident::Incident> shown;
    for (const incident::JournalEntry& entry : all.entries()) {
      if (wanted(entry.incident) && (id.empty() || all.find(id) == &entry)) shown.push_back(entry.incident);
    }
    if (format == "ndjson") {
      for (const incident::Incident& one : shown) sink.write(incident::to_json(one) + "\n");
    } else if (!id.empty()) {
      for (const incident::Incident& one : shown) sink.write(report::incident_text(one, style));
    } else {
      sink.write(report::incident_table(shown, style));
    }
  }
  sink.close();
  return kept.damaged() > 0 ? Status::input : Status::done;
}

}  // namespace

std::unique_ptr<cli::Command> make_journal() {
  auto command = std::make_unique<cli::Command>("journal", "the incidents of a journal, and what was done");
  auto state = std::make_shared<JournalFlags>();  // kept by the body: options write to it
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
