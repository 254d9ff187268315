// Small things that all kinds of evidence share.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "base/number.hpp"
#include "incident/history.hpp"

namespace aiops::incident {

// How much of an impact that counts in full there is: 0 to 1.
inline double part(double impact, double full) { return std::clamp(impact / full, 0.0, 1.0); }

// "12.5 ms usually, 70 ms now".
inline std::string from_to(const Cut& cut, double factor = 1, std::string_view unit = "") {
  return fmt::format("{}{} usually, {}{} now", text_6(std::round(cut.usual * factor * 1e4) / 1e4), unit,
                     text_6(std::round(cut.now * factor * 1e4) / 1e4), unit);
}

}  // namespace aiops::incident
