// aiops-collect scrape: samples from what services show at /metrics.
#include "source/scrape.hpp"

#include <fmt/core.h>

#include "base/number.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "shared.hpp"

namespace aiops {
namespace {

struct Scrape {
  ServerFlags server;
  SampleOutputFlags output;
  source::PageOptions page;
  std::string counters = "rate";
  std::vector<std::string> quantiles;
  Nanos interval = 15 * kSecond;
  std::int64_t count = 0;

  void declare(cli::Command& command);
  Status run(cli::Command& command, Diagnostics& diagnostics);
};

void Scrape::declare(cli::Command& command) {
  command.describe(
      "Reads what a service shows at /metrics or /actuator/prometheus itself, every --interval, and writes "
      "sample "
      "records: timestamp, service, metric, value, labels. No server is needed: for laptops and CI. The text "
      "format "
      "0.0.4 of Prometheus and OpenMetrics 1.0 are read; exemplars are passed over.");
  command.describe(
      "Counters become rates: http_requests_total becomes http_requests_total:rate, how much it grew a "
      "second since the "
      "scrape before; one that shows less than before began anew at 0. So they have no value at the first "
      "scrape. Histograms "
      "and summaries have NAME_count:rate, NAME_sum:rate and NAME_avg, the mean of what came since the "
      "scrape before. Each "
      "scrape has the sample `up`: 1, or 0 when it failed.");
  command.section("LIMITS",
                  "A scrape that fails is not tried again before the next interval: its time is missing in "
                  "the manifest, and "
                  "the exit status is 4. A page that breaks off is taken for a scrape that failed. A line "
                  "that cannot be read "
                  "is told with its number, the others count, and the exit status is 4. Of targets, one is "
                  "read after another: "
                  "with many slow ones the interval has to be long enough. A page may have 16 MB of samples. "
                  "What happens "
                  "between two scrapes is seen by counters and histograms alone.");
  server.declare(command, "http://127.0.0.1:8080/actuator/prometheus");
  command.group("Scraping");
  command.duration("--interval", interval, "Time from one scrape to the next.");
  command.option("--count", "N", count, "End after N scrapes; 0: at a signal.", 0, 1'000'000'000);
  command.choice("--counters", counters, {"rate", "raw"},
                 "Write counters as rates per second, or as they stand.");
  command
      .option("--histogram-quantiles", "LIST", quantiles,
              "Quantiles of histograms, as 0.5,0.99: NAME{quantile=\"0.99\"}, interpolated within a bucket, "
              "of what came "
              "since the scrape before; with --counters raw of all that was ever counted.")
      .list = true;
  command.flag("--buckets", page.buckets, "Write the buckets of histograms too, as counters NAME_bucket.");
  command.option("--service", "NAME", page.service, "The service of series whose labels name none.");
  command
      .option("--service-label", "NAMES", page.service_labels,
              "The label that becomes the field service; of several, the first that a series has.")
      .list = true;
  command.group("");
  output.declare(command);
  command.example(
      "aiops-collect scrape --url http://127.0.0.1:8080/actuator/prometheus --service shop --interval 5s | "
      "aiops-score "
      "--models models/shop",
      "Score what a Spring Boot service shows.");
  command.example(
      "aiops-collect scrape --url http://127.0.0.1:9100/metrics --count 10 --interval 1s "
      "--histogram-quantiles 0.5,0.99 > "
      "machine.ndjson",
      "Ten seconds of a machine.");
}

Status Scrape::run(cli::Command& command, Diagnostics& diagnostics) {
  source::ScrapeOptions options;
  options.targets = server.servers();
  if (interval < 10 * kMillisecond) throw UsageError("--interval: expected 10ms or more");
  command.stops_in_order(count == 0);
  options.page = page;
  options.page.rates = counters == "rate";
  options.page.quantiles = quantiles_option(quantiles);
  options.interval = interval;
  options.count = static_cast<std::uint64_t>(count);
  for (source::ServerOptions& target : options.targets)
    target.http.idle_timeout = std::min(target.http.idle_timeout, std::max(interval, kSecond));
  source::CollectionOptions out;
  output.apply(out);
  options.output = out.output;
  source::Manifest manifest;
  const Status status = source::with_manifest(manifest, output.manifest, diagnostics,
                                              [&] { return source::scrape(options, manifest, diagnostics); });
  return accept_partial(status, output.partial, manifest);
}

}  // namespace

std::unique_ptr<cli::Command> scrape_command() {
  return command_of<Scrape>("scrape", "Collect samples from what a service shows at /metrics");
}

}  // namespace aiops
