// aiops-report acknowledge, resolve, reopen: what an operator says of an incident, into the journal.
#include "incident/life.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <functional>

#include "base/text.hpp"
#include "commands.hpp"
#include "incident/journal.hpp"
#include "record/writer.hpp"
#include "report/incident_text.hpp"

namespace aiops::tools {
namespace {

struct Life {
  std::string journal, id, by, why, cause, format = "text";
  bool false_alarm = false;
  cli::OutputOptions out;

  void declare(cli::Command& command);
  Status change(Diagnostics& diagnostics, incident::Event event,
                const std::function<incident::Incident(const incident::Incident&)>& work);
};

void Life::declare(cli::Command& command) {
  command.positional("ID", id, "The incident: its id, or as much of its beginning as no other has.", true);
  command.option("--journal", "PATH", journal, "The journal of aiops-report incidents: a file or a folder.")
      .required = true;
  const char* user = std::getenv("USER");
  if (user != nullptr) by = user;
  command.option("--by", "NAME", by, "Who says so; the name of the user where it is not given.").preset =
      "$USER";
  command.option("--why", "TEXT", why, "What is to be remembered of it.");
  command.choice("--format", format, {"text", "ndjson"}, "A line to read, or the record.");
  out.declare(command);
}

Status Life::change(Diagnostics& diagnostics, incident::Event event,
                    const std::function<incident::Incident(const incident::Incident&)>& work) {
  incident::Journal kept(journal, incident::Journal::Access::write, diagnostics);
  incident::Incident after;
  kept.exclusively([&] {  // so that nobody changes it between looking and writing
    incident::JournalState state;
    kept.read([&](incident::JournalEntry entry) { state.add(std::move(entry)); });
    const incident::JournalEntry* found = state.find(id);
    if (found == nullptr) {
      throw UsageError(
          fmt::format("{}: no incident \"{}\"; aiops-report journal lists them", kept.path(), printable(id)));
    }
    after = work(found->incident);
    kept.append(event, after);
  });
  record::Sink sink(out.output);
  sink.write(format == "text" ? report::incident_line(event, after) : incident::to_json(after) + "\n");
  sink.close();
  return Status::done;
}

std::unique_ptr<cli::Command> command_of(std::string name, std::string summary,
                                         const std::shared_ptr<Life>& state) {
  auto command = std::make_unique<cli::Command>(std::move(name), std::move(summary));
  state->declare(*command);
  return command;
}

}  // namespace

std::unique_ptr<cli::Command> make_acknowledge() {
  auto state = std::make_shared<Life>();
  auto command = command_of("acknowledge", "say that somebody looks after an incident", state);
  command->describe(
      "Notes in the journal that an incident is looked after. aiops-report incidents, where it runs on that "
      "journal, tells it at its next record, so that nobody else is called.");
  command->example("aiops-report acknowledge --journal state/ 20260131T1204 --by ada --why 'on it'",
                   "The beginning of an id is enough.");
  command->run([state](Diagnostics& diagnostics) {
    return state->change(diagnostics, incident::Event::acknowledged, [&](const incident::Incident& one) {
      return incident::acknowledge(one, state->by, state->why);
    });
  });
  return command;
}

std::unique_ptr<cli::Command> make_resolve() {
  auto state = std::make_shared<Life>();
  auto command = command_of("resolve", "say that an incident is over, and what it was", state);
  command->describe(
      "Notes in the journal that an incident is over. If one of its series alerts again within "
      "--reopen-within of aiops-report incidents, it is opened again.");
  command->describe(
      "What is said of the cause counts: the ranking of causes knows which services were confirmed before, "
      "and aiops-report journal --feedback gives false alarms as aiops-train --feedback reads them. What the "
      "rule resolved may be given its cause later.");
  command->option("--cause", "SERVICE[/METRIC]", state->cause, "What it was.");
  command->flag("--false-alarm", state->false_alarm, "It was nothing.");
  command->example(
      "aiops-report resolve --journal state/ 20260131T120400Z-cart-5f3a91c2 --by ada --why 'rolled back 4.2' "
      "--cause "
      "cart",
      "It was the cart.");
  command->run([state](Diagnostics& diagnostics) {
    return state->change(diagnostics, incident::Event::resolved, [&](const incident::Incident& one) {
      return incident::resolve(one, {state->by, state->why, state->false_alarm, state->cause});
    });
  });
  return command;
}

std::unique_ptr<cli::Command> make_reopen() {
  auto state = std::make_shared<Life>();
  auto command = command_of("reopen", "say that an incident is not over", state);
  command->describe("Notes in the journal that an incident that was resolved is open again.");
  command->example(
      "aiops-report reopen --journal state/ 20260131T1204 --by ada --why 'the pages are still slow'",
      "It was not over.");
  command->run([state](Diagnostics& diagnostics) {
    return state->change(diagnostics, incident::Event::reopened, [&](const incident::Incident& one) {
      return incident::reopen(one, state->by, state->why);
    });
  });
  return command;
}

}  // namespace aiops::tools
