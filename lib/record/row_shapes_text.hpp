// What learning a shape and taking rows by it agree on, for row_shapes.cpp and row_shapes_learn.cpp alone.
#pragma once

#include <algorithm>
#include <string_view>

namespace aiops::record {

constexpr std::size_t kPadding = 64;  // bytes behind a text that may be read with it

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// What times are written with; none of it ends a cell or has to be escaped.
inline bool in_time(char c) {
  return is_digit(c) || c == ':' || c == '-' || c == '.' || c == '+' || c == ' ' || (c | 32) == 't' ||
         (c | 32) == 'z';
}

// An epoch number without an exponent, as JSON has it.
inline bool is_plain_json(std::string_view text) {
  const bool begins = !text.empty() && text[0] >= '1' && text[0] <= '9' && text.back() != '.';
  return begins && std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; }) &&
         std::count(text.begin(), text.end(), '.') <= 1;
}

// What a span that holds key fields is told by: it ends some bytes behind one of these or a newline.
inline char separator_of(bool csv) { return csv ? ',' : '"'; }

}  // namespace aiops::record
