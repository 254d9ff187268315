#include "report/incident_text.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"

using namespace aiops;
using namespace aiops::report;

namespace {

incident::Incident long_one() {
  incident::Incident one;
  one.id = "20260131T120000Z-cart-00000001";
  one.revision = 3;
  one.title = "cart: cpu 0.9, expected 0.1; " + std::string(60, 'x') + " " + std::string(60, 'y');
  one.severity = score::Severity::critical;
  one.start = *parse_time("2026-01-31T12:00:00Z");
  for (int i = 0; i < 20; ++i) {
    incident::Member member;
    member.series = record::SeriesKey::parse("latency_of_something_long{service=\"checkout\",pod=\"p" +
                                             std::to_string(i) + "\"}");
    member.name = member.series.text();
    member.onset = one.start;
    member.until = one.start + kMinute;
    member.value = 1234567.5;
    member.expected = 0.123456;
    member.lower = 0.1;
    member.upper = 0.2;
    member.reasons = {"forecast=1.23457e+06(expected 0.1..0.2)"};
    one.members.push_back(member);
  }
  one.members[1].log_template = "cannot reach <*> of the store of things that are sold here, tried <*> times";
  one.causes = {{"cart", "cpu", "cpu", 1, {"a reason of many words " + std::string(90, 'z') + " and more"}}};
  one.logs = {{one.start, "cart", "ERROR", "it says \x1b[31m that " + std::string(200, 'l'), "", "", 3}};
  return one;
}

int widest(const std::string& text) {
  int most = 0;
  for (const std::string& line : split(text, '\n')) most = std::max(most, shown_width(line));
  return most;
}

}  // namespace

TEST_CASE("a text is wrapped at blanks, within words where it must be, and nothing of it is lost") {
  using Lines = std::vector<std::string>;
  CHECK(wrapped("one two three", 8) == Lines{"one two", "three"});
  CHECK(wrapped("one two", 7) == Lines{"one two"});
  CHECK(wrapped("onetwothree four", 6) == Lines{"onetwo", "three", "four"});
  CHECK(wrapped("größe größe", 5) == Lines{"größe", "größe"});
  CHECK(wrapped("as long as it takes", 0) == Lines{"as long as it takes"});
  CHECK(wrapped("", 10) == Lines{""});
  CHECK(cut_to("größer", 5) == "größ…");
  CHECK(cut_to("große", 5) == "große");
  CHECK(padded("ab", 4, true) == "  ab");
}

TEST_CASE("an incident fits the terminal, whatever it is made of") {
  for (const int width : {80, 100, 120, 160}) {
    CAPTURE(width);
    const std::string text = incident_text(long_one(), {width, false});
    CHECK(widest(text) <= width);
    CHECK(text.find("more)") != std::string::npos);
    CHECK(text.find("checkout latency_of") != std::string::npos);
    CHECK(widest(incident_table({long_one()}, {width, false})) <= width);
  }
  // A template is what a member of the logs is about: where there is no column for it, it has lines.
  const std::string narrow = incident_text(long_one(), {80, false});
  CHECK(narrow.find("\"cannot reach <*> of the store of things that are sold\n") != std::string::npos);
  CHECK(widest(incident_text(long_one())) > 160);
}

TEST_CASE("colour is there where it is wanted, and text stays the same") {
  const std::string plain = incident_text(long_one(), {100, false});
  std::string coloured = incident_text(long_one(), {100, true});
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(coloured.find("\x1b[1;31mOPEN critical\x1b[0m") == 0);
  for (std::size_t at; (at = coloured.find('\x1b')) != std::string::npos;) {
    coloured.erase(at, coloured.find('m', at) + 1 - at);
  }
  CHECK(coloured == plain);
}

TEST_CASE("in a narrow table an id is as long as it takes to tell it from the others") {
  incident::Incident one = long_one(), other = long_one();
  other.id = "20260131T120000Z-cart-00000002";
  CHECK(incident_table({one}, {80, false}).find("  20260131T1200  cart: cpu") != std::string::npos);
  CHECK(incident_table({one, other}, {100, false}).find("  20260131T120000Z-cart-00000002  ") !=
        std::string::npos);
  CHECK(incident_table({one}).find("  20260131T120000Z-cart-00000001  ") != std::string::npos);
}
