#include "source/json_reader.hpp"

#include <doctest/doctest.h>

#include <utility>

#include <algorithm>
#include <string>

using namespace aiops::source;

namespace {

// Gives the text in pieces of this size.
JsonReader pieces(const std::string& text, std::size_t size) {
  return JsonReader([&text, size, at = std::size_t{0}]() mutable {
    const std::string_view piece = std::string_view(text).substr(at, size);
    at += piece.size();
    return piece;
  });
}

// Walks any document and writes it down again, so that every byte is looked at.
std::string walk(JsonReader& reader, int depth = 0) {
  REQUIRE(depth < 50);
  std::string key, out;
  switch (reader.peek()) {
    case '{':
      reader.enter_object();
      for (out = "{"; reader.next_key(key);) {
        out += "<" + key + ">" + walk(reader, depth + 1);
      }
      return out + "}";
    case '[':
      reader.enter_array();
      for (out = "["; reader.next_item();) out += walk(reader, depth + 1) + ";";
      return out + "]";
    default:
      return std::string(reader.scalar());
  }
}

std::string walk_all(const std::string& text, std::size_t size) {
  JsonReader reader = pieces(text, size);
  std::string out = walk(reader);
  reader.finish();
  return out;
}

const std::string document =
    R"( {"a" : [1, -2.5e+3 ,0.0,[] , {}, [[ ]]], "b\n\u00e4":"x\"\\\/\b\f\n\r\t\ud83d\ude00y",)"
    R"("":{"t":true,"f":false,"n":null}, "long":")" +
    std::string(3000, 'z') + "\"} \r\n\t";

}  // namespace

TEST_CASE("a document reads the same in pieces of any size") {
  const std::string expected =
      "{<a>[1;-2.5e+3;0.0;[];{};[[];];]<b\n\xC3\xA4>x\"\\/"
      "\b\f\n\r\t\xF0\x9F\x98\x80y<>{<t>true<f>false<n>null}<long>" +
      std::string(3000, 'z') + "}";
  for (const std::size_t size : {1, 2, 3, 7, 64, 100, 5000}) {
    CAPTURE(size);
    CHECK(walk_all(document, size) == expected);
  }
}

TEST_CASE("a document that is cut anywhere is told as cut") {
  const std::size_t end = document.rfind('}');
  for (std::size_t length = 0; length <= end; length += length < 300 ? 1 : 97) {
    const std::string cut = document.substr(0, length);
    CAPTURE(length);
    bool truncated = false;
    try {
      walk_all(cut, 50);
    } catch (const JsonError& error) {
      truncated = error.truncated;
    }
    // A cut within a word or number may leave a text that is wrong rather than short.
    const bool in_word =
        length > 0 && std::string_view("truefalsn.-+").find(document[length - 1]) != std::string::npos;
    CHECK((truncated || in_word));
  }
}

TEST_CASE("what is no JSON is refused") {
  for (const char* text : {"{",         "[1 2]",      "[1,]",
                           "{\"a\" 1}", "{\"a\":1,}", "{a:1}",
                           "[,1]",      "nul",        "01",
                           "1.",        ".5",         "+1",
                           "[1]x",      "\"\\x\"",    "\"\\u12g4\"",
                           "\"a\nb\"",  "<html>",     "{\"a\":1 \"b\":2}",
                           "--1",       "1e",         ""}) {
    CAPTURE(text);
    CHECK_THROWS_AS(walk_all(text, 3), JsonError);
  }
}

TEST_CASE("an error says where") {
  const std::string text = "{\"a\": [1, 2}";
  try {
    walk_all(text, 4);
    FAIL("accepted");
  } catch (const JsonError& error) {
    CHECK(std::string(error.what()) == "expected ',' or ']' at byte 11, found }");
    CHECK_FALSE(error.truncated);
  }
}

