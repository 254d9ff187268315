#include "deliver/webhook.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include "../net/test_server.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "deliver/alertmanager.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::deliver;

namespace {

std::string rendered(const std::string& text, const Incident& one) {
  return MessageTemplate::parse(text, "t").render(one, message_for(std::make_shared<Incident>(one)), "hook");
}

std::string body_of(const std::string& request) { return request.substr(request.find("\r\n\r\n") + 4); }

}  // namespace

TEST_CASE("a webhook gets the records as they came, signed") {
  net::TestServer server([](const std::string&) { return net::http_answer("anything"); });
  setenv("AIOPS_TEST_SECRET", "Jefe", 1);
  WebhookOptions options;
  options.name = "hook";
  options.url = server.url("/in?x=1");
  options.secret.variable = "AIOPS_TEST_SECRET";
  Webhook hook(options);
  const std::string json = R"({"id":"x","state":"open","revision":1,"big":12345678901234567890})";
  CHECK(hook.send(message_for(read_incident(json))).result == Outcome::sent);
  const std::string request = server.requests().at(0);
  CHECK(request.starts_with("POST /in?x=1 "));
  CHECK(request.find("Idempotency-Key: x.1\r\n") != std::string::npos);
  const std::string body = body_of(request);
  CHECK(body == R"({"what":"opened","key":"x.1","conversation":"x","receiver":"hook",)"
                R"("sent":"2026-01-31T13:00:00Z","incidents":[)" +
                    json + "]}");
  // printf %s BODY | openssl dgst -sha256 -hmac Jefe
  CHECK(
      request.find(
          "X-Aiops-Signature: sha256=47792b32cd18a689bc145dced05f7a60a54d0f8baf605c5005bd0186b47abab6\r\n") !=
      std::string::npos);
  CHECK(request.find("Jefe") == std::string::npos);
}

TEST_CASE("what an answer means") {
  const auto outcome = [](const std::string& answer) {
    net::TestServer server([&](const std::string&) { return answer; });
    WebhookOptions options;
    options.url = server.url();
    options.access.http.idle_timeout = 500 * kMillisecond;
    options.access.http.follow_redirects = false;
    Webhook hook(options);
    return hook.send(message_for(incident("x", 1)));
  };
  CHECK(outcome(net::http_answer("", "204 No Content")).result == Outcome::sent);
  CHECK(outcome(net::http_answer("why", "400 Bad Request")).result == Outcome::refused);
  CHECK(outcome(net::http_answer("why", "400 Bad Request")).why.find("HTTP 400: why") != std::string::npos);
  CHECK(outcome(net::http_answer("", "413 Too Large")).result == Outcome::refused);
  // Somebody will put it right, and then it is to be told.
  for (const char* status : {"401 No", "404 Not Found", "302 Found", "500 Error", "503 Busy"}) {
    CAPTURE(status);
    CHECK(outcome(net::http_answer("", status)).result == Outcome::later);
  }
  const Outcome busy = outcome(net::http_answer("", "429 Too Many Requests", "Retry-After: 7\r\n"));
  CHECK(busy.result == Outcome::later);
  CHECK(busy.retry_after == 7 * kSecond);
  CHECK(outcome(net::http_answer("", "302 Found")).why.find("a redirect, which is not followed") !=
        std::string::npos);
  CHECK(outcome("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut").result == Outcome::later);
  CHECK(outcome("").result == Outcome::later);
}

TEST_CASE("who answers a byte now and then is given up") {
  net::TestServer server([](const std::string&) { return net::http_answer(std::string(400, 'x')); }, 2);
  WebhookOptions options;
  options.url = server.url();
  options.access.http.idle_timeout = 100 * kMillisecond;
  Webhook hook(options);
  CHECK(hook.send(message_for(incident("x", 1))).why.find("has no end within 300ms") != std::string::npos);
}

