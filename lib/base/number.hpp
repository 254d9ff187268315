// Numbers: read strictly, printed so that they read back the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aiops {

// Longest text that write_shortest and write_6 produce.
inline constexpr int kNumberChars = 32;

enum class Number {
  ok,
  missing,      // empty, null, NaN or an infinity in any usual spelling (nan, NaN, +Inf, -inf, Infinity, NULL, NA)
  not_a_number,
  too_large,    // does not fit a 64-bit float
};

// Reads a decimal number: optional sign, digits with or without a point, exponent; no white space, no hex. What is
// closer to 0 than the smallest float reads as 0. On anything but Number::ok, value becomes NaN.
Number parse_number(std::string_view text, double& value);

std::optional<std::int64_t> parse_int(std::string_view text);

// Writes the shortest text that reads back as exactly the same float and returns the end. out has kNumberChars.
// Not finite: writes nothing.
char* write_shortest(char* out, double value);
void append_shortest(std::string& out, double value);

// Writes value rounded to 6 significant digits, without trailing zeros; exponent form below 1e-5 and from 1e6 on
// (integers below 1e15 are written in full). For derived numbers, where more digits would say nothing.
// Not finite: writes nothing. -0 is written as 0.
char* write_6(char* out, double value);
void append_6(std::string& out, double value);

}  // namespace aiops