TEST_CASE("values of any shape are passed over") {
  const std::string text = "[" + document + ", \"next\"]";
  for (const std::size_t size : {1, 1000}) {
    JsonReader reader = pieces(text, size);
    reader.enter_array();
    REQUIRE(reader.next_item());
    reader.skip();
    REQUIRE(reader.next_item());
    CHECK(reader.string() == "next");
    CHECK_FALSE(reader.next_item());
    reader.finish();
  }
  const std::string deep(100'000, '[');
  JsonReader reader = pieces(deep, 4096);
  CHECK_THROWS_AS(reader.skip(), JsonError);
}

TEST_CASE("pairs read the same on the short way and on the long way") {
  const std::string pad(200, ' ');
  for (const char* text :
       {R"([1435781430.781,"1"])", R"([1435781430,"-1.5e-07"])", R"([ 1435781430 , "NaN" ])", R"([0,""])",
        R"([1,"a\"b"])", R"([1.25,"0123456789012345678901234567890123456789"])"}) {
    const std::string padded = text + pad, bare = text;
    JsonReader fast = pieces(padded, 1000), slow = pieces(bare, 1);
    const JsonReader::Pair one = fast.pair(), two = slow.pair();
    CAPTURE(text);
    CHECK(one.number == two.number);
    CHECK(one.string == two.string);
    fast.finish();
    slow.finish();
  }
  for (const char* text : {R"([1,"x")", R"([1])", R"(["1","x"])", R"([1,2])", R"([1,"x",3])", R"([01,"x"])",
                           R"([1.,"x"])", R"({"a":1})", "[1,\"x\ny\"]"}) {
    const std::string padded = text + pad, bare = text;
    CAPTURE(text);
    CHECK_THROWS_AS(pieces(padded, 1000).pair(), JsonError);
    CHECK_THROWS_AS(pieces(bare, 1).pair(), JsonError);
  }
}

TEST_CASE("a string without an end does not fill the memory") {
  const std::string x(1000, 'x');
  std::size_t given = 0;
  JsonReader reader(
      [&] {
        given += x.size();
        return given == x.size() ? std::string_view("\"") : std::string_view(x);
      },
      10'000);
  CHECK_THROWS_AS(reader.string(), JsonError);
  CHECK(given < 20'000);
}

TEST_CASE("a value is passed over whole, wherever its bytes are cut, and what is cut short is told") {
  const std::string value =
      R"({"a\\":"}]\"x","b":[1,{"c":"0123456789abcdef\\","d":[[],{}]}],"long key beyond sixteen bytes":null})";
  const std::string text = "[" + value + ",7]";
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    std::size_t at = 0;
    JsonReader reader([&] {
      const std::string_view piece = std::string_view(text).substr(at, cut);
      at += piece.size();
      return piece;
    });
    reader.enter_array();
    CHECK(reader.next_item());
    reader.skip();
    CHECK(reader.next_item());
    CHECK(reader.number() == "7");
    CHECK(!reader.next_item());
    reader.finish();
  }
  for (std::size_t length = 1; length < value.size(); ++length) {
    JsonReader reader([&, given = false]() mutable {
      return std::exchange(given, true) ? std::string_view() : std::string_view(value).substr(0, length);
    });
    try {
      reader.skip();
      FAIL("not told");
    } catch (const JsonError& error) {
      CHECK(error.truncated);
    }
  }
  JsonReader mixed([given = false]() mutable {
    return std::exchange(given, true) ? std::string_view() : std::string_view("[{]}");
  });
  CHECK_THROWS_AS(mixed.skip(), JsonError);
}

TEST_CASE("a value comes raw, in pieces of any size") {
  const std::string object = R"({"a":[1,{"}":"\\\""},"]"],"b":"\\","c":{},"d":"\\\\\""})";
  const std::string text = "[ " + object + R"(, "x\"y", [[], ""] , 12, null])";
  for (const std::size_t size : {1, 2, 3, 5, 1000}) {
    CAPTURE(size);
    JsonReader reader = pieces(text, size);
    reader.enter_array();
    std::vector<std::string> values;
    while (reader.next_item()) values.emplace_back(reader.raw());
    reader.finish();
    CHECK(values == std::vector<std::string>{object, R"("x\"y")", R"([[], ""])", "12", "null"});
  }
}

TEST_CASE("a raw value that is cut short or too long") {
  for (const std::string text : {R"({"a":1)", R"({"a":"b)", R"("a\")", R"([[])"}) {
    CAPTURE(text);
    JsonReader reader = pieces(text, 3);
    bool truncated = false;
    try {
      reader.raw();
    } catch (const JsonError& error) {
      truncated = error.truncated;
    }
    CHECK(truncated);
  }
  const std::string text = "{\"a\":\"" + std::string(5000, 'x') + "\"}";
  JsonReader reader(
      [&text, at = std::size_t{0}]() mutable {
        const std::string_view piece = std::string_view(text).substr(at, 100);
        at += piece.size();
        return piece;
      },
      1000);
  CHECK_THROWS_AS(reader.raw(), JsonError);
}
