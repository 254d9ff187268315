// Values of OTLP/JSON, out of simdjson's document tree. Each throws Wrong where it is something else.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "source/otlp.hpp"

namespace aiops::source::otlp_json {

using Element = simdjson::dom::element;
using Object = simdjson::dom::object;

// An item is not what it should be.
struct Wrong {
  std::string what;
};
[[noreturn]] void wrong(std::string_view name, std::string_view expected);

std::string_view text_of(Element value, std::string_view name);
// Integers may be strings, and, in JSON that other programs wrote anew, floats.
std::int64_t integer_of(Element value, std::string_view name);
// kNoTime for 0.
Nanos time_of(Element value, std::string_view name);
// An enumeration: its number, or the place of its name among `names`, which stand behind `prefix`.
int enum_of(Element value, std::string_view name, std::string_view prefix,
            std::initializer_list<std::string_view> names);
double number_of(Element value, std::string_view name);

// Appends what stands within an AnyValue, {"stringValue": "a"}: a, or "a" as_json.
void append_any(std::string& out, Element any, bool as_json, int depth);

// The member of a point that only distributions have; others are passed over.
void read_distribution(std::string_view key, Element value, OtlpPoint& point);

}  // namespace aiops::source::otlp_json
