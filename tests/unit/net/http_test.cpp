#include "net/http.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "test_server.hpp"

using namespace aiops;
using net::http_answer;
using net::TestServer;

namespace {

net::HttpOptions quick() {
  net::HttpOptions options;
  options.connect_timeout = 5 * kSecond;
  options.idle_timeout = 5 * kSecond;
  options.use_proxy = false;
  return options;
}

net::Request request(std::string url, std::string body = "", std::vector<std::string> headers = {}) {
  net::Request made;
  made.url = std::move(url);
  made.body = std::move(body);
  made.headers = std::move(headers);
  return made;
}

struct Got {
  int code = 0;
  std::string body, error;
  bool transient = false;
};

// The whole exchange; error is set if it failed.
Got get(net::Client& client, const net::Request& request) {
  Got got;
  try {
    net::Response response = client.send(request);
    got.code = response.code();
    for (std::string_view bytes; !(bytes = response.read()).empty();) got.body += bytes;
  } catch (const net::HttpError& error) {
    got.error = error.what();
    got.transient = error.transient;
  }
  return got;
}

Got get(const TestServer& server, net::HttpOptions options = quick(),
        const std::string& path = "/x?token=s3cret") {
  net::Client client(std::move(options));
  return get(client, request(server.url(path)));
}

void sleep_for(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

}  // namespace

TEST_CASE("a body arrives whole, whatever its status") {
  const TestServer server([](const std::string& request) {
    return request.starts_with("GET /missing") ? http_answer("no such thing", "404 Not Found")
                                               : http_answer("hello");
  });
  const Got got = get(server);
  CHECK(got.error == "");
  CHECK(got.code == 200);
  CHECK(got.body == "hello");
  const Got missing = get(server, quick(), "/missing");
  CHECK(missing.code == 404);
  CHECK(missing.body == "no such thing");
}

TEST_CASE("a large body is read in pieces, and its server waits for us") {
  std::string body;
  body.resize(20'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 97) body[i] = static_cast<char>('a' + i % 23);
  const TestServer server([&](const std::string&) { return http_answer(body); });
  net::Client client(quick());
  net::Response response = client.send(request(server.url("/")));
  std::string got;
  std::size_t largest = 0;
  for (std::string_view bytes; !(bytes = response.read()).empty();) {
    largest = std::max(largest, bytes.size());
    got += bytes;
    if (got.size() < 3'000'000) sleep_for(20);
  }
  CHECK(got == body);
  CHECK(largest <= 2 * 1024 * 1024);
}

TEST_CASE("a chunked body, an empty one, and one that ends with the connection") {
  const TestServer server([](const std::string& request) -> std::string {
    if (request.starts_with("GET /chunked")) {
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    }
    if (request.starts_with("GET /empty")) return http_answer("");
    return "HTTP/1.1 200 OK\r\n\r\nto the end";
  });
  CHECK(get(server, quick(), "/chunked").body == "abcde");
  const Got empty = get(server, quick(), "/empty");
  CHECK(empty.body == "");
  CHECK(empty.error == "");
  CHECK(get(server, quick(), "/close").body == "to the end");
}

TEST_CASE("an answer that is cut short is transient and told without the query") {
  const TestServer server([](const std::string& request) -> std::string {
    if (request.starts_with("GET /length")) return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this";
    if (request.starts_with("GET /chunked"))
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc";
    if (request.starts_with("GET /head")) return "HTTP/1.1 200 OK\r\nContent-Le";
    return "";
  });
  for (const char* path :
       {"/length?token=s3cret", "/chunked?token=s3cret", "/head?token=s3cret", "/none?token=s3cret"}) {
    const Got got = get(server, quick(), path);
    CAPTURE(got.error);
    CHECK(got.error != "");
    CHECK(got.transient);
    CHECK(got.error.find("s3cret") == std::string::npos);
    CHECK(got.error.starts_with(server.url("/")));
  }
}

TEST_CASE("no server, and a server that speaks something else") {
  int port = 0;
  {
    port = TestServer([](const std::string&) { return ""; }).port();
  }
  net::Client client(quick());
  const Got refused = get(client, request("http://127.0.0.1:" + std::to_string(port) + "/"));
  CHECK(refused.transient);
  CHECK(refused.error.ends_with("/: no connection: Connection refused"));
  const TestServer server([](const std::string&) { return "220 mail.example ESMTP\r\n"; });
  const Got other = get(server);
  CHECK_FALSE(other.transient);
  CHECK(other.error.find("no HTTP server") != std::string::npos);
}

TEST_CASE("silence before the first byte and in the middle of a body is a time-out") {
  const TestServer server([](const std::string& request) -> std::string {
    sleep_for(400);
    return request.starts_with("GET /late") ? http_answer("late") : "";
  });
  net::HttpOptions options = quick();
  options.idle_timeout = 100 * kMillisecond;
  const Got got = get(server, options, "/late");
  CHECK(got.error == server.url("/late") + ": no answer within 100ms");
  CHECK(got.transient);
  options.idle_timeout = 5 * kSecond;
  CHECK(get(server, options, "/late").body == "late");
}

TEST_CASE("an answer that drips has an end, where one was asked for") {
  const TestServer server([](const std::string&) { return http_answer(std::string(200, 'x')); }, 10);
  net::HttpOptions options = quick();
  options.whole_timeout = 300 * kMillisecond;
  const Got got = get(server, options);
  CHECK(got.error == server.url("/x") + ": the answer has no end within 300ms");
  CHECK(got.transient);
}

TEST_CASE("a stop ends the waiting for an answer") {
  const TestServer server([](const std::string&) {
    request_stop();
    sleep_for(300);
    return http_answer("late");
  });
  net::Client client(quick());
  try {
    client.send(request(server.url("/")));
    FAIL("went on");
  } catch (const Error& error) {
    CHECK(error.status() == Status::interrupted);
  }
  request_stop(false);
}

TEST_CASE("credentials are sent, also along a redirect at home") {
  const TestServer server([](const std::string& request) {
    return request.starts_with("GET /old") ? http_answer("", "302 Found", "Location: /new\r\n")
                                           : http_answer("here");
  });
  net::HttpOptions options = quick();
  options.credentials = net::Credentials::bearer("s3cret");
  CHECK(get(server, options, "/old").body == "here");
  REQUIRE(server.requests().size() == 2);
  for (const std::string& request : server.requests()) {
    CHECK(request.find("Authorization: Bearer s3cret\r\n") != std::string::npos);
  }
}

TEST_CASE("a redirect to another host or port gets no credentials") {
  const TestServer other([](const std::string&) { return http_answer("there"); });
  const TestServer server([&](const std::string&) {
    return http_answer("", "307 Temporary Redirect", "Location: " + other.url("/stolen") + "\r\n");
  });
  net::HttpOptions options = quick();
  options.credentials = net::Credentials::basic("joe:s3cret");
  net::Client client(options);
  CHECK(get(client, request(server.url("/"), "", {"X-Scope-OrgID: tenant"})).body == "there");
  REQUIRE(other.requests().size() == 1);
  CHECK(other.requests()[0].find("Authorization") == std::string::npos);
  CHECK(other.requests()[0].find("tenant") == std::string::npos);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].find("Authorization: Basic ") != std::string::npos);
  CHECK(server.requests()[0].find("X-Scope-OrgID: tenant\r\n") != std::string::npos);
}

