// OTLP/protobuf, read straight off the wire. Field numbers: opentelemetry-proto 1.x, *.proto.
#include <fmt/core.h>

#include "source/protozero.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/text_arena.hpp"
#include "source/otlp.hpp"
#include "source/otlp_point.hpp"

namespace aiops::source {
namespace {

using Reader = protozero::pbf_reader;

constexpr int kDepth = 32;  // of lists and maps in attributes

std::string_view view(protozero::data_view bytes) { return {bytes.data(), bytes.size()}; }

Nanos time_of(std::uint64_t time) {
  return time > 0 && time < 1ull << 63 ? static_cast<Nanos>(time) : kNoTime;
}

void append_any(std::string& out, Reader any, bool as_json, int depth);

// The items of a list or map, as JSON.
void append_values(std::string& out, Reader values, bool list, int depth) {
  bool first = true;
  out += list ? '[' : '{';
  while (values.next(1)) {
    if (!std::exchange(first, false)) out += ',';
    Reader item = values.get_message(), value;
    if (list) {
      append_any(out, item, true, depth);
      continue;
    }
    std::string_view key;
    while (item.next()) {
      if (item.tag() == 1) {
        key = view(item.get_view());
      } else if (item.tag() == 2) {
        value = item.get_message();
      } else {
        item.skip();
      }
    }
    append_json_string(out, key);
    out += ':';
    append_any(out, value, true, depth);
  }
  out += list ? ']' : '}';
}

void append_any(std::string& out, Reader any, bool as_json, int depth) {
  if (depth > kDepth) throw OtlpError(fmt::format("attributes: lists and maps more than {} deep", kDepth));
  while (any.next()) {
    switch (any.tag()) {
      case 1: {
        const std::string_view text = view(any.get_view());
        as_json ? append_json_string(out, text) : void(out += text);
        return;
      }
      case 2:
        out += any.get_bool() ? "true" : "false";
        return;
      case 3:
        out += std::to_string(any.get_int64());
        return;
      case 4:
        append_shortest(out, any.get_double());
        return;
      case 5:
      case 6: {
        const bool list = any.tag() == 5;
        append_values(out, any.get_message(), list, depth + 1);
        return;
      }
      case 7:
        if (as_json) out += '"';
        append_base64(out, view(any.get_view()));
        if (as_json) out += '"';
        return;
      default:
        any.skip();
    }
  }
  if (as_json) out += "null";
}

class Decoder {
 public:
  Decoder(Signal signal, OtlpReceiver& receiver) : signal_(signal), receiver_(receiver) {}

  void document(Reader reader) {
    while (reader.next()) reader.tag() == 1 ? resource(reader.get_message()) : reader.skip();
  }

 private:
  std::string_view any(Reader value, record::TextArena& arena) {
    append_any(arena.scratch(), value, false, 0);
    return arena.keep();
  }
  std::string_view id(protozero::data_view bytes) {
    std::string& out = of_item_.scratch();
    append_hex(out, view(bytes));
    return out.empty() ? std::string_view() : of_item_.keep();
  }
  void attribute(Reader pair, OtlpAttributes& out, record::TextArena& arena) {
    std::string_view key, value;
    while (pair.next()) {
      if (pair.tag() == 1) {
        key = view(pair.get_view());
      } else if (pair.tag() == 2) {
        value = any(pair.get_message(), arena);
      } else {
        pair.skip();
      }
    }
    out.emplace_back(key, value);
  }
  void finish(std::string_view fault) {
    if (!fault.empty()) receiver_.reject(signal_, fault);
  }

  void resource(Reader reader);
  void scope(Reader reader);
  void span(Reader reader);
  void log(Reader reader);
  void metric(Reader reader);
  void data(Reader reader, OtlpMetric& metric);
  void point(OtlpMetric::Kind kind, Reader reader);

