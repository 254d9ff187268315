// What OTLP carries (opentelemetry-proto 1.x), whichever way it is encoded: spans, log records and points of
// metrics, one at a time, to a receiver.
//
// All texts point into the document or the decoder's scratch, and are valid during the call. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace aiops::source {

enum class Signal : std::uint8_t { metrics, logs, traces };
std::string_view name_of(Signal signal);  // "metrics", "logs", "traces"

// Name and value, as text: strings as they are, numbers, true and false as JSON writes them, bytes in base64,
// lists and maps as JSON.
using OtlpAttributes = std::vector<std::pair<std::string_view, std::string_view>>;
// The value of one, "" if it is not there.
std::string_view find_attribute(const OtlpAttributes& attributes, std::string_view name);

// What everything in one list has in common.
struct OtlpOrigin {
  std::string_view service;  // service.name of the resource
  OtlpAttributes resource, scope;
  std::string_view scope_name;
};

// Ids: hex digits in lower case, "" if missing. Times: kNoTime if missing.
struct OtlpSpan {
  std::string_view trace_id, span_id, parent_span_id, name;
  int kind = 0, status = 0;  // as in the protocol: 2 is a server, 2 is an error
  Nanos start = kNoTime, end = kNoTime;
  OtlpAttributes attributes;
};

struct OtlpLog {
  Nanos time = kNoTime, observed = kNoTime;
  int severity_number = 0;
  std::string_view severity_text, body, trace_id, span_id, event_name;
  OtlpAttributes attributes;
};

struct OtlpMetric {
  enum class Kind : std::uint8_t { gauge, sum, histogram, exponential, summary };
  std::string_view name, unit;
  Kind kind = Kind::gauge;
  bool cumulative = false;  // else delta: since the point before
  bool monotonic = false;   // sums
};

struct OtlpBuckets {  // of an exponential histogram
  std::int32_t offset = 0;
  std::vector<std::uint64_t> counts;
};

struct OtlpPoint {
  OtlpAttributes attributes;
  Nanos start = kNoTime, time = kNoTime;
  bool no_value = false;    // the source says that there is none
  double value = 0;         // gauges and sums
  std::string_view exact;   // the same as it stands, where it is an integer
  std::uint64_t count = 0;  // histograms and summaries, and so on
  double sum = 0, min = 0, max = 0;
  bool has_sum = false, has_min = false, has_max = false;
  std::vector<double> bounds;         // histograms: upper, one less than counts
  std::vector<std::uint64_t> counts;  // histograms
  std::int32_t scale = 0;             // exponential histograms, and so on
  std::uint64_t zero_count = 0;
  OtlpBuckets positive, negative;
  std::vector<std::pair<double, double>> quantiles;  // summaries: quantile and value
};

class OtlpReceiver {
 public:
  virtual ~OtlpReceiver() = default;
  virtual void span(const OtlpOrigin& origin, const OtlpSpan& span) = 0;
  virtual void log(const OtlpOrigin& origin, const OtlpLog& log) = 0;
  virtual void point(const OtlpOrigin& origin, const OtlpMetric& metric, const OtlpPoint& point) = 0;
  // An item (a span, a log record, a point) that cannot be read; the others are gone on with.
  virtual void reject(Signal signal, std::string_view what) = 0;
};

// The document as a whole is none.
struct OtlpError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// OTLP/JSON: hex ids (base64 too, as Tempo writes them), 64-bit integers as strings or numbers, enumerations
// as numbers or by name. Owns the parser.
class OtlpJson {
 public:
  static constexpr std::size_t kPadding = 64;  // bytes that must be readable behind a document

  OtlpJson();
  ~OtlpJson();

  // One JSON object with resourceSpans, resourceLogs or resourceMetrics (or several of them; or `batches`,
  // and `trace` around them, as Tempo answers). Throws OtlpError. False if it has none of these.
  bool read(std::string_view document, OtlpReceiver& receiver);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// OTLP/protobuf: an Export…ServiceRequest of this signal. Throws OtlpError when the bytes are none; what was
// read before that has been handed over.
void read_otlp_protobuf(Signal signal, std::string_view bytes, OtlpReceiver& receiver);

// The answer to an export; rejected 0: all went well. what: the first reason.
std::string otlp_answer(Signal signal, std::uint64_t rejected, std::string_view what, bool json);

// What is wrong with a span or a log record, "" if nothing.
std::string_view fault_of(const OtlpSpan& span);
std::string_view fault_of(const OtlpLog& log);
std::string_view fault_of(const OtlpMetric& metric, const OtlpPoint& point);

// Bytes of an id as hex digits, appended to out; nothing if all are 0.
void append_hex(std::string& out, std::string_view bytes);
// An id as JSON may write it (hex, or base64 of 8 or 16 bytes), as hex digits in lower case, padded with 0 to
// 16 or 32, appended to out; false if it is none. An id of zeros is none: nothing is appended.
bool append_id(std::string& out, std::string_view text);
// As JSON writes bytes.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace aiops::source
