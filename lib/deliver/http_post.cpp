#include "deliver/http_post.hpp"

#include <fmt/core.h>

#include <utility>

#include "base/base64.hpp"
#include "base/text.hpp"

namespace aiops::deliver {

namespace {

constexpr int kIdleTimes = 3;  // how much longer the whole answer may take than nothing may come

void hide(std::string& text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (std::size_t at; (at = text.find(secret)) != std::string::npos;) {
      text.replace(at, secret.size(), "…");
    }
  }
}

}  // namespace

net::HttpOptions HttpPost::with_an_end(net::HttpOptions options) {
  if (options.whole_timeout == 0) options.whole_timeout = kIdleTimes * options.idle_timeout;
  return options;
}

Outcome HttpPost::post(net::Request request, const Judge& judge, std::vector<std::string> secrets) {
  request.method = "POST";
  request.after_stop = true;
  if (!access_.token.empty()) {
    secrets.push_back(access_.token.read());
    request.headers.push_back("Authorization: Bearer " + secrets.back());
  }
  if (!access_.user.empty()) {
    secrets.push_back(access_.user.read());
    request.headers.push_back("Authorization: Basic " + base64(secrets.back()));
  }
  PostAnswer answer;
  try {
    net::Response response = client_.send(request);
    answer.code = response.code();
    answer.retry_after = response.retry_after();
    answer.body = response.read_all(64 * 1024);
  } catch (const net::HttpError& error) {
    Outcome outcome;
    outcome.result = Outcome::later;
    outcome.why = error.what();
    outcome.unreachable = true;
    return outcome;
  }
  Outcome outcome = judge(answer);
  hide(outcome.why, secrets);
  return outcome;
}

Outcome judge_status(const std::string& where, const PostAnswer& answer, std::string_view detail) {
  Outcome outcome;
  if (answer.code >= 200 && answer.code < 300) return outcome;
  const bool wrong = answer.code == 400 || answer.code == 413 || answer.code == 422;
  outcome.result = wrong ? Outcome::refused : Outcome::later;
  outcome.unreachable = !wrong;
  outcome.retry_after = answer.retry_after;
  outcome.why = fmt::format("{}: HTTP {}", where, answer.code);
  if (answer.code >= 300 && answer.code < 400)
    outcome.why += ", a redirect, which is not followed: give the final address";
  if (!trim(detail).empty()) outcome.why += ": " + printable(trim(detail), 300);
  return outcome;
}

}  // namespace aiops::deliver
