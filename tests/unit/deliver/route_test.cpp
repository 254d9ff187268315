#include "deliver/route.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::deliver;

namespace {

bool fits(const std::string& condition, const Incident& one) {
  return Condition::parse(condition).matches(one);
}

Nanos at(const char* text) { return *parse_time(text); }

// Local time is that of Berlin while it lives.
struct Berlin {
  Berlin() {
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
  }
  ~Berlin() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

}  // namespace

TEST_CASE("conditions on an incident") {
  const auto one = incident("a", 1, "open",
                            R"(,"severity":"critical","services":["cart","shop-db"],"labels":{"team":"x"})");
  CHECK(fits("severity=critical", *one));
  CHECK(fits(" severity = \"critical\" ", *one));
  CHECK_FALSE(fits("severity!=critical", *one));
  CHECK(fits("service=shop-db", *one));
  CHECK(fits("service=~shop-.*", *one));
  CHECK_FALSE(fits("service=~hop", *one));  // the whole value
  CHECK_FALSE(fits("service!=cart", *one));
  CHECK(fits("service!~\"web.*\"", *one));
  CHECK(fits("labels.team=x", *one));
  CHECK(fits("team=~x|y", *one));
  CHECK(fits("zone!=a", *one));
  CHECK(fits("zone=\"\"", *one));
  CHECK(Condition::one_of("service", {"a", "cart"}).matches(*one));
  CHECK_FALSE(Condition::one_of("service", {"a", "b"}).matches(*one));
}

TEST_CASE("conditions that are none") {
  for (const char* text : {"", "severity", "=x", "severity=", "a!x", "service=~(", "service=~["}) {
    CAPTURE(text);
    CHECK_THROWS_AS(Condition::parse(text), UsageError);
  }
}

TEST_CASE("a regular expression does not see the whole of a text that somebody made long") {
  const auto one = incident("a", 1, "open", ",\"services\":[\"" + std::string(2'000'000, 'a') + "\"]");
  CHECK(fits("service=~(a|b)*", *one));
}

TEST_CASE("quiet hours, also over midnight and on some days") {
  const Berlin berlin;
  const QuietHours nights = QuietHours::parse("22:00-07:00");
  CHECK(nights.contains(at("2026-01-31T21:30:00Z")));        // 22:30 there
  CHECK_FALSE(nights.contains(at("2026-01-31T20:30:00Z")));  // 21:30
  CHECK(nights.contains(at("2026-01-31T05:59:00Z")));
  CHECK_FALSE(nights.contains(at("2026-01-31T06:00:00Z")));
  CHECK_FALSE(nights.contains(at("2026-07-01T05:30:00Z")));  // 07:30 in summer
  // Saturday's hours go on into Sunday. 2026-01-31 is a Saturday.
  const QuietHours saturday = QuietHours::parse("Sat 22:00-07:00");
  CHECK(saturday.contains(at("2026-01-31T22:00:00Z")));
  CHECK(saturday.contains(at("2026-02-01T05:00:00Z")));
  CHECK_FALSE(saturday.contains(at("2026-01-31T05:00:00Z")));
  CHECK_FALSE(saturday.contains(at("2026-02-01T22:00:00Z")));
  const QuietHours weekend = QuietHours::parse("Sat-Sun 00:00-24:00");
  CHECK(weekend.contains(at("2026-02-01T12:00:00Z")));
  CHECK_FALSE(weekend.contains(at("2026-02-02T12:00:00Z")));
  for (const char* text : {"", "22:00", "22-07", "25:00-07:00", "Day 22:00-07:00", "1:5-2:00"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(QuietHours::parse(text), UsageError);
  }
}

TEST_CASE("when it was last so late") {
  const Berlin berlin;
  CHECK(last_time_of_day(8 * 60, at("2026-01-31T07:30:00Z")) == at("2026-01-31T07:00:00Z"));
  CHECK(last_time_of_day(8 * 60, at("2026-01-31T06:30:00Z")) == at("2026-01-30T07:00:00Z"));
  CHECK(last_time_of_day(8 * 60, at("2026-03-29T10:00:00Z")) == at("2026-03-29T06:00:00Z"));  // summer began
}

TEST_CASE("groups go by the fields that are named") {
  Route route;
  const auto a = incident("a", 1, "open", R"(,"services":["x","y"],"severity":"high")");
  const auto b = incident("b", 1, "open", R"(,"services":["x"],"severity":"high")");
  CHECK(route.group_of(*a) == "a");
  route.group_by = {"service", "zone"};
  CHECK(route.group_of(*a) == route.group_of(*b));
}
