// Samples from a server with the Prometheus HTTP API: range and instant queries, the values of labels.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/random.hpp"
#include "net/http.hpp"
#include "net/retry.hpp"
#include "source/manifest.hpp"
#include "source/prometheus_answer.hpp"
#include "source/prometheus_query.hpp"
#include "source/samples.hpp"

namespace aiops::source {

struct PrometheusOptions {
  std::string url;
  std::vector<NamedQuery> queries;
  std::vector<std::string> service_labels{"service",
                                          "job"};  // the first that a series has becomes its service
  net::HttpOptions http;
  net::RetryPolicy retry;
};

class PrometheusSource : public SampleSource {
 public:
  // Enters url and queries in the manifest. manifest and diagnostics must outlive the source.
  // Throws UsageError for a URL that is none.
  PrometheusSource(PrometheusOptions options, Manifest& manifest, Diagnostics& diagnostics);

  // Steps are exact to the millisecond. A server that answers for other times than asked is an HttpError.
  void fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) override;
  // The value at one time; a query with a range (up[5m]) gives the samples as they were scraped.
  void fetch_instant(std::size_t part, Nanos time, SeriesBook& book, SampleFrame& frame);

  // All values of the service labels, sorted, each once.
  std::vector<std::string> services();

 private:
  net::Request request(std::string_view path, const std::string& parameters) const;
  void ask(std::size_t part, const net::Request& request, AnswerHandler& handler);
  void note(std::size_t part, const Answer& answer);
  // Runs the attempt with retries, counted for the part; what a broken answer left in the frame is taken
  // back.
  template <class Attempt>
  void attempts(std::size_t part, SampleFrame& frame, Attempt&& attempt);

  PrometheusOptions options_;
  std::string url_;
  Manifest& manifest_;
  Diagnostics& diagnostics_;
  net::Client client_;
  Random random_;
  std::uint64_t answers_ = 0;
};

}  // namespace aiops::source
