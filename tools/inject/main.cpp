// aiops-inject: labelled anomalies into a stream; aiops-inject http: anomalous requests at a live target.
#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "commands.hpp"
#include "inject/injector.hpp"

namespace {

using namespace aiops;

constexpr std::string_view kDescription =
    "Reads samples or log records and writes the same stream with anomalies in it, so that it can be shown "
    "what a "
    "detector finds and what it misses. Of a line, only the bytes of the changed value are replaced.";

std::string kinds_text() {
  std::string text;
  for (const auto& row : inject::anomalies()) {
    if (!text.empty()) text += "; ";
    text.append(row.name)
        .append(" (")
        .append(row.what)
        .append(", ")
        .append(count(row.rows, "row"))
        .append(")");
  }
  return text;
}

struct Inject {
  cli::InputOptions in;
  cli::OutputOptions out;
  std::vector<inject::Anomaly> kinds;
  std::vector<std::string> only;
  inject::InjectOptions inject;
  std::int64_t count = 10, seed = 1, max_spool = 16384;
  std::string after;
  bool truth = false;

  void declare(cli::Command& command);
  Status run(Diagnostics& diagnostics);
};

void Inject::declare(cli::Command& command) {
  command.describe(std::string(kDescription));
  command.describe(
      "The input is read twice, for the number of its rows must be known first. A file is read where it is; "
      "what comes "
      "through a pipe is copied to a file in TMPDIR (else /tmp) that is gone with the process.");
  command.section("ANOMALIES",
                  "The kinds, what they do, and how long they last where --duration names nothing else: " +
                      kinds_text() + ".");
  command.section("MAGNITUDE",
                  "One robust standard deviation is 1.4826 times the median absolute deviation of the last "
                  "256 values of the "
                  "series before the anomaly, so a magnitude of 8 stands out the same in every series. Where "
                  "more than half of "
                  "these values are the same, their root mean square deviation from the median is taken; "
                  "where all are, one "
                  "hundredth of the value, and 1 for a series that stays at 0.");
  command.section(
      "PLAUSIBLE VALUES",
      "Injected values have no more digits after the point than the series itself has, so integers stay "
      "integers; and "
      "a series that is never negative stays so; dips go into such a series only where it stands three "
      "robust standard "
      "deviations above 0. A gap is a row without a value, not a missing row.");
  command.section(
      "LABELS",
      "The field truth holds the kind in the rows of an anomaly and is empty elsewhere. The file of "
      "--labels is CSV: the fields that name the series, then start, end (the times of the first and the "
      "last row) and kind. aiops-report evaluate reads both.");
  in.declare(command);
  command.group("Anomalies");
  auto& kind = command.custom(
      "--kind", "KIND", [this](const std::string& name) { kinds.push_back(inject::parse_anomaly(name)); },
      "Kinds of anomaly, dealt out in turn. latency and errors change log records, all others change "
      "values.");
  kind.list = kind.repeats = true;
  kind.preset = "spike";
  command.option("--count", "N", count, "Number of anomalies, over all series together.", 0, 1'000'000);
  command.option("--magnitude", "M", inject.placement.magnitude,
                 "Size in robust standard deviations of the series.", 1e-3, 1e6);
  auto& duration = command.custom(
      "--duration", "LENGTH",
      [this](const std::string& text) { inject.placement.length = inject::Length::parse(text); },
      "Length of an anomaly, in rows (30) or in time (90s).");
  duration.preset = "by kind";
  command.option("--seed", "N", seed, "Seed of everything random: the same seed gives the same bytes.", 0,
                 std::numeric_limits<std::int64_t>::max());
  auto& selector =
      command.option("--only", "SELECTOR", only,
                     "Only series that match: service=cart, cpu, or cpu{pod=~\"a.*\"}. Repeated: any.");
  selector.repeats = true;
  command.option("--warmup", "N", inject.warmup,
                 "Leave the first N rows of each series alone: they tell its scale.", 2, 1'000'000'000);
  command.option("--after", "TIME", after,
                 "Leave rows before TIME alone; RFC 3339, epoch, or relative as -1h.");
  command.group("Labels");
  command.option("--labels", "FILE", inject.labels,
                 "Write the anomalies to FILE, one line each; the stream then gets no field truth.");
  command.flag("--truth", truth, "Append the field truth with --labels, too.");
  command.group("");
  out.declare(command, true);
  command.option("--max-spool", "MIB", max_spool, "Copy at most so many MiB of a pipe.", 1,
                 std::int64_t{1} << 30);
  command.example("aiops-inject --kind spike --count 20 --seed 7 week.ndjson > spiked.ndjson",
                  "Twenty spikes, labelled in the field truth.");
  command.example(
      "aiops-inject --kind level-shift,drift --only service=cart --labels truth.csv < day.csv > shifted.csv",
      "Shifts and drifts in one service, labelled in a file.");
  command.example(
      "aiops-inject --kind latency,errors --count 4 --duration 2m < requests.ndjson | aiops-features",
      "Bursts of slow and of failing requests, seen through the request features.");
  command.run([this](Diagnostics& diagnostics) { return run(diagnostics); });
}

Status Inject::run(Diagnostics& diagnostics) {
  if (kinds.empty()) kinds.push_back(inject::Anomaly::spike);
  inject::check_anomalies(kinds);
  inject.placement.kinds = kinds;
  inject.placement.count = count;
  inject.placement.seed = static_cast<std::uint64_t>(seed);
  for (const auto& selector : only) inject.only.push_back(record::Matcher::parse(selector));
  if (!after.empty()) {
    const auto time = parse_time_or_relative(after, now());
    if (!time)
      throw UsageError("--after: \"" + printable(after) +
                       "\" is not a time; expected e.g. 2026-01-31T12:00:00Z");
    inject.after = *time;
  }
  const bool labelled = !inject.labels.empty();
  inject.truth = labelled && !truth ? "" : out.prefix + std::string(field::kTruth);

  auto reader = in.reader_options();
  inject::RepeatableInput input(reader.files, static_cast<std::uint64_t>(max_spool) << 20);
  record::Rejects rejects(diagnostics, in.rejects);
  record::Sink sink(out.output);
  inject::Injector injector(reader, inject, input, diagnostics);
  const auto status = injector.run(sink, rejects);
  if (status != Status::interrupted) sink.close();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  cli::Command tool("aiops-inject", "put labelled anomalies into a stream, or requests at a live target");
  Inject inject;
  inject.declare(tool);
  tool.add(tools::make_inject_http());
  return cli::run_main(argc, argv, tool);
}
