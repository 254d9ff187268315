#include "record/json_row.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/random.hpp"

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

// A line of a stream: mostly the same fields in the same order, but not quite; now and then damaged.
std::string random_line(aiops::Random& random) {
  const auto below = [&](std::size_t n) { return random.below(static_cast<std::uint32_t>(n)); };
  const std::vector<std::string> names = {
      "timestamp",     "service",        "metric", "value",    "labels", "a",         "12345678901",
      "1234567890123", "12345678901234", "é",      "a\\u0062", "",       "labels.pod"};
  const std::vector<std::string> values = {"1",
                                           "-0.25",
                                           "1234567890123456",
                                           "12345678901234567890",
                                           "0.1234567890123456",
                                           "1e5",
                                           "12.5E-3",
                                           "01",
                                           "1.",
                                           "-",
                                           "\"\"",
                                           "\"text\"",
                                           "\"a longer text than sixteen bytes\"",
                                           "\"\\n\"",
                                           "\"é\"",
                                           "null",
                                           "true",
                                           "[1,{}]",
                                           R"({"pod":"p","deep":{"pod":1}})",
                                           R"({"pod":{"x":2},"zone":"z"})"};
  std::string line = "{";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (below(10) == 0) continue;
    const std::size_t name = below(10) == 0 ? below(names.size()) : i;
    if (line.size() > 1) line += below(20) == 0 ? " , " : ",";
    line += '"' + names[name] + (below(20) == 0 ? "\" : " : "\":");
    line += values[below(below(4) == 0 ? values.size() : 5)];
  }
  line += "}";
  if (below(4) == 0) line[below(line.size())] = "{}[]\",:0 \xc3"[below(10)];
  if (below(10) == 0) line.resize(below(line.size()));
  return line;
}

}  // namespace

TEST_CASE("a scanner that remembers the lines before finds the same as one that has seen none") {
  aiops::Random random(1);
  const auto ask = [](JsonRow& row) {
    for (const char* name :
         {"timestamp", "service", "value", "labels.pod", "1234567890123", "12345678901234", "é"})
      row.want(name);
    row.want_members("labels");
    row.forbid("a");
  };
  const auto same = [](const JsonValue& a, const JsonValue& b) {
    return a.type == b.type && a.begin == b.begin && a.size == b.size && a.escaped == b.escaped;
  };
  JsonRow old;
  ask(old);
  for (int i = 0; i < 20'000; ++i) {
    const Scanned line(random_line(random));
    CAPTURE(line.view);
    JsonRow fresh;
    ask(fresh);
    const char* const wrong = fresh.scan(line.view);
    const char* const old_wrong = old.scan(line.view);
    REQUIRE(std::string_view(wrong ? wrong : "") == (old_wrong ? old_wrong : ""));
    REQUIRE(fresh.error_at() == old.error_at());
    if (wrong) continue;
    REQUIRE(fresh.found_forbidden() == old.found_forbidden());
    for (int slot = 0; slot < 7; ++slot) REQUIRE(same(fresh.value(slot), old.value(slot)));
    REQUIRE(fresh.members().size() == old.members().size());
    for (std::size_t m = 0; m < fresh.members().size(); ++m) {
      REQUIRE(same(fresh.members()[m].name, old.members()[m].name));
      REQUIRE(same(fresh.members()[m].value, old.members()[m].value));
    }
  }
}

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
