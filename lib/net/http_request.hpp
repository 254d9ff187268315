// A request that comes in over HTTP/1.1, piece by piece.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aiops::net {

struct IncomingRequest {
  std::string method, path;  // path: without the query
  std::string content_type;  // in lower case, without parameters
  std::string encoding;      // Content-Encoding in lower case; "": none
  std::string body;          // as it came
};

// Reads one request after the other. No connection is needed: bytes go in, and `state` says what is to be
// done. Stricter than the standard asks: what two programs could read in two ways is refused.
class RequestParser {
 public:
  enum class State {
    head,     // more bytes, please
    body,     // the same; the head is whole
    done,     // the request is whole
    refused,  // answer with code() and reason(), and close
  };

  RequestParser(std::size_t max_head, std::size_t max_body) : max_head_(max_head), max_body_(max_body) {}

  // Takes bytes from the front of `in` as far as they belong to this request.
  State take(std::string& in);
  State state() const { return state_; }

  IncomingRequest& request() { return request_; }
  bool keep_alive() const { return keep_alive_; }
  // Once, after the head: the client waits for "100 Continue" before it sends the body.
  bool take_expect();
  // After the head: bytes of the body that may come.
  std::size_t announced() const { return chunked_ ? max_body_ : length_; }
  int code() const { return code_; }
  const std::string& reason() const { return reason_; }

  // The next request on the same connection.
  void restart();

 private:
  bool head(std::string_view text);
  bool request_line(std::string_view line);
  bool field(std::string_view name, std::string_view value);
  State fixed_body(std::string& in);
  State chunked_body(std::string& in);
  State refuse(int code, std::string reason);

  std::size_t max_head_, max_body_;
  State state_ = State::head;
  IncomingRequest request_;
  bool keep_alive_ = true, expect_ = false, chunked_ = false, has_length_ = false, host_ = false;
  std::size_t length_ = 0;
  std::size_t chunk_ = 0;  // bytes of the chunk that are still to come
  enum class Chunk { size, data, end, trailer } chunk_state_ = Chunk::size;
  int code_ = 0;
  std::string reason_;
};

}  // namespace aiops::net
