// aiops-report notify: a stream of incidents to whoever has to know.
#include <fmt/core.h>

#include <cstring>
#include <functional>
#include <memory>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "deliver/notifier.hpp"
#include "deliver/printer.hpp"
#include "receivers.hpp"
#include "record/block_input.hpp"
#include "record/rejects.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

constexpr std::size_t kLongestLine = 8u << 20;  // of an incident record
constexpr int kLinesAtOnce = 64;                // between two looks at what is due

struct Notify {
  std::vector<std::string> files;
  std::vector<cli::Table> receivers, routes;
  ReceiverDefaults defaults;
  std::string journal, rejects, print;
  Nanos drain = kMinute;

  void declare(cli::Command& command);
  Status run(Diagnostics& diagnostics);
};

// Lines of incidents, one after another; between them, and while there are none, `work` is called.
class IncidentInput {
 public:
  IncidentInput(const std::vector<std::string>& files, record::Rejects& rejects, std::function<Nanos()> work)
      : input_(files, 64 * 1024), rejects_(rejects), work_(std::move(work)) {
    input_.on_block = [this] { pause_ = work_(); };
    input_.patience = [this] { return pause_; };
  }

  using Take = std::function<void(std::shared_ptr<deliver::Incident> incident)>;
  void read(const Take& take) {
    while (input_.next_file()) {
      number_ = 0;
      while (read_lines(take)) {
      }
    }
  }
  std::uint64_t others() const { return others_; }

 private:
  // What there is, then more of it. False at the end of the file.
  bool read_lines(const Take& take) {
    for (;;) {
      const auto size = static_cast<std::size_t>(input_.end() - input_.begin());
      const auto* newline = static_cast<const char*>(std::memchr(input_.begin(), '\n', size));
      if (newline == nullptr) {
        if (size > kLongestLine && !skipping_) {
          reject(std::string_view(input_.begin(), 200), "a line of more than 8 MB; expected an incident");
          skipping_ = true;
        }
        if (skipping_) input_.consume(input_.end());
        if (input_.more()) return true;
        const std::string_view rest(input_.begin(), static_cast<std::size_t>(input_.end() - input_.begin()));
        if (!rest.empty() && !skipping_) line(rest, take);
        input_.consume(input_.end());
        skipping_ = false;
        return false;
      }
      const std::string_view one(input_.begin(), static_cast<std::size_t>(newline - input_.begin()));
      if (!skipping_) line(one, take);
      if (skipping_) ++number_;
      skipping_ = false;
      input_.consume(newline + 1);
    }
  }

  void reject(std::string_view line, std::string_view what) {
    rejects_.reject(input_.name(), number_ + (skipping_ ? 0 : 1), line, what);
  }

  void line(std::string_view text, const Take& take) {
    if (!trim(text).empty()) {
      auto incident = std::make_shared<deliver::Incident>();
      switch (incidents_.read(text, *incident)) {
        case deliver::LineKind::incident:
          take(std::move(incident));
          break;
        case deliver::LineKind::other:
          ++others_;
          break;
        case deliver::LineKind::bad:
          reject(text, incidents_.what());
          break;
      }
    }
    ++number_;
    if (number_ % kLinesAtOnce == 0) work_();
  }

  record::BlockInput input_;
  record::Rejects& rejects_;
  std::function<Nanos()> work_;
  deliver::IncidentReader incidents_;
  Nanos pause_ = -1;
  std::uint64_t number_ = 0, others_ = 0;
  bool skipping_ = false;
};

