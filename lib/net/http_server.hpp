// A small HTTP/1.1 server for programs that push data to us: one thread, few connections, bounded in all
// directions. No TLS, no credentials: it belongs on the loopback, or behind a proxy.
//
// A request is handed over when it is whole; the answer may come at once or later. Bodies of all requests
// together take at most `memory`: beyond that connections are not read, so that who sends must wait.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/time.hpp"
#include "net/http_request.hpp"

namespace aiops::net {

struct HttpServerOptions {
  std::string address = "127.0.0.1:4318";  // HOST:PORT; port 0: a free one
  std::size_t connections = 64;
  std::size_t head = 16 * 1024;           // bytes of a request's head
  std::size_t body = 16 * 1024 * 1024;    // bytes of a body, as sent
  std::size_t memory = 64 * 1024 * 1024;  // bytes of all bodies; a chunked one counts as the largest
  Nanos request_time = kMinute;           // from a request's first byte to its last
  Nanos idle_time = 90 * kSecond;         // between two requests
  Nanos answer_time = 10 * kSecond;       // for the client to take the answer
};

struct HttpAnswer {
  int code = 200;
  std::string content_type = "application/json";
  std::string body;
  Nanos retry_after = -1;  // -1: not said
};

class HttpServer {
 public:
  using Ticket = std::uint64_t;

  class Handler {
   public:
    virtual ~Handler() = default;
    // A whole request. It is answered by answer(ticket, …), now or later.
    virtual void request(Ticket ticket, IncomingRequest request) = 0;
    // The client went away before it was answered: the ticket is void.
    virtual void gone(Ticket ticket) = 0;
    // The answer for a request that the server itself refuses.
    virtual HttpAnswer refusal(int code, const std::string& reason) = 0;
    // What the handler wants to write to, -1: nothing; ready() is called when that is possible, and tick()
    // each time that something happened or this time has passed.
    virtual int waits_for() const = 0;
    virtual void ready() = 0;
    virtual void tick() = 0;
    virtual Nanos tick_time() const { return 100 * kMillisecond; }
  };

  // Listens from here on. Throws UsageError for an address that is none, BackendError when it is taken. The
  // handler must outlive it.
  HttpServer(HttpServerOptions options, Handler& handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  // "127.0.0.1:4318", with the port that it got.
  const std::string& address() const;

  // Serves until a stop is requested. Then it takes no more requests, waits at most `grace` for the answers
  // to those that are whole, and refuses the others with 503.
  void run(Nanos grace);

  void answer(Ticket ticket, const HttpAnswer& answer);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiops::net
