#include <doctest/doctest.h>
#include <stdlib.h>

#include "deliver/pagerduty.hpp"
#include "deliver/slack.hpp"
#include "deliver/slack_blocks.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::deliver;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("nothing in a log becomes a mention or a link of Slack, or ends its block") {
  CHECK(escape_slack("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;");
  const auto one = incident("x", 1, "open", R"(,"logs":[{"message":"``` <!here> *b*"}])");
  const std::string content = slack_content(message_for(one), "http://i/{id}");
  CHECK(has(content, "''' &lt;!here&gt; *b*"));
  CHECK(has(content, "<http://i/x|Open the incident>"));
}

TEST_CASE("a group of Slack is a list") {
  Message message = message_for(incident("x", 1));
  for (int i = 0; i < 60; ++i) message.incidents.push_back(incident("y" + std::to_string(i), 1));
  const std::string content = slack_content(message, "");
  CHECK(has(content, "61 incidents: HIGH t x"));
  CHECK(has(content, "… and 21 more"));
  CHECK_FALSE(has(content, "y45"));
}

TEST_CASE("with a token the first message begins a thread, the others go on in it") {
  SlackOptions options;
  options.token.variable = "AIOPS_TEST_TOKEN";
  options.channel = "#ops";
  const Slack slack(options);
  const auto first = slack.compose(message_for(incident("x", 1)));
  REQUIRE(first.size() == 1);
  CHECK(has(first[0].body, "{\"channel\":\"#ops\",\"text\":\"HIGH t x\""));
  const auto next = slack.compose(
      message_for(incident("x", 2, "resolved"), What::resolved, R"({"channel":"C1","ts":"1.2"})"));
  REQUIRE(next.size() == 2);
  CHECK(next[0].to == "chat.update");
  CHECK(has(next[0].body, "{\"channel\":\"C1\",\"ts\":\"1.2\""));
  CHECK(has(next[1].body, "\"thread_ts\":\"1.2\",\"text\":\"*RESOLVED t x*\""));
}

TEST_CASE("PagerDuty is told by what it knows already") {
  PagerDutyOptions options;
  options.routing_key.variable = "AIOPS_TEST_KEY";
  const PagerDuty pager(options);
  const auto actions = [&](const std::string& state, const std::string& handle, What what = What::updated) {
    std::string all;
    for (const Call& call : pager.compose(message_for(incident("x", 1, state), what, handle))) {
      CHECK(has(call.body, R"x({"routing_key":"(secret)","event_action":")x"));
      CHECK(has(call.body, R"("dedup_key":"x")"));
      const std::size_t at = call.body.find("event_action") + 15;
      all += call.body.substr(at, 3) + " ";
    }
    return all;
  };
  CHECK(actions("open", "") == "tri ");
  CHECK(actions("open", "{}") == "tri ");
  CHECK(actions("acknowledged", "{}") == "ack ");
  CHECK(actions("resolved", "{}") == "res ");
  CHECK(actions("acknowledged", "") == "tri ack ");  // it was down while the incident opened
  CHECK(actions("resolved", "") == "tri res ");
}
