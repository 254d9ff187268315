#include "score/log_evidence.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <string>
#include <vector>

#include "base/error.hpp"

using namespace aiops;
using namespace aiops::score;
using Kind = LogFinding::Kind;

namespace {

constexpr Nanos kStart = 1'800'000'000 * kSecond;

struct Log {
  model::LogHistory history;
  std::vector<LogFinding> found;
  LogEvidence evidence{history, {}, [this](const LogFinding& one) { found.push_back(one); }};

  // Line of a service `seconds` after the start; the id names the template.
  void line(double seconds, const std::string& id, std::vector<std::string> parameters = {},
            const std::string& trace = "", const std::string& service = "cart") {
    const std::string text = "text of " + id;
    evidence.add({kStart + static_cast<Nanos>(seconds * 1e9),
                  service,
                  id,
                  text,
                  text,
                  "INFO",
                  trace,
                  std::move(parameters),
                  {}});
  }
  // `lines` a minute of a template, for so many minutes.
  void minutes(int first, int count, int lines, const std::string& id, const std::string& service = "cart") {
    for (int minute = first; minute < first + count; ++minute)
      for (int i = 0; i < lines; ++i) line(60 * minute + 60.0 * i / lines, id, {}, "", service);
  }
  std::size_t alerts(Kind kind) const {
    std::size_t n = 0;
    for (const LogFinding& one : found) n += one.kind == kind && one.alert;
    return n;
  }
};

}  // namespace

TEST_CASE("steady logs are no evidence") {
  Log log;
  for (int minute = 0; minute < 200; ++minute) log.minutes(minute, 1, 10 + minute * 7 % 5, "a");
  log.evidence.finish();
  CHECK(log.found.empty());
}

TEST_CASE("a template that the service never had") {
  Log log;
  log.minutes(0, 60, 10, "a");
  for (int i = 0; i < 20; ++i) log.line(60 * 60 + i, "b");
  log.minutes(61, 2, 10, "a");
  log.evidence.finish();
  REQUIRE(log.found.size() == 1);
  const LogFinding& found = log.found[0];
  CHECK(found.kind == Kind::unknown);
  CHECK(found.id == "b");
  CHECK(found.text == "text of b");
  CHECK(found.value == 20);
  CHECK(found.time == kStart + 60 * kMinute);
  CHECK(found.p_value == doctest::Approx(0.5 / 61 / 400));
  CHECK(found.score == doctest::Approx(-std::log10(found.p_value) / 3));
  CHECK(found.alert);
}

TEST_CASE("a new template that comes at the end of a window is told in the next") {
  Log log;
  log.minutes(0, 60, 10, "a");
  log.line(60 * 60 + 59, "b");
  for (int i = 0; i < 20; ++i) log.line(61 * 60 + 3 * i, "b");
  log.minutes(62, 10, 10, "a");
  log.evidence.finish();
  REQUIRE(log.found.size() == 2);
  CHECK(log.found[0].value == 1);
  CHECK_FALSE(log.found[0].alert);
  CHECK(log.found[1].kind == Kind::unknown);
  CHECK(log.found[1].value == 20);
  CHECK(log.found[1].p_value == doctest::Approx(1.5 / 62 / 400));
  CHECK(log.found[1].alert);
}

TEST_CASE("nothing is told before there is a history, and each further new one is less odd") {
  Log log;
  for (int minute = 0; minute < 14; ++minute) log.line(60 * minute, "t" + std::to_string(minute));
  log.minutes(12, 10, 20, "late");
  log.evidence.finish();
  CHECK(log.found.empty());
  Log explosion;
  explosion.minutes(0, 30, 10, "a");
  for (int minute = 30; minute < 130; ++minute) {
    explosion.line(60 * minute, "a");
    for (int i = 0; i < 50; ++i) explosion.line(60 * minute + i, "new" + std::to_string(minute * 50 + i));
  }
  explosion.evidence.finish();
  CHECK(explosion.alerts(Kind::unknown) == 0);
  CHECK(explosion.found.size() <= 130 * LogEvidence::kMost);
}

TEST_CASE("more lines than ever, told while it lasts, alerted once, and not learned at once") {
  Log log;
  log.minutes(0, 60, 10, "a");
  log.minutes(60, 4, 100, "a");
  log.minutes(64, 2, 10, "a");
  log.evidence.finish();
  REQUIRE(log.found.size() == 4);
  for (const LogFinding& one : log.found) {
    CHECK(one.kind == Kind::surge);
    CHECK(one.score >= 1);
    CHECK(one.value == 100);
    CHECK(one.expected == doctest::Approx(10).epsilon(0.7));
  }
  CHECK(log.alerts(Kind::surge) == 1);
  CHECK(log.history.services["cart"].templates["a"].most == 10);
}

