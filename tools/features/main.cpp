// aiops-features: rows in, the same rows with features behind them out; or request logs in, a row a window
// out.
#include <algorithm>

#include "features.hpp"

namespace aiops::tools {
namespace {

// Logs of requests have durations, samples have a value.
bool are_requests(const std::vector<std::string>& names, const FeaturesOptions& options) {
  const auto has = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return options.input.values.empty() && !has(field::kValue) &&
         (has(field::kMessage) || has(field::kDurationMs));
}

}  // namespace

void declare_features(cli::Command& command, FeaturesOptions& options, FeatureKind kind) {
  const bool samples = kind != FeatureKind::requests, requests = kind != FeatureKind::samples;
  constexpr const char* kWindowHelp[] = {
      "Samples, or time, that the rolling features look back (60 if not given); for logs, the length of a "
      "window (1m).",
      "Samples, or time, that the rolling features look back; 60 samples if not given.",
      "Length of a window; 1m if not given."};
  command.option("--window", samples ? "N|DURATION" : "DURATION", options.window,
                 kWindowHelp[static_cast<int>(kind)]);
  if (requests) {
    command.duration("--lateness", options.lateness,
                     "Logs: how long a window stays open for requests that come late. What comes later still "
                     "is counted, not used.");
    command.flag("--zero", options.zero, "Logs: write a row, with zeros, for windows without a request too.");
  }
  options.input.declare(command, samples);
  options.output.declare(command, samples);
  command.run([&options, kind](Diagnostics& diagnostics) {
    record::Rejects rejects(diagnostics, options.input.rejects);
    record::Reader reader(options.input.reader_options(), rejects, diagnostics);
    const bool logs = kind == FeatureKind::requests ||
                      (kind == FeatureKind::by_first_record && are_requests(reader.peek(), options));
    return logs ? request_features(options, reader, diagnostics)
                : sample_features(options, reader, diagnostics);
  });
}

}  // namespace aiops::tools

int main(int argc, char** argv) {
  using namespace aiops;
  using namespace aiops::tools;
  cli::Command tool("aiops-features", "compute the features that detectors look at");
  FeaturesOptions any, samples, requests;
  tool.describe(
      "Reads samples and writes each with five features of its series: the value itself, delta (against the "
      "sample "
      "before), rolling_mean, rolling_std and zscore over a window that ends with the sample. The line that "
      "was read "
      "stays as it is, byte for byte; the new fields stand behind it.");
  tool.describe(
      "Reads request logs and writes, for each window of time, service, method and endpoint, ten features of "
      "the "
      "requests in it. The first record decides which of the two it is; the subcommands say it outright.");
  declare_features(tool, any, FeatureKind::by_first_record);
  tool.example("aiops-features < week.ndjson > features.ndjson", "Five features for every sample.");
  tool.example("aiops-features --window 10m --by host --value load day.csv",
               "A CSV with columns of its own, over ten minutes.");
  tool.example("aiops-collect files access.log | aiops-features --window 1m",
               "Ten features a minute and endpoint from an access log.");

  auto s = std::make_unique<cli::Command>("samples", "five features of every sample");
  s->describe(
      "Appends delta, rolling_mean, rolling_std and zscore to every sample; value, the fifth, is there "
      "already.");
  declare_features(*s, samples, FeatureKind::samples);
  s->example("aiops-features samples --window 60 < week.csv", "Over the last sixty samples.");
  tool.add(std::move(s));

  auto r = std::make_unique<cli::Command>("requests", "ten features of the requests in each window");
  r->describe(
      "Counts and measures the requests of each window of time by service, method and endpoint: "
      "request_count, "
      "duration_mean, duration_std, duration_min, duration_max, duration_median (ms), error_sum, error_rate, "
      "status_nunique and requests_per_minute.");
  r->describe(
      "A request is a log record with duration_ms. It is an error if its status_code is 500 or more or, "
      "where it "
      "has no status code, its severity_text is ERROR or FATAL.");
  declare_features(*r, requests, FeatureKind::requests);
  r->example("aiops-features requests --window 10s --zero < log.ndjson",
             "Ten-second windows, quiet ones too.");
  tool.add(std::move(r));
  tool.add(spans_command());
  tool.add(templates_command());
  return cli::run_main(argc, argv, tool);
}
