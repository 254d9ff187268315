// aiops-inject http: normal and anomalous requests at a live target.
#include <fmt/format.h>

#include "base/number.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "inject/load.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

std::vector<std::string> columns() {
  return {"timestamp", "method", "endpoint", "kind", "trace_id", "status_code", "duration_ms"};
}

struct InjectHttp {
  cli::OutputOptions out;
  inject::LoadOptions load;
  std::string format = "ndjson";
  std::int64_t seed = 1;

  void declare(cli::Command& command);
  void declare_targets(cli::Command& command);
  Status run(Diagnostics& diagnostics);
  Status say(const inject::LoadSummary& summary, Diagnostics& diagnostics) const;
};

// "20", "20/s" or "90/m".
double parse_rate(std::string_view text) {
  double per = 1;
  if (text.ends_with("/s")) text.remove_suffix(2);
  if (text.ends_with("/m")) text.remove_suffix(2), per = 60;
  double value = 0;
  if (parse_number(text, value) != Number::ok || value / per < 1e-3 || value / per > 1000) {
    throw UsageError("expected requests a second, 0.001 to 1000, such as 20/s (or a minute: 90/m)");
  }
  return value / per;
}

void parse_range(std::string_view text, std::int64_t& from, std::int64_t& to) {
  const auto dots = text.find("..");
  const auto first = parse_int(text.substr(0, dots));
  const auto last = dots == text.npos ? first : parse_int(text.substr(dots + 2));
  if (!first || !last || *first < 0 || *last < *first || *last > 600'000) {
    throw UsageError("expected milliseconds such as 400..800, from 0 to 600000");
  }
  from = *first;
  to = *last;
}

void InjectHttp::declare_targets(cli::Command& command) {
  command.group("Target");
  command.option("--url", "URL", load.normal.url, "Where normal requests (GET) go.").required = true;
  command.option("--header", "HEADER", load.normal.headers, "A header (NAME: VALUE) of every request.")
      .repeats = true;
  command.option("--slow-url", "URL", load.slow.url,
                 "Where slow requests go; {ms} in it becomes the delay in milliseconds.");
  command
      .option("--slow-header", "HEADER", load.slow.headers, "A header of slow requests, with {ms} as well.")
      .repeats = true;
  command.option("--error-url", "URL", load.error.url, "Where failing requests go.");
  command.option("--error-header", "HEADER", load.error.headers, "A header of failing requests.").repeats =
      true;
  auto& allow = command.option("--allow-host", "HOST", load.allow_hosts,
                               "Allow requests to HOST; without it, to this machine alone.");
  allow.repeats = allow.command_line_only = true;
}

