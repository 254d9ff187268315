#include "record/json_row.hpp"

#include <doctest/doctest.h>

#include <string>

using aiops::record::JsonRow;
using aiops::record::JsonValue;
using aiops::record::unescape;

namespace {

// Scans text as a line; keeps the padding alive.
struct Scanned {
  explicit Scanned(std::string line) : text(std::move(line)) {
    const std::size_t n = text.size();
    text += "\n" + std::string(64, '\0');
    view = {text.data(), n};
  }
  std::string text;
  std::string_view view;
};

const char* scan(std::string line) {
  Scanned s(std::move(line));
  JsonRow row;
  return row.scan(s.view);
}

}  // namespace

TEST_CASE("valid JSON objects pass, whatever is in them") {
  for (const char* line :
       {R"({})", R"( {"a":1} )", R"({"a":[1,2,{"b":null}],"c":true,"d":false})", R"({"a":-0.5e+10})",
        R"({"a":"\u00e9\\\"\n"})", R"({"a":"é"})", R"({"":""})", R"({"a":0})", R"({"a" : 1 , "b" : [ ] })"}) {
    CAPTURE(line);
    CHECK(scan(line) == nullptr);
  }
}

// One for each rule of RFC 8259 that a line can break.
TEST_CASE("damaged JSON is refused") {
  for (const char* line :
       {R"({)",           R"({"a":1)",         R"({"a":1,})",   R"({"a" 1})",       R"({a:1})",
        R"({"a":01})",    R"({"a":1.})",       R"({"a":.5})",   R"({"a":+1})",      R"({"a":1e})",
        R"({"a":tru})",   R"({"a":nul})",      R"({"a":"x)",    R"({"a":"\x"})",    R"({"a":"\u12g4"})",
        "{\"a\":\"\t\"}", R"({"a":1}x)",       R"({"a":[1,]})", R"({"a":[1 2]})",   R"([1])",
        R"("a")",         R"({"a":1}{"b":2})", R"({"a":NaN})",  "{\"a\":\"\xff\"}", R"({"a":-})"}) {
    CAPTURE(line);
    CHECK(scan(line) != nullptr);
  }
}

TEST_CASE("nesting is bounded") {
  CHECK(scan("{\"a\":" + std::string(50, '[') + std::string(50, ']') + "}") == nullptr);
  CHECK(std::string(scan("{\"a\":" + std::string(500, '[') + std::string(500, ']') + "}")) ==
        "nested too deeply");
}

TEST_CASE("every cut of a line is refused") {
  const std::string line =
      R"({"timestamp":"2026-01-01T00:00:00Z","labels":{"pod":"a\u00e9"},"value":-1.5e3,"x":[true,null]})";
  CHECK(scan(line) == nullptr);
  for (std::size_t n = 0; n < line.size(); ++n) {
    CAPTURE(n);
    CHECK(scan(line.substr(0, n)) != nullptr);
  }
}

TEST_CASE("fields are found at the top, inside objects, and as members") {
  JsonRow row;
  const int value = row.want("value"), pod = row.want("labels.pod"), deep = row.want("a.b.c");
  row.want_members("labels");
  Scanned s(
      R"({"x":{"value":7},"value":1.50,"labels":{"zone":"q","pod":"p\n"},"a":{"b":{"c":"deep"}},"y":0})");
  REQUIRE(row.scan(s.view) == nullptr);
  CHECK(row.value(value).text() == "1.50");
  CHECK(row.value(value).type == JsonValue::Type::number);
  CHECK(row.value(pod).text() == "p\\n");
  CHECK(row.value(pod).escaped);
  CHECK(row.value(deep).text() == "deep");
  REQUIRE(row.members().size() == 2);
  CHECK(row.members()[0].name.text() == "zone");
  CHECK(row.members()[1].value.text() == "p\\n");
}

TEST_CASE("a field under its full name is found, too, and rows of another order are read right") {
  JsonRow row;
  const int pod = row.want("labels.pod"), value = row.want("value");
  Scanned a(R"({"value":1,"labels.pod":"a"})"), b(R"({"labels.pod":"b","value":2})"), c(R"({"other":3})");
  REQUIRE(row.scan(a.view) == nullptr);
  CHECK(row.value(pod).text() == "a");
  REQUIRE(row.scan(b.view) == nullptr);
  CHECK(row.value(pod).text() == "b");
  CHECK(row.value(value).text() == "2");
  REQUIRE(row.scan(c.view) == nullptr);
  CHECK(row.value(pod).type == JsonValue::Type::absent);
}

TEST_CASE("a forbidden name is told, and only at the top") {
  JsonRow row;
  row.forbid("delta");
  Scanned inside(R"({"x":{"delta":1}})"), top(R"({"a":1,"delta":1})");
  REQUIRE(row.scan(inside.view) == nullptr);
  CHECK(row.found_forbidden().empty());
  REQUIRE(row.scan(top.view) == nullptr);
  CHECK(row.found_forbidden() == "delta");
}

TEST_CASE("escapes are resolved, surrogate pairs included") {
  const auto resolved = [](std::string_view text) {
    std::string out;
    unescape(text, out);
    return out;
  };
  CHECK(resolved(R"(a\"b\\c\/d\b\f\n\r\t)") == "a\"b\\c/d\b\f\n\r\t");
  CHECK(resolved(R"(\u0041\u00e9\u20ac)") == "A\xc3\xa9\xe2\x82\xac");
  CHECK(resolved(R"(\ud83d\ude00)") == "\xf0\x9f\x98\x80");  // U+1F600
  CHECK(resolved(R"(\ud83dx)") == "\xef\xbf\xbdx");          // alone: U+FFFD
}
