#include "shared.hpp"

#include <fmt/core.h>

#include "base/text.hpp"

namespace aiops {

void ServerFlags::declare(cli::Command& command, const std::string& example) {
  command.group("Server");
  command.option("--url", "URL", url, fmt::format("Address of the server, such as {}.", example));
  command.option("--bearer-token-file", "FILE", bearer_file,
                 "Send the token in FILE. Without it and --basic-auth-file, AIOPS_BEARER_TOKEN is used where "
                 "it is set.");
  command.option(
      "--basic-auth-file", "FILE", basic_file,
      "Send the USER:PASSWORD in FILE. Without it and --bearer-token-file, AIOPS_BASIC_AUTH is used where it "
      "is set.");
  command.option("--ca-file", "FILE", ca_file,
                 "Trust the authorities in FILE (PEM), in place of the system's, for https.");
  command.duration("--connect-timeout", connect_timeout,
                   "Give up a connection that is not made within this time.");
  command.duration("--timeout", timeout,
                   "Give up a request when for this time nothing comes: no first byte, or no further one.");
  command.option(
      "--max-retries", "N", max_retries,
      "Try a request again so often after a lost connection, a time-out, an answer that was cut short, and "
      "the statuses 429 and 5xx; with growing pauses, or those that Retry-After asks for.",
      0, 1000);
  command.group("");
}

net::HttpOptions ServerFlags::http() const {
  if (url.empty()) throw UsageError("--url is missing: expected the address of the server");
  if (timeout <= 0 || connect_timeout <= 0)
    throw UsageError("--timeout and --connect-timeout: expected more than 0");
  net::HttpOptions options;
  options.connect_timeout = connect_timeout;
  options.idle_timeout = timeout;
  options.ca_file = ca_file;
  options.credentials = net::Credentials::from(bearer_file, basic_file);
  return options;
}

net::RetryPolicy ServerFlags::retry() const {
  net::RetryPolicy policy;
  policy.max_retries = static_cast<int>(max_retries);
  return policy;
}

void TimeFlags::declare(cli::Command& command) {
  command.group("Time");
  command.duration("--since", since, "Collect this long, up to the end. The steps are multiples of --step.")
      .preset = "";
  command.option(
      "--start", "TIME", start,
      "Collect from this time on: RFC 3339, an epoch number, or relative to now (-6h). The steps are counted "
      "from it.");
  command.option("--end", "TIME", end, "Collect up to this time, itself included.").preset = "now";
  command.duration("--step", step, "Time between two samples of a series.");
  command.flag("--follow", follow,
               "Go on when the present is reached: collect each step when it has come, until a signal or "
               "--end. Without "
               "--since and --start, begin with the newest step.");
  command.duration(
      "--lateness", lateness,
      "Take a step as complete this long after its time, so that what the server gets late is in it.");
  command.option(
      "--checkpoint", "FILE", checkpoint,
      "Keep in FILE up to where everything was written, and go on from there at the next start, in place of "
      "--since and --start. With -o nothing is skipped and nothing is repeated, even after a kill; into a "
      "pipe the records of the last chunk may come again.");
  command.group("");
}

void TimeFlags::apply(source::CollectionOptions& options) const {
  const Nanos present = now();
  if (!start.empty() && since > 0) throw UsageError("--start and --since exclude each other");
  options.start = time_option("--start", start, present);
  options.end = time_option("--end", end, present);
  options.since = since;
  options.step = step;
  options.follow = follow;
  options.lateness = lateness;
  options.checkpoint = checkpoint;
}

void SampleOutputFlags::declare(cli::Command& command) {
  command.group("Output");
  command.option(
      "-o,--output", "FILE", output,
      "Write to FILE in place of standard output. The file appears when it is complete; with --follow or "
      "--checkpoint it grows, and what is in it already is kept.");
  command.choice("--format", format, {"ndjson", "csv"}, "Format of the records.");
  command
      .option("--csv-labels", "NAMES", csv_labels,
              "Labels that get a column in CSV. Without it, those of the series that the first chunk shows; "
              "a label "
              "that comes later is an error then.")
      .list = true;
  command.option(
      "--manifest", "FILE", manifest,
      "Write an account to FILE (JSON): what was asked for, series, records, gaps, what was cut, warnings of "
      "the server, retries.");
  command.group("");
}

void SampleOutputFlags::apply(source::CollectionOptions& options) const {
  options.output.path = output == "-" ? "" : output;
  options.output.format = format == "csv" ? record::Format::csv : record::Format::ndjson;
  if (!csv_labels.empty()) {
    if (format != "csv") throw UsageError("--csv-labels is for --format csv");
    options.output.csv_labels = csv_labels;
  }
}

Nanos time_option(const std::string& option, const std::string& text, Nanos now) {
  if (text.empty()) return kNoTime;
  const auto time = parse_time_or_relative(text, now);
  if (!time) {
    throw UsageError(
        fmt::format("{}: {} is no time: expected 2026-01-31T12:00:00Z, an epoch number, now, or -6h", option,
                    printable(text)));
  }
  return *time;
}

}  // namespace aiops
