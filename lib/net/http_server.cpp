#include "net/http_server.hpp"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <limits>
#include <list>
#include <vector>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"

namespace aiops::net {
namespace {

constexpr Nanos kLinger = 2 * kSecond;     // for a client that still sends to see why it was refused
constexpr std::size_t kRead = 256 * 1024;  // bytes read at once
constexpr int kBacklog = 64;

// A clock that nobody sets.
Nanos clock_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

std::string_view phrase(int code) {
  static constexpr std::pair<int, std::string_view> kPhrases[] = {{200, "OK"},
                                                                  {400, "Bad Request"},
                                                                  {404, "Not Found"},
                                                                  {405, "Method Not Allowed"},
                                                                  {408, "Request Timeout"},
                                                                  {413, "Content Too Large"},
                                                                  {415, "Unsupported Media Type"},
                                                                  {417, "Expectation Failed"},
                                                                  {429, "Too Many Requests"},
                                                                  {431, "Request Header Fields Too Large"},
                                                                  {501, "Not Implemented"},
                                                                  {503, "Service Unavailable"},
                                                                  {505, "HTTP Version Not Supported"}};
  for (const auto& [known, text] : kPhrases)
    if (known == code) return text;
  return "Error";
}

struct Found {
  Found(const std::string& host, const std::string& port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    error = getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  }
  ~Found() {
    if (error == 0) freeaddrinfo(list);
  }
  Found(const Found&) = delete;
  Found& operator=(const Found&) = delete;
  addrinfo* list = nullptr;
  int error;
};

// Splits HOST:PORT, [::1]:PORT.
std::pair<std::string, std::string> split_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = colon == std::string::npos ? "" : address.substr(0, colon);
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto number = parse_int(port);
  if (host.empty() || (!bracketed && host.find(':') != std::string::npos) || !number || *number < 0 ||
      *number > 65535) {
    throw UsageError(
        fmt::format("{}: expected HOST:PORT, such as 127.0.0.1:4318 or [::1]:4318", printable(address)));
  }
  return {host, port};
}

Fd listen_at(const std::string& address) {
  const auto [host, port] = split_address(address);
  const Found found(host, port);
  if (found.error != 0)
    throw UsageError(fmt::format("{}: {}", printable(address), gai_strerror(found.error)));
  Fd fd(socket(found.list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (fd) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (!fd || bind(fd.get(), found.list->ai_addr, found.list->ai_addrlen) != 0 ||
      ::listen(fd.get(), kBacklog) != 0) {
    throw BackendError(fmt::format("{}: cannot listen there: {}", printable(address), std::strerror(errno)));
  }
  return fd;
}

std::string address_of(const Fd& fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  auto* const name = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd.get(), name, &size) != 0 ||
      getnameinfo(name, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "";
  return storage.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host, port)
                                       : fmt::format("{}:{}", host, port);
}

enum class Doing { reading, waiting, writing, leaving };  // waiting: for the handler's answer

struct Connection {
  Connection(Fd fd_, HttpServer::Ticket ticket_, const HttpServerOptions& options)
      : fd(std::move(fd_)),
        ticket(ticket_),
        parser(options.head, options.body),
        deadline(clock_now() + options.idle_time) {}

  Fd fd;
  HttpServer::Ticket ticket;
  RequestParser parser;
  Doing doing = Doing::reading;
  std::string in, out;
  std::size_t written = 0;
  std::size_t reserved = 0;  // of the memory for bodies
  bool begun = false;        // bytes of a request have come
  bool keeps = true;         // stays open behind the answer
  bool over = false;
  Nanos deadline;
};

}  // namespace

struct HttpServer::Impl {
  Impl(HttpServerOptions options, Handler& handler)
      : options_(std::move(options)),
        handler_(handler),
        listener_(listen_at(options_.address)),
        address_(address_of(listener_)) {}