TEST_CASE("redirects for ever, to another scheme, without a target and of a form are errors") {
  const TestServer server([](const std::string& request) {
    if (request.find("/loop") != std::string::npos)
      return http_answer("", "302 Found", "Location: /loop\r\n");
    if (request.find("/file") != std::string::npos) {
      return http_answer("", "302 Found", "Location: file:///etc/passwd\r\n");
    }
    return http_answer("", "302 Found");
  });
  for (const char* path : {"/loop", "/file", "/none"}) {
    const Got got = get(server, quick(), path);
    CAPTURE(path);
    CHECK(got.error != "");
    CHECK(got.body == "");
    CHECK_FALSE(got.transient);
  }
  net::Client client(quick());
  CHECK(get(client, request(server.url("/loop"), "a=b")).error.find("POST") != std::string::npos);
}

TEST_CASE("a form goes by POST") {
  const TestServer server([](const std::string&) { return http_answer("ok"); });
  net::Client client(quick());
  const std::string form = "query=" + std::string(100'000, 'q');
  CHECK(get(client, request(server.url("/api"), form)).body == "ok");
  CHECK(get(client, request(server.url("/api"))).body == "ok");
  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].starts_with("POST /api HTTP/1.1\r\n"));
  CHECK(requests[0].find("Content-Type: application/x-www-form-urlencoded\r\n") != std::string::npos);
  CHECK(requests[0].ends_with("\r\n\r\n" + form));
  CHECK(requests[1].starts_with("GET /api HTTP/1.1\r\n"));
}

