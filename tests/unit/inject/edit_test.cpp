#include "inject/edit.hpp"

#include <doctest/doctest.h>

using aiops::inject::Edit;
using aiops::inject::FieldFinder;
using aiops::record::Format;

namespace {

std::optional<std::string_view> json(std::string_view line, std::string_view name) {
  return FieldFinder(Format::ndjson, "").find(line, name);
}

}  // namespace

TEST_CASE("members of a JSON object are found by name") {
  CHECK(json(R"({"a":1,"value":-2.5e3})", "value") == "-2.5e3");
  CHECK(json(R"( { "a" : "x" , "value" : "12" } )", "value") == "12");
  CHECK(json(R"({"value":null})", "value") == "null");
  CHECK(json(R"({"value":""})", "value") == "");
  CHECK(json("\xEF\xBB\xBF{\"value\":3}", "value") == "3");
}

TEST_CASE("what only looks like the member is passed over") {
  CHECK(json(R"({"a":"\"value\":7","b":{"value":8,"c":[{"value":"}]"}]},"value":9})", "value") == "9");
  CHECK(json(R"({"a\\":1,"value":2})", "value") == "2");
  CHECK(json(R"({"a":"value","b":[1,"]",{}],"c":{}})", "value") == std::nullopt);
  CHECK(json(R"({"value":{"x":1}})", "value") == std::nullopt);
  CHECK(json(R"({})", "value") == std::nullopt);
}

TEST_CASE("of a member that stands twice, the last counts, as for the reader") {
  CHECK(json(R"({"value":1,"value":2})", "value") == "2");
}

TEST_CASE("text that is no JSON is not found in, and ends") {
  for (const char* text :
       {"", "{", "{\"", "{\"a", "{\"a\\", "{\"a\":", "{\"a\":\"", "{\"a\":{", "[1]", "x"}) {
    CHECK(json(text, "value") == std::nullopt);
  }
}

TEST_CASE("CSV cells are found by their column") {
  const FieldFinder finder(Format::csv, "\xEF\xBB\xBFtime,\"service, name\",value,note");
  const std::string_view line = R"(1,"a,""b"",",7,"")";
  CHECK(finder.find(line, "time") == "1");
  CHECK(finder.find(line, "service, name") == R"(a,""b"",)");
  CHECK(finder.find(line, "value") == "7");
  CHECK(finder.find(line, "note") == "");
  CHECK(finder.find(line, "other") == std::nullopt);
  CHECK(finder.find("1,2,,", "note") == "");
  CHECK(finder.find("1,\"2\n3\",4,5", "value") == "4");
}

TEST_CASE("replacements leave every other byte") {
  const std::string line = R"({"d": 5 ,"s":"OK", "n":null,"q":"7"})";
  const FieldFinder finder(Format::ndjson, "");
  Edit edit;
  edit.start(Format::ndjson, line);
  edit.integer(*finder.find(line, "q"), 500);
  edit.text(*finder.find(line, "s"), "ERROR");
  edit.text(*finder.find(line, "n"), "ERROR");
  edit.number(*finder.find(line, "d"), 0.1);
  CHECK(edit.finish() == R"({"d": 0.1 ,"s":"ERROR", "n":"ERROR","q":"500"})");
  edit.start(Format::ndjson, line);
  CHECK(edit.finish() == line);
  edit.missing(*finder.find(line, "d"));
  edit.missing(*finder.find(line, "q"));
  CHECK(edit.finish() == R"({"d": null ,"s":"OK", "n":null,"q":""})");
}

TEST_CASE("a CSV cell keeps its quotes") {
  const FieldFinder finder(Format::csv, "a,b,c");
  const std::string line = R"("1",2,)";
  Edit edit;
  edit.start(Format::csv, line);
  edit.number(*finder.find(line, "a"), 3);
  edit.missing(*finder.find(line, "b"));
  edit.text(*finder.find(line, "c"), "ERROR");
  CHECK(edit.finish() == R"("3",,ERROR)");
}
