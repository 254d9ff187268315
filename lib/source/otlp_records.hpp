// OTLP to records: points of metrics become samples, log records logs, spans spans.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "record/reader.hpp"
#include "record/writer.hpp"
#include "source/keep.hpp"
#include "source/log_record.hpp"
#include "source/manifest.hpp"
#include "source/mapping.hpp"
#include "source/otlp.hpp"
#include "source/otlp_samples.hpp"
#include "source/sample_writer.hpp"
#include "source/span_record.hpp"

namespace aiops::source {

struct OtlpOptions {
  std::vector<Signal> signals = {Signal::metrics, Signal::logs,
                                 Signal::traces};  // the others are passed over
  std::vector<std::string> keep;
  bool rates = false, buckets = false;
  std::vector<double> quantiles = {0.5, 0.95, 0.99};
  record::Format format = record::Format::ndjson;  // CSV: one signal
  std::vector<std::string> csv_labels;             // CSV of metrics: the columns, without "labels."
};

// One thread. The references must outlive it.
class OtlpRecords : public OtlpReceiver {
 public:
  // Enters a part for each signal in the manifest. Throws UsageError for options that contradict each other.
  OtlpRecords(const OtlpOptions& options, record::Sink& sink, Manifest& manifest);

  void span(const OtlpOrigin& origin, const OtlpSpan& span) override;
  void log(const OtlpOrigin& origin, const OtlpLog& log) override;
  void point(const OtlpOrigin& origin, const OtlpMetric& metric, const OtlpPoint& point) override;
  void reject(Signal signal, std::string_view what) override;

  // CSV: the header stands in the output already; what it is.
  void header_is_there();
  std::string csv_header() const;

  // Items that were refused since it was asked last, and the first reason.
  struct Rejected {
    std::uint64_t items = 0;
    std::string what;
  };
  Rejected take_rejected();
  std::uint64_t rejected() const { return rejected_; }  // in all
  std::uint64_t passed_over() const { return passed_over_; }

  // Says what a user should know of what came.
  void tell(Diagnostics& diagnostics) const;

 private:
  bool wants(Signal signal);
  void count(Signal signal, Nanos time);
  void write_sample(SampleSeries& series, Nanos time, std::string_view text);
  void put_log(const OtlpOrigin& origin, const OtlpLog& log);
  void put_attributes(const OtlpAttributes& attributes);
  static OtlpSampleOptions sample_options(const OtlpOptions& options, const Keep& keep);

  OtlpOptions options_;
  Manifest& manifest_;
  Keep keep_;
  std::vector<std::size_t> parts_;  // of the manifest, by signal
  OtlpSamples samples_;
  SampleWriter sample_writer_;
  Mapping mapping_;
  RecordBuilder builder_;
  LogWriter log_writer_;
  SpanWriter span_writer_;
  LogRecord log_record_;
  SpanRecord span_record_;
  Keep::Attributes kept_;
  std::string path_, time_, observed_, number_, more_;
  Rejected fresh_;
  Nanos newest_ = kNoTime, swept_ = kNoTime;
  std::uint64_t rejected_ = 0, passed_over_ = 0;
};

}  // namespace aiops::source
