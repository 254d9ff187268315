// One message of a log cut into words that stay the same and values that differ.
//
// The rules say what text is, not what some program prints: a token with a digit in it (number, date,
// address, id, hex, size, version, UUID), a path, a URL, an e-mail address, the value behind a "=", a quoted
// word, true, false and null, a unit behind a number, and names of days and months beside numbers are values;
// the rest are words. Values that stand side by side are one.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace aiops::feature {

// A stretch of the message that was looked at.
struct TemplateToken {
  enum Flags : std::uint8_t {
    kValue = 1,    // it is a value
    kColon = 2,    // it stands behind a ':' or an opening bracket or quote
    kNoValue = 4,  // a key whose value is missing: "rhost="
    kOpen = 8,     // punctuation stands between it and the token before
    kKey = 16,     // a "=" stands behind it
    kMade = 32,    // a word that turned out to be a value
    kLabel = 64,   // a ':' stands right behind it
  };
  std::uint32_t begin = 0, end = 0;  // bytes of the message
  std::uint64_t hash = 0;            // of a word, or of the name that a value begins with; 0: none
  std::uint8_t flags = 0;

  bool value() const { return (flags & kValue) != 0; }
};

struct TemplateScan {
  std::vector<TemplateToken> tokens;
  std::uint64_t pattern = 0;    // of words and values in their order
  std::uint64_t skeleton = 0;   // of the words alone; 0 where they are too few to tell templates apart
  std::uint32_t looked_at = 0;  // bytes of the message
};

// Messages are looked at so far: what is behind is of the template as it stands in the first.
inline constexpr std::size_t kTemplateBytes = 2048;
inline constexpr std::size_t kTemplateTokens = 256;

// Cuts a message. Any bytes are taken. Thread-safe; `scan` keeps its memory from call to call.
void scan_template(std::string_view message, TemplateScan& scan);

// Whether a word looks like data: words of prose have no dots, slashes, underscores or capitals inside, and
// here all but ASCII is taken for data, too.
bool looks_like_data(std::string_view word);
bool is_capitals(std::string_view word);

// The two hashes of a list of tokens, as scan_template() gives them.
void hash_template(TemplateScan& scan);

}  // namespace aiops::feature
