#include "source/span_buffer.hpp"

#include <algorithm>
#include <cstring>

#include "base/file.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kTexts = 7;

void put(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out += text;
}

std::string_view take(std::string_view& in) {
  std::uint32_t size = 0;
  std::memcpy(&size, in.data(), sizeof size);
  const std::string_view text = in.substr(sizeof size, size);
  in.remove_prefix(sizeof size + size);
  return text;
}

}  // namespace

void SpanBuffer::add(const SpanRecord& span) {
  const std::size_t at = text_.size();
  // What tells a span from others stands in front. Zipkin's client and server may share an id.
  for (const std::string_view text : {span.trace_id, span.span_id, span.kind, span.service,
                                      span.parent_span_id, span.operation, span.status})
    put(text_, text);
  const std::size_t labels = text_.size();
  text_.append(reinterpret_cast<const char*>(&span.time), sizeof span.time);
  const bool known = !known_.insert(checksum(std::string_view(text_).substr(at))).second;
  text_.resize(known ? at : labels);
  if (known) return;
  for (const auto& [name, value] : span.labels) {
    put(text_, name);
    put(text_, value);
  }
  spans_.push_back({span.time, span.duration, at, static_cast<std::uint32_t>(span.labels.size())});
  if (full()) throw SliceTooLarge();
}

void SpanBuffer::flush(RecordOut& out) {
  const auto id = [this](const Kept& kept) {
    std::string_view text = std::string_view(text_).substr(kept.at);
    const std::string_view trace = take(text);
    return std::pair(trace, take(text));
  };
  std::sort(spans_.begin(), spans_.end(),
            [&](const Kept& a, const Kept& b) { return a.time != b.time ? a.time < b.time : id(a) < id(b); });
  SpanRecord span;
  for (const Kept& kept : spans_) {
    std::string_view text = std::string_view(text_).substr(kept.at);
    std::string_view texts[kTexts];
    for (std::string_view& one : texts) one = take(text);
    span.time = kept.time;
    span.duration = kept.duration;
    span.trace_id = texts[0];
    span.span_id = texts[1];
    span.kind = texts[2];
    span.service = texts[3];
    span.parent_span_id = texts[4];
    span.operation = texts[5];
    span.status = texts[6];
    span.labels.clear();
    for (std::uint32_t i = 0; i < kept.labels; ++i) {
      const std::string_view name = take(text);
      span.labels.emplace_back(name, take(text));
    }
    out.span(span);
  }
  clear();
}

void SpanBuffer::clear() {
  text_.clear();
  spans_.clear();
  known_.clear();
}

}  // namespace aiops::source
