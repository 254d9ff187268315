// The server on the loopback, with raw sockets for clients, which do what clients of HTTP would not.
#include "net/http_server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/file.hpp"
#include "base/stop.hpp"
#include "net/gzip.hpp"

using namespace aiops;
using namespace aiops::net;

namespace {

// Answers with the body's length; /later after a few ticks; /never never.
struct Echo : HttpServer::Handler {
  HttpServer* server = nullptr;
  std::vector<std::pair<HttpServer::Ticket, int>> later;
  std::atomic<int> lost{0}, waiting{0};

  void request(HttpServer::Ticket ticket, IncomingRequest request) override {
    if (request.path == "/never") return;
    if (request.path == "/later") {
      later.emplace_back(ticket, 2);
      ++waiting;
      return;
    }
    server->answer(ticket, {200, "text/plain", request.path + " " + std::to_string(request.body.size()), -1});
  }
  void gone(HttpServer::Ticket) override { ++lost; }
  HttpAnswer refusal(int code, const std::string& reason) override {
    return {code, "text/plain", reason, -1};
  }
  int waits_for() const override { return -1; }
  void ready() override {}
  void tick() override {
    for (auto& [ticket, ticks] : later)
      if (--ticks == 0) server->answer(ticket, {503, "text/plain", "later", kSecond});
  }
};

struct Served {
  explicit Served(HttpServerOptions options = {}) : server(with_port(std::move(options)), echo) {
    echo.server = &server;
    thread = std::thread([this] { server.run(kSecond); });
  }
  ~Served() {
    request_stop();
    if (thread.joinable()) thread.join();
    request_stop(false);
  }
  static HttpServerOptions with_port(HttpServerOptions options) {
    options.address = "127.0.0.1:0";
    return options;
  }
  Fd connect() const {
    Fd fd(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(
        static_cast<std::uint16_t>(std::stoi(server.address().substr(server.address().rfind(':') + 1))));
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    timeval limit{10, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
  }
  Echo echo;
  HttpServer server;
  std::thread thread;
};

void put(const Fd& fd, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t n = send(fd.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

// Reads until the text is there, or the end; what came.
std::string get(const Fd& fd, const std::string& until) {
  std::string in;
  char bytes[4096];
  while (in.find(until) == std::string::npos) {
    const ssize_t n = recv(fd.get(), bytes, sizeof bytes, 0);
    if (n <= 0) return in;
    in.append(bytes, static_cast<std::size_t>(n));
  }
  return in;
}

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("requests one after the other on a connection, and at once; an answer that comes later") {
  const Served served;
  const Fd fd = served.connect();
  put(fd, post("/a", "123"));
  CHECK(says(get(fd, "/a 3"), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"));
  put(fd, post("/b", std::string(1 << 20, 'x')) + post("/c", "1") + post("/d", ""));
  std::string in;
  while (!says(in, "/d 0") && in.size() < 1000) in += get(fd, "/");
  CHECK(says(in, "/b 1048576"));
  CHECK(says(in, "/c 1"));
  put(fd, post("/later", ""));
  CHECK(
      says(get(fd, "\r\n\r\nlater"),
           "503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nRetry-After: 1\r\n"));
}

TEST_CASE("a body that is too large is refused, and the client sees why although it still sends") {
  HttpServerOptions options;
  options.body = 1000;
  const Served served(options);
  const Fd fd = served.connect();
  put(fd, post("/a", std::string(1 << 20, 'x')));
  const std::string in = get(fd, "nothing");
  CHECK(says(in, "413 "));
  CHECK(says(in, "Connection: close"));
}

TEST_CASE("slow clients are sent away, others are served meanwhile") {
  HttpServerOptions options;
  options.request_time = 300 * kMillisecond;
  const Served served(options);
  const Fd slow = served.connect();
  put(slow, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123");
  const Fd fd = served.connect();
  put(fd, post("/a", "123"));
  CHECK(says(get(fd, "/a 3"), "200"));
  CHECK(says(get(slow, "nothing"), "408 "));
}

TEST_CASE("at most so many connections: the one that is idle makes room") {
  HttpServerOptions options;
  options.connections = 2;
  const Served served(options);
  const Fd idle = served.connect();
  const Fd first = served.connect();
  put(first, post("/a", ""));
  CHECK(says(get(first, "/a 0"), "200"));
  const Fd second = served.connect();
  put(second, post("/b", ""));
  CHECK(says(get(second, "/b 0"), "200"));
  CHECK(get(idle, "x").empty());
}

TEST_CASE("bodies that are larger than the memory for all wait for each other") {
  HttpServerOptions options;
  options.body = 1 << 20;
  options.memory = (1 << 20) + 1000;
  const Served served(options);
  const Fd first = served.connect(), second = served.connect();
  const std::string request = post("/x", std::string(1 << 20, 'x'));
  std::thread other([&] { put(second, request); });
  put(first, request.substr(0, request.size() - 1));
  put(first, "x");
  CHECK(says(get(first, "/x 1048576"), "200"));
  CHECK(says(get(second, "/x 1048576"), "200"));
  other.join();
}

TEST_CASE("a client that goes away before its answer is told to the handler") {
  Served served;
  {
    const Fd fd = served.connect();
    put(fd, post("/never", ""));
    const Fd other = served.connect();
    put(other, post("/a", ""));
    CHECK(says(get(other, "/a 0"), "200"));
  }
  for (int i = 0; i < 200 && served.echo.lost == 0; ++i) usleep(10'000);
  CHECK(served.echo.lost == 1);
}

TEST_CASE("at the end: what is whole is answered, the rest refused") {
  Served served;
  const Fd waiting = served.connect(), half = served.connect();
  put(half, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123");
  put(waiting, post("/a", ""));
  CHECK(says(get(waiting, "/a 0"), "200"));
  put(waiting, post("/later", ""));
  for (int i = 0; i < 200 && served.echo.waiting == 0; ++i) usleep(1000);
  request_stop();
  CHECK(says(get(waiting, "later"), "503"));
  CHECK(says(get(half, "nothing"), "this program ends"));
}

TEST_CASE("addresses") {
  Echo echo;
  for (const std::string address : {"", "4318", ":4318", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536",
                                    "::1:4318", "no.such.host.invalid:1"}) {
    CAPTURE(address);
    HttpServerOptions options;
    options.address = address;
    CHECK_THROWS_AS(HttpServer(options, echo), UsageError);
  }
  const Served served;
  HttpServerOptions taken;
  taken.address = served.server.address();
  CHECK_THROWS_AS(HttpServer(taken, echo), BackendError);
}

// printf hello | gzip -n | xxd
TEST_CASE("gzip: whole, in members, cut, too large, none") {
  const char bytes[] =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00";
  const std::string packed(bytes, sizeof bytes - 1);
  CHECK(gunzip(packed, 5) == "hello");
  CHECK(gunzip(packed + packed, 10) == "hellohello");
  CHECK(!gunzip(packed, 4));
  for (std::size_t size = 0; size < packed.size(); ++size) CHECK(!gunzip(packed.substr(0, size), 100));
  CHECK(!gunzip(packed + "x", 100));
  CHECK(!gunzip("hello", 100));
}
