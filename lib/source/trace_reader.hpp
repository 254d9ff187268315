// Traces in JSON as servers and exports have them: Jaeger's (/api/traces, and what its page saves), Zipkin's
// (version 2), and OTLP.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "source/keep.hpp"
#include "source/otlp.hpp"
#include "source/span_record.hpp"

namespace aiops::source {

// An OTLP span as a record; both point to the same texts.
void fill_span(const OtlpOrigin& origin, const OtlpSpan& span, const Keep& keep, SpanRecord& record);

// One thread.
class TraceReader {
 public:
  using Take = std::function<void(const SpanRecord& span)>;

  // keep must outlive it.
  explicit TraceReader(const Keep& keep);
  ~TraceReader();

  // One JSON document: a trace of Jaeger's or a list of them or {"data": [...]}; a list of Zipkin spans or of
  // such lists; OTLP ({"resourceSpans": ...}, in {"result": ...} or {"trace": ...} or {"batches": ...}).
  // Returns the number of traces, as far as it is told: Jaeger's and Zipkin's lists. Throws OtlpError.
  std::size_t read(std::string_view document, const Take& take);

  // Spans that could not be read, and the first reason.
  std::uint64_t refused() const;
  const std::string& reason() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiops::source