TEST_CASE("an address that is secret shows in no message") {
  setenv("AIOPS_TEST_URL", "http://127.0.0.1:9/services/T0/B0/sesame", 1);
  WebhookOptions options;
  options.secret_url.variable = "AIOPS_TEST_URL";
  Webhook hook(options);
  const Outcome outcome = hook.send(message_for(incident("x", 1)));
  CHECK(outcome.result == Outcome::later);
  CHECK(outcome.why.find("http://127.0.0.1:9") == 0);
  CHECK(outcome.why.find("sesame") == std::string::npos);
  CHECK(hook.compose(message_for(incident("x", 1)))[0].to.find("sesame") == std::string::npos);
  unsetenv("AIOPS_TEST_URL");
  CHECK_THROWS_AS(hook.send(message_for(incident("x", 1))), UsageError);
}

TEST_CASE("a template puts fields in, and nothing that they hold gets out of its string") {
  const auto one = read_incident(
      R"({"id":"x","state":"open","title":"a \"b\"\n\\","causes":[{"service":"db"}],"n":1.50,"none":null})");
  CHECK(rendered(R"({"t":"{{title}}"})", *one) == R"({"t":"a \"b\"\n\\"})");
  CHECK(rendered(R"({{ json causes.0 }} {{causes.0.service}} {{json causes.9}} [{{none}}])", *one) ==
        R"({"service":"db"} db null [])");
  CHECK(rendered("{{n}} {{json title}} {{what}} {{key}} {{receiver}}", *one) ==
        R"(1.5 "a \"b\"\n\\" opened x.0 hook)");
  CHECK(rendered("{{headline}}", *one) == R"(HIGH a \"b\"\\x0a\\)");
}

TEST_CASE("templates that are none") {
  CHECK_THROWS_WITH_AS(MessageTemplate::parse("a\n{{title", "t"),
                       "t:2: {{ without }}; expected e.g. {{title}}", UsageError);
  CHECK_THROWS_AS(MessageTemplate::parse("{{}}", "t"), UsageError);
  CHECK_THROWS_AS(MessageTemplate::parse("{{a b}}", "t"), UsageError);
}

TEST_CASE("an alert keeps its labels, whatever the incident spreads to") {
  AlertmanagerOptions options;
  options.url = "http://127.0.0.1:9";
  options.link = "http://x/{id}";
  Alertmanager receiver(options);
  const auto body = [&](const std::string& more, const std::string& state, const std::string& handle) {
    return receiver.compose(message_for(incident("x", 1, state, more), What::opened, handle))[0].body;
  };
  const std::string first = body(R"(,"services":["cart"],"severity":"high","labels":{"a.b":"c","e":""},)"
                                 R"("start":"2026-01-31T12:00:00Z")",
                                 "open", "");
  CHECK(first.find(R"("labels":{"a_b":"c","alertname":"Incident","incident":"x","service":"cart",)"
                   R"("severity":"high"})") != std::string::npos);
  CHECK(first.find(R"("startsAt":"2026-01-31T12:00:00Z","endsAt":"2026-01-31T13:04:00Z")") !=
        std::string::npos);
  CHECK(first.find(R"("generatorURL":"http://x/x")") != std::string::npos);
  const std::string handle = R"({"alertname":"Incident","incident":"x","service":"cart","severity":"high"})";
  const std::string second = body(R"(,"services":["db","cart"],"severity":"high")", "open", handle);
  CHECK(second.find(R"("labels":)" + handle) != std::string::npos);
  CHECK(second.find("\"db\"") == std::string::npos);
  // Another severity is another alert: the old one ends.
  const std::string third = body(R"(,"severity":"critical")", "open", handle);
  CHECK(third.find(R"("endsAt":"2026-01-31T13:00:00Z"},{"labels":)") == std::string::npos);  // has a link
  CHECK(third.find(R"("endsAt":"2026-01-31T13:00:00Z")") != std::string::npos);
  CHECK(third.find(R"("severity":"critical")") != std::string::npos);
  CHECK(third.find(R"("endsAt":"2026-01-31T13:04:00Z")") != std::string::npos);
  // An end in the future, of a clock that is ahead, would keep it alive.
  const std::string end = body(R"(,"severity":"high","end":"2026-01-31T14:00:00Z")", "resolved", handle);
  CHECK(end.find(R"("endsAt":"2026-01-31T13:00:00Z")") != std::string::npos);
}
