#include "net/http_request.hpp"

#include <doctest/doctest.h>

using namespace aiops::net;
using State = RequestParser::State;

namespace {

constexpr std::size_t kHead = 1000, kBody = 100;

// The parser after these bytes, given at once and then one by one: it must come to the same.
RequestParser parsed(const std::string& bytes) {
  RequestParser whole(kHead, kBody), single(kHead, kBody);
  std::string in = bytes;
  const State state = whole.take(in);
  in.clear();
  for (const char c : bytes) {
    in += c;
    if (single.take(in) == State::done || single.state() == State::refused) break;
  }
  CHECK(single.state() == state);
  CHECK(single.code() == whole.code());
  CHECK(single.request().body == whole.request().body);
  return whole;
}

int code_of(const std::string& bytes) { return parsed(bytes).code(); }

}  // namespace

TEST_CASE("a request with a length") {
  RequestParser parser = parsed(
      "\r\nPOST /v1/logs?x=1 HTTP/1.1\r\nHost: a\r\ncontent-TYPE:  Application/JSON; charset=utf-8 \r\n"
      "Content-Encoding: GZIP\r\nContent-Length: 3\r\n\r\nabc");
  CHECK(parser.state() == State::done);
  CHECK(parser.request().method == "POST");
  CHECK(parser.request().path == "/v1/logs");
  CHECK(parser.request().content_type == "application/json");
  CHECK(parser.request().encoding == "gzip");
  CHECK(parser.request().body == "abc");
  CHECK(parser.keep_alive());
}

TEST_CASE("a request in chunks, and the one behind it") {
  RequestParser parser(kHead, kBody);
  std::string in =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(parser.take(in) == State::done);
  CHECK(parser.request().body == "abc0123456789");
  CHECK(!parser.keep_alive());
  parser.restart();
  CHECK(parser.take(in) == State::done);
  CHECK(parser.request().method == "GET");
  CHECK(in.empty());
  parsed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
}

TEST_CASE("Expect, once") {
  RequestParser parser(kHead, kBody);
  std::string in = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  CHECK(parser.take(in) == State::body);
  CHECK(parser.announced() == 3);
  CHECK(parser.take_expect());
  CHECK(!parser.take_expect());
}

TEST_CASE("HTTP/1.0 closes unless it is asked not to") {
  CHECK(!parsed("GET / HTTP/1.0\r\n\r\n").keep_alive());
  CHECK(parsed("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive());
}

TEST_CASE("what is refused") {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  CHECK(code_of("GET / HTTP/1.1\r\n\r\n") == 400);  // no host
  CHECK(code_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
  CHECK(code_of("garbage\r\n\r\n") == 400);
  CHECK(code_of("\x16\x03\x01\x02\r\n\r\n") == 400);  // TLS
  CHECK(code_of("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(code_of("GE(T / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(code_of("GET / HTTP/1.1\r\nHost : a\r\n\r\n") == 400);
  CHECK(code_of("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n") == 400);  // folded
  CHECK(code_of("GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n") == 400);
  CHECK(code_of(post + "Content-Length: x\r\n\r\n") == 400);
  CHECK(code_of(post + "Content-Length: -1\r\n\r\n") == 400);
  CHECK(code_of(post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n") == 400);
  CHECK(code_of(post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(code_of(post + "Content-Length: 101\r\n\r\n") == 413);
  CHECK(code_of(post + "Content-Length: 99999999999999999999999999\r\n\r\n") == 413);
  CHECK(code_of(post + "Transfer-Encoding: gzip, chunked\r\n\r\n") == 501);
  CHECK(code_of(post + "Expect: miracles\r\n\r\n") == 417);
  CHECK(code_of(post + "X: " + std::string(2000, 'x')) == 431);
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  CHECK(code_of(chunked + "x\r\n") == 400);
  CHECK(code_of(chunked + "65\r\n") == 413);
  CHECK(code_of(chunked + "ffffffffffffffff\r\n") == 413);
  CHECK(code_of(chunked + "fffffffffffffffff\r\n") == 400);
  CHECK(code_of(chunked + "1\r\nabc\r\n") == 400);
  CHECK(code_of(chunked + std::string(2000, '0')) == 400);
}
