#include "report/incident_view.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "incident/incident_json.hpp"
#include "report/incident_text.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::report;
using testing::Folder;
using testing::minute;

namespace {

incident::Incident hostile() {
  incident::Incident one;
  one.id = "20260131T120000Z-cart-00000001";
  one.revision = 1;
  one.title = "</script><script>alert(1)</script>\x1b[2J";
  one.start = one.opened = minute(10);
  one.services = {"cart"};
  incident::Member member;
  member.series = record::SeriesKey::parse("latency{service=\"cart\"}");
  member.name = member.series.text();
  member.onset = minute(10);
  member.until = minute(14);
  one.members.push_back(member);
  one.causes = {{"cart", "", "latency", 1, {"<img src=x onerror=alert(1)>"}}};
  one.logs = {{minute(11), "cart", "ERROR", "took 12 ms <b>\x1b[31mred\x1b[0m\x07", "", "", 3}};
  one.changes = {{minute(9), "cart", "deployment", "4.2"}};
  return one;
}

std::string page_json(IncidentView& view) {
  std::string out;
  view.append_json(out, minute(0));
  return out;
}

}  // namespace

TEST_CASE(
    "the page gets the last revision, its life and how often lines were said; hostile text stays text") {
  Folder folder;
  KeptDiagnostics diagnostics;
  incident::Incident one = hostile();
  std::string records = incident::to_json(one) + "\n";
  one.state = incident::State::resolved;
  one.revision = 2;
  one.by = "ada";
  one.why = "<i>done</i>";
  one.updated = minute(20);
  records += incident::to_json(one) + "\r\n\n";
  incident::Incident part = hostile();
  part.id = "part";
  part.merged_into = one.id;
  records += incident::to_json(part);
  const std::string file = folder.file("incidents.ndjson", records);
  IncidentView view;
  view.read(file, diagnostics);
  for (int i = 0; i < 5; ++i) {
    view.add_log({minute(11), "cart", "ERROR", "took " + std::to_string(i) + " ms <b>\x1b[31mred\x1b[0m\x07",
                  "", "", 1});
  }
  view.add_log({minute(11), "mail", "ERROR", "took 1 ms <b>\x1b[31mred\x1b[0m\x07", "", "", 1});
  view.add_log({minute(100), "cart", "ERROR", "took 1 ms <b>\x1b[31mred\x1b[0m\x07", "", "", 1});
  const std::string json = page_json(view);
  CHECK(json.find('<') == std::string::npos);
  simdjson::dom::parser parser;
  simdjson::dom::array all;
  REQUIRE(!parser.parse(json).get(all));
  REQUIRE(all.size() == 1);
  const simdjson::dom::element shown = all.at(0);
  CHECK(std::string_view(shown["state"]) == "resolved");
  CHECK(std::int64_t(shown["start"]) == 600'000);
  CHECK(shown["life"].get_array().size() == 2);
  CHECK(std::string_view(shown["life"].at(1)["by"]) == "ada");
  std::int64_t lines = 0;
  for (const std::int64_t n : shown["logs"].at(0)["bins"]) lines += n;
  CHECK(lines == 5);
}

TEST_CASE("of more than can be shown the newest are, which is said; what was over at once opened first") {
  Folder folder;
  KeptDiagnostics diagnostics;
  std::string records;
  for (std::size_t i = 0; i < IncidentView::kMostShown + 2; ++i) {
    incident::Incident one = hostile();
    one.id = "i" + std::to_string(i);
    one.start = one.opened = minute(static_cast<int>(i));
    one.state = incident::State::resolved;
    one.by = "rule";
    records += incident::to_json(one) + "\n";
  }
  IncidentView view;
  view.read(folder.file("incidents", records), diagnostics);
  REQUIRE(diagnostics.warnings.size() == 1);
  CHECK(diagnostics.warnings[0].find("of 202 incidents the 200 newest are shown") != std::string::npos);
  const std::string json = page_json(view);
  CHECK(json.find("\"id\":\"i1\"") == std::string::npos);
  CHECK(json.find("\"id\":\"i201\"") != std::string::npos);
  const std::size_t opened = json.find("\"what\":\"opened\""), resolved = json.find("\"what\":\"resolved\"");
  CHECK(opened < resolved);
  CHECK(json.find("\"by\":\"rule\"") > resolved);
}

TEST_CASE("what is no incident is refused with its line") {
  Folder folder;
  KeptDiagnostics diagnostics;
  const std::string file = folder.file("x", incident::to_json(hostile()) + "\n{}\n");
  IncidentView view;
  CHECK_THROWS_WITH_AS(view.read(file, diagnostics), doctest::Contains("x:2: no incident"), InputError);
}

TEST_CASE("text for a terminal has no control characters") {
  const std::string text = incident_text(hostile()) + incident_line(incident::Event::opened, hostile()) +
                           incident_table({hostile()});
  for (const char c : text) CHECK_FALSE((static_cast<unsigned char>(c) < 0x20 && c != '\n'));
  CHECK(text.find("\\x1b[31mred") != std::string::npos);
}
