#include "source/otlp.hpp"

#include <fmt/core.h>

#include "source/protozero.hpp"

#include "base/text.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_hex(std::string_view text) {
  for (const char c : text)
    if (hex_digit(c) < 0) return false;
  return true;
}

// The bytes of base64 without a line break; false if it is none.
bool decode_base64(std::string_view text, std::string& bytes) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t value = c == '-' ? 62 : c == '_' ? 63 : kBase64.find(c);
    if (value == std::string_view::npos) return false;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xFF);
  }
  return true;
}

}  // namespace

std::string_view name_of(Signal signal) {
  return signal == Signal::metrics ? "metrics" : signal == Signal::logs ? "logs" : "traces";
}

std::string_view find_attribute(const OtlpAttributes& attributes, std::string_view name) {
  for (const auto& [key, text] : attributes)
    if (key == name) return text;
  return {};
}

std::string_view fault_of(const OtlpSpan& span) {
  if (span.trace_id.empty()) return "a span without traceId";
  if (span.span_id.empty()) return "a span without spanId";
  if (span.start == kNoTime) return "a span without startTimeUnixNano";
  if (span.end == kNoTime) return "a span without endTimeUnixNano";
  if (span.end < span.start) return "a span that ends before it begins";
  return {};
}

std::string_view fault_of(const OtlpLog& log) {
  if (log.time == kNoTime && log.observed == kNoTime) return "a log record without a time";
  return {};
}

std::string_view fault_of(const OtlpMetric& metric, const OtlpPoint& point) {
  if (metric.name.empty()) return "a metric without a name";
  if (point.time == kNoTime) return "a point without timeUnixNano";
  if (!point.counts.empty() && point.counts.size() != point.bounds.size() + 1)
    return "a histogram whose bucketCounts are not one more than its explicitBounds";
  return {};
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (bytes.find_first_not_of('\0') == std::string_view::npos) return;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

bool append_id(std::string& out, std::string_view text) {
  if (text.empty()) return true;
  if (text.size() <= 32 && is_hex(text)) {
    if (text.find_first_not_of('0') == std::string_view::npos) return true;
    out.append((text.size() <= 16 ? 16 : 32) - text.size(), '0');
    for (const char c : text) out += static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    return true;
  }
  std::string bytes;
  if (!decode_base64(text, bytes) || (bytes.size() != 8 && bytes.size() != 16)) return false;
  append_hex(out, bytes);
  return true;
}

void append_base64(std::string& out, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = (bits << 8) | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j > bytes.size() ? '=' : kBase64[(bits >> (18 - 6 * j)) & 63];
  }
}

std::string otlp_answer(Signal signal, std::uint64_t rejected, std::string_view what, bool json) {
  if (json) {
    if (rejected == 0) return "{\"partialSuccess\":{}}";
    const std::string_view name = signal == Signal::metrics ? "rejectedDataPoints"
                                  : signal == Signal::logs  ? "rejectedLogRecords"
                                                            : "rejectedSpans";
    return fmt::format("{{\"partialSuccess\":{{\"{}\":\"{}\",\"errorMessage\":{}}}}}", name, rejected,
                       json_string(what));
  }
  std::string answer;
  if (rejected == 0) return answer;
  protozero::pbf_writer writer(answer);
  {
    protozero::pbf_writer partial(writer, 1);
    partial.add_int64(1, static_cast<std::int64_t>(rejected));
    partial.add_string(2, what.data(), what.size());
  }  // its length is entered when it goes
  return answer;
}

}  // namespace aiops::source
