// The names that loggers, ECS and OpenTelemetry give the fields of a record; the list of
// the man page is made from this table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.hpp"

namespace aiops::source {

enum class Target : std::uint8_t {
  timestamp,
  service,
  metric,
  value,
  severity_text,
  message,
  method,
  endpoint,
  status_code,
  duration_ms,
  trace_id,
  span_id,
  label,
  none
};

// The field of the record; not for label and none.
std::string_view name_of(Target target);

// How strictly a path's value is taken.
enum class Reading : std::uint8_t {
  strict,   // a value that is none of the kind makes the line unreadable
  lenient,  // the name means many things: a value of another kind is left out
  number    // a severity as OpenTelemetry's number
};

struct KnownPath {
  std::string_view path;
  Target target;
  Reading reading = Reading::strict;
  TimeUnit unit = TimeUnit::automatic;
};

// In order of precedence within each target.
std::span<const KnownPath> known_paths();

// What may stand in front of a known path and mean the same: "attributes.", "resource." and so on.
std::span<const std::string_view> known_prefixes();

}  // namespace aiops::source
