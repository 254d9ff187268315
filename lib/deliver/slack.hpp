// Slack: an incoming webhook, or, with a bot's token, threads.
//
// Limits (docs.slack.dev): a message a second (apis/web-api/rate-limits), 429 with Retry-After beyond; 50
// blocks a message, 150 characters of a header, 3,000 of a section's text, 2,000 of each of its 10 fields
// (reference/block-kit/blocks). Webhooks answer with the text "ok", or with a status of 400 and more and an
// error such as invalid_payload (messaging/sending-messages-using-incoming-webhooks); the Web API answers 200
// with {"ok":false,"error":…} (apis/web-api/using-the-slack-web-api). "&", "<" and ">" of texts are escaped
// (messaging/formatting-message-text), so that nothing in a log becomes a mention, a link or a channel.
#pragma once

#include <string>

#include "deliver/http_post.hpp"
#include "net/credentials.hpp"

namespace aiops::deliver {

struct SlackOptions {
  net::HttpOptions http;
  net::Secret webhook;                        // the address of an incoming webhook, or …
  net::Secret token;                          // … a bot's token (chat:write), and …
  std::string channel;                        // … where it writes
  std::string api = "https://slack.com/api";  // for the token
  std::string link;                           // of an incident, "{id}" standing for its id; "": none
};

class Slack : public Receiver {
 public:
  explicit Slack(SlackOptions options);
  Outcome send(const Message& message) override;
  std::vector<Call> compose(const Message& message) const override;
  Manners manners() const override;

 private:
  Outcome by_webhook(const Message& message);
  Outcome by_token(const Message& message);
  Outcome call(const std::string& method, const std::string& body);

  SlackOptions options_;
  HttpPost http_;
};

// Text as it may stand in a message: "&", "<" and ">" escaped.
std::string escape_slack(std::string_view text);

}  // namespace aiops::deliver
