// How bad a row is.
#pragma once

#include <cstdint>
#include <string_view>

namespace aiops::score {

enum class Severity : std::uint8_t { normal, high, critical };
std::string_view severity_name(Severity severity);

}  // namespace aiops::score
