// A message by HTTP POST, and what the answer means for it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "deliver/receiver.hpp"
#include "net/http.hpp"

namespace aiops::deliver {

struct PostAnswer {
  int code = 0;
  std::string body;        // its first 64 KiB
  Nanos retry_after = -1;  // -1: not said
};

// How a server is reached, and who we are to it.
struct HttpAccess {
  net::HttpOptions http;
  net::Secret token;  // sent as "Authorization: Bearer …"
  net::Secret user;   // USER:PASSWORD, sent as "Authorization: Basic …"
};

// One thread.
class HttpPost {
 public:
  // An answer that has no end within thrice the idle_timeout is none, where whole_timeout says nothing else.
  explicit HttpPost(HttpAccess access) : access_(std::move(access)), client_(with_an_end(access_.http)) {}

  // Sends JSON or whatever content_type says. A failure to get any answer is told as Outcome::later; else
  // `judge` says what the answer means. Throws UsageError when a secret cannot be read.
  using Judge = std::function<Outcome(const PostAnswer& answer)>;
  // secrets: of the request, which the answer may repeat; Outcome::why has them not.
  Outcome post(net::Request request, const Judge& judge, std::vector<std::string> secrets = {});

 private:
  static net::HttpOptions with_an_end(net::HttpOptions options);

  HttpAccess access_;
  net::Client client_;
};

// The usual meaning of a status. 2xx: sent. 400, 413 and 422: this message is wrong, so refused. All else
// later: a server that is busy or broken, and credentials or an address that somebody will put right. detail:
// what the body says.
Outcome judge_status(const std::string& where, const PostAnswer& answer, std::string_view detail);

}  // namespace aiops::deliver
