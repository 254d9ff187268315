// Keeps what a document of OTLP holds, as text; documents are JSON with ' for ".
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "source/otlp.hpp"

namespace aiops::source {

struct KeptOtlp : OtlpReceiver {
  std::vector<std::string> items, rejected;

  static std::string text(const OtlpAttributes& attributes) {
    std::string out;
    for (const auto& [name, value] : attributes) out += fmt::format(" {}={}", name, value);
    return out;
  }
  void span(const OtlpOrigin& origin, const OtlpSpan& s) override {
    items.push_back(fmt::format("span {} {}/{}<{} {} kind {} status {} {}+{}{}", origin.service, s.trace_id,
                                s.span_id, s.parent_span_id, s.name, s.kind, s.status, s.start,
                                s.end - s.start, text(s.attributes)));
  }
  void log(const OtlpOrigin& origin, const OtlpLog& l) override {
    items.push_back(fmt::format("log {} {} {} {}/{} \"{}\" {}/{}{}", origin.service, l.time, l.observed,
                                l.severity_number, l.severity_text, l.body, l.trace_id, l.span_id,
                                text(l.attributes)));
  }
  void point(const OtlpOrigin& origin, const OtlpMetric& m, const OtlpPoint& p) override {
    std::string out = fmt::format("point {} {} {} [{}] {}{} {} {}{}", origin.service, origin.scope_name,
                                  m.name, m.unit, static_cast<int>(m.kind), m.cumulative ? "c" : "d",
                                  m.monotonic, p.time, p.no_value ? " none" : "");
    out += fmt::format(" v {} {} n {} s {} {} {}", p.value, p.exact, p.count, p.sum, p.min, p.max);
    for (const double bound : p.bounds) out += fmt::format(" b{}", bound);
    for (const auto number : p.counts) out += fmt::format(" c{}", number);
    for (const auto number : p.positive.counts) out += fmt::format(" +{}@{}", number, p.positive.offset);
    for (const auto number : p.negative.counts) out += fmt::format(" -{}@{}", number, p.negative.offset);
    for (const auto& [q, value] : p.quantiles) out += fmt::format(" q{}={}", q, value);
    items.push_back(out + fmt::format(" scale {} zero {}{}", p.scale, p.zero_count, text(p.attributes)));
  }
  void reject(Signal signal, std::string_view what) override {
    rejected.push_back(fmt::format("{}: {}", name_of(signal), what));
  }
};

inline std::string with_quotes(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return text;
}

inline KeptOtlp read_otlp_json(const std::string& document) {
  std::string text = with_quotes(document);
  const std::size_t size = text.size();
  text.resize(size + OtlpJson::kPadding);
  KeptOtlp kept;
  OtlpJson json;
  json.read(std::string_view(text).substr(0, size), kept);
  return kept;
}

}  // namespace aiops::source