  Signal signal_;
  OtlpReceiver& receiver_;
  OtlpOrigin origin_;
  OtlpSpan span_;
  OtlpLog log_;
  OtlpPoint point_;
  record::TextArena of_origin_, of_item_;
};

// What a resource, and a scope, is called may stand behind what it says: it is looked for first.
void Decoder::resource(Reader reader) {
  origin_ = OtlpOrigin();
  of_origin_.clear();
  for (Reader look = reader; look.next();) {
    if (look.tag() != 1) {
      look.skip();
      continue;
    }
    Reader found = look.get_message();
    while (found.next())
      found.tag() == 1 ? attribute(found.get_message(), origin_.resource, of_origin_) : found.skip();
  }
  origin_.service = find_attribute(origin_.resource, "service.name");
  while (reader.next()) reader.tag() == 2 ? scope(reader.get_message()) : reader.skip();
}

void Decoder::scope(Reader reader) {
  origin_.scope.clear();
  origin_.scope_name = {};
  for (Reader look = reader; look.next();) {
    if (look.tag() != 1) {
      look.skip();
      continue;
    }
    Reader found = look.get_message();
    while (found.next()) {
      if (found.tag() == 1) {
        origin_.scope_name = view(found.get_view());
      } else if (found.tag() == 3) {
        attribute(found.get_message(), origin_.scope, of_origin_);
      } else {
        found.skip();
      }
    }
  }
  while (reader.next()) {
    if (reader.tag() != 2) {
      reader.skip();
      continue;
    }
    of_item_.clear();
    const Reader item = reader.get_message();
    signal_ == Signal::metrics ? metric(item) : signal_ == Signal::logs ? log(item) : span(item);
  }
}

void Decoder::span(Reader reader) {
  span_ = OtlpSpan();
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        span_.trace_id = id(reader.get_view());
        break;
      case 2:
        span_.span_id = id(reader.get_view());
        break;
      case 4:
        span_.parent_span_id = id(reader.get_view());
        break;
      case 5:
        span_.name = view(reader.get_view());
        break;
      case 6:
        span_.kind = reader.get_enum();
        break;
      case 7:
        span_.start = time_of(reader.get_fixed64());
        break;
      case 8:
        span_.end = time_of(reader.get_fixed64());
        break;
      case 9:
        attribute(reader.get_message(), span_.attributes, of_item_);
        break;
      case 15: {
        Reader status = reader.get_message();
        while (status.next()) status.tag() == 3 ? void(span_.status = status.get_enum()) : status.skip();
        break;
      }
      default:
        reader.skip();
    }
  }
  const std::string_view fault = fault_of(span_);
  fault.empty() ? receiver_.span(origin_, span_) : finish(fault);
}

void Decoder::log(Reader reader) {
  log_ = OtlpLog();
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        log_.time = time_of(reader.get_fixed64());
        break;
      case 2:
        log_.severity_number = reader.get_enum();
        break;
      case 3:
        log_.severity_text = view(reader.get_view());
        break;
      case 5:
        log_.body = any(reader.get_message(), of_item_);
        break;
      case 6:
        attribute(reader.get_message(), log_.attributes, of_item_);
        break;
      case 9:
        log_.trace_id = id(reader.get_view());
        break;
      case 10:
        log_.span_id = id(reader.get_view());
        break;
      case 11:
        log_.observed = time_of(reader.get_fixed64());
        break;
      case 12:
        log_.event_name = view(reader.get_view());
        break;
      default:
        reader.skip();
    }
  }
  const std::string_view fault = fault_of(log_);
  fault.empty() ? receiver_.log(origin_, log_) : finish(fault);
}

void Decoder::metric(Reader reader) {
  OtlpMetric metric;
  Reader content;
  int kind = 0;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        metric.name = view(reader.get_view());
        break;
      case 3:
        metric.unit = view(reader.get_view());
        break;
      case 5:
      case 7:
      case 9:
      case 10:
      case 11:
        kind = static_cast<int>(reader.tag());
        content = reader.get_message();
        break;
      default:
        reader.skip();
    }
  }
  using Kind = OtlpMetric::Kind;
  if (kind == 0) return finish("a metric that is no gauge, sum, histogram, exponential histogram or summary");
  metric.kind = kind == 5    ? Kind::gauge
                : kind == 7  ? Kind::sum
                : kind == 9  ? Kind::histogram
                : kind == 10 ? Kind::exponential
                             : Kind::summary;
  data(content, metric);
}

void Decoder::data(Reader reader, OtlpMetric& metric) {
  metric.cumulative = metric.kind == OtlpMetric::Kind::summary;
  for (Reader look = reader; look.next();) {
    if (look.tag() == 2) {
      metric.cumulative = look.get_enum() == 2;
    } else if (look.tag() == 3) {
      metric.monotonic = look.get_bool();
    } else {
      look.skip();
    }
  }
  while (reader.next()) {
    if (reader.tag() != 1) {
      reader.skip();
      continue;
    }
    of_item_.clear();
    point_ = OtlpPoint();
    const Reader item = reader.get_message();
    point(metric.kind, item);
    const std::string_view fault = fault_of(metric, point_);
    fault.empty() ? receiver_.point(origin_, metric, point_) : finish(fault);
  }
}

void Decoder::point(OtlpMetric::Kind kind, Reader reader) {
  using Kind = OtlpMetric::Kind;
  const protozero::pbf_tag_type attributes = kind == Kind::histogram ? 9 : kind == Kind::exponential ? 1 : 7;
  const bool number = kind == Kind::gauge || kind == Kind::sum;
  while (reader.next()) {
    if (reader.tag() == attributes) {
      attribute(reader.get_message(), point_.attributes, of_item_);
    } else if (number && reader.tag() == 6) {
      const std::int64_t integer = reader.get_sfixed64();
      point_.value = static_cast<double>(integer);
      of_item_.scratch() = std::to_string(integer);
      point_.exact = of_item_.keep();
    } else {
      read_point_member(kind, reader, point_);
    }
  }
}

}  // namespace

void read_otlp_protobuf(Signal signal, std::string_view bytes, OtlpReceiver& receiver) {
  try {
    Decoder(signal, receiver).document(Reader(bytes.data(), bytes.size()));
  } catch (const protozero::exception& error) {
    throw OtlpError(fmt::format("no valid protobuf: {}", error.what()));
  }
}

}  // namespace aiops::source