void InjectHttp::declare(cli::Command& command) {
  command.describe(
      "Sends a bounded number of requests at a bounded rate, some of which make the target slow or fail, and "
      "writes "
      "down for each what it was and what came back. The target must offer a way to be made slow or to fail: "
      "a URL or "
      "a header of its own.");
  command.describe(
      "Requests go to this machine alone unless --allow-host names another. Redirects are not followed and "
      "no proxy is "
      "used. Each request carries a traceparent header (W3C Trace Context) with the trace_id that is written "
      "down.");
  declare_targets(command);
  command.group("Load");
  command.option("--requests", "N", load.requests, "Number of requests, anomalous ones included.", 1,
                 1'000'000);
  command.option("--anomalies", "N", load.anomalies, "How many of them are anomalous.", 0, 1'000'000);
  auto& kind = command.custom(
      "--kind", "KIND",
      [this](const std::string& text) {
        if (text != "slow" && text != "error") throw UsageError("expected slow or error");
        load.kinds.push_back(text == "slow" ? inject::RequestKind::slow : inject::RequestKind::error);
      },
      "Kinds of anomalous requests, slow and error, dealt out in turn.");
  kind.list = kind.repeats = true;
  auto& rate = command.custom(
      "--rate", "RATE", [this](const std::string& text) { load.rate = parse_rate(text); },
      "Requests a second (20/s) or a minute (90/m).");
  rate.preset = "10/s";
  auto& slow = command.custom(
      "--slow-ms", "FROM..TO",
      [this](const std::string& text) { parse_range(text, load.slow_from, load.slow_to); },
      "Delay that slow requests ask for, in milliseconds, drawn from this range.");
  slow.preset = "400..800";
  command.option("--concurrency", "N", load.concurrency, "Requests at once, at most.", 1, 64);
  command.duration("--timeout", load.timeout, "Give up on a request that brings no byte for so long.");
  command.duration("--max-time", load.max_time, "End after this time, whatever is left.");
  command.option("--seed", "N", seed, "Seed of which requests are anomalous, and of their delays.", 0,
                 std::numeric_limits<std::int64_t>::max());
  command.group("");
  out.declare(command);
  command.choice("--format", format, {"ndjson", "csv"}, "Format of what is written.");
  command.example(
      "aiops-inject http --url http://127.0.0.1:8080/test --slow-url "
      "'http://127.0.0.1:8080/test?delay_ms={ms}' "
      "--error-url 'http://127.0.0.1:8080/test?fail=1' --kind slow,error --requests 500 --anomalies 20 "
      "--rate 20/s "
      "-o sent.ndjson",
      "500 requests in 25 seconds, 20 of them slow or failing.");
  command.run([this](Diagnostics& diagnostics) { return run(diagnostics); });
}

Status InjectHttp::run(Diagnostics& diagnostics) {
  load.seed = static_cast<std::uint64_t>(seed);
  inject::Load requests(load);
  record::Sink sink(out.output);
  record::RecordWriter writer(sink, format == "csv" ? record::Format::csv : record::Format::ndjson,
                              columns());
  const auto write = [&](const inject::SentRequest& sent) {
    writer.start();
    writer.time(0, sent.time);
    writer.text(1, "GET");
    writer.text(2, sent.endpoint);
    writer.text(3, inject::name(sent.kind));
    writer.text(4, sent.trace_id);
    if (sent.status_code != 0) writer.integer(5, sent.status_code);
    writer.number6(6, sent.duration_ms);
    writer.end();
    sink.flush();
  };
  try {
    const auto status = say(requests.run(write), diagnostics);
    sink.close();
    return status;
  } catch (const BackendError&) {
    sink.close();  // what was sent was sent
    throw;
  }
}

Status InjectHttp::say(const inject::LoadSummary& summary, Diagnostics& diagnostics) const {
  diagnostics.info(fmt::format("{} sent: {} normal, {} slow, {} error; {} answered",
                               count(summary.sent, "request"), summary.by_kind[0], summary.by_kind[1],
                               summary.by_kind[2], summary.answered));
  if (summary.late > 0) {
    diagnostics.warn(
        fmt::format("{} went out late: the target is slower than --rate and --concurrency ask for",
                    count(summary.late, "request")));
  }
  if (stop_requested()) return Status::interrupted;
  const auto planned = static_cast<std::uint64_t>(load.requests);
  if (summary.sent < planned) {
    diagnostics.warn(fmt::format("{} not sent: --max-time {} was over",
                                 count(planned - summary.sent, "request"), format_duration(load.max_time)));
  }
  if (summary.answered < summary.sent) {
    diagnostics.warn(fmt::format("{} without an answer; the first: {}",
                                 count(summary.sent - summary.answered, "request"), summary.first_failure));
  }
  return summary.answered < planned ? Status::backend : Status::done;
}

}  // namespace

std::unique_ptr<cli::Command> make_inject_http() {
  // The options live as long as the command that they are declared in.
  static InjectHttp http;
  auto command =
      std::make_unique<cli::Command>("http", "send normal and anomalous requests to a live target");
  http.declare(*command);
  return command;
}

}  // namespace aiops::tools
