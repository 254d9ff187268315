// aiops-report silence: incidents that nobody is to be told of for a time.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/file.hpp"
#include "base/line_journal.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "deliver/ledger.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

struct SilenceCommand {
  std::string action, journal, from, until, by, why;
  std::vector<std::string> ids, match;
  Nanos lasting = 0;

  void declare(cli::Command& command);
  Status run(Diagnostics& diagnostics) const;
  deliver::Silence made(Nanos time) const;
  Status expire(deliver::Ledger& ledger, Nanos time, Diagnostics& diagnostics) const;
};

void SilenceCommand::declare(cli::Command& command) {
  command.describe(
      "Adds, lists and ends silences in the journal of aiops-report notify, which need not run, and takes "
      "them "
      "up within a minute if it does. While a silence holds, incidents that fit are told to nobody; what is "
      "still open when it is over is told then. That an incident has ended which was told before is told all "
      "the same, so that nothing stays open at a receiver.");
  command.positional("ACTION", action, "add, list or expire.", true);
  command.positional("ID", ids, "With expire: the silences that are to end now.");
  command.option("--journal", "PATH", journal, "The journal of aiops-report notify: a file or a folder.")
      .required = true;
  command
      .option(
          "--match", "CONDITION", match,
          "With add: what fits, such as 'service=~\"shop-.*\"', severity=high, team=shop or id=ID; all have "
          "to fit.")
      .repeats = true;
  command.option("--from", "TIME", from, "Begin at TIME: RFC 3339, an epoch number, or now.").preset = "now";
  command.option("--until", "TIME", until, "End at TIME.");
  command.duration("--for", lasting, "End after this time, in place of --until.").preset = "";
  command.option("--by", "NAME", by, "Who does it, for the journal.").preset = "$USER";
  command.option("--why", "TEXT", why, "For what reason.");
  command.example(
      "aiops-report silence add --journal notify.journal --match service=cart --for 2h --why upgrade",
      "Silence a service for two hours.");
  command.example("aiops-report silence list --journal notify.journal",
                  "Those that hold, and those to come.");
}

deliver::Silence SilenceCommand::made(Nanos time) const {
  if (match.empty()) throw UsageError("--match missing: a silence of everything is none that anybody means");
  if (until.empty() == (lasting == 0)) throw UsageError("expected --for or --until: one of the two");
  deliver::Silence silence;
  for (const std::string& text : match) {
    try {
      silence.match.push_back(deliver::Condition::parse(text));
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("--match: {}", error.what()));
    }
  }
  silence.from = from.empty() || from == "now" ? time : time_option("--from", from);
  silence.until = until.empty() ? add_held(silence.from, lasting) : time_option("--until", until);
  if (silence.until <= silence.from || silence.until <= time) {
    throw UsageError(
        fmt::format("it would be over at {}: expected a time to come", format_time(silence.until)));
  }
  const char* user = std::getenv("USER");
  silence.by = !by.empty() ? by : user != nullptr ? user : "";
  silence.why = why;
  std::string seed = fmt::format("{} {} {}", time, ::getpid(), join(match, "\n"));
  silence.id = fmt::format("s-{:08x}", checksum(seed) & 0xffffffff);
  return silence;
}

Status SilenceCommand::expire(deliver::Ledger& ledger, Nanos time, Diagnostics& diagnostics) const {
  if (ids.empty()) throw UsageError("ID missing: expected those that aiops-report silence list shows");
  const std::vector<deliver::Silence> all = ledger.silences(time);
  for (const std::string& id : ids) {
    const bool there =
        std::any_of(all.begin(), all.end(), [&](const deliver::Silence& one) { return one.id == id; });
    if (!there) throw UsageError(fmt::format("{}: no silence of this id holds or is to come", printable(id)));
    ledger.add_expired(time, id, by);
  }
  ledger.flush();
  for (const std::string& id : ids) diagnostics.info(fmt::format("{} is over", id));
  return Status::done;
}

Status SilenceCommand::run(Diagnostics& diagnostics) const {
  if (action != "add" && action != "list" && action != "expire") {
    throw UsageError(fmt::format("\"{}\": expected add, list or expire", printable(action)));
  }
  if (action != "expire" && !ids.empty()) {
    throw UsageError(fmt::format("{}: unexpected; {} takes options alone", printable(ids.front()), action));
  }
  const std::string file = journal_file(journal, deliver::Ledger::kFileName);
  if (action != "add" && ::access(file.c_str(), R_OK) != 0) {
    throw InputError(fmt::format("cannot read the journal {}: {}; aiops-report notify --journal writes one",
                                 file, std::strerror(errno)));
  }
  const Nanos time = now();
  deliver::Ledger ledger(journal, diagnostics);
  if (action == "add") {
    const deliver::Silence silence = made(time);
    ledger.add(time, silence);
    ledger.flush();
    record::Sink sink;
    sink.write(silence.id + "\n");
    sink.close();
    return Status::done;
  }
  ledger.read({});
  if (action == "expire") return expire(ledger, time, diagnostics);
  record::Sink sink;
  for (const deliver::Silence& one : ledger.silences(time)) {
    std::vector<std::string> conditions;
    for (const deliver::Condition& condition : one.match) conditions.push_back(printable(condition.text()));
    sink.write(fmt::format("{}  {}  {} to {}  {}  {}\n", one.id, one.from <= time ? "holds " : "to come",
                           format_time(one.from), format_time(one.until), join(conditions, ", "),
                           printable(one.by + (one.why.empty() ? "" : ": " + one.why), 200)));
  }
  sink.close();
  return Status::done;
}

}  // namespace

std::unique_ptr<cli::Command> make_silence() {
  auto command = std::make_unique<cli::Command>("silence", "incidents that nobody is told of for a time");
  auto state = std::make_shared<SilenceCommand>();  // kept by the body: options write to it
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
