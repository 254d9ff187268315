// Text that is laid out for a terminal: how wide it is, cut, and wrapped.
//
// For texts without control characters (base/text.hpp, printable): escape sequences are put around
// afterwards.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aiops::report {

struct TextStyle {
  int width = 0;  // characters a line; 0: as many as it takes
  bool colour = false;
};

namespace ink {
inline constexpr std::string_view kBold = "1", kSoft = "2", kRed = "31", kGreen = "32", kYellow = "33",
                                  kAlarm = "1;31";
}  // namespace ink

// Characters as a terminal counts them, near enough: bytes that are no continuation bytes.
int shown_width(std::string_view text);
// At most width (1 and up) characters, the last a … where something is missing.
std::string cut_to(std::string_view text, int width);
// The text in lines of at most width characters, broken at blanks, or within a word that is longer. 0: one
// line.
std::vector<std::string> wrapped(std::string_view text, int width);
// The text filled up with blanks.
std::string padded(const std::string& text, int width, bool right = false);
// The text in an ink, where the style has colour.
std::string inked(std::string_view text, std::string_view ink, const TextStyle& style);

}  // namespace aiops::report