  void run(Nanos grace) {
    Nanos end = kNoTime;
    for (;;) {
      if (stop_requested() && end == kNoTime) {
        end = clock_now() + grace;
        listener_.reset();
        for (Connection& c : connections_) stop(c);
      }
      std::erase_if(connections_, [this](Connection& c) { return drop(c); });
      if (end != kNoTime && (clock_now() > end || connections_.empty())) return;
      turn();
    }
  }

  // Once round: waits for something to do, and does it.
  void turn() {
    std::vector<pollfd> polled;
    std::vector<Connection*> of;
    if (handler_.waits_for() >= 0) polled.push_back({handler_.waits_for(), POLLOUT, 0});
    const std::size_t handlers = polled.size();
    const bool room = make_room();
    if (listener_ && room) polled.push_back({listener_.get(), POLLIN, 0});
    const std::size_t first = polled.size();
    for (Connection& c : connections_) {
      const bool reads = (c.doing == Doing::reading && may_read(c)) || c.doing == Doing::leaving;
      polled.push_back({c.fd.get(),
                        static_cast<short>(reads                       ? POLLIN
                                           : c.doing == Doing::writing ? POLLOUT
                                                                       : POLLRDHUP),
                        0});
      of.push_back(&c);
    }
    const int tick = static_cast<int>(handler_.tick_time() / kMillisecond);
    if (::poll(polled.data(), polled.size(), tick) < 0 && errno != EINTR)
      throw BackendError(fmt::format("{}: {}", address_, std::strerror(errno)));
    for (std::size_t i = first; i < polled.size(); ++i) {
      if (polled[i].revents != 0) serve(*of[i - first]);
    }
    if (first > handlers && polled[handlers].revents != 0) accept_all();
    if (handlers != 0 && polled[0].revents != 0) handler_.ready();
    handler_.tick();
    for (Connection& c : connections_) {
      // What came behind a request, or waited for memory.
      if (c.doing == Doing::reading && !c.in.empty()) advance(c);
      if (clock_now() > c.deadline) expire(c);
    }
  }

  // True if another connection may come: the one that was idle for longest goes, where there are too many.
  bool make_room() {
    if (connections_.size() < options_.connections) return true;
    const auto idle = [](const Connection& c) {
      return c.doing == Doing::leaving || (c.doing == Doing::reading && !c.begun);
    };
    auto oldest = connections_.end();
    for (auto c = connections_.begin(); c != connections_.end(); ++c) {
      if (idle(*c) && (oldest == connections_.end() || c->deadline < oldest->deadline)) oldest = c;
    }
    if (oldest == connections_.end() || !somebody_waits()) return false;
    release(*oldest);
    connections_.erase(oldest);
    return true;
  }

  bool somebody_waits() const {
    pollfd polled{listener_.get(), POLLIN, 0};
    return listener_ && ::poll(&polled, 1, 0) > 0;
  }

  void accept_all() {
    while (connections_.size() < options_.connections) {
      Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!fd) return;
      const int yes = 1;
      setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      connections_.emplace_back(std::move(fd), ++tickets_, options_);
    }
  }

  // Bodies are read as far as there is memory for them, first come, first served.
  bool may_read(Connection& c) {
    if (c.parser.state() != RequestParser::State::body || c.reserved != 0) return true;
    const std::size_t wanted = std::max<std::size_t>(c.parser.announced(), 1);
    if (reserved_ != 0 && reserved_ + wanted > options_.memory) return false;
    c.reserved = wanted;
    reserved_ += wanted;
    return true;
  }

  void serve(Connection& c) {
    if (c.doing == Doing::writing) return write(c);
    if (c.doing == Doing::waiting) {  // it hung up
      handler_.gone(c.ticket);
      c.over = true;
      return;
    }
    char bytes[kRead];
    const ssize_t n = ::recv(c.fd.get(), bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
      c.over = true;
    } else if (c.doing == Doing::reading) {
      if (!c.begun) c.deadline = clock_now() + options_.request_time;
      c.begun = true;
      c.in.append(bytes, static_cast<std::size_t>(n));
      advance(c);
    }
  }

