// Durations as text.
#include <algorithm>
#include <array>
#include <string>

#include "base/number.hpp"
#include "base/time.hpp"

namespace aiops {
namespace {

Nanos power10(std::size_t exponent) {
  Nanos power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

struct Unit {
  std::string_view name;
  Nanos length;
};

constexpr std::array<Unit, 8> kUnits = {{{"w", 7 * kDay},
                                         {"d", kDay},
                                         {"h", kHour},
                                         {"m", kMinute},
                                         {"s", kSecond},
                                         {"ms", kMillisecond},
                                         {"us", kMicrosecond},
                                         {"ns", 1}}};

// "DIGITS" or "DIGITS.DIGITS" times length, cut to nanoseconds.
std::optional<Nanos> multiply(std::string_view number, Nanos length) {
  const auto point = number.find('.');
  const auto whole = parse_int(number.substr(0, point));
  Nanos result = 0;
  if (!whole || __builtin_mul_overflow(*whole, length, &result)) return std::nullopt;
  if (point == std::string_view::npos) return result;
  // 18 digits of the fraction: the 19th is less than a nanosecond even of a week.
  const std::string_view digits = number.substr(point + 1).substr(0, 18);
  const auto numerator = parse_int(digits);
  if (!numerator || number.find('.', point + 1) != std::string_view::npos) return std::nullopt;
  const auto fraction = static_cast<__int128>(*numerator) * length / power10(digits.size());
  if (__builtin_add_overflow(result, static_cast<Nanos>(fraction), &result)) return std::nullopt;
  return result;
}

// A number and its unit from the start of text, which is moved behind them.
std::optional<Nanos> parse_part(std::string_view& text) {
  const auto number_end = text.find_first_not_of("0123456789.");
  if (number_end == std::string_view::npos) return std::nullopt;
  const auto unit_end = std::min(text.find_first_of("0123456789.", number_end), text.size());
  const std::string_view number = text.substr(0, number_end);
  const std::string_view name = text.substr(number_end, unit_end - number_end);
  text.remove_prefix(unit_end);
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return multiply(number, unit.length);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Nanos> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  Nanos total = 0;
  while (!text.empty()) {
    const auto part = parse_part(text);
    if (!part || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
  }
  return total;
}

std::string format_duration(Nanos duration) {
  if (duration == 0) return "0s";
  std::string out = duration < 0 ? "-" : "";
  auto left = duration < 0 ? 0 - static_cast<std::uint64_t>(duration) : static_cast<std::uint64_t>(duration);
  for (std::size_t i = 1; i < kUnits.size();
       ++i) {  // days are the largest: "14d" is easier to read than "2w"
    const auto length = static_cast<std::uint64_t>(kUnits[i].length);
    if (left >= length) out.append(std::to_string(left / length)).append(kUnits[i].name);
    left %= length;
  }
  return out;
}

}  // namespace aiops
