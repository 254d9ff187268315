// How logs write severities, times, durations and request targets, and what that is in a record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace aiops::source {

// The spelling that OpenTelemetry gives a severity: TRACE, DEBUG, INFO, WARN, ERROR or FATAL for the usual
// names of levels (warning, err, critical, notice … in any case), for syslog's and pino's numbers 10 to 60
// and for OpenTelemetry's own TRACE2 to FATAL4; any other text as it is.
// https://opentelemetry.io/docs/specs/otel/logs/data-model/#displaying-severity
std::string_view normal_severity(std::string_view text);
// Every spelling that normal_severity() takes for ERROR or FATAL: in lower case, in upper case, and with a
// capital.
std::vector<std::string> error_spellings();
// The same for OpenTelemetry's severity numbers, 1 to 24; "" for any other.
std::string_view severity_of_number(std::int64_t number);
// What an HTTP status says: 5xx ERROR, 4xx WARN, else INFO.
std::string_view severity_of_status(std::int64_t status);

// A path without query and fragment, of a URL without scheme and host: "http://shop/cart?id=7" is "/cart".
std::string_view endpoint_of(std::string_view target);

// Bytes that are no ASCII as \xNN, as nginx and Apache write them; for lines that are not UTF-8.
void escape_bytes(std::string_view text, std::string& out);

// An instant as logs write it: what base/time reads, and also a decimal comma, an offset without a colon
// (+0100), a blank before the offset, the zone names UTC and GMT, and the form of access logs
// (17/May/2015:10:05:03 +0000).
std::optional<Nanos> parse_log_time(std::string_view text, TimeUnit unit);

enum class Duration { ok, missing, ambiguous, bad };

// A duration in milliseconds: a number of `unit`s, or with its own unit behind it ("12.5ms", "3 s", "250µs",
// "1m2s"), which wins. A bare number with TimeUnit::automatic is ambiguous. Decimal digits are shifted, not
// multiplied: "1.001" seconds are exactly the float 1001. Negative: bad. Empty, "-" and null: missing.
Duration parse_log_duration(std::string_view text, TimeUnit unit, double& milliseconds);

}  // namespace aiops::source
