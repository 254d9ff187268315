// The rolling state of a scored stream on disk (--state): data alone, with a checksum, refused when damaged.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace aiops::score {

// What the scorer itself remembers of a series.
struct SeriesMemory {
  double level = 0;        // held score
  Nanos newest = kNoTime;  // time of the newest row
  Nanos last_alert = kNoTime;
};

struct SeriesState {
  SeriesMemory memory;
  std::string rolling;     // feature::Rolling::save
  std::string detector;    // model::State::save
  std::string thresholds;  // Thresholds::save; "": none
  std::string expected;    // model::ExpectedRun::save; "": none

  std::string bytes() const;
  // Throws InputError.
  static SeriesState parse(std::string_view bytes);
};

// Layout (little-endian): "AIOPSST1", number of series (u64), for each name and state as length (u32) and
// bytes; then the checksum (u64) of all before it. Series are sorted by name: the same state gives the same
// bytes.
struct StateFile {
  std::vector<std::pair<std::string, std::string>> series;

  std::string bytes() const;
  static StateFile parse(std::string_view bytes, std::string_view name);
};

// One state file with the series of both; where both have one, the second's.
std::string merged(std::string_view first, std::string_view second);

}  // namespace aiops::score
