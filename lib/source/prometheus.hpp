// Samples from a server with the Prometheus HTTP API: range and instant queries, the values of labels.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/random.hpp"
#include "net/http.hpp"
#include "net/retry.hpp"
#include "source/json_api.hpp"
#include "source/manifest.hpp"
#include "source/prometheus_answer.hpp"
#include "source/prometheus_query.hpp"
#include "source/samples.hpp"

namespace aiops::source {

struct PrometheusOptions {
  ServerOptions server;  // each record of one with an environment gets it as a label
  std::vector<NamedQuery> queries;
  std::vector<std::string> service_labels{"service",
                                          "job"};  // the first that a series has becomes its service
  std::vector<double> histogram_quantiles;         // of native histograms
  bool raw = false;              // the samples as they are stored; the queries are selectors
  std::uint64_t max_series = 0;  // a query that gives more is refused before it is asked; 0: none is
};

class PrometheusSource : public SampleSource {
 public:
  // Enters url and queries in the manifest, behind the parts that it has; calls take the source's own, from
  // 0. manifest and diagnostics must outlive the source. Throws UsageError for a URL that is none.
  PrometheusSource(PrometheusOptions options, Manifest& manifest, Diagnostics& diagnostics);

  // Counts the series of each query at a few times of the range. Throws Error(Status::gate) for more than
  // max_series.
  void prepare(Nanos start, Nanos end) override;
  // Steps are exact to the millisecond. A server that answers for other times than asked is an HttpError.
  void fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) override;
  // The value at one time; a query with a range (up[5m]) gives the samples as they were scraped.
  void fetch_instant(std::size_t part, Nanos time, SeriesBook& book, SampleFrame& frame);

  // The series that the parts' selectors match in this time, a line of JSON each, sorted: metric, service,
  // labels, and what the server knows of the metric: type, unit, help. Throws Error(Status::gate) for more
  // than max_series of a part.
  std::vector<std::string> series(Nanos start, Nanos end);

  // All values of the service labels, sorted, each once.
  std::vector<std::string> services();

  // Another source for the same parts of the manifest, which takes turns with this one; see
  // SampleSource::second().
  std::unique_ptr<SampleSource> second(std::mutex& turn) override;
  std::size_t parts() const { return options_.queries.size(); }
  // Whether a request that failed is tried again.
  void try_again(bool yes) { policy_.max_retries = yes ? options_.server.retry.max_retries : 0; }

 private:
  PrometheusSource(const PrometheusSource& first, std::mutex& turn);
  net::Response send(const net::Request& request);
  net::Request request(std::string_view path, const std::string& parameters) const;
  void ask(std::size_t part, const net::Request& request, AnswerHandler& handler);
  // Sends and hands the answer to `read`, which gives what it says besides its data.
  void ask(std::size_t part, const net::Request& request, const std::function<Answer(JsonReader&)>& read);
  [[noreturn]] void too_many(std::size_t part, const std::string& what) const;
  std::optional<double> count_series(std::size_t part, Nanos start, Nanos end);
  std::vector<std::string> series_of(std::size_t part, Nanos start, Nanos end,
                                     const std::map<std::string, MetricMetadata>& metadata);
  std::map<std::string, MetricMetadata> metadata();
  void fetch_raw(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame);
  bool fetch_export(std::size_t part, Nanos from, Nanos to, SeriesBook& book, SampleFrame& frame);
  void note(std::size_t part, const Answer& answer);
  // Runs the attempt with retries, counted for the part; what a broken answer left in the frame is taken
  // back.
  void attempts(std::size_t part, SampleFrame& frame, const std::function<void()>& attempt);

  PrometheusOptions options_;
  std::string url_;
  net::RetryPolicy policy_;
  std::size_t first_part_;  // of the manifest
  Manifest& manifest_;
  Diagnostics& diagnostics_;
  net::Client client_;
  Random random_;
  std::uint64_t answers_ = 0;
  std::mutex* turn_ = nullptr;
  bool has_export_ = true;  // until the server says that it has not
};

}  // namespace aiops::source
