// Spans from Jaeger's query API: version 1 (/api/traces) or 3 (/api/v3/traces, OTLP, exact to the
// nanosecond).
//
// Jaeger searches by service, and gives so many traces and no more, without a word. So each service is asked
// for, slice by slice; a slice that gives as many as were asked for is halved. A trace comes whole: with it
// come spans of other services, which tells by the way whether those services' own searches found it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/json_api.hpp"
#include "source/keep.hpp"
#include "source/record_source.hpp"
#include "source/span_buffer.hpp"
#include "source/trace_reader.hpp"
#include "source/trace_search.hpp"

namespace aiops::source {

struct JaegerOptions {
  ServerOptions server;
  enum class Api { automatic, v1, v3 } api = Api::automatic;
  std::vector<std::string> services;  // none: all that the server knows
  std::string operation;
  std::vector<std::string> tags;             // NAME=VALUE
  Nanos min_duration = 0, max_duration = 0;  // 0: any
  std::size_t limit = 1000;                  // traces of an answer
  Nanos margin = kMinute;  // with a filter: how far spans of a trace may lie from one that the filter finds

  bool filtered() const {
    return !services.empty() || !operation.empty() || !tags.empty() || min_duration > 0 || max_duration > 0;
  }
  // In words, for the manifest.
  std::string text() const;
};

class JaegerSource : public RecordSource {
 public:
  // Enters a part in the manifest. References must outlive it; keep too. Throws UsageError.
  JaegerSource(const JaegerOptions& options, const Keep& keep, Manifest& manifest, Diagnostics& diagnostics);
  ~JaegerSource() override;

  void fetch(std::size_t part, Nanos from, Nanos to, RecordOut& out) override;
  // All spans of one trace. False if there is no such trace. Throws net::HttpError.
  bool fetch_trace(const std::string& id, const TraceReader::Take& take);

  std::vector<std::string> services();
  std::vector<std::string> operations(const std::string& service);

 private:
  struct Seen;
  bool v3();
  std::string search_path(const std::string& service, Nanos from, Nanos to);
  std::size_t search(const std::string& service, Nanos from, Nanos to);
  void read_v1(JsonReader& answer);
  void read_v3(JsonReader& answer);
  void take(const SpanRecord& span);
  void slice(const std::vector<std::string>& services, Nanos from, Nanos to);
  void estimate();

  JaegerOptions options_;
  Manifest& manifest_;
  std::size_t part_;
  JsonApi api_;
  TraceReader reader_;
  SliceWalk walk_;
  CaptureRecapture recapture_;
  int version_ = 0;  // of the API; 0: not known yet
  bool told_refused_ = false;
  // The slice that is worked on, and what came of it.
  SpanBuffer spans_;
  Nanos from_ = 0, to_ = 0;
  std::unique_ptr<Seen> seen_;
};

}  // namespace aiops::source
