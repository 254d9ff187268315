#include "base/text.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "base/random.hpp"

namespace aiops {
namespace {

std::string csv(std::string_view text) {
  std::string out;
  append_csv_field(out, text);
  return out;
}

// The same, looked at byte by byte; of ASCII.
std::string json_bytewise(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += json_string({&c, 1}).substr(1, json_string({&c, 1}).size() - 2);
  return out + '"';
}

std::string csv_bytewise(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return text.find_first_of(",\"\r\n") == text.npos ? out : '"' + out + '"';
}

}  // namespace

TEST_CASE("texts of any length, with anything at any place, are written as they would be byte by byte") {
  Random random(7);
  constexpr std::string_view kSpecial = "\"\\\n\x7f\x1f\r\t,";
  for (int round = 0; round < 20'000; ++round) {
    const std::size_t size = random.below(70);
    // Its own memory, so that a sanitizer sees what is read behind it.
    const std::unique_ptr<char[]> bytes(new char[size]);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(' ' + random.below(95));
    for (std::uint32_t n = random.below(3); n > 0 && size > 0; --n)
      bytes[random.below(static_cast<std::uint32_t>(size))] = kSpecial[random.below(8)];
    const std::string_view text(bytes.get(), size);
    REQUIRE(json_string(text) == json_bytewise(text));
    REQUIRE(csv(text) == csv_bytewise(text));
  }
}

TEST_CASE("JSON strings are escaped and always valid UTF-8") {
  CHECK(json_string("") == R"("")");
  CHECK(json_string("plain") == R"("plain")");
  CHECK(json_string("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(json_string("\n\r\t\b\f") == R"("\n\r\t\b\f")");
  CHECK(json_string(std::string_view("\0\x1f\x7f", 3)) == "\"\\u0000\\u001f\x7f\"");
  CHECK(json_string("é € 😀") == "\"é € 😀\"");
  // As Python's decode("utf-8", errors="replace"): one U+FFFD for each broken sequence.
  CHECK(json_string("\xff") == "\"\uFFFD\"");
  CHECK(json_string("a\xc3") == "\"a\uFFFD\"");
  CHECK(json_string("\xe2\x82z") == "\"\uFFFDz\"");
  CHECK(json_string("\xc0\xaf") == "\"\uFFFD\uFFFD\"");                      // overlong
  CHECK(json_string("\xed\xa0\x80") == "\"\uFFFD\uFFFD\uFFFD\"");            // a surrogate
  CHECK(json_string("\xf0\x9f\x98\"") == "\"\uFFFD\\\"\"");                  // a quote after a broken start
  CHECK(json_string("\xf4\x90\x80\x80") == "\"\uFFFD\uFFFD\uFFFD\uFFFD\"");  // above U+10FFFF
}

TEST_CASE("CSV fields are quoted only where they must be") {
  CHECK(csv("") == "");
  CHECK(csv("plain text") == "plain text");
  CHECK(csv("a,b") == "\"a,b\"");
  CHECK(csv("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(csv("two\nlines") == "\"two\nlines\"");
  CHECK(csv("cr\r") == "\"cr\r\"");
}

TEST_CASE("split and join") {
  using Parts = std::vector<std::string>;
  CHECK(split("", ',').empty());
  CHECK(split("a", ',') == Parts{"a"});
  CHECK(split("a,,b", ',') == Parts{"a", "", "b"});
  CHECK(split(",", ',') == Parts{"", ""});
  CHECK(join({}, ", ").empty());
  CHECK(join({"a", "", "b"}, ", ") == "a, , b");
}

TEST_CASE("trim takes white space off both ends") {
  CHECK(trim("") == "");
  CHECK(trim(" \t\r\n ") == "");
  CHECK(trim("  a b\r\n") == "a b");
}

TEST_CASE("nearest finds slips of the keyboard and nothing else") {
  const std::vector<std::string> commands = {"prometheus", "files", "summary", "evaluate", "html"};
  CHECK(nearest("prometeus", commands) == "prometheus");   // a letter is missing
  CHECK(nearest("promethues", commands) == "prometheus");  // two are swapped
  CHECK(nearest("sumary", commands) == "summary");
  CHECK(nearest("Files", commands) == "files");
  CHECK(nearest("htlm", commands) == "html");
  CHECK(nearest("evaluate", commands) == "evaluate");
  CHECK(nearest("markdown", commands) == "");
  CHECK(nearest("x", {"y"}) == "");
  CHECK(nearest("", {"a", ""}) == "");
  CHECK(nearest("cpu", {}) == "");
  CHECK(nearest("fike", {"fire", "file"}) == "fire");  // the first of equals
  CHECK(nearest("ca", {"abc"}) == "");
}

TEST_CASE("is_utf8") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("aé€😀"));
  CHECK(is_utf8("\xf4\x8f\xbf\xbf"));  // U+10FFFF
  for (const char* text : {"\x80", "\xc3", "\xc1\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "\xf5", "a\xff", "\xe2\x82"}) {
    CHECK_FALSE(is_utf8(text));
  }
  CHECK(utf8_length("aé\xe2\x82z") == 3);
  CHECK(utf8_length("é") == 2);
}

TEST_CASE("printable text drives no terminal") {
  CHECK(printable("plain é 😀 \\") == "plain é 😀 \\");
  CHECK(printable("\x1b[31mred\r\n") == "\\x1b[31mred\\x0d\\x0a");
  CHECK(printable(std::string_view("\0\x7f", 2)) == "\\x00\\x7f");
  CHECK(printable("\xff\xc3") == "\\xff\\xc3");
  CHECK(printable("\u009b31m") == "\\xc2\\x9b31m");  // CSI in eight bits
  // From right to left, and isolated, each with its end.
  CHECK(printable("\u202ea\u202c\u2066b\u2069") ==
        "\\xe2\\x80\\xaea\\xe2\\x80\\xac\\xe2\\x81\\xa6b\\xe2\\x81\\xa9");
  CHECK(printable("abcdef", 6) == "abcdef");
  CHECK(printable("abcdefg", 6) == "abcdef…");
  CHECK(printable("abcdé", 5) == "abcd…");  // never half a character
  CHECK(printable("a", 0) == "…");
}

TEST_CASE("counts read like a sentence") {
  CHECK(thousands(0) == "0");
  CHECK(thousands(999) == "999");
  CHECK(thousands(1000) == "1,000");
  CHECK(thousands(18'446'744'073'709'551'615u) == "18,446,744,073,709,551,615");
  CHECK(count(1, "row") == "1 row");
  CHECK(count(0, "row") == "0 rows");
  CHECK(count(1234, "row") == "1,234 rows");
  CHECK(count(1, "series") == "1 series");
  CHECK(count(2, "series") == "2 series");
  CHECK(count(2, "query") == "2 queries");
  CHECK(count(2, "day") == "2 days");
}

}  // namespace aiops
