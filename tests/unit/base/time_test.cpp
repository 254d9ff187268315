#include "base/time.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <limits>

#include "base/random.hpp"
#include "support.hpp"

namespace aiops {
namespace {

// 2026-01-31T12:00:00Z by GNU date: date -u -d 2026-01-31T12:00:00Z +%s
constexpr Nanos kNoon = 1'769'860'800 * kSecond;

}  // namespace

TEST_CASE("instants read as CPython's calendar counts them") {
  const auto rows = vectors("times.csv");  // made by make-vectors.py beside it
  REQUIRE(rows.size() == 600);
  for (const auto& row : rows) {
    CAPTURE(row[0]);
    CHECK(parse_time(row[0]) == std::strtoll(row[1].c_str(), nullptr, 10));
  }
}

TEST_CASE("parse_time takes the usual ways to write an instant") {
  for (const char* text :
       {"2026-01-31T12:00:00Z", "2026-01-31t12:00:00z", "2026-01-31 12:00:00", "2026-01-31T12:00",
        "2026-01-31T12:00Z", "2026-01-31T12:00:00.000000000000Z", "2026-01-31T12:00:00,000Z",
        "2026-01-31T17:30:00+05:30", "2026-01-31T17:30:00+0530", "2026-01-31T08:30:00.0-03:30",
        "2026-01-31T13:00+01", "1769860800", "1769860800.0", "1.7698608e9", "1769860800000",
        "1769860800000000", "1769860800000000000"}) {
    CAPTURE(text);
    CHECK(parse_time(text) == kNoon);
  }
  CHECK(parse_time("2026-01-31") == kNoon - 12 * kHour);
  CHECK(parse_time("2026-01-31T12:00:00.123456789Z") == kNoon + 123'456'789);
  CHECK(parse_time("2026-01-31T12:00:00.1234567899Z") == kNoon + 123'456'789);
  CHECK(parse_time("2026-01-31T12:00:00.5+00:00") == kNoon + 500 * kMillisecond);
  CHECK(parse_time("1969-12-31T23:59:59.75Z") == -250 * kMillisecond);
  CHECK(parse_time("2026-02-01T00:30:00+12:30") == kNoon);
}

TEST_CASE("parse_time knows the calendar") {
  CHECK(parse_time("2024-02-29") == 1'709'164'800 * kSecond);  // date -u -d 2024-02-29 +%s
  CHECK(parse_time("2000-02-29") == 951'782'400 * kSecond);
  for (const char* text :
       {"2026-02-29", "1900-02-29", "2100-02-29", "2026-00-10", "2026-13-01", "2026-01-00", "2026-01-32",
        "2026-04-31", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:61Z",
        "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+01:60"}) {
    CAPTURE(text);
    CHECK(parse_time(text) == std::nullopt);
  }
  // Leap seconds come at the end of a day in UTC.
  CHECK(parse_time("2016-12-31T23:59:60Z") == parse_time("2017-01-01T00:00:00Z"));
  CHECK(parse_time("2016-12-31T23:59:60.5Z") == parse_time("2017-01-01T00:00:00.5Z"));
  CHECK(parse_time("2017-01-01T00:59:60+01:00") == parse_time("2017-01-01T00:00:00Z"));
  CHECK(parse_time("2016-12-31T22:59:60Z") == std::nullopt);
}

TEST_CASE("parse_time refuses what is no instant") {
  for (const char* text : {"",
                           " ",
                           "-",
                           "+",
                           ".",
                           "now",
                           "2026-1-31",
                           "2026-01-3",
                           "2026-01-31T",
                           "2026-01-31T12",
                           "2026-01-31T13+01",
                           "2026-01-31T12:",
                           "2026-01-31T12:00:",
                           "2026-01-31T12:00:0",
                           "2026-01-31T12:00:00.",
                           "2026-01-31T12:00:00.Z",
                           "2026-01-31T12:00:00Zx",
                           "2026-01-31T12:00:00 Z",
                           "2026-01-31T12:00:00+1",
                           "2026-01-31T12:00:00+01:",
                           "2026-01-31T12:00:00+01:0",
                           "2026-01-31T12:00:00+010",
                           "2026-01-31T12:00.5Z",
                           "2026-01-31Z",
                           "2026/01/31",
                           "2026-01-31X12:00:00Z",
                           " 2026-01-31",
                           "20260131T120000Z",
                           "12:00:00",
                           "1e",
                           "1e+",
                           "1.",
                           ".5",
                           "1.5.5",
                           "1x",
                           "0x10",
                           "--1",
                           "nan",
                           "1 "}) {
    CAPTURE(text);
    CHECK(parse_time(text) == std::nullopt);
  }
  for (const char* text : {"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.250Z"}) {
    for (std::size_t at = 0; at < std::string_view(text).size(); ++at) {
      std::string broken = text;
      broken[at] = 'x';
      CAPTURE(broken);
      CHECK(parse_time(broken) == std::nullopt);
      if (at > 10) CHECK(parse_time(broken.substr(0, at) + std::string(1, '\0')) == std::nullopt);
    }
  }
}

TEST_CASE("the direct way to read common timestamps agrees with the general one") {
  // With Z, a text is read eight characters at a time; with +00:00 one after the other.
  Random random(7);
  int refused = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text = "2026-01-31T12:00:00";
    if (i % 2 == 0) text += ".000";
    // Some digits change, and once in a while any character to any other.
    for (std::uint32_t changes = 1 + random.below(5); changes > 0; --changes) {
      const std::size_t at = random.below(static_cast<std::uint32_t>(text.size()));
      if (text[at] >= '0' && text[at] <= '9') text[at] = static_cast<char>('0' + random.below(10));
    }
    if (i % 16 == 0)
      text[random.below(static_cast<std::uint32_t>(text.size()))] = static_cast<char>(random.below(256));
    const auto time = parse_time(text + "+00:00");
    refused += !time;
    if (parse_time(text + "Z") != time) FAIL("read differently: " << text << "Z");
  }
  CHECK(refused > 20'000);
  CHECK(refused < 180'000);
}

TEST_CASE("an epoch number's unit is told by its magnitude, or given") {
  CHECK(parse_time("0") == 0);
  CHECK(parse_time("-0.0") == 0);
  CHECK(parse_time("-1.5") == -1'500 * kMillisecond);
  CHECK(parse_time("1435781451.781") == 1'435'781'451'781 * kMillisecond);
  CHECK(parse_time("1435781451.7810000001") == 1'435'781'451'781 * kMillisecond);
  CHECK(parse_time("1e-3") == kMillisecond);
  CHECK(parse_time("1.5e-3") == 1500 * kMicrosecond);
  CHECK(parse_time("0.000000001") == 1);
  CHECK(parse_time("0.0000000009") == 0);
  CHECK(parse_time("99999999999.999999") == std::nullopt);  // year 5138, seconds
  CHECK(parse_time("100000000000") == 100'000'000 * kSecond);
  CHECK(parse_time("9000000000000.000001") == 9'000'000'000 * kSecond + 1);  // milliseconds
  CHECK(parse_time("100000000000000") == 100'000'000 * kSecond);             // microseconds
  CHECK(parse_time("99999999999999999") == std::nullopt);                    // microseconds, year 5138
  CHECK(parse_time("100000000000000000") == 100'000'000 * kSecond);          // nanoseconds
  CHECK(parse_time("-100000000000") == -100'000'000 * kSecond);
  CHECK(parse_time("000000000000001") == kSecond);

  CHECK(parse_time("1.5", TimeUnit::milliseconds) == 1500 * kMicrosecond);
  CHECK(parse_time("1.5", TimeUnit::microseconds) == 1500);
  CHECK(parse_time("1.5", TimeUnit::nanoseconds) == 1);
  CHECK(parse_time("100000000000", TimeUnit::nanoseconds) == 100 * kSecond);
  CHECK(parse_time("100000000000", TimeUnit::seconds) == std::nullopt);
  CHECK(parse_time("2026-01-31T12:00:00Z", TimeUnit::milliseconds) == kNoon);
}

TEST_CASE("instants outside of the range are refused") {
  CHECK(parse_time("2262-04-11T23:47:16.854775807Z") == std::numeric_limits<Nanos>::max());
  CHECK(parse_time("2262-04-11T23:47:16.854775808Z") == std::nullopt);
  CHECK(parse_time("1677-09-21T00:12:43.145224193Z") == std::numeric_limits<Nanos>::min() + 1);
  CHECK(parse_time("1677-09-21T00:12:43.145224192Z") == std::nullopt);  // the same bits as kNoTime
  CHECK(parse_time("9223372036854775807") == std::numeric_limits<Nanos>::max());
  CHECK(parse_time("9223372036854775808") == std::nullopt);
  CHECK(parse_time("-9223372036854775807") == std::numeric_limits<Nanos>::min() + 1);
  CHECK(parse_time("-9223372036854775808") == std::nullopt);
  for (const char* text : {"0001-01-01T00:00:00Z", "0000-01-01", "9999-12-31T23:59:59Z", "1e300",
                           "99999999999999999999", "1e99999999999999999999"}) {
    CAPTURE(text);
    CHECK(parse_time(text) == std::nullopt);
  }
  CHECK(parse_time("1e-99999999999999999999") == 0);
}

TEST_CASE("format_time prints what parse_time reads") {
  CHECK(format_time(0) == "1970-01-01T00:00:00Z");
  CHECK(format_time(kNoon) == "2026-01-31T12:00:00Z");
  CHECK(format_time(kNoon + 250 * kMillisecond) == "2026-01-31T12:00:00.250Z");
  CHECK(format_time(kNoon + 250 * kMicrosecond) == "2026-01-31T12:00:00.000250Z");
  CHECK(format_time(kNoon + 1) == "2026-01-31T12:00:00.000000001Z");
  CHECK(format_time(-1) == "1969-12-31T23:59:59.999999999Z");
  CHECK(format_time(kNoTime).empty());
  CHECK(format_time(std::numeric_limits<Nanos>::max()) == "2262-04-11T23:47:16.854775807Z");
  CHECK(format_time(std::numeric_limits<Nanos>::min() + 1) == "1677-09-21T00:12:43.145224193Z");
  Random random(4);
  constexpr Nanos kStep[] = {1, kMicrosecond, kMillisecond, kSecond};
  for (int i = 0; i < 100'000; ++i) {
    const Nanos step = kStep[i % 4];
    const Nanos time = static_cast<Nanos>(random.next()) / step * step;
    if (time == kNoTime) continue;
    const std::string text = format_time(time);
    if (parse_time(text) != time) FAIL("does not read back: " << text);
  }
}

TEST_CASE("durations read and print exactly") {
  CHECK(parse_duration("0") == 0);
  CHECK(parse_duration("0s") == 0);
  CHECK(parse_duration("1h30m") == 90 * kMinute);
  CHECK(parse_duration("1.5h") == 90 * kMinute);
  CHECK(parse_duration("250ms") == 250 * kMillisecond);
  CHECK(parse_duration("7d") == 7 * kDay);
  CHECK(parse_duration("1w") == 7 * kDay);
  CHECK(parse_duration("1m1ms1us1ns") == kMinute + kMillisecond + kMicrosecond + 1);
  CHECK(parse_duration("0.1s") == 100 * kMillisecond);
  CHECK(parse_duration("0.000000001s") == 1);
  CHECK(parse_duration("0.1ns") == 0);
  CHECK(parse_duration("1.99999999999999999999999ns") == 1);
  CHECK(parse_duration("0.142857142857w") == 86'399'999'999'913);
  CHECK(parse_duration("9223372036854775807ns") == std::numeric_limits<Nanos>::max());
  for (const char* text :
       {"", "5", "s", "-1s", "+1s", "1 s", "1S", "1M", "1y", ".5s", "1.s", "1e3s", "1h30", "1h-30m", "1..5s",
        "9223372036854775808ns", "15251w", "99999999999999999999s", "106751d24h"}) {
    CAPTURE(text);
    CHECK(parse_duration(text) == std::nullopt);
  }
  CHECK(format_duration(0) == "0s");
  CHECK(format_duration(90 * kSecond) == "1m30s");
  CHECK(format_duration(14 * kDay) == "14d");
  CHECK(format_duration(1500 * kMillisecond) == "1s500ms");
  CHECK(format_duration(-kMinute) == "-1m");
  CHECK(format_duration(std::numeric_limits<Nanos>::min()) == "-106751d23h47m16s854ms775us808ns");
  Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    const Nanos duration = static_cast<Nanos>(random.next() >> (1 + random.below(60)));
    const std::string text = format_duration(duration);
    if (parse_duration(text) != duration) FAIL("does not read back: " << text);
  }
}

TEST_CASE("instants relative to now") {
  CHECK(parse_time_or_relative("now", kNoon) == kNoon);
  CHECK(parse_time_or_relative("-1h", kNoon) == kNoon - kHour);
  CHECK(parse_time_or_relative("now-7d", kNoon) == kNoon - 7 * kDay);
  CHECK(parse_time_or_relative("now+1h30m", kNoon) == kNoon + 90 * kMinute);
  CHECK(parse_time_or_relative("2026-01-31", kNoon) == kNoon - 12 * kHour);
  CHECK(parse_time_or_relative("1769860800", 0) == kNoon);
  CHECK(parse_time_or_relative("-1h", std::numeric_limits<Nanos>::min() + 1) == std::nullopt);
  for (const char* text : {"", "nowadays", "now-", "now 1h", "-", "1h", "now-1", "now2026-01-31"}) {
    CAPTURE(text);
    CHECK(parse_time_or_relative(text, kNoon) == std::nullopt);
  }
}

TEST_CASE("now is after this was written") { CHECK(now() > kNoon - 400 * kDay); }

TEST_CASE("sums and differences of times are held at the ends") {
  constexpr Nanos kLast = std::numeric_limits<Nanos>::max(), kFirst = std::numeric_limits<Nanos>::min();
  CHECK(add_held(2, 3) == 5);
  CHECK(add_held(kLast, 1) == kLast);
  CHECK(add_held(kFirst, -1) == kFirst);
  CHECK(subtract_held(2, 3) == -1);
  CHECK(subtract_held(kLast, -1) == kLast);
  CHECK(subtract_held(kFirst, 1) == kFirst);
}

}  // namespace aiops
