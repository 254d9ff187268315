// Where anomalies go: N of them over series of known length, at random, never overlapping.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "inject/anomaly.hpp"

namespace aiops::inject {

// How long an anomaly lasts: in rows of its series or in time; neither: as its kind does by itself.
struct Length {
  std::int64_t rows = 0;
  Nanos time = 0;

  // "30", or a duration as "90s". Throws UsageError("expected …").
  static Length parse(std::string_view text);
};

// What a first look at a series told: how many rows may be changed, and what its values look like.
// A row is counted when it is in order, its series was chosen and it has what the kinds of anomaly change.
struct SeriesSurvey {
  std::int64_t rows = 0;
  std::int64_t first_usable = -1;  // the first counted row past the warm-up; -1: none
  Nanos first_time = kNoTime;      // of the usable rows
  Nanos last_time = kNoTime;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  std::int64_t values = 0;  // of the rows, with mean and sum of squared deviations from it
  double mean = 0, squares = 0;
  int decimals = 0;  // digits after the point that its values have at most; kAllDecimals: no rounding

  double deviation() const;  // standard deviation; 0 for fewer than two values
  std::int64_t usable() const { return first_usable < 0 ? 0 : rows - first_usable; }
  void observe(Nanos time, double value, std::string_view text, std::int64_t warmup, Nanos after);
};

inline constexpr int kAllDecimals = 15;

struct Placement {
  std::vector<Anomaly> kinds;
  std::int64_t count = 0;
  double magnitude = 8;  // robust standard deviations, > 0
  Length length;
  std::uint64_t seed = 1;
};

// Deviations that a dip needs between the level of a series that is never negative and 0: the magnitude, or 3
// where that is less. With less room it would look like any other low value.
double dip_room(double magnitude);

// One anomaly: rows [start, start + rows) of a series, or where it has a time, from row `start` on for that
// long, but never to row `limit`.
struct Event {
  std::uint32_t series = 0;  // index in the surveys
  Anomaly kind = Anomaly::spike;
  std::int64_t start = 0, rows = 1, limit = 1;
  Nanos time = 0;
  std::uint64_t seed = 0;  // of its own noise
};

// Rows left alone behind an anomaly of so many rows: as many again, at least 10.
std::int64_t margin(std::int64_t rows);

// Places the anomalies; the same arguments give the same places. Kinds are dealt out in turn. An anomaly
// meets each usable row with the same probability as long as there is room. Ordered by series, then start.
// Throws UsageError that says how many fit.
std::vector<Event> place(const std::vector<SeriesSurvey>& surveys, const Placement& placement);

}  // namespace aiops::inject
