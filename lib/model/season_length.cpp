#include "model/season_length.hpp"

#include <fmt/core.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace aiops::model {

SeasonLength SeasonLength::parse(const std::string& text) {
  if (text == "auto") return {Kind::automatic, 0};
  if (text == "none") return {Kind::none, 0};
  if (!text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos) {
    const std::int64_t samples = std::stoll(text);
    if (samples >= 2 && samples <= static_cast<std::int64_t>(kLongestSeason)) return {Kind::samples, samples};
  } else if (const auto duration = parse_duration(text); duration && *duration > 0) {
    return {Kind::duration, *duration};
  }
  throw UsageError(fmt::format(
      "\"{}\" is no season; expected auto, none, a duration as 24h, or a number of samples from 2 to "
      "{}",
      printable(text), kLongestSeason));
}

std::string SeasonLength::text() const {
  switch (kind) {
    case Kind::automatic:
      return "auto";
    case Kind::none:
      return "none";
    case Kind::samples:
      return std::to_string(length);
    case Kind::duration:
      return format_duration(length);
  }
  return "";
}

void SeasonLength::save(std::string& out) const {
  put(out, static_cast<std::uint8_t>(kind));
  put(out, length);
}

SeasonLength SeasonLength::load(ByteReader& in) {
  const auto kind = in.get<std::uint8_t>();
  const auto length = in.get<std::int64_t>();
  in.check(kind <= static_cast<std::uint8_t>(Kind::duration) && length >= 0,
           "has a season that makes no sense");
  return {static_cast<Kind>(kind), length};
}

}  // namespace aiops::model