void Notify::declare(cli::Command& command) {
  command.describe(
      "Reads incident records, as aiops-report incidents writes them, and tells the receivers that the "
      "configuration file names: each incident once, and then what becomes of it. In a live pipe an incident "
      "is told as soon as it came. Without routes, every receiver is told of everything.");
  command.describe(
      "The journal says what was received and what was sent. A receiver that is down is tried again, with "
      "growing pauses, and loses nothing: what it has not heard waits in the journal, also over a restart. "
      "What was sent when the process was killed, and not yet noted, is sent once more with the same key.");
  command.positional("FILE", files, "Incident records (NDJSON). None, or -, reads standard input.");
  command.option(
      "--journal", "PATH", journal,
      "Keep in a file, or in a folder, what was received and sent. Without it, a restart knows nothing "
      "of before.");
  command.duration(
      "--drain", drain,
      "At the end of the input, try for so long to tell what could not be told yet. The rest waits "
      "in the journal for the next run.");
  command.duration("--timeout", defaults.timeout,
                   "Give up an attempt when a receiver says nothing for so long; it is tried again later.");
  command
      .option(
          "--allow-command", "COMMAND", defaults.allowed,
          "A command that a receiver of the type exec may run, word for word. For the configuration file: "
          "allow-command = [\"…\"] in [report.notify].")
      .repeats = true;
  command.option("--rejects", "FILE", rejects, "Keep the lines that could not be read in FILE.");
  command.option(
      "--print", "FILE", print,
      "Write what would be sent to FILE (- is standard output), a line for each request, in place of "
      "sending it.");
  command.tables("receiver", receivers);
  command.tables("route", routes);
  command.reads_stdin([this] { return files.empty(); });
  command.stops_in_order();
  command.section(
      "RECEIVERS",
      "Tables [receiver.NAME] of the configuration file. `type` is one of these; docs/notify.md has all keys "
      "of each.\n\n"
      "| type | what it is told |\n|---|---|\n"
      "| alertmanager | POST /api/v2/alerts; sent again before it expires |\n"
      "| exec | the record, on a command's standard input; a dry run unless dry-run = false |\n"
      "| mail | text and HTML with a chart, by SMTP with STARTTLS or TLS |\n"
      "| pagerduty | Events v2: trigger, acknowledge, resolve; the id is the dedup_key |\n"
      "| slack | an incoming webhook; with a bot's token a thread for each incident |\n"
      "| webhook | JSON or a template, signed with HMAC-SHA256 |\n");
  command.section(
      "ROUTES",
      "Tables [[route]], looked at in order; the first that fits is taken, and with continue = true those "
      "behind it too. Keys: receiver (names), severity, service, state, labels (what has to fit; a list "
      "means "
      "any of it), match (conditions such as 'service=~\"shop-.*\"'), group-by, group-wait, update-interval, "
      "repeat, quiet (hours such as \"22:00-07:00\" or \"Sat,Sun 00:00-24:00\"), digest (a time of the day, "
      "\"08:00\": one message a day).");
  command.section(
      "SECRETS",
      "A key such as token, url or secret is given as KEY-file = \"FILE\", which holds it, or KEY-env = "
      "\"NAME\", a variable of the environment. In the configuration itself it is refused. They are read "
      "anew "
      "for each message, and stand in no message, journal or incident.");
  command.example(
      "aiops-score --models models/shop | aiops-report incidents | aiops-report notify --config aiops.toml "
      "--journal notify.journal",
      "Tell of incidents as they happen.");
  command.example("aiops-report notify --config aiops.toml --print - incidents.ndjson",
                  "Look at what would be sent.");
}

Status Notify::run(Diagnostics& diagnostics) {
  if (receivers.empty()) {
    throw UsageError(
        "nobody to tell: expected tables [receiver.NAME] in the configuration file (--config FILE)");
  }
  std::vector<deliver::Destination> destinations = make_destinations(receivers, defaults);
  std::vector<deliver::Route> to = make_routes(routes, destinations);
  record::Rejects bad(diagnostics, rejects);
  if (!print.empty()) journal.clear();  // nothing is sent, so nothing is noted
  deliver::Ledger ledger(journal, diagnostics);
  record::Sink sink(print.empty() ? "-" : print);
  if (!print.empty()) {
    for (deliver::Destination& one : destinations) {
      one.receiver = std::make_unique<deliver::Printer>(std::move(one.receiver), one.name, sink);
    }
  } else if (journal.empty()) {
    diagnostics.warn("without --journal nothing is known after a restart: incidents are told again, or lost");
  }
  deliver::Notifier notifier(std::move(destinations), std::move(to), ledger, diagnostics);
  notifier.restore();
  IncidentInput input(files, bad, [&] { return notifier.work(); });
  input.read([&](std::shared_ptr<deliver::Incident> incident) { notifier.accept(std::move(incident)); });
  if (!stop_requested()) notifier.drain(drain);
  const Status told = notifier.finish();
  if (!print.empty()) sink.close();
  if (input.others() > 0) {
    diagnostics.info(fmt::format("{} of other kinds passed over", count(input.others(), "record")));
  }
  return worse(told, bad.finish());
}

}  // namespace

std::unique_ptr<cli::Command> make_notify() {
  auto command = std::make_unique<cli::Command>("notify", "tell of incidents: pager, chat, mail, hooks");
  auto state = std::make_shared<Notify>();  // kept by the body: options write to it
  state->declare(*command);
  command->run([state](Diagnostics& diagnostics) { return state->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
