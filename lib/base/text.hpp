// Small things about text that several folders need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aiops {

// Appends text as a JSON string with its quotes. Control characters are escaped; bytes that are no valid
// UTF-8 become U+FFFD (one for each broken sequence), so that the result is always valid JSON.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

// Appends text as a CSV field (RFC 4180): quoted only where it must be.
void append_csv_field(std::string& out, std::string_view text);

// Splits at a separator; "a,,b" has an empty part in the middle; the empty text has no parts.
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);

// The candidate nearest to word by edit distance, upper and lower case being equal, if it is near enough to
// be a slip of the keyboard (one in three letters), else ""; the first of equals.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// True if all bytes are valid UTF-8.
bool is_utf8(std::string_view text);
// How many bytes of it, from the first, are.
std::size_t utf8_length(std::string_view text);

// Text made fit for one line of a terminal: control characters (those that change the direction of writing
// too) and invalid UTF-8 as \xNN, at most limit bytes of the original, "…" where it was cut. What a
// stranger's log says must not drive the terminal.
std::string printable(std::string_view text, std::size_t limit = 120);

// "1 row", "1,234 rows", "2 queries", "3 series": number with thousands separators and the noun.
std::string count(std::uint64_t number, std::string_view noun);
std::string thousands(std::uint64_t number);

}  // namespace aiops
