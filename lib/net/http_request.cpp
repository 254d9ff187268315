#include "net/http_request.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace aiops::net {
namespace {

constexpr std::string_view kEnd = "\r\n";
constexpr std::size_t kChunkLine = 1024;  // of a chunk's size and of trailers

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// RFC 9110, 5.6.2: what methods and names of fields are made of.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

// A whole number in this base, as far as it fits.
bool read_size(std::string_view text, int base, std::size_t& value) {
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return !text.empty() && wrong == std::errc() && end == text.data() + text.size();
}

}  // namespace

void RequestParser::restart() { *this = RequestParser(max_head_, max_body_); }

bool RequestParser::take_expect() { return std::exchange(expect_, false); }

RequestParser::State RequestParser::refuse(int code, std::string reason) {
  code_ = code;
  reason_ = std::move(reason);
  keep_alive_ = false;
  return state_ = State::refused;
}

RequestParser::State RequestParser::take(std::string& in) {
  if (state_ == State::head) {
    std::size_t blank = 0;  // lines before the request line are passed over
    while (in.compare(blank, 2, kEnd) == 0) blank += 2;
    in.erase(0, blank);
    const std::size_t end = in.find("\r\n\r\n");
    if (end == std::string::npos ? in.size() > max_head_ : end > max_head_) {
      return refuse(431, fmt::format("a head of more than {}", count(max_head_, "byte")));
    }
    if (end == std::string::npos) return state_;
    const bool good = head(std::string_view(in).substr(0, end));
    in.erase(0, end + 4);
    if (!good) return state_ == State::refused ? state_ : refuse(400, "no HTTP request");
    if (length_ > max_body_) {
      return refuse(413, fmt::format("a body of more than {}", count(max_body_, "byte")));
    }
    state_ = State::body;
  }
  if (state_ != State::body) return state_;
  return chunked_ ? chunked_body(in) : fixed_body(in);
}

bool RequestParser::head(std::string_view text) {
  const std::size_t first = std::min(text.find(kEnd), text.size());
  if (!request_line(text.substr(0, first))) return false;
  text.remove_prefix(std::min(first + 2, text.size()));
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(kEnd), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
    const std::string_view value = trim(line.substr(colon + 1));
    if (!is_printable(value) || !field(lower(line.substr(0, colon)), value)) return false;
  }
  if (!host_) return refuse(400, "no Host"), false;
  if (chunked_ && has_length_) return refuse(400, "both Content-Length and Transfer-Encoding"), false;
  return true;
}

bool RequestParser::request_line(std::string_view line) {
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/") ? (refuse(505, "expected HTTP/1.1"), false) : false;
  }
  keep_alive_ = version == "HTTP/1.1";
  host_ = !keep_alive_;  // 1.0 needs none
  request_.method = line.substr(0, first);
  std::string_view path = line.substr(first + 1, last - first - 1);
  if (!is_token(request_.method) || !path.starts_with('/') || path.find(' ') != std::string_view::npos ||
      !is_printable(path)) {
    return false;
  }
  request_.path = path.substr(0, path.find('?'));
  return true;
}

bool RequestParser::field(std::string_view name, std::string_view value) {
  if (name == "host") {
    host_ = true;
  } else if (name == "content-length") {
    std::size_t length = 0;
    if (!read_size(value, 10, length) && value.size() < 19) return false;
    if (value.size() >= 19) length = max_body_ + 1;
    if (has_length_ && length != length_) return false;
    has_length_ = true;
    length_ = length;
  } else if (name == "transfer-encoding") {
    if (lower(value) != "chunked") return refuse(501, "a Transfer-Encoding other than chunked"), false;
    chunked_ = true;
  } else if (name == "content-type") {
    request_.content_type = lower(trim(value.substr(0, value.find(';'))));
  } else if (name == "content-encoding") {
    request_.encoding = lower(value) == "identity" ? "" : lower(value);
  } else if (name == "connection") {
    const std::string wanted = lower(value);
    if (wanted.find("close") != std::string::npos) keep_alive_ = false;
    if (wanted.find("keep-alive") != std::string::npos) keep_alive_ = true;
  } else if (name == "expect") {
    if (lower(value) != "100-continue") return refuse(417, "an Expect other than 100-continue"), false;
    expect_ = true;
  }
  return true;
}

RequestParser::State RequestParser::fixed_body(std::string& in) {
  const std::size_t wanted = length_ - request_.body.size();
  if (request_.body.empty()) request_.body.reserve(length_);
  request_.body.append(in, 0, wanted);
  in.erase(0, std::min(wanted, in.size()));
  if (request_.body.size() == length_) state_ = State::done;
  return state_;
}

RequestParser::State RequestParser::chunked_body(std::string& in) {
  std::size_t at = 0;
  while (state_ == State::body) {
    if (chunk_state_ == Chunk::data) {
      const std::size_t part = std::min(chunk_, in.size() - at);
      request_.body.append(in, at, part);
      at += part;
      chunk_ -= part;
      if (chunk_ != 0) break;
      chunk_state_ = Chunk::end;
    }
    const std::size_t end = in.find(kEnd, at);
    if (end == std::string::npos) {
      if (in.size() - at > kChunkLine) return refuse(400, "a chunk without its size");
      break;
    }
    const std::string_view line = std::string_view(in).substr(at, end - at);
    if (chunk_state_ == Chunk::end) {
      if (!line.empty()) return refuse(400, "a chunk that is longer than it says");
      chunk_state_ = Chunk::size;
    } else if (chunk_state_ == Chunk::trailer) {
      if (line.empty()) state_ = State::done;
    } else {
      if (!read_size(trim(line.substr(0, line.find(';'))), 16, chunk_)) {
        return refuse(400, "a chunk without its size");
      }
      if (chunk_ > max_body_ || request_.body.size() + chunk_ > max_body_) {
        return refuse(413, fmt::format("a body of more than {}", count(max_body_, "byte")));
      }
      chunk_state_ = chunk_ == 0 ? Chunk::trailer : Chunk::data;
    }
    at = end + 2;
  }
  in.erase(0, at);
  return state_;
}

}  // namespace aiops::net
