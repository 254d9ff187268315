#include "score/calendar.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace aiops;
using namespace aiops::score;

namespace {

record::SeriesKey series(const std::string& service) {
  record::SeriesKey key;
  key.fields = {{"service", service}, {"metric", "cpu"}};
  return key;
}

std::string spoken(const std::vector<Calendar::Time>& times) {
  std::string text;
  for (const Calendar::Time& time : times)
    text += format_time(time.start) + "/" + format_time(time.end) + " ";
  return text;
}

std::string ics(const std::string& event) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n" + event + "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

std::string times(const std::string& event) {
  return spoken(Calendar::parse(ics(event), "c").times_of(series("a")));
}

std::string refusal(const std::string& text) {
  try {
    Calendar::parse(text, "c");
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("CSV: times for some series or all, overlaps joined") {
  const Calendar calendar = Calendar::parse(
      "start,end,selector,name\n"
      "2026-01-31T12:00:00Z,2026-01-31T13:00:00Z,\"{service=\"\"a\"\"}\",deploy\n"
      "2026-01-31T12:30:00Z,2026-01-31T14:00:00Z,,all\n"
      "1767225600,1767225700,service=b,\n",
      "c");
  CHECK(spoken(calendar.times_of(series("a"))) == "2026-01-31T12:00:00Z/2026-01-31T14:00:00Z ");
  CHECK(spoken(calendar.times_of(series("b"))) ==
        "2026-01-01T00:00:00Z/2026-01-01T00:01:40Z 2026-01-31T12:30:00Z/2026-01-31T14:00:00Z ");
  CHECK(calendar.entries()[0].name == "deploy");
  const auto all = calendar.times_of(series("b"));
  CHECK(Calendar::contains(all, all[0].start));
  CHECK(!Calendar::contains(all, all[0].end));
  CHECK(!Calendar::contains(all, all[0].start - 1));
  CHECK(Calendar::contains(all, all[1].start + kMinute));
  CHECK(!Calendar::contains({}, 0));
}

TEST_CASE("CSV that is wrong is told with its line") {
  CHECK(refusal("a,b\n").starts_with("c:1: expected CSV with the columns start and end"));
  CHECK(refusal("start,end\n1,2\nyesterday,2\n").starts_with("c:3: start yesterday is no time"));
  CHECK(refusal("start,end\n2,1\n") == "c:2: it ends before it begins");
  CHECK(refusal("start,end,selector\n1,2,{x\n").starts_with("c:2: "));
  CHECK(refusal("start,end\n\"1,2\n").starts_with("c:2: a quote"));
  CHECK(refusal("").empty());
}

TEST_CASE("iCalendar: times in UTC, lengths, days, folded lines and alarms") {
  CHECK(times("DTSTART:20260131T120000Z\r\nDTEND:20260131T123000Z\r\n") ==
        "2026-01-31T12:00:00Z/2026-01-31T12:30:00Z ");
  CHECK(times("DTSTART:20260131T120000Z\r\nDURATION:P1DT2H\r\nSUMMARY:a\r\n  fold\r\n") ==
        "2026-01-31T12:00:00Z/2026-02-01T14:00:00Z ");
  CHECK(times("DTSTART;VALUE=DATE:20261225\r\n") == "2026-12-25T00:00:00Z/2026-12-26T00:00:00Z ");
  CHECK(times("DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\n") ==
        "2026-12-24T00:00:00Z/2026-12-27T00:00:00Z ");
  CHECK(
      times("DTSTART:20260131T120000Z\r\nBEGIN:VALARM\r\nDURATION:P9D\r\nEND:VALARM\r\nDURATION:PT1M\r\n") ==
      "2026-01-31T12:00:00Z/2026-01-31T12:01:00Z ");
}

TEST_CASE("iCalendar: repetition") {
  // 2026-01-05 is a Monday.
  CHECK(times("DTSTART:20260105T020000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3\r\n") ==
        "2026-01-05T02:00:00Z/2026-01-05T03:00:00Z 2026-01-19T02:00:00Z/2026-01-19T03:00:00Z "
        "2026-02-02T02:00:00Z/2026-02-02T03:00:00Z ");
  CHECK(times("DTSTART:20260105T020000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20260112\r\n"
              "EXDATE:20260108T020000Z\r\n") ==
        "2026-01-05T02:00:00Z/2026-01-05T03:00:00Z 2026-01-12T02:00:00Z/2026-01-12T03:00:00Z ");
  CHECK(times("DTSTART:20260105T020000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=2\r\n") ==
        "2026-01-05T02:00:00Z/2026-01-05T03:00:00Z 2026-01-06T02:00:00Z/2026-01-06T03:00:00Z ");
}

TEST_CASE("iCalendar that is wrong or more than is known is told with its line") {
  CHECK(refusal(ics("DTSTART:tomorrow\r\n")).starts_with("c:4: DTSTART tomorrow is no time"));
  CHECK(refusal(ics("DTSTART:20260230\r\n")) == "c:4: DTSTART 20260230 is no day");
  CHECK(refusal(ics("DTSTART:20260131T120000Z\r\n")).find("has no length") != std::string::npos);
  CHECK(refusal(ics("SUMMARY:x\r\n")).find("without DTSTART") != std::string::npos);
  CHECK(
      refusal(ics("DTSTART:20260131\r\nRRULE:FREQ=MONTHLY\r\n")).starts_with("c:5: RRULE has FREQ=MONTHLY"));
  CHECK(refusal(ics("DTSTART;TZID=No/Where:20260131T120000\r\n")).find("time zone No/Where") !=
        std::string::npos);
  CHECK(refusal("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260131\r\n") == "c: ends within an event");
}
