#include "inject/load.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/file.hpp"
#include "base/stop.hpp"

using namespace aiops;
using namespace aiops::inject;

namespace {

// An HTTP server on the loopback that keeps what it was asked and answers 500 to what holds "fail", 302 to
// what holds "away", else 200.
class Server {
 public:
  Server() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_.get(), 64) == 0);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve() {
    for (;;) {
      const Fd connection(accept(listener_.get(), nullptr, nullptr));
      if (!connection) return;
      std::string request(4096, '\0');
      std::size_t size = 0;
      while (request.find("\r\n\r\n") == request.npos) {
        const auto got = read(connection.get(), request.data() + size, request.size() - size);
        if (got <= 0) break;
        size += static_cast<std::size_t>(got);
      }
      request.resize(size);
      const auto line = request.substr(0, request.find('\r'));
      std::string answer = "HTTP/1.1 200 OK\r\n";
      if (line.find("fail") != line.npos) answer = "HTTP/1.1 500 No\r\n";
      if (line.find("away") != line.npos) answer = "HTTP/1.1 302 Away\r\nLocation: http://203.0.113.1/\r\n";
      answer += "Connection: close\r\nContent-Length: 2\r\n\r\nok";
      const std::lock_guard lock(mutex_);
      asked_.push_back(request);
      try {
        write_all(connection.get(), answer, "socket");
      } catch (const std::exception&) {
      }
    }
  }

  Fd listener_;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<std::string> asked_;
};

LoadOptions usual(const std::string& url) {
  LoadOptions options;
  options.normal.url = url;
  options.slow.url = url + "?delay_ms={ms}";
  options.error.url = url + "?fail=1";
  options.kinds = {RequestKind::slow, RequestKind::error};
  options.requests = 60;
  options.anomalies = 12;
  options.rate = 1000;
  return options;
}

