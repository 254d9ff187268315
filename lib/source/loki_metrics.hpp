// Samples from Loki: LogQL that gives numbers, whose answers have the form of Prometheus'.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "source/json_api.hpp"
#include "source/manifest.hpp"
#include "source/prometheus_answer.hpp"
#include "source/prometheus_query.hpp"
#include "source/samples.hpp"

namespace aiops::source {

struct LokiMetricOptions {
  std::vector<NamedQuery> queries;
  std::vector<std::string> service_labels;  // the first that a series has becomes its service
};

class LokiMetrics : public SampleSource {
 public:
  // Enters url and queries in the manifest. All references must outlive the source. Throws UsageError for a
  // URL that is none.
  LokiMetrics(const ServerOptions& server, LokiMetricOptions options, Manifest& manifest,
              Diagnostics& diagnostics);

  void fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) override;
  void fetch_instant(std::size_t part, Nanos time, SeriesBook& book, SampleFrame& frame);

 private:
  void ask(std::size_t part, const std::string& path, const Steps* steps, SeriesBook& book,
           SampleFrame& frame);

  LokiMetricOptions options_;
  Manifest& manifest_;
  Diagnostics& diagnostics_;
  JsonApi api_;
  std::uint64_t answers_ = 0;
};

// What an error's body says: JSON of a gateway; "" for plain text, which is Loki's own.
std::string loki_error_text(const std::string& body);

}  // namespace aiops::source
