#include "report/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace aiops::report {
namespace {

bool begins_character(char c) { return (c & 0xC0) != 0x80; }

// The bytes of the first `characters` of a text.
std::size_t bytes_of(std::string_view text, int characters) {
  std::size_t end = 0;
  for (int taken = 0; end < text.size(); ++end) {
    if (begins_character(text[end]) && ++taken > characters) break;
  }
  return end;
}

}  // namespace

int shown_width(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string cut_to(std::string_view text, int width) {
  if (shown_width(text) <= width) return std::string(text);
  return std::string(text.substr(0, bytes_of(text, width - 1))) + "…";
}

std::vector<std::string> wrapped(std::string_view text, int width) {
  std::vector<std::string> lines;
  while (width > 0 && shown_width(text) > width) {
    const std::size_t most = bytes_of(text, width);
    std::size_t end = text[most] == ' ' ? most : text.rfind(' ', most);
    if (end == std::string_view::npos || end == 0) end = most;
    std::string_view line = text.substr(0, end);
    while (line.ends_with(' ')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(end);
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  lines.emplace_back(text);
  return lines;
}

std::string padded(const std::string& text, int width, bool right) {
  const std::string shown = cut_to(text, width);
  const std::string blanks(static_cast<std::size_t>(std::max(0, width - shown_width(shown))), ' ');
  return right ? blanks + shown : shown + blanks;
}

std::string inked(std::string_view text, std::string_view ink, const TextStyle& style) {
  if (!style.colour || ink.empty() || text.empty()) return std::string(text);
  return fmt::format("\033[{}m{}\033[0m", ink, text);
}

}  // namespace aiops::report