std::string complaint(const LoadOptions& options) {
  try {
    options.check();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the plan has the numbers and the pace that were asked for, and is the same for the same seed") {
  auto options = usual("http://localhost/");
  options.requests = 500;
  options.anomalies = 20;
  options.rate = 20;
  const auto plan = plan_load(options);
  REQUIRE(plan.size() == 500);
  CHECK(plan[1].at == 50 * kMillisecond);
  CHECK(plan[499].at == 24'950 * kMillisecond);
  std::map<RequestKind, int> counts;
  for (const auto& request : plan) {
    ++counts[request.kind];
    if (request.kind == RequestKind::slow) {
      CHECK(request.ms >= 400);
      CHECK(request.ms <= 800);
    } else {
      CHECK(request.ms == 0);
    }
  }
  CHECK(counts == std::map<RequestKind, int>{
                      {RequestKind::normal, 480}, {RequestKind::slow, 10}, {RequestKind::error, 10}});
  const auto kinds = [](const std::vector<PlannedRequest>& requests) {
    std::vector<std::pair<RequestKind, std::int64_t>> result;
    result.reserve(requests.size());
    for (const auto& request : requests) result.emplace_back(request.kind, request.ms);
    return result;
  };
  CHECK(kinds(plan_load(options)) == kinds(plan));
  options.seed = 2;
  CHECK(kinds(plan_load(options)) != kinds(plan));
  options.anomalies = 500;
  for (const auto& request : plan_load(options)) CHECK(request.kind != RequestKind::normal);
}

TEST_CASE("requests go to this machine alone unless a host is allowed") {
  for (const char* host : {"localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"}) {
    CHECK(complaint(usual(std::string("http://") + host + ":8080/test")) == "");
  }
  for (const char* host : {"example.org", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org",
                           "0.0.0.0", "127.0.0.1@example.org", "[2001:db8::1]"}) {
    CHECK(complaint(usual(std::string("http://") + host + "/test")).find("is not this machine") !=
          std::string::npos);
  }
  auto options = usual("http://shop.example.org/test");
  CHECK(
      complaint(options) ==
      "--url: shop.example.org is not this machine; if load on it is wanted by those who run it, say so with "
      "--allow-host shop.example.org");
  options.allow_hosts = {"shop.example.org"};
  CHECK(complaint(options) == "");
  options.slow.url = "http://other.example.org/{ms}";
  CHECK(complaint(options).starts_with("--slow-url: other.example.org is not this machine"));
}

TEST_CASE("what cannot be meant is refused") {
  const auto with = [](auto change) {
    auto options = usual("http://localhost/test");
    change(options);
    return complaint(options);
  };
  CHECK(with([](auto& o) { o.normal.url = ""; }).starts_with("--url is needed"));
  CHECK(with([](auto& o) { o.normal.url = "ftp://localhost/"; }).find("is not an address") !=
        std::string::npos);
  CHECK(with([](auto& o) { o.normal.url = "localhost"; }).find("is not an address") != std::string::npos);
  CHECK(with([](auto& o) { o.anomalies = 61; }) == "--anomalies 61: there are only 60 requests (--requests)");
  CHECK(with([](auto& o) { o.kinds.clear(); }) == "--anomalies needs --kind slow, error or both");
  CHECK(with([](auto& o) {
          o.error.url = "";
        }).starts_with("--kind error needs --error-url or --error-header"));
  CHECK(with([](auto& o) { o.slow.url = o.normal.url; }).starts_with("--kind slow needs"));
  CHECK(with([](auto& o) { o.slow.headers = {"no colon"}; }).find("is not a header") != std::string::npos);
  CHECK(with([](auto& o) { o.slow.headers = {"a: b\r\nc: d"}; }).find("is not a header") !=
        std::string::npos);
  CHECK(with([](auto& o) { o.rate = 0.01; }) ==
        "60 requests at 0.01 a second take 6000 s, longer than --max-time 15m");
}

TEST_CASE("each request is sent once, as it was planned, and told in order") {
  Server server;
  auto options = usual(server.url("/test"));
  options.normal.headers = {"X-All: 1"};
  options.slow.headers = {"X-Delay: {ms}"};
  std::vector<SentRequest> sent;
  const auto summary = Load(options).run([&](const SentRequest& one) { sent.push_back(one); });
  const auto plan = plan_load(options);
  const auto asked = server.asked();
  REQUIRE(sent.size() == 60);
  REQUIRE(asked.size() == 60);
  CHECK(summary.sent == 60);
  CHECK(summary.answered == 60);
  CHECK(summary.by_kind[1] == 6);
  CHECK(summary.by_kind[2] == 6);
  std::set<std::string> traces;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto& one = sent[i];
    CHECK(one.index == i);
    CHECK(one.kind == plan[i].kind);
    CHECK(one.endpoint == "/test");
    CHECK(one.status_code == (one.kind == RequestKind::error ? 500 : 200));
    CHECK(one.duration_ms > 0);
    traces.insert(one.trace_id);
    const auto request = std::find_if(asked.begin(), asked.end(), [&](const std::string& text) {
      return text.find("traceparent: 00-" + one.trace_id + "-") != text.npos;
    });
    REQUIRE(request != asked.end());
    const auto ms = std::to_string(plan[i].ms);
    CHECK(request->find("X-All: 1\r\n") != request->npos);
    CHECK((request->find("GET /test?fail=1 ") != request->npos) == (one.kind == RequestKind::error));
    CHECK((request->find("GET /test?delay_ms=" + ms + " ") != request->npos) ==
          (one.kind == RequestKind::slow));
    CHECK((request->find("X-Delay: " + ms + "\r\n") != request->npos) == (one.kind == RequestKind::slow));
  }
  CHECK(traces.size() == 60);
}

TEST_CASE("a redirect is an answer and is not followed") {
  Server server;
  auto options = usual(server.url("/away"));
  options.requests = 2;
  options.anomalies = 0;
  std::vector<int> codes;
  Load(options).run([&](const SentRequest& one) { codes.push_back(one.status_code); });
  CHECK(codes == std::vector<int>{302, 302});
}

TEST_CASE("a target that cannot be reached ends the load at once") {
  int port = 0;
  {
    const Fd taken(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(taken.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    getsockname(taken.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    // Bound but not listening: connections are refused while it is held.
    auto options = usual("http://127.0.0.1:" + std::to_string(port) + "/");
    options.concurrency = 1;
    std::size_t told = 0;
    CHECK_THROWS_AS(Load(options).run([&](const SentRequest& one) { told += one.status_code == 0; }),
                    BackendError);
    CHECK(told == Load::kGiveUp);
  }
}

TEST_CASE("what the taker throws ends the load and comes out") {
  Server server;
  CHECK_THROWS_AS(Load(usual(server.url("/"))).run([](const SentRequest&) { throw OutputError("full"); }),
                  OutputError);
}

TEST_CASE("a stop ends the load in order") {
  Server server;
  auto options = usual(server.url("/"));
  options.rate = 1;
  options.requests = 800;
  std::size_t told = 0;
  const auto summary = Load(options).run([&](const SentRequest&) {
    ++told;
    request_stop();
  });
  request_stop(false);
  CHECK(told == summary.sent);
  CHECK(summary.sent < 10);
}
