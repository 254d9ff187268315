// The season of a series, as an option says it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"

namespace aiops::model {

// What a season is: as the user says, or to be found.
struct SeasonLength {
  enum class Kind : std::uint8_t { automatic, none, samples, duration };
  Kind kind = Kind::automatic;
  std::int64_t length = 0;  // samples or nanoseconds

  // "auto", "none", a number of samples, or a duration. Throws UsageError.
  static SeasonLength parse(const std::string& text);
  std::string text() const;
  void save(std::string& out) const;
  // Throws InputError.
  static SeasonLength load(ByteReader& in);
  bool operator==(const SeasonLength&) const = default;
};

inline constexpr std::size_t kLongestSeason = 4096;  // in samples

}  // namespace aiops::model