TEST_CASE("a template that goes silent, told once, until it comes again") {
  Log log;
  for (int minute = 0; minute < 60; ++minute) {
    log.minutes(minute, 1, 10, "a");
    log.minutes(minute, 1, 5, "b", "pay");
  }
  for (int minute = 60; minute < 70; ++minute) log.minutes(minute, 1, 5, "b", "pay");
  log.minutes(70, 1, 5, "a");
  log.evidence.finish();
  REQUIRE(log.found.size() == 1);
  CHECK(log.found[0].kind == Kind::silent);
  CHECK(log.found[0].service == "cart");
  CHECK(log.found[0].alert);
  // A pause of all is nobody's silence.
  Log pause;
  pause.minutes(0, 60, 10, "a");
  pause.minutes(600, 60, 10, "a");
  pause.evidence.finish();
  CHECK(pause.found.empty());
}

TEST_CASE("a value that was never among the few of its place") {
  Log log;
  for (int minute = 0; minute < 60; ++minute)
    for (int i = 0; i < 20; ++i)
      log.line(60 * minute + 3 * i, "a", {std::to_string(minute * 20 + i), i % 2 == 0 ? "eu" : "us"});
  log.line(3601, "a", {"x", "mars"});
  log.line(3602, "a", {"y", "mars"});
  log.evidence.finish();
  REQUIRE(log.found.size() == 1);  // the first place has too many values to tell
  CHECK(log.found[0].kind == Kind::value);
  CHECK(log.found[0].value == 2);
  CHECK(log.found[0].p_value == doctest::Approx(0.5 / 1201));
  CHECK(log.found[0].reasons.at(0) == "parameter 2=mars(never among eu us)");
}

TEST_CASE("the order of a trace, and its missing end") {
  Log log;
  int trace = 0;
  const auto request = [&](double at, const std::vector<std::string>& ids) {
    ++trace;
    for (const std::string& id : ids) log.line(at += 0.1, id, {}, "trace" + std::to_string(trace));
  };
  for (int minute = 0; minute < 60; ++minute)
    for (int i = 0; i < 20; ++i) request(60 * minute + 3 * i, {"begin", "work", "end"});
  log.minutes(60, 1, 1, "other");
  CHECK(log.found.empty());
  request(3662, {"begin", "end", "work"});
  for (int i = 0; i < 3; ++i) request(3663 + i, {"begin", "work"});
  log.minutes(62, 3, 30, "other");
  log.evidence.finish();
  std::vector<std::string> told;
  for (const LogFinding& one : log.found)
    if (one.kind == Kind::order)
      told.push_back(one.id + " " + one.reasons.at(0) + (one.trace.empty() ? "" : " trace"));
  std::sort(told.begin(), told.end());
  REQUIRE(told.size() == 3);
  CHECK(told[0] == "begin next=text of end(never after this) trace");
  CHECK(told[1] == "end next=text of work(never after this) trace");
  CHECK(told[2] == "work next=nothing(never after this) trace");
}

TEST_CASE("a merged template goes on with what is known of both") {
  Log log;
  log.minutes(0, 60, 10, "a");
  log.minutes(59, 1, 3, "b");
  const std::string text = "both";
  log.evidence.add({kStart + kHour, "cart", "a", text, text, "", "", {}, {"b"}});
  log.evidence.finish();
  CHECK(log.history.services["cart"].templates.count("b") == 0);
  CHECK(log.history.services["cart"].templates["a"].lines == 604);
}

TEST_CASE("a history goes on from its bytes; damaged ones are refused") {
  Log log;
  for (int minute = 0; minute < 40; ++minute)
    for (int i = 0; i < 20; ++i)
      log.line(60 * minute + 3 * i, i % 3 ? "a" : "b", {"eu", "7"}, "t" + std::to_string(i));
  log.evidence.finish();
  const std::string bytes = log.history.save();
  CHECK(model::LogHistory::is_one(bytes));
  const model::LogHistory again = model::LogHistory::load(bytes, "state");
  CHECK(again.save() == bytes);
  for (std::size_t size = 0; size < bytes.size(); size += 97)
    CHECK_THROWS_AS(model::LogHistory::load(std::string_view(bytes).substr(0, size), "state"), InputError);
  for (std::size_t at = 0; at < bytes.size(); at += 53) {
    std::string damaged = bytes;
    damaged[at] ^= 4;
    CHECK_THROWS_AS(model::LogHistory::load(damaged, "state"), InputError);
  }
}