TEST_CASE("Retry-After is read as seconds and as a date, and says whether to come back") {
  std::string header;
  const TestServer server(
      [&](const std::string&) { return http_answer("", "429 Too Many Requests", header); });
  const auto retry_after = [&](const std::string& text) {
    header = text;
    net::Client client(quick());
    return client.send(request(server.url("/"))).retry_after();
  };
  CHECK(retry_after("") == -1);
  CHECK(retry_after("Retry-After: 7\r\n") == 7 * kSecond);
  CHECK(retry_after("retry-after: soon\r\n") == -1);
  CHECK(retry_after("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n") == 0);
  CHECK(retry_after("Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n") > 365 * kDay);

  header = "Retry-After: 7\r\n";
  net::Client client(quick());
  const net::Response response = client.send(request(server.url("/")));
  const net::HttpError error = net::refused(response, "slow down");
  CHECK(error.transient);
  CHECK(error.retry_after == 7 * kSecond);
  CHECK(std::string(error.what()) == server.url("/") + ": HTTP 429: slow down");
}

TEST_CASE("a client goes on after an exchange that was left in the middle") {
  const TestServer server([](const std::string&) { return http_answer(std::string(3'000'000, 'x')); });
  net::Client client(quick());
  { CHECK(client.send(request(server.url("/"))).read().size() > 0); }
  CHECK(get(client, request(server.url("/"))).body.size() == 3'000'000);
}

TEST_CASE("a file of authorities that is not there is wrong usage") {
  net::HttpOptions options = quick();
  options.ca_file = "/nonexistent/ca.pem";
  CHECK_THROWS_AS(net::Client{options}, UsageError);
}

TEST_CASE("bytes that an answer left behind do not spoil the next one") {
  // Nothing says that the connection ends, so the client may try to use it again.
  const TestServer server(
      [](const std::string&) { return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, world"; });
  net::Client client(quick());
  for (int i = 0; i < 5; ++i) {
    const Got got = get(client, request(server.url("/")));
    CHECK(got.error == "");
    CHECK(got.body == "hello");
  }
}

TEST_CASE("a proxy of the environment is used, unless the options say no") {
  const TestServer proxy([](const std::string&) { return http_answer("by the proxy"); });
  setenv("http_proxy", proxy.url().c_str(), 1);
  unsetenv("no_proxy");
  unsetenv("NO_PROXY");
  net::HttpOptions options = quick();
  options.use_proxy = true;
  net::Client client(options);
  CHECK(get(client, request("http://prom.invalid:9090/x")).body == "by the proxy");
  REQUIRE(proxy.requests().size() == 1);
  CHECK(proxy.requests()[0].starts_with("GET http://prom.invalid:9090/x HTTP/1.1\r\n"));
  const TestServer server([](const std::string&) { return http_answer("itself"); });
  CHECK(get(server).body == "itself");
  unsetenv("http_proxy");
}

TEST_CASE("method, content type and secret headers are sent, and the clock is compared") {
  const TestServer server([](const std::string&) {
    return std::string(
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:10 GMT\r\nContent-Length: 2\r\n\r\nok");
  });
  net::HttpOptions options = quick();
  options.headers = {"X-Key: s3cret"};
  net::Client client(options);
  CHECK(!client.clock_skew());
  net::Request asked = request(server.url("/_pit"), R"({"id":"x"})");
  asked.method = "DELETE";
  asked.content_type = "application/json";
  CHECK(get(client, asked).body == "ok");
  const std::string sent = server.requests().front();
  CHECK(sent.starts_with("DELETE /_pit HTTP/1.1\r\n"));
  CHECK(sent.find("Content-Type: application/json\r\n") != std::string::npos);
  CHECK(sent.find("X-Key: s3cret\r\n") != std::string::npos);
  CHECK(sent.ends_with(R"({"id":"x"})"));
  REQUIRE(client.clock_skew());
  CHECK(*client.clock_skew() + now() > 8 * kSecond);
  CHECK(*client.clock_skew() + now() < 13 * kSecond);
}

TEST_CASE("no more requests are sent than the rate allows") {
  const TestServer server([](const std::string&) { return http_answer("ok"); });
  net::HttpOptions options = quick();
  options.requests_per_second = 20;
  net::Client client(options);
  const Nanos begun = now();
  for (int i = 0; i < 5; ++i) get(client, request(server.url("/")));
  CHECK(now() - begun >= 4 * 50 * kMillisecond);
}

TEST_CASE("a server name of one's own is asked for where the URL leads") {
  const TestServer server([](const std::string&) { return http_answer("ok"); });
  net::HttpOptions options = quick();
  options.server_name = "prometheus.example";
  net::Client client(options);
  CHECK(get(client, request(server.url("/a?b=c"))).body == "ok");
  const std::string sent = server.requests().front();
  CHECK(sent.starts_with("GET /a?b=c HTTP/1.1\r\n"));
  CHECK(sent.find("Host: prometheus.example:" + std::to_string(server.port()) + "\r\n") != std::string::npos);
}
