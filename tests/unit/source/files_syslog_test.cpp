// Lines of RFC 5424's and RFC 3164's own examples, and of rsyslog's files.
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "source/container_log.hpp"
#include "source/syslog.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

std::string read(const std::string& line, int year = 2026) {
  SyslogScanner scanner(year);
  SyslogLine found;
  if (const char* wrong = scanner.scan(line, found)) return std::string("! ") + wrong;
  std::string text = format_time(found.time) + "|" + std::to_string(found.priority);
  for (const auto part : {found.host, found.app, found.pid, found.message_id, found.message})
    text += "|" + std::string(part);
  for (const auto& [name, value] : found.data) text += "|" + std::string(name) + "=" + std::string(value);
  return text;
}

std::string cri(const std::string& line) {
  WrappedLine found;
  if (!scan_cri(line, found)) return "none";
  return std::string(found.stream) + (found.partial ? "+" : "") + "|" + std::string(found.content);
}

}  // namespace

TEST_CASE("RFC 5424") {
  CHECK(
      read("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xEF\xBB\xBF'su root' failed") ==
      "2003-10-11T22:14:15.003Z|34|mymachine.example.com|su||ID47|'su root' failed");
  CHECK(read("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time.") ==
        "2003-08-24T12:14:15.000003Z|165|192.0.2.1|myproc|8710||%% It's time.");
  CHECK(read(R"(<165>1 2003-10-11T22:14:15.003Z m evntslog - ID47 [a@32473 x="3" y="q\"\]\\"][b z="1"])") ==
        "2003-10-11T22:14:15.003Z|165|m|evntslog||ID47||a.x=3|a.y=q\"]\\|b.z=1");
  CHECK(read("<0>1 2026-01-31T12:00:00Z - - - - -") == "2026-01-31T12:00:00Z|0|||||");
  CHECK(read("<34>1 2003-10-11T22:14:15Z m a - - [x y=\"z").starts_with("! the structured data is broken"));
  CHECK(read("<34>1 2003-10-11T22:14:15Z m a - - [x y").starts_with("! the structured data is broken"));
  CHECK(read("<34>1 2003-10-11T22:14:15Z m a").starts_with("! cut short"));
  CHECK(read("<34>1 - m a - - - x").starts_with("! no time"));
  CHECK(read("<34>1 yesterday m a - - - x").starts_with("! the time is none"));
}

TEST_CASE("RFC 3164, and what rsyslog writes into files") {
  CHECK(read("<34>Oct 11 22:14:15 mymachine su: 'su root' failed", 2003) ==
        "2003-10-11T22:14:15Z|34|mymachine|su|||'su root' failed");
  CHECK(read("Feb  5 17:32:18 10.0.0.99 Use the BFG!") ==
        "2026-02-05T17:32:18Z|-1|10.0.0.99||||Use the BFG!");
  CHECK(read("Feb  5 17:32:18 h sshd[321]: Accepted: yes") ==
        "2026-02-05T17:32:18Z|-1|h|sshd|321||Accepted: yes");
  CHECK(read("2026-01-31T12:00:00.5+01:00 h CRON[9]: (root) CMD") ==
        "2026-01-31T11:00:00.500Z|-1|h|CRON|9||(root) CMD");
  CHECK(read("<999>Oct 11 22:14:15 h x: y").starts_with("! no time"));
  CHECK(read("Feb 30 17:32:18 h x: y").starts_with("! no time"));
  CHECK(read("nothing").starts_with("! no time"));
  CHECK(read("").starts_with("! no time"));
}

TEST_CASE("a time without a year is the newest that is not in the future") {
  SyslogScanner scanner;
  SyslogLine found;
  const std::string present = format_time(now() - kHour);  // "2026-01-31T12:00:00…"
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string month = kMonths[std::stoi(present.substr(5, 2)) - 1];
  REQUIRE_FALSE(
      scanner.scan(month + " " + present.substr(8, 2) + " " + present.substr(11, 8) + " h x: y", found));
  CHECK(format_time(found.time).substr(0, 19) == present.substr(0, 19));
  CHECK(scanner.guessed_year());
  REQUIRE_FALSE(scanner.scan("Feb 29 00:00:00 h x: y", found));  // a leap year
  CHECK(found.time < now());
  const std::string ahead = format_time(now() + 3 * kDay);
  REQUIRE_FALSE(scanner.scan(
      std::string(kMonths[std::stoi(ahead.substr(5, 2)) - 1]) + " " + ahead.substr(8, 2) + " 00:00:00 h x: y",
      found));
  CHECK(found.time < now() - 300 * kDay);
}

TEST_CASE("severities of syslog") {
  CHECK(severity_of_syslog(0) == "FATAL");
  CHECK(severity_of_syslog(3) == "ERROR");
  CHECK(severity_of_syslog(4) == "WARN");
  CHECK(severity_of_syslog(5) == "INFO");
  CHECK(severity_of_syslog(7) == "DEBUG");
  CHECK(severity_of_syslog(8).empty());
  CHECK(severity_of_syslog(-1).empty());
}

TEST_CASE("lines of the container runtime interface") {
  CHECK(cri("2016-10-06T00:17:09.669794202Z stdout P log content 1") == "stdout+|log content 1");
  CHECK(cri("2016-10-06T00:17:09.669794203Z stderr F log content 2") == "stderr|log content 2");
  CHECK(cri("2016-10-06T00:17:09.669794203+02:00 stderr F  two blanks") == "stderr| two blanks");
  CHECK(cri("2016-10-06T00:17:09Z stdout F:tag x") == "stdout|x");
  CHECK(cri("2016-10-06T00:17:09Z stdout F") == "stdout|");
  CHECK(cri("2016-10-06T00:17:09Z stdout X y") == "none");
  CHECK(cri("2016-10-06T00:17:09Z stdlog F y") == "none");
  CHECK(cri("2016-10-06T00:17:09Z stdout Four y") == "none");
  CHECK(cri("") == "none");
}

TEST_CASE("the container of a path") {
  CHECK(container_of("/var/log/pods/shop_cart-7d9_1b2c/cart/0.log") == "cart");
  CHECK(container_of("/var/log/containers/cart-7d9_shop_side-car-0a1b2c.log") == "side-car");
  CHECK(container_of("/var/log/containers/odd.log").empty());
  CHECK(container_of("/var/log/syslog").empty());
  CHECK(container_of("x").empty());
}
