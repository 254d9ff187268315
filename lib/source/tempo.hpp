// Spans from Grafana Tempo: searched with TraceQL, slice by slice, then each trace by its id.
//
// Tempo's search takes the first so many traces that any of its workers finds: with more than the limit, two
// searches give two answers. So a slice that gives as many as were asked for is halved, down to a second,
// which is what its times can tell apart; and each slice is searched twice, which tells by capture and
// recapture how much was not found.
#pragma once

#include <cstdint>
#include <set>
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

struct TempoOptions {
  ServerOptions server;
  std::string query = "{}";  // TraceQL
  std::string tags;          // logfmt, for servers without TraceQL; then `query` is not used
  std::size_t limit = 1000;  // traces of an answer
  int passes = 2;            // how often each slice is searched, 1 or 2
};

// What a search answered.
struct TempoFound {
  struct Trace {
    std::string id;  // 32 hex digits in lower case
    Nanos start = kNoTime, duration = 0;
  };
  std::vector<Trace> traces;
  std::uint64_t done = 0, jobs = 0;  // parts of the data that were searched, and that there are
};

// {"traces": [...], "metrics": {...}}. Throws JsonError.
TempoFound read_tempo_search(JsonReader& answer);

class TempoSource : public RecordSource {
 public:
  // Enters a part in the manifest. References must outlive it; keep too.
  TempoSource(const TempoOptions& options, const Keep& keep, Manifest& manifest, Diagnostics& diagnostics);

  void fetch(std::size_t part, Nanos from, Nanos to, RecordOut& out) override;
  // All spans of one trace. False if there is no such trace. Throws net::HttpError.
  bool fetch_trace(const std::string& id, const TraceReader::Take& take);
  std::vector<std::string> services();

 private:
  std::size_t search(Nanos from, Nanos to, std::set<std::string>& found);
  std::set<std::string> search_slice(Nanos from, Nanos to);
  std::set<std::string> fetch_slice(Nanos from, Nanos to);
  bool read_trace(const std::string& path, const std::string& id, const TraceReader::Take& take);

  TempoOptions options_;
  Manifest& manifest_;
  std::size_t part_;
  JsonApi api_;
  TraceReader reader_;
  SliceWalk walk_;
  CaptureRecapture recapture_;
  SpanBuffer spans_;
  std::set<std::string> carried_;  // traces with spans behind the slice in which they were found
  bool v2_ = true;                 // the server has /api/v2/traces
  bool told_refused_ = false;
};

}  // namespace aiops::source
