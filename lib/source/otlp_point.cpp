#include "source/otlp_point.hpp"

namespace aiops::source {
namespace {

using Reader = protozero::pbf_reader;
using Kind = OtlpMetric::Kind;

constexpr std::uint32_t kNoValue = 1;  // of the flags

Nanos time_of(std::uint64_t time) {
  return time > 0 && time < 1ull << 63 ? static_cast<Nanos>(time) : kNoTime;
}

// Lists of numbers come in one piece, or one by one.
bool packed(const Reader& reader) { return reader.wire_type() == protozero::pbf_wire_type::length_delimited; }

void read_fixed(Reader& reader, std::vector<std::uint64_t>& out) {
  if (!packed(reader)) return out.push_back(reader.get_fixed64());
  for (const std::uint64_t value : reader.get_packed_fixed64()) out.push_back(value);
}

void read_doubles(Reader& reader, std::vector<double>& out) {
  if (!packed(reader)) return out.push_back(reader.get_double());
  for (const double value : reader.get_packed_double()) out.push_back(value);
}

void read_buckets(Reader reader, OtlpBuckets& out) {
  while (reader.next()) {
    if (reader.tag() == 1) {
      out.offset = reader.get_sint32();
    } else if (reader.tag() == 2 && packed(reader)) {
      for (const std::uint64_t value : reader.get_packed_uint64()) out.counts.push_back(value);
    } else if (reader.tag() == 2) {
      out.counts.push_back(reader.get_uint64());
    } else {
      reader.skip();
    }
  }
}

void read_quantile(Reader reader, std::vector<std::pair<double, double>>& out) {
  std::pair<double, double> found{};
  while (reader.next()) {
    if (reader.tag() == 1) {
      found.first = reader.get_double();
    } else if (reader.tag() == 2) {
      found.second = reader.get_double();
    } else {
      reader.skip();
    }
  }
  out.push_back(found);
}

void read_sum(Reader& reader, OtlpPoint& point) {
  point.sum = reader.get_double();
  point.has_sum = true;
}

void read_min(Reader& reader, OtlpPoint& point) {
  point.min = reader.get_double();
  point.has_min = true;
}

void read_max(Reader& reader, OtlpPoint& point) {
  point.max = reader.get_double();
  point.has_max = true;
}

void read_number(Reader& reader, OtlpPoint& point) {
  switch (reader.tag()) {
    case 4:
      point.value = reader.get_double();
      break;
    case 8:
      point.no_value = (reader.get_uint32() & kNoValue) != 0;
      break;
    default:
      reader.skip();
  }
}

void read_histogram(Reader& reader, OtlpPoint& point) {
  switch (reader.tag()) {
    case 6:
      return read_fixed(reader, point.counts);
    case 7:
      return read_doubles(reader, point.bounds);
    case 10:
      point.no_value = (reader.get_uint32() & kNoValue) != 0;
      break;
    case 11:
      return read_min(reader, point);
    case 12:
      return read_max(reader, point);
    default:
      reader.skip();
  }
}

void read_exponential(Reader& reader, OtlpPoint& point) {
  switch (reader.tag()) {
    case 6:
      point.scale = reader.get_sint32();
      break;
    case 7:
      point.zero_count = reader.get_fixed64();
      break;
    case 8:
      return read_buckets(reader.get_message(), point.positive);
    case 9:
      return read_buckets(reader.get_message(), point.negative);
    case 10:
      point.no_value = (reader.get_uint32() & kNoValue) != 0;
      break;
    case 12:
      return read_min(reader, point);
    case 13:
      return read_max(reader, point);
    default:
      reader.skip();
  }
}

void read_summary(Reader& reader, OtlpPoint& point) {
  switch (reader.tag()) {
    case 6:
      return read_quantile(reader.get_message(), point.quantiles);
    case 8:
      point.no_value = (reader.get_uint32() & kNoValue) != 0;
      break;
    default:
      reader.skip();
  }
}

}  // namespace

void read_point_member(Kind kind, Reader& reader, OtlpPoint& point) {
  const bool number = kind == Kind::gauge || kind == Kind::sum;
  switch (reader.tag()) {
    case 2:
      point.start = time_of(reader.get_fixed64());
      return;
    case 3:
      point.time = time_of(reader.get_fixed64());
      return;
    case 4:
      if (number) break;
      point.count = reader.get_fixed64();
      return;
    case 5:
      if (number) break;  // exemplars
      return read_sum(reader, point);
    default:
      break;
  }
  if (number) return read_number(reader, point);
  if (kind == Kind::histogram) return read_histogram(reader, point);
  if (kind == Kind::exponential) return read_exponential(reader, point);
  read_summary(reader, point);
}

}  // namespace aiops::source
