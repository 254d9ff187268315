// HTTP requests with a body that is read as it arrives, on libcurl.
//
// A Client keeps its connections open between requests. It has one exchange at a time and belongs to one
// thread; the Response points into it and must be gone before the next send(). Waiting ends within a tenth of
// a second when a stop is requested (base/stop.hpp): Error with Status::interrupted.
//
// HTTP/1.1, http and https only. Proxies come from the environment (http_proxy, https_proxy, no_proxy).
// Redirects of GET are followed, five at most; credentials go to the origin (scheme, host, port) that was
// asked for and to no other. No message holds credentials, a query string or a header that was sent.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "net/credentials.hpp"

namespace aiops::net {

// An exchange that failed. The message opens with the URL as shown() shows it.
struct HttpError : BackendError {
  HttpError(const std::string& what, int code_, bool transient_, Nanos retry_after_ = -1)
      : BackendError(what), code(code_), transient(transient_), retry_after(retry_after_) {}
  int code;           // status of the answer; 0: there was none
  bool transient;     // may go well when tried again: no connection, time-out, cut short, 429, 5xx
  Nanos retry_after;  // what the server asked for; -1: nothing
};

struct HttpOptions {
  Nanos connect_timeout = 10 * kSecond;
  Nanos idle_timeout = 2 * kMinute;  // without a byte: before the first one, and between any two
  Nanos whole_timeout = 0;  // from the first byte sent to the last one received; 0: as long as bytes come
  std::string ca_file;      // PEM; "": the system's
  std::string client_cert, client_key;  // PEM; "": none. The key may stand in the certificate's file
  std::string server_name;  // the name to ask for and to find in the certificate; "": the URL's host
  Credentials credentials;
  std::vector<std::string> headers;  // "Name: value", which may be secret: sent as credentials are
  double requests_per_second = 0;    // send() waits so that no more are sent; 0: as fast as it goes
  bool compress = false;             // accept compressed answers
  bool follow_redirects = true;      // false: an answer that redirects is an answer like any other
  bool use_proxy = true;             // false: whatever the environment says, the host itself is asked
};

struct Request {
  std::string url;
  std::string method;  // "": GET, or POST with a body
  std::string body;
  std::string content_type = "application/x-www-form-urlencoded";  // of the body
  std::vector<std::string> headers;  // "Name: value", besides those that the client sends itself
  bool after_stop = false;  // is sent although a stop was requested, and then waited for a few seconds
  bool secret_url = false;  // messages show scheme, host and port alone: the path lets in whoever knows it
};

class Client;

class Response {
 public:
  Response(Response&& other) noexcept : client_(other.client_) { other.client_ = nullptr; }
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;
  ~Response();

  int code() const;
  // A header's value, "" if the answer has none; name in lower case. Kept: content-type, retry-after, date.
  std::string header(std::string_view name) const;
  // What Retry-After asks for, as seconds or as a date; -1 without one.
  Nanos retry_after() const;
  // The URL that answered, as shown() shows it.
  const std::string& where() const;

  // The next bytes of the body, valid until the next call; empty at the end. Throws HttpError (transient)
  // when the connection breaks, the body is shorter than announced, or nothing came for idle_timeout.
  std::string_view read();
  // The rest of the body, cut at limit.
  std::string read_all(std::size_t limit);

 private:
  friend class Client;
  explicit Response(Client* client) : client_(client) {}
  Client* client_;
};

class Client {
 public:
  // Throws UsageError when ca_file cannot be read.
  explicit Client(HttpOptions options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // Sends and waits for the head of the answer, whatever its status. Throws HttpError when there is none.
  Response send(const Request& request);

  // The server's clock less ours by the Date header, the largest in magnitude of all answers; nullopt before
  // the first answer that has one. Exact to a second and half the time that an answer took.
  std::optional<Nanos> clock_skew() const;

 private:
  friend class Response;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The HttpError for an answer with a status of 400 or more. detail: what the body says, "" if nothing.
HttpError refused(const Response& response, std::string_view detail);

}  // namespace aiops::net
