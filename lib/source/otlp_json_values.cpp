#include "source/otlp_json_values.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <utility>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::source::otlp_json {
namespace {

constexpr int kDepth = 32;  // of lists and maps in attributes

}  // namespace

void wrong(std::string_view name, std::string_view expected) {
  throw Wrong{fmt::format("{}: expected {}", printable(name), expected)};
}

std::string_view text_of(Element value, std::string_view name) {
  std::string_view text;
  if (value.is_null()) return {};
  if (value.get_string().get(text)) wrong(name, "a string");
  return text;
}

std::int64_t integer_of(Element value, std::string_view name) {
  std::int64_t number = 0;
  std::string_view text;
  double real = 0;
  if (value.is_null() || !value.get_int64().get(number)) return number;
  if (!value.get_string().get(text)) {
    if (text.empty()) return 0;
    if (const auto read = parse_int(text)) return *read;
    if (parse_number(text, real) != Number::ok) wrong(name, "an integer");
  } else if (value.get_double().get(real)) {
    wrong(name, "an integer");
  }
  if (std::abs(real) >= 9.2e18 || real != std::floor(real)) wrong(name, "an integer of 64 bits");
  return static_cast<std::int64_t>(real);
}

double number_of(Element value, std::string_view name) {
  double number = std::numeric_limits<double>::quiet_NaN();
  std::string_view text;
  if (value.is_null()) return 0;
  if (!value.get_double().get(number)) return number;
  if (value.get_string().get(text)) wrong(name, "a number");
  if (parse_number(text, number) == Number::not_a_number) wrong(name, "a number");
  return number;
}

Nanos time_of(Element value, std::string_view name) {
  const std::int64_t time = integer_of(value, name);
  return time > 0 ? time : kNoTime;
}

int enum_of(Element value, std::string_view name, std::string_view prefix,
            std::initializer_list<std::string_view> names) {
  std::string_view text;
  if (value.get_string().get(text)) return static_cast<int>(integer_of(value, name));
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  int place = 0;
  for (const std::string_view known : names) {
    if (text == known) return place;
    ++place;
  }
  return static_cast<int>(integer_of(value, name));
}

namespace {

std::uint64_t count_of(Element value, std::string_view name) {
  std::uint64_t number = 0;
  if (!value.get_uint64().get(number)) return number;
  const std::int64_t read = integer_of(value, name);
  if (read < 0) wrong(name, "0 or more");
  return static_cast<std::uint64_t>(read);
}

void append_scalar(std::string& out, Element value) {
  std::string_view text;
  double number;
  if (!value.get_string().get(text)) {
    out += text;
  } else if (value.is_int64() || value.is_uint64() || value.is_bool()) {
    out += simdjson::minify(value);
  } else if (!value.get_double().get(number)) {
    append_shortest(out, number);
  }
}

void read_counts(Element value, std::string_view name, std::vector<std::uint64_t>& out) {
  simdjson::dom::array items;
  if (value.get_array().get(items)) wrong(name, "a list");
  for (const Element item : items) out.push_back(count_of(item, name));
}

void read_numbers(Element value, std::string_view name, std::vector<double>& out) {
  simdjson::dom::array items;
  if (value.get_array().get(items)) wrong(name, "a list");
  for (const Element item : items) out.push_back(number_of(item, name));
}

void read_buckets(Element value, OtlpBuckets& out) {
  Element member;
  if (!value["offset"].get(member)) out.offset = static_cast<std::int32_t>(integer_of(member, "offset"));
  if (!value["bucketCounts"].get(member)) read_counts(member, "bucketCounts", out.counts);
}

void read_quantiles(Element value, std::vector<std::pair<double, double>>& out) {
  simdjson::dom::array items;
  if (value.get_array().get(items)) wrong("quantileValues", "a list");
  for (const Element item : items) {
    Element quantile, number;
    const double q = item["quantile"].get(quantile) ? 0 : number_of(quantile, "quantile");
    out.emplace_back(q, item["value"].get(number) ? 0 : number_of(number, "value"));
  }
}

}  // namespace

void append_any(std::string& out, Element any, bool as_json, int depth) {
  Object object;
  if (depth > kDepth) wrong("attributes", fmt::format("lists and maps at most {} deep", kDepth));
  if (any.get_object().get(object)) wrong("value", "an object such as {\"stringValue\": …}");
  for (const auto [key, value] : object) {
    Object inner;
    simdjson::dom::array values;
    const bool nested = (key == "arrayValue" || key == "kvlistValue") && !value.get_object().get(inner);
    if (!nested) {
      std::string_view text;
      const bool quoted = as_json && !value.get_string().get(text) && key != "intValue";
      quoted ? append_json_string(out, text) : append_scalar(out, value);
      return;
    }
    const bool list = key == "arrayValue";
    out += list ? '[' : '{';
    bool first = true;
    if (!inner["values"].get_array().get(values)) {
      for (const Element item : values) {
        if (!std::exchange(first, false)) out += ',';
        Element content = item;
        if (!list) {
          append_json_string(out, text_of(item["key"].value(), "key"));
          out += ':';
          if (item["value"].get(content)) content = item;
        }
        append_any(out, content, true, depth + 1);
      }
    }
    out += list ? ']' : '}';
    return;
  }
  if (as_json) out += "null";  // an AnyValue without anything
}

void read_distribution(std::string_view key, Element value, OtlpPoint& point) {
  if (key == "count") point.count = count_of(value, key);
  if (key == "sum") point.sum = number_of(value, key), point.has_sum = true;
  if (key == "min") point.min = number_of(value, key), point.has_min = true;
  if (key == "max") point.max = number_of(value, key), point.has_max = true;
  if (key == "explicitBounds") read_numbers(value, key, point.bounds);
  if (key == "bucketCounts") read_counts(value, key, point.counts);
  if (key == "scale") point.scale = static_cast<std::int32_t>(integer_of(value, key));
  if (key == "zeroCount") point.zero_count = count_of(value, key);
  if (key == "positive") read_buckets(value, point.positive);
  if (key == "negative") read_buckets(value, point.negative);
  if (key == "quantileValues") read_quantiles(value, point.quantiles);
}

}  // namespace aiops::source::otlp_json