  void advance(Connection& c) {
    using State = RequestParser::State;
    const bool had_head = c.parser.state() != State::head;
    if (had_head && !may_read(c)) return;
    const State state = c.parser.take(c.in);
    if (state == State::refused) {
      send(c, handler_.refusal(c.parser.code(), c.parser.reason()), false);
    } else if (state == State::done) {
      c.doing = Doing::waiting;
      c.deadline = std::numeric_limits<Nanos>::max();
      c.keeps = c.parser.keep_alive();
      handler_.request(c.ticket, std::move(c.parser.request()));
    } else if (state == State::body && c.parser.take_expect()) {
      static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
      [[maybe_unused]] const auto sent = ::send(c.fd.get(), kGoOn.data(), kGoOn.size(), MSG_NOSIGNAL);
    }
  }

  void send(Connection& c, const HttpAnswer& answer, bool keeps) {
    release(c);
    c.keeps = keeps && listener_;
    c.doing = Doing::writing;
    c.deadline = clock_now() + options_.answer_time;
    c.written = 0;
    c.out = fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n", answer.code,
                        phrase(answer.code), answer.content_type, answer.body.size());
    if (answer.retry_after >= 0)
      c.out += fmt::format("Retry-After: {}\r\n", (answer.retry_after + kSecond - 1) / kSecond);
    if (!c.keeps) c.out += "Connection: close\r\n";
    c.out += "\r\n";
    c.out += answer.body;
    write(c);
  }

  void write(Connection& c) {
    while (c.written < c.out.size()) {
      const ssize_t n = ::send(c.fd.get(), c.out.data() + c.written, c.out.size() - c.written, MSG_NOSIGNAL);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (n < 0) {
        c.over = true;
        return;
      }
      c.written += static_cast<std::size_t>(n);
    }
    c.out.clear();
    if (!c.keeps) {  // what the client still sends is passed over, or it would not see the answer
      shutdown(c.fd.get(), SHUT_WR);
      c.doing = Doing::leaving;
      c.deadline = clock_now() + kLinger;
      return;
    }
    c.parser.restart();
    c.doing = Doing::reading;
    c.begun = !c.in.empty();
    c.ticket = ++tickets_;
    c.deadline = clock_now() + (c.begun ? options_.request_time : options_.idle_time);
  }

  void expire(Connection& c) {
    if (c.doing == Doing::reading && c.begun) {
      send(c,
           handler_.refusal(408, fmt::format("the request was not whole within {}",
                                             format_duration(options_.request_time))),
           false);
    } else {
      c.over = true;
    }
  }

  void stop(Connection& c) {
    c.keeps = false;
    if (c.doing != Doing::reading) return;
    if (c.begun) {
      send(c, handler_.refusal(503, "this program ends"), false);
    } else {
      c.over = true;
    }
  }

  void release(Connection& c) {
    reserved_ -= c.reserved;
    c.reserved = 0;
  }

  bool drop(Connection& c) {
    if (c.over) release(c);
    return c.over;
  }

  HttpServerOptions options_;
  Handler& handler_;
  Fd listener_;
  std::string address_;
  std::list<Connection> connections_;
  Ticket tickets_ = 0;
  std::size_t reserved_ = 0;
};

HttpServer::HttpServer(HttpServerOptions options, Handler& handler)
    : impl_(std::make_unique<Impl>(std::move(options), handler)) {}
HttpServer::~HttpServer() = default;

const std::string& HttpServer::address() const { return impl_->address_; }
void HttpServer::run(Nanos grace) { impl_->run(grace); }

void HttpServer::answer(Ticket ticket, const HttpAnswer& answer) {
  for (Connection& c : impl_->connections_) {
    if (c.ticket == ticket && c.doing == Doing::waiting) return impl_->send(c, answer, c.keeps);
  }
}

}  // namespace aiops::net
