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
  missing,  // empty, null, na, n/a, none, and nan, inf or infinity with or without a sign; in any case
  not_a_number,
  too_large,  // does not fit a 64-bit float
};

// Reads a decimal number: optional sign (+ too), digits with or without a point (".5" and "5." are numbers),
// optional exponent; no white space, no hex. Correctly rounded, however many digits. What is closer to 0 than
// the smallest float reads as 0; the sign of -0 is kept. On anything but Number::ok, value becomes NaN.
Number parse_number(std::string_view text, double& value);

// Reads a number as JSON writes it, the longest that begins at text, and returns its end; nullptr if there is
// none, or parse_number would not take it. 64 bytes must be readable, and one that no number has among those
// behind the text.
const char* read_json_number(const char* text, double& value);

// Reads an integer with an optional sign; nullopt if the text is anything else or does not fit.
std::optional<std::int64_t> parse_int(std::string_view text);

// Writes the fewest digits that read back as exactly the same float and returns the end. out has
// kNumberChars. With an exponent below 1e-5 and from 1e15 on: "100000", "0.1", "1e+15", "5e-324". Not finite:
// writes nothing.
char* write_shortest(char* out, double value);
void append_shortest(std::string& out, double value);

// Writes value rounded to 6 significant digits (as printf's %.6g rounds), without trailing zeros; exponent
// form
// ("1.5e-07") below 1e-5 and from 1e6 on, where integers below 1e15 are written in full all the same. For
// derived numbers, where more digits would say nothing. Returns the end; out has kNumberChars. Not finite:
// writes nothing. -0 is written as 0.
char* write_6(char* out, double value);
void append_6(std::string& out, double value);
std::string text_6(double value);  // "" if it is not finite

}  // namespace aiops
