// A message as JSON to any address.
//
// The body is {"what","key","conversation","receiver","sent","incidents":[the records as they came]}, or what
// a template makes of the incident, one request for each that has news. The headers: Idempotency-Key, the
// same when the same is sent again; with a secret, X-Aiops-Signature: sha256=HEX, the HMAC of the body.
#pragma once

#include <optional>
#include <string>

#include "deliver/http_post.hpp"
#include "deliver/message_template.hpp"
#include "net/credentials.hpp"

namespace aiops::deliver {

struct WebhookOptions {
  std::string name;        // of the receiver
  std::string url;         // or, where the address lets in whoever knows it …
  net::Secret secret_url;  // … this
  HttpAccess access;
  net::Secret secret;  // for the signature; empty: none
  std::optional<MessageTemplate> body;
  std::string content_type = "application/json";
};

class Webhook : public Receiver {
 public:
  explicit Webhook(WebhookOptions options);
  Outcome send(const Message& message) override;
  std::vector<Call> compose(const Message& message) const override;
  Manners manners() const override;

 private:
  Outcome post(const std::string& body, const std::string& key);

  WebhookOptions options_;
  HttpPost http_;
};

}  // namespace aiops::deliver
