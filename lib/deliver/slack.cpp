#include "deliver/slack.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "deliver/slack_blocks.hpp"
#include "net/url.hpp"

namespace aiops::deliver {
namespace {

// Errors of the Web API that mean this very message, whenever it is sent.
constexpr std::array<std::string_view, 8> kWrongMessage = {
    "invalid_blocks", "invalid_blocks_format", "msg_too_long",         "msg_blocks_too_long",
    "no_text",        "invalid_arguments",     "too_many_attachments", "markdown_text_conflict"};
// The message that was to be changed or answered is not there any more.
constexpr std::array<std::string_view, 4> kGone = {"message_not_found", "thread_not_found",
                                                   "cant_update_message", "edit_window_closed"};

template <std::size_t kSize>
bool is_one_of(std::string_view text, const std::array<std::string_view, kSize>& all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

net::HttpOptions at_slacks_pace(net::HttpOptions options) {
  options.requests_per_second = 1;
  return options;
}

// A member of Message::handle, {"channel":…,"ts":…}.
std::string of_handle(const std::string& handle, std::string_view name) {
  simdjson::dom::parser parser;
  std::string_view text;
  if (handle.empty() || parser.parse(handle)[name].get_string().get(text)) return "";
  return std::string(text);
}

}  // namespace

Slack::Slack(SlackOptions options)
    : options_(std::move(options)), http_({at_slacks_pace(options_.http), options_.token, {}}) {}

Manners Slack::manners() const {
  Manners manners;
  // An update without a token is a message of its own in the channel.
  manners.update_interval = options_.token.empty() ? 10 * kMinute : kMinute;
  return manners;
}

std::vector<Call> Slack::compose(const Message& message) const {
  const std::string content = slack_content(message, options_.link);
  if (options_.token.empty()) return {{"(incoming webhook)", "{" + content + "}"}};
  const std::string channel = of_handle(message.handle, "channel"), ts = of_handle(message.handle, "ts");
  const std::string further = ",\"unfurl_links\":false,\"unfurl_media\":false}";
  if (ts.empty()) {
    return {{"chat.postMessage",
             fmt::format("{{\"channel\":{},{}{}", json_string(options_.channel), content, further)}};
  }
  const std::string there = fmt::format("{{\"channel\":{}", json_string(channel));
  return {{"chat.update", fmt::format("{},\"ts\":{},{}}}", there, json_string(ts), content)},
          {"chat.postMessage", fmt::format("{},\"thread_ts\":{},\"text\":{}{}", there, json_string(ts),
                                           json_string(slack_reply(message)), further)}};
}

Outcome Slack::send(const Message& message) {
  return options_.token.empty() ? by_webhook(message) : by_token(message);
}

Outcome Slack::by_webhook(const Message& message) {
  net::Request request;
  request.url = options_.webhook.read();
  request.secret_url = true;
  request.content_type = "application/json";
  request.body = compose(message).front().body;
  const std::string where = net::origin(request.url);
  return http_.post(std::move(request), [&](const PostAnswer& answer) {
    Outcome outcome = judge_status(where, answer, answer.body);
    if (outcome.result == Outcome::sent && trim(answer.body) != "ok") {
      outcome = {Outcome::later, where + ": expected \"ok\", got " + printable(answer.body, 200), -1, "",
                 true};
    }
    // A webhook that was taken away answers 400, too; that is no fault of the message.
    if (answer.code == 400 && trim(answer.body) == "invalid_token") outcome.result = Outcome::later;
    return outcome;
  });
}

// A new message, or the old one brought up to date and an answer to it.
Outcome Slack::by_token(const Message& message) {
  Outcome outcome;
  for (const Call& one : compose(message)) {
    Outcome its = call(one.to, one.body);
    if (its.result == Outcome::refused && is_one_of(its.why, kGone)) {
      // Somebody has deleted it: the conversation goes on in a new one.
      Message anew = message;
      anew.handle.clear();
      return by_token(anew);
    }
    if (its.result == Outcome::refused) its.why = options_.api + ": " + its.why;
    if (its.result != Outcome::sent) return its;
    if (outcome.handle.empty()) outcome.handle = its.handle;
  }
  return outcome;
}

// why of a refusal: Slack's word for it alone.
Outcome Slack::call(const std::string& method, const std::string& body) {
  net::Request request;
  request.url = options_.api + "/" + method;
  request.content_type = "application/json; charset=utf-8";
  request.body = body;
  const std::string where = net::shown(request.url);
  return http_.post(std::move(request), [&](const PostAnswer& answer) {
    Outcome outcome = judge_status(where, answer, answer.code == 200 ? "" : answer.body);
    if (outcome.result != Outcome::sent) return outcome;
    simdjson::dom::parser parser;
    simdjson::dom::object said;
    bool good = false;
    std::string_view error, channel, ts;
    if (parser.parse(answer.body).get_object().get(said) || said["ok"].get_bool().get(good)) {
      return Outcome{Outcome::later, where + ": no answer of Slack: " + printable(answer.body, 200), -1, "",
                     true};
    }
    if (!good) {
      if (said["error"].get_string().get(error)) error = "unknown error";
      if (is_one_of(error, kWrongMessage) || is_one_of(error, kGone)) {
        return Outcome{Outcome::refused, std::string(error), -1, "", false};
      }
      return Outcome{Outcome::later, where + ": " + printable(error), answer.retry_after, "", true};
    }
    if (said["channel"].get_string().get(channel) || said["ts"].get_string().get(ts)) return outcome;
    outcome.handle = fmt::format("{{\"channel\":{},\"ts\":{}}}", json_string(channel), json_string(ts));
    return outcome;
  });
}

}  // namespace aiops::deliver
