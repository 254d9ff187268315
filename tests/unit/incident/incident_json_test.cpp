#include "incident/incident_json.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "incident/content.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::full_incident;

TEST_CASE("a record reads back as it was, with hostile text in it") {
  const Incident one = full_incident();
  const std::string json = to_json(one);
  CHECK(json.find('\n') == std::string::npos);
  CHECK(json.find('\x1b') == std::string::npos);
  CHECK(is_utf8(json));
  const Incident back = read_incident(json);
  CHECK(to_json(back) == json);
  CHECK(back.title == one.title);
  CHECK(back.members.size() == 2);
  CHECK(back.members[0].series == one.members[0].series);
  CHECK(back.members[1].log_template == one.members[1].log_template);
  CHECK(back.logs[0].message == "line\nbreak");
  CHECK(back.logs[0].count == 12);
  CHECK(back.confirmed.service == "cart");
  CHECK(back.fleet_wide());
  CHECK(back.end == kNoTime);
}

TEST_CASE("the smallest record, and what is none") {
  const Incident one = read_incident(
      R"({"id":"a","state":"open","start":"2026-01-01T00:00:00Z","members":[{"service":"s","metric":"cpu"}],"new":{}})");
  CHECK(one.members[0].name == "cpu{service=\"s\"}");
  CHECK(to_json(one).find("\"first_sign\":{") != std::string::npos);
  for (const char* wrong : {"", "{", "[]", "{}", R"({"members":[]})",
                            R"({"id":"../x","state":"open","start":"2026-01-01","members":[]})",
                            R"({"id":"a","state":"gone","start":"2026-01-01","members":[]})",
                            R"({"id":"a","state":"open","members":[]})",
                            R"({"id":"a","state":"open","start":"noon","members":[]})"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(read_incident(wrong), InputError);
  }
}

TEST_CASE("news is who takes part, not how the values move") {
  const Incident one = full_incident();
  Incident moved = one;
  moved.members[0].until += kMinute;
  moved.members[0].value = 9;
  moved.updated += kMinute;
  moved.logs[0].count = 99;
  CHECK(content_of(moved) == content_of(one));
  Incident news = one;
  news.causes[0].service = "shop";
  CHECK(content_of(news) != content_of(one));
  news = one;
  news.state = State::open;
  CHECK(content_of(news) != content_of(one));
  news = one;
  news.members.pop_back();
  CHECK(content_of(news) != content_of(one));
}
