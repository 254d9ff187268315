#include "deliver/webhook.hpp"

#include <fmt/core.h>

#include <utility>

#include "base/json_out.hpp"
#include "base/sha256.hpp"
#include "net/url.hpp"

namespace aiops::deliver {
namespace {

std::string envelope(const Message& message, const std::string& receiver) {
  JsonOut json;
  json.open('{').text("what", name_of(message.what)).text("key", message.key);
  json.text("conversation", message.conversation).text("receiver", receiver);
  json.text("sent", format_time(message.now)).array("incidents");
  for (const IncidentPtr& incident : message.incidents) json.raw(incident->json);
  json.close(']').close('}');
  return json.str();
}

}  // namespace

Webhook::Webhook(WebhookOptions options) : options_(std::move(options)), http_(options_.access) {}

Manners Webhook::manners() const { return {}; }

std::vector<Call> Webhook::compose(const Message& message) const {
  const std::string to = options_.secret_url.empty() ? net::shown(options_.url) : "(secret address)";
  if (!options_.body) return {{to, envelope(message, options_.name)}};
  std::vector<Call> calls;
  for (const IncidentPtr& incident : message.news) {
    calls.push_back({to, options_.body->render(*incident, message, options_.name)});
  }
  return calls;
}

Outcome Webhook::send(const Message& message) {
  const std::vector<Call> calls = compose(message);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const std::string key = calls.size() == 1 ? message.key : message.news[i]->id + "/" + message.key;
    const Outcome outcome = post(calls[i].body, key);
    if (outcome.result != Outcome::sent) return outcome;
  }
  return {};
}

Outcome Webhook::post(const std::string& body, const std::string& key) {
  net::Request request;
  request.secret_url = !options_.secret_url.empty();
  request.url = request.secret_url ? options_.secret_url.read() : options_.url;
  request.content_type = options_.content_type;
  request.headers = {"Idempotency-Key: " + key};
  std::vector<std::string> secrets;
  if (!options_.secret.empty()) {
    secrets.push_back(options_.secret.read());
    request.headers.push_back("X-Aiops-Signature: sha256=" + hex(hmac_sha256(secrets.back(), body)));
  }
  request.body = body;
  const std::string where = request.secret_url ? net::origin(request.url) : net::shown(request.url);
  if (request.secret_url) secrets.push_back(request.url);
  const auto judge = [&](const PostAnswer& answer) { return judge_status(where, answer, answer.body); };
  return http_.post(std::move(request), judge, std::move(secrets));
}

}  // namespace aiops::deliver
