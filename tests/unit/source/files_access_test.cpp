#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <vector>

#include "source/access_log.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

constexpr Nanos kTime = 1769857445 * kSecond;  // 2026-01-31T11:04:05Z

// What comes back points into the line: it is kept.
AccessLine read(std::string_view text, TimeUnit unit = TimeUnit::automatic) {
  static std::deque<std::string> kept;
  const std::string& line = kept.emplace_back(text);
  AccessScanner scanner(unit);
  AccessLine out;
  const char* error = scanner.scan(line, out);
  CHECK_MESSAGE(error == nullptr, line);
  return out;
}

std::string error_of(std::string_view line) {
  AccessScanner scanner;
  AccessLine out;
  const char* error = scanner.scan(line, out);
  return error ? error : "";
}

const std::string head = R"(192.0.2.7 - - [31/Jan/2026:11:04:05 +0000] )";

}  // namespace

TEST_CASE("a line cut at any place is read within its bounds, to the same parts") {
  const std::string whole =
      "shop:443 203.0.113.9 - a\\\"b [31/Jan/2026:12:00:00 +0000] \"GET /a/b\\\"c?d=e HTTP/1.1\" 200 512 "
      "\"-\" "
      "\"Mozilla/5.0 \\\"quoted\\\" (X11; Linux x86_64; and a long tail of words)\" rt=0.125";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    // Its own memory, so that a sanitizer sees what is read behind it.
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string padded = whole.substr(0, size) + std::string(64, ' ');
    AccessScanner scanner, other;
    AccessLine line, same;
    const char* wrong = scanner.scan({cut.data(), size}, line);
    const char* expected = other.scan(std::string_view(padded).substr(0, size), same);
    CHECK((wrong == nullptr) == (expected == nullptr));
    if (wrong) continue;
    CHECK(line.client == "203.0.113.9");
    CHECK(line.user == same.user);
    CHECK(line.method == "GET");
    CHECK(line.target == "/a/b\\\"c?d=e");
    CHECK(line.status == 200);
    CHECK(line.user_agent == same.user_agent);
    CHECK(line.duration == same.duration);
  }
}

TEST_CASE("the common format") {
  // The example of httpd.apache.org/docs/2.4/logs.html.
  const AccessLine line =
      read(R"(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326)");
  CHECK(line.time == 971211336 * kSecond);  // date -d '2000-10-10 13:55:36 -0700' +%s
  CHECK(line.client == "127.0.0.1");
  CHECK(line.user == "frank");
  CHECK(line.request == "GET /apache_pb.gif HTTP/1.0");
  CHECK(line.method == "GET");
  CHECK(line.target == "/apache_pb.gif");
  CHECK(line.protocol == "HTTP/1.0");
  CHECK(line.status == 200);
  CHECK(line.bytes == "2326");
  CHECK(line.referrer == "");
  CHECK(line.duration == "");
}

TEST_CASE("the combined format") {
  const AccessLine line = read(
      R"x(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=c HTTP/1.0" 304 - "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)")x");
  CHECK(line.target == "/a?b=c");
  CHECK(line.bytes == "");
  CHECK(line.referrer == "http://www.example.com/start.html");
  CHECK(line.user_agent == "Mozilla/4.08 [en] (Win98; I ;Nav)");
  CHECK(line.duration == "");
}

TEST_CASE("a virtual host in front, users with blanks, IPv6") {
  CHECK(read("shop.example:443 " + head + R"("GET / HTTP/2.0" 200 5)").virtual_host == "shop.example:443");
  CHECK(read("shop.example:443 " + head + R"("GET / HTTP/2.0" 200 5)").client == "192.0.2.7");
  const AccessLine line = read(R"(::1 - John [x] Doe [31/Jan/2026:11:04:05 +0000] "GET / HTTP/1.1" 200 5)");
  CHECK(line.client == "::1");
  CHECK(line.user == "John [x] Doe");
  CHECK(line.time == kTime);
}

TEST_CASE("request lines that are none") {
  const auto request = [](std::string_view text) {
    return read(head + '"' + std::string(text) + R"(" 400 0 "-" "-")");
  };
  CHECK(request("-").method == "");
  CHECK(request("-").target == "");
  CHECK(request("-").request == "-");
  CHECK(request(R"(\x16\x03\x01)").method == "");
  CHECK(request("GET").method == "");
  CHECK(request("GET /a b c HTTP/1.1").target == "/a b c");
  CHECK(request("GET /old").target == "/old");
  CHECK(request("GET /old").protocol == "");
  CHECK(request("GET HTTP/1.1").target == "");
  CHECK(request("GET HTTP/1.1").method == "GET");
  CHECK(request("get /x HTTP/1.1").method == "");
  CHECK(request(R"(GET /say\"hi\" HTTP/1.1)").target == R"(/say\"hi\")");
  CHECK(request(R"(GET /back\\)").target == R"(/back\\)");
  CHECK(request("").request == "");
}

