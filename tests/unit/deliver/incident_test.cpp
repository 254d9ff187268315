#include "deliver/incident.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "deliver/told.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::deliver;

namespace {

std::string wrong(const std::string& line) {
  IncidentReader reader;
  Incident incident;
  CHECK(reader.read(line, incident) == LineKind::bad);
  return reader.what();
}

}  // namespace

TEST_CASE("an incident is read as far as it is told") {
  const auto one = read_incident(
      R"({"timestamp":"2026-01-31T12:02:00Z","id":"a-1","state":"acknowledged","revision":3,"title":"slow",)"
      R"("severity":"critical","start":"2026-01-31T12:00:00Z","end":null,"services":["cart","shop"],)"
      R"("members":[{"service":"cart","metric":"p99","labels":{"pod":"a"},"onset":"2026-01-31T12:00:10Z",)"
      R"("value":0.9,"expected":null,"score":5,"reasons":["above"]}],)"
      R"("causes":[{"service":"db","metric":"cpu","fault":"cpu","score":0.5,"why":["first"]}],)"
      R"("labels":{"team":"x","n":1},"by":"ann","unknown":[1,{"a":2}]})");
  REQUIRE(one);
  CHECK(one->state == State::acknowledged);
  CHECK(one->revision == 3);
  CHECK(one->services == std::vector<std::string>{"cart", "shop"});
  CHECK(one->end == kNoTime);
  REQUIRE(one->members.size() == 1);
  CHECK(one->members[0].labels == "{pod=\"a\"}");
  CHECK(one->members[0].expected != one->members[0].expected);
  CHECK(one->labels.at("n") == "1");
  CHECK(one->values_of("service") == std::vector<std::string_view>{"cart", "shop"});
  CHECK(one->values_of("labels.team") == std::vector<std::string_view>{"x"});
  CHECK(one->values_of("team") == std::vector<std::string_view>{"x"});
  CHECK(one->values_of("nothing").empty());
}

TEST_CASE("what is no incident is told from what is broken") {
  IncidentReader reader;
  Incident incident;
  CHECK(reader.read(R"({"metric":"cpu","score":1})", incident) == LineKind::other);
  CHECK(wrong("{\"half").find("no valid JSON") == 0);
  CHECK(wrong("[1]") == "expected a record, {…}");
  CHECK(wrong("{}").find("no incident") == 0);
  CHECK(wrong(R"({"state":"open","members":[]})").find("an incident without id") == 0);
  CHECK(wrong(R"({"id":"a","state":"burning","members":[]})").find("the state \"burning\" is unknown") !=
        std::string::npos);
  CHECK(wrong(R"({"id":"a\r\nX: y","state":"open"})").find("expected letters") != std::string::npos);
  CHECK(wrong(R"({"id":")" + std::string(65, 'a') + R"(","state":"open"})").find("65 bytes") !=
        std::string::npos);
}

TEST_CASE("fields of another type are as if they were not there") {
  const auto one = read_incident(
      R"({"id":"a","state":"open","title":5,"services":"cart","members":[7,{"metric":{}}],"causes":{},"start":1})");
  REQUIRE(one);
  CHECK(one->title.empty());
  CHECK(one->members.size() == 1);
  CHECK(headline(*one) == "HIGH incident a");
}

TEST_CASE("log text is fit for one line wherever it is told") {
  const auto one = read_incident(
      R"({"id":"a","state":"open","title":"x\ny\u001b[31m","logs":[{"message":"a\r\nBcc: b\u202e"}]})");
  REQUIRE(one);
  CHECK(headline(*one) == "HIGH x\\x0ay\\x1b[31m");
  const std::string text = plain_text(tell(*one));
  CHECK(text.find("a\\x0d\\x0aBcc: b\\xe2\\x80\\xae") != std::string::npos);
}

TEST_CASE("what is left out of a section is counted") {
  std::string logs;
  for (int i = 0; i < 9; ++i) logs += std::string(i ? "," : "") + R"({"message":"m"})";
  const auto one = read_incident(R"({"id":"a","state":"open","logs":[)" + logs + "]}");
  const Told told = tell(*one, 5);
  REQUIRE(told.sections.size() == 1);
  CHECK(told.sections[0].lines.size() == 6);
  CHECK(told.sections[0].lines[5] == "… and 4 more");
}

TEST_CASE("a text is cut at characters, and says so") {
  CHECK(cut("ab", 40) == "ab");
  const std::string umlauts = [] {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "ä";
    return text;
  }();
  const std::string shorter = cut(umlauts, 60);
  CHECK(characters(shorter) <= 60);
  CHECK(shorter.find("more characters)") != std::string::npos);
  CHECK(shorter.substr(0, 2) == "ä");
  CHECK(is_utf8(shorter));
}
