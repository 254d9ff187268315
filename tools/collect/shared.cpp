#include "shared.hpp"

#include <fmt/core.h>

#include <cstdlib>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops {

namespace {

// What every source has to say about its output.
void declare_output(cli::Command& command, std::string& output, std::string& format) {
  command.group("Output");
  command.option(
      "-o,--output", "FILE", output,
      "Write to FILE in place of standard output. The file appears when it is complete; with --follow or "
      "--checkpoint it grows, and what is in it already is kept.");
  command.choice("--format", format, {"ndjson", "csv"}, "Format of the records.");
}

void declare_account(cli::Command& command, std::string& manifest, std::string& partial) {
  command.option(
      "--manifest", "FILE", manifest,
      "Write an account to FILE (JSON): what was asked for, what came, pages, gaps, what was cut by whose "
      "limit, warnings of the server, its clock against ours, retries.");
  command.choice("--partial", partial, {"fail", "ok"},
                 "Whether something that was asked for and is missing is a failure (exit status 4). The "
                 "manifest tells it either way.");
  command.group("");
}

bool is_local(std::string_view url) {
  for (const std::string_view host : {"://127.", "://localhost", "://[::1]"}) {
    if (url.find(host) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

void ServerFlags::declare(cli::Command& command, const std::string& example) {
  command.group("Server");
  command.option("--url", "URL", url, fmt::format("Address of the server, such as {}.", example));
  command.option(
      "--target", "NAME=URL", targets,
      "In place of --url: one of several servers. Each record gets the label environment=NAME; one "
      "that fails does not stop the others.");
  command.duration("--connect-timeout", connect_timeout,
                   "Give up a connection that is not made within this time.");
  command.duration("--timeout", timeout,
                   "Give up a request when for this time nothing comes: no first byte, or no further one.");
  command.option(
      "--max-retries", "N", max_retries,
      "Try a request again so often after a lost connection, a time-out, an answer that was cut short, and "
      "the statuses 429 and 5xx; with growing pauses, or those that Retry-After asks for.",
      0, 1000);
  command.option("--max-rate", "N", max_rate, "Send at most N requests a second to a server; 0: no limit.", 0,
                 1e6);
  command.choice("--compression", compression, {"auto", "on", "off"},
                 "Whether compressed answers are asked for; auto: from servers on other machines.");
  declare_credentials(command);
  declare_tls(command);
  command.group("");
}

void ServerFlags::declare_credentials(cli::Command& command) {
  command.group("Credentials");
  command.option(
      "--bearer-token-file", "FILE", bearer_file,
      "Send the token in FILE. Without any of these files, AIOPS_BEARER_TOKEN, AIOPS_BASIC_AUTH or "
      "AIOPS_API_KEY is used where it is set.");
  command.option("--basic-auth-file", "FILE", basic_file, "Send the USER:PASSWORD in FILE.");
  command.option("--api-key-file", "FILE", api_key_file,
                 "Send the key in FILE as \"Authorization: ApiKey\", as Elasticsearch takes it.");
  command.option("--header-file", "FILE", header_file,
                 "Send the headers in FILE, one \"Name: value\" a line, beside those of AIOPS_HEADERS. "
                 "Headers and credentials go to the server that was asked for alone, never to where it "
                 "redirects.");
  command.option(
      "--tenant", "NAME", tenant,
      "Send X-Scope-OrgID: NAME (Mimir, Loki, Tempo). Without it, AIOPS_TENANT is used where it is "
      "set.");
}

void ServerFlags::declare_tls(cli::Command& command) {
  command.group("TLS");
  command.option("--ca-file", "FILE", ca_file,
                 "Trust the authorities in FILE (PEM), in place of the system's, for https.");
  command.option("--client-cert", "FILE", client_cert, "Show the certificate in FILE (PEM) to the server.");
  command.option("--client-key", "FILE", client_key,
                 "The key of --client-cert (PEM), if it stands in another file.");
  command.option("--server-name", "NAME", server_name,
                 "Ask for NAME and find it in the certificate, in place of the URL's host.");
}

std::vector<source::ServerOptions> ServerFlags::servers() const {
  if (!url.empty() && !targets.empty()) throw UsageError("--url and --target exclude each other");
  if (url.empty() && targets.empty()) {
    throw UsageError("--url is missing: expected the address of the server (or several --target NAME=URL)");
  }
  if (timeout <= 0 || connect_timeout <= 0)
    throw UsageError("--timeout and --connect-timeout: expected more than 0");
  std::vector<source::ServerOptions> all;
  const auto add = [&](const std::string& name, const std::string& address) {
    source::ServerOptions server;
    server.url = address;
    server.environment = name;
    server.http = http(address);
    server.retry.max_retries = static_cast<int>(max_retries);
    all.push_back(std::move(server));
  };
  if (!url.empty()) add("", url);
  for (const std::string& target : targets) {
    const std::size_t sign = target.find('=');
    if (sign == std::string::npos || sign == 0 || target.compare(sign + 1, 4, "http") != 0) {
      throw UsageError(fmt::format("--target: expected NAME=URL, such as production=http://10.0.0.1:9090"));
    }
    const std::string name = target.substr(0, sign);
    for (const source::ServerOptions& other : all) {
      if (other.environment == name) throw UsageError(fmt::format("--target: {} is there twice", name));
    }
    add(name, target.substr(sign + 1));
  }
  return all;
}

source::ServerOptions ServerFlags::server() const {
  const std::vector<source::ServerOptions> all = servers();
  if (all.size() != 1) throw UsageError("this takes one server: expected --url");
  return all.front();
}

net::HttpOptions ServerFlags::http(const std::string& address) const {
  net::HttpOptions options;
  options.connect_timeout = connect_timeout;
  options.idle_timeout = timeout;
  options.ca_file = ca_file;
  options.client_cert = client_cert;
  options.client_key = client_key;
  options.server_name = server_name;
  options.credentials = net::Credentials::from({bearer_file, basic_file, api_key_file});
  options.headers = net::secret_headers(header_file);
  const char* environment = std::getenv("AIOPS_TENANT");
  const std::string who = !tenant.empty() ? tenant : environment != nullptr ? environment : "";
  for (const char c : who) {
    if (static_cast<unsigned char>(c) < 0x20) throw UsageError("--tenant: expected a name on one line");
  }
  if (!who.empty()) options.headers.push_back("X-Scope-OrgID: " + who);
  options.requests_per_second = max_rate;
  options.compress = compression == "on" || (compression == "auto" && !is_local(address));
  return options;
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

void EventTimeFlags::declare(cli::Command& command) {
  command.group("Time");
  command.duration("--since", since, "Collect this long, up to the end.").preset = "";
  command.option("--start", "TIME", start,
                 "Collect from this time on: RFC 3339, an epoch number, or relative to now (-6h).");
  command.option("--end", "TIME", end, "Collect up to this time, itself not included.").preset = "now";
  command.flag("--follow", follow,
               "Go on when the present is reached, until a signal or --end. Without --since and --start, "
               "begin now.");
  command.duration("--poll", poll, "With --follow: ask this often.");
  command.duration("--lateness", lateness,
                   "Leave what is younger than this for later, so that what the server gets late is in it.");
  command.option(
      "--checkpoint", "FILE", checkpoint,
      "Keep in FILE up to where everything was written, and go on from there at the next start, in place of "
      "--since and --start. With -o nothing is skipped and nothing is repeated, even after a kill; into a "
      "pipe the last records may come again, with the same id.");
  command.group("");
}

void EventTimeFlags::apply(source::RecordCollectionOptions& options) const {
  const Nanos present = now();
  if (!start.empty() && since > 0) throw UsageError("--start and --since exclude each other");
  if (poll <= 0) throw UsageError("--poll: expected more than 0");
  options.start = time_option("--start", start, present);
  options.end = time_option("--end", end, present);
  options.since = since;
  options.follow = follow;
  options.poll = poll;
  options.lateness = lateness;
  options.checkpoint = checkpoint;
}

void EventOutputFlags::declare(cli::Command& command) {
  declare_output(command, output, format);
  declare_account(command, manifest, partial);
}

void EventOutputFlags::apply(source::RecordCollectionOptions& options) const {
  options.output = output == "-" ? "" : output;
  options.format = format == "csv" ? record::Format::csv : record::Format::ndjson;
}

Status accept_partial(Status status, const std::string& partial, const source::Manifest& manifest) {
  return status == Status::backend && partial == "ok" && manifest.written() != 0 ? Status::done : status;
}

void SampleOutputFlags::declare(cli::Command& command) {
  declare_output(command, output, format);
  command
      .option("--csv-labels", "NAMES", csv_labels,
              "Labels that get a column in CSV. Without it, those of the series that the first chunk shows; "
              "a label "
              "that comes later is an error then.")
      .list = true;
  declare_account(command, manifest, partial);
}

void SampleOutputFlags::apply(source::CollectionOptions& options) const {
  options.output.path = output == "-" ? "" : output;
  options.output.format = format == "csv" ? record::Format::csv : record::Format::ndjson;
  if (!csv_labels.empty()) {
    if (format != "csv") throw UsageError("--csv-labels is for --format csv");
    options.output.csv_labels = csv_labels;
  }
}

std::vector<double> quantiles_option(const std::vector<std::string>& texts) {
  std::vector<double> quantiles;
  for (const std::string& text : texts) {
    double q = 0;
    if (parse_number(text, q) != Number::ok || q < 0 || q > 1)
      throw UsageError(fmt::format("--histogram-quantiles: {} is no quantile: expected 0 to 1, as 0.5,0.99",
                                   printable(text)));
    quantiles.push_back(q);
  }
  return quantiles;
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