TEST_CASE("request times at the end") {
  const auto timed = [](std::string_view rest, TimeUnit unit = TimeUnit::automatic) {
    return read(head + R"("GET / HTTP/1.1" 200 5 )" + std::string(rest), unit);
  };
  CHECK(timed("0.012").duration == "0.012");
  CHECK(timed("0.012").duration_unit == TimeUnit::seconds);
  CHECK(timed(R"("-" "curl/8" 0.012)").duration == "0.012");
  CHECK(timed(R"("-" "curl/8" 1500)").duration == "1500");
  CHECK(timed(R"("-" "curl/8" 1500)").duration_unit == TimeUnit::microseconds);
  CHECK(timed(R"("-" "curl/8" 15)", TimeUnit::milliseconds).duration_unit == TimeUnit::milliseconds);
  CHECK(timed(R"("-" "curl/8" "192.0.2.9" 0.5)").duration == "0.5");
  CHECK(timed(R"("-" "curl/8" "0.5")").duration == "0.5");
  CHECK(timed(R"("-" "curl/8" rt=0.031 uct="0.001")").duration == "0.031");
  CHECK(timed(R"("-" "curl/8" uct="0.001" rt="0.031")").duration == "0.031");
  // Traefik: the number of the request stands before the duration, which has its unit.
  CHECK(timed(R"("-" "curl/8" 12 "web@docker" "http://10.0.0.2:80" 7ms)").duration == "7ms");
  // The nginx ingress: length of the request, its time, upstream.
  CHECK(timed(R"("-" "curl/8" 432 0.003 [default-web-80] [] 10.0.0.2:80 5 0.002 200 4f1d)").duration ==
        "0.003");
  CHECK(timed(R"("-" "curl/8")").duration == "");
  CHECK(timed(R"("-" "curl/8" -)").duration == "");
  CHECK(timed(R"("-" "curl/8" 1769857445.123)").duration == "");  // nginx $msec: a time
  CHECK(timed(R"("-" "un closed agent 0.5)").duration == "");
}

TEST_CASE("a guessed unit is told") {
  AccessScanner scanner;
  AccessLine out;
  CHECK(scanner.scan(head + R"("GET / HTTP/1.1" 200 5 0.5)", out) == nullptr);
  CHECK_FALSE(scanner.guessed_unit());
  CHECK(scanner.scan(head + R"("GET / HTTP/1.1" 200 5 500)", out) == nullptr);
  CHECK(scanner.guessed_unit());
}

TEST_CASE("times in brackets: cached ones are the same, other forms are read") {
  AccessScanner scanner;
  AccessLine out;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(scanner.scan(head + R"("GET / HTTP/1.1" 200 5)", out) == nullptr);
    CHECK(out.time == kTime);
  }
  REQUIRE(scanner.scan(R"(a - - [31/Jan/2026:11:04:06 +0000] "GET / HTTP/1.1" 200 5)", out) == nullptr);
  CHECK(out.time == kTime + kSecond);
  REQUIRE(scanner.scan(R"(a - - [2026-01-31T12:04:05+01:00] "GET / HTTP/1.1" 200 5)", out) == nullptr);
  CHECK(out.time == kTime);
}

TEST_CASE("what is wrong with a line") {
  CHECK(error_of("") == "no access log line: no time in brackets");
  CHECK(error_of("hello world") == "no access log line: no time in brackets");
  CHECK(error_of(R"([31/Jan/2026:11:04:05 +0000] "GET / HTTP/1.1" 200 5)") ==
        "no access log line: nothing stands before the time");
  CHECK(error_of(R"(a - - [31/Jan/2026:11:04:05 +0000)") == "the time has no closing bracket");
  CHECK(error_of(R"(a - - [31/Fxx/2026:11:04:05 +0000] "GET / HTTP/1.1" 200 5)")
            .find("the time in brackets is none") == 0);
  CHECK(error_of(head + "GET /") == "no request in quotes behind the time");
  CHECK(error_of(head) == "no request in quotes behind the time");
  CHECK(error_of(head + R"("GET /)") == "the request has no closing quote");
  CHECK(error_of(head + R"("GET / HTTP/1.1")") == "no status of three digits behind the request");
  CHECK(error_of(head + R"("GET / HTTP/1.1" 20)") == "no status of three digits behind the request");
  CHECK(error_of(head + R"("GET / HTTP/1.1" 2000 5)") == "no status of three digits behind the request");
  CHECK(error_of(head + R"("GET / HTTP/1.1" 200 5x)") == "no number of bytes behind the status");
  CHECK(error_of(head + R"("GET / HTTP/1.1" 200)") == "");
  CHECK(error_of(head + R"("GET / HTTP/1.1" - 5)") == "");
}

TEST_CASE("a line cut anywhere is read or refused, and nothing behind it is looked at") {
  const std::string line = head + R"("GET /a\"b HTTP/1.1" 200 5 "http://x/" "agent \" 1.0" rt="0.5" 12ms)";
  for (std::size_t size = 0; size <= line.size(); ++size) {
    const std::string cut = line.substr(0, size);  // its own memory: the sanitizer sees a step too far
    AccessScanner scanner;
    AccessLine out;
    scanner.scan(std::string_view(cut.data(), size), out);
    CHECK(out.request.size() <= size);
  }
}
