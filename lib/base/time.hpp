// Instants and durations as 64-bit nanoseconds, exact. Instants count from 1970-01-01T00:00:00Z and reach
// from 1677-09-21 to 2262-04-11; what lies outside is refused, never wrapped.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace aiops {

using Nanos = std::int64_t;

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;
inline constexpr Nanos kMinute = 60 * kSecond;
inline constexpr Nanos kHour = 60 * kMinute;
inline constexpr Nanos kDay = 24 * kHour;
inline constexpr Nanos kNoTime = std::numeric_limits<Nanos>::min();

// Sum and difference, held at the ends of what there is: times come from files that somebody sent.
Nanos add_held(Nanos a, Nanos b);
Nanos subtract_held(Nanos a, Nanos b);

enum class TimeUnit { automatic, seconds, milliseconds, microseconds, nanoseconds };

// Reads an instant: RFC 3339 with any offset and fraction (digits past the ninth are cut), the same with a
// blank for T, without an offset (UTC), with an offset of +hhmm or +hh, without seconds, a date alone
// (midnight UTC); or an epoch number, also negative, with a fraction, with an exponent (read as decimal
// digits, so exact). With TimeUnit::automatic an epoch number's unit is told by its integer part's magnitude:
// below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds. nullopt when the
// text is none of these, names a day or hour that does not exist (a leap second 23:59:60 in UTC is read as
// the next second), or lies outside the range.
std::optional<Nanos> parse_time(std::string_view text, TimeUnit unit = TimeUnit::automatic);

// RFC 3339 in UTC with as many fraction digits as needed out of 0, 3, 6 and 9: "2026-01-31T12:00:00.250Z".
// kNoTime gives the empty text.
std::string format_time(Nanos time);
// The same, appended to out.
void append_time(std::string& out, Nanos time);
// The same, written to out, which has kTimeChars; returns the end.
char* write_time(char* out, Nanos time);
inline constexpr int kTimeChars = 30;

// Reads a duration: a number with a unit ns, us, ms, s, m, h, d or w, or several in a row ("1h30m", "1.5h").
// A bare number is refused, "0" excepted. What is less than a nanosecond is cut. nullopt when the text is
// none, negative, or too large.
std::optional<Nanos> parse_duration(std::string_view text);

// The exact text in days and smaller units: "90s" is "1m30s", "2w" is "14d", 0 is "0s", a minute back is
// "-1m".
std::string format_duration(Nanos duration);

// Reads an instant as parse_time does, or "now", or relative to now: "-1h", "now-7d".
std::optional<Nanos> parse_time_or_relative(std::string_view text, Nanos now);

// The clock, UTC.
Nanos now();

}  // namespace aiops
