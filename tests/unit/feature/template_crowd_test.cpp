// Templates that differ in several places, and what stands beside a word that tells whether it is a value.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <set>
#include <string>
#include <vector>

#include "feature/template_miner.hpp"
#include "template_support.hpp"

using namespace aiops::feature;

namespace {

std::set<std::string> different(const std::vector<std::string>& messages) {
  TemplateMiner miner;
  const std::vector<std::string> found = texts(miner, messages);
  return {found.begin(), found.end()};
}

constexpr const char* kNames[] = {"cart",    "search",  "ledger", "mailer",
                                  "gateway", "catalog", "worker", "redis"};

// "{0}" and "{1}" are another pair of names in each; never the same name twice in one place.
std::vector<std::string> pairs(const char* format, std::size_t count = 8) {
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < count; ++i)
    messages.push_back(fmt::format(fmt::runtime(format), kNames[i], kNames[(i + 3) % 8]));
  return messages;
}

}  // namespace

TEST_CASE("words that differ in two places at once are values") {
  CHECK(different(pairs("Ignoring route {0} with unknown cluster {1}")) ==
        std::set<std::string>{"Ignoring route <*> with unknown cluster <*>"});
  CHECK(different(pairs("moved shard from {0} to {1} in time")) ==
        std::set<std::string>{"moved shard from <*> to <*> in time"});
  // Two of them are too few, and so is one word that they share.
  CHECK(different(pairs("Ignoring route {0} with unknown cluster {1}", 2)).size() == 2);
  CHECK(different(pairs("about {0} and {1}", 4)).size() == 4);
}

TEST_CASE("words that differ in more places than they agree in are none") {
  std::vector<std::string> messages;
  for (int i = 0; i < 8; ++i)
    messages.push_back(fmt::format("{} of {} takes {} to {}", kNames[i], kNames[(i + 1) % 8],
                                   kNames[(i + 2) % 8], kNames[(i + 3) % 8]));
  CHECK(different(messages).size() == 8);
}

TEST_CASE("what a crowd has found takes new messages at once, and goes on from its bytes") {
  TemplateMiner miner;
  texts(miner, pairs("Ignoring route {0} with unknown cluster {1}"));
  const std::string message = "Ignoring route envoy with unknown cluster kafka";
  TemplateScan scan;
  scan_template(message, scan);
  const auto id = miner.learn(message, scan);  // nothing is settled yet
  CHECK(miner.at(miner.template_of(id)).text == "Ignoring route <*> with unknown cluster <*>");
  std::vector<TemplateMiner::Stretch> values;
  REQUIRE(miner.has_changing_words(id));
  miner.values(id, scan, values);
  REQUIRE(values.size() == 2);
  CHECK(message.substr(values[0].first, values[0].second - values[0].first) == "envoy");
  CHECK(message.substr(values[1].first, values[1].second - values[1].first) == "kafka");

  TemplateMiner again;
  again.load(miner.save(), "state");
  CHECK(again.save() == miner.save());
  const std::string other = "Ignoring route mysql with unknown cluster nginx";
  scan_template(other, scan);
  CHECK(again.at(again.template_of(again.learn(other, scan))).text ==
        "Ignoring route <*> with unknown cluster <*>");
}

TEST_CASE("a crowd is found whether messages come at once or one by one") {
  TemplateMiner at_once, one_by_one;
  const std::vector<std::string> messages = pairs("Ignoring route {0} with unknown cluster {1}");
  texts(at_once, messages);
  for (const std::string& message : messages) texts(one_by_one, {message});
  CHECK(texts(at_once, messages) == texts(one_by_one, messages));
  CHECK(texts(one_by_one, {messages[0]})[0] == "Ignoring route <*> with unknown cluster <*>");
}

TEST_CASE("other things are said of a crowd's names, and stay apart") {
  std::vector<std::string> messages = pairs("route {0} joins the cluster {1}");
  for (const std::string& other : pairs("route {0} leaves the cluster {1}")) messages.push_back(other);
  CHECK(different(messages) ==
        std::set<std::string>{"route <*> joins the cluster <*>", "route <*> leaves the cluster <*>"});
}

TEST_CASE("a word beside a value is another place than the value's") {
  std::vector<std::string> messages = {"Syncing store (/var/a) once", "Syncing store (/var/b) once"};
  for (const char* name : kNames) messages.push_back(fmt::format("Syncing store ({})", name));
  messages.emplace_back("Syncing store (/var/c)");
  CHECK(different(messages) == std::set<std::string>{"Syncing store (<*>) once", "Syncing store (<*>)"});
}

TEST_CASE("what is said to be attempted is not a value") {
  std::vector<std::string> messages;
  for (const char* verb : {"open", "load", "parse", "write", "rotate"})
    messages.push_back(fmt::format("Failed to {} the archive", verb));
  CHECK(different(messages).size() == 5);
}

TEST_CASE("what something is like is a value, though it says what happened") {
  std::vector<std::string> messages;
  for (const char* state : {"started", "failed", "up"}) {
    for (int i = 0; i < 20; ++i)
      messages.push_back(fmt::format("worker {} of the pool has state {}", i, state));
  }
  CHECK(different(messages) == std::set<std::string>{"worker <*> of the pool has state <*>"});
}

TEST_CASE("names with a ':' behind them are no values as easily") {
  CHECK(different({"got event JoinDone: 1", "got event LeaveDone: 2", "got event PruneDone: 3"}).size() == 1);
  CHECK(different({"says JoinDone: 1", "says LeaveDone: 2", "says PruneDone: 3"}).size() == 3);
}

TEST_CASE("items of lists are values") {
  const auto seen = [](const std::string& message) {
    TemplateMiner miner;
    return texts(miner, {message})[0];
  };
  CHECK(seen("brokers: cart, search, ledger") == "brokers: <*>, <*>, <*>");
  CHECK(seen("watching [cart, search, ledger] now") == "watching [<*>, <*>, <*>] now");
  CHECK(seen("args: [cart-a search-b]") == "args: [<*> <*>]");
  CHECK(seen("status: closed, not open") == "status: closed, not open");
  CHECK(seen("expected: red, green, or blue") == "expected: red, green, or blue");
  CHECK(seen("unable to connect, retrying, giving up") == "unable to connect, retrying, giving up");
  CHECK(seen("[not set]") == "[not set]");
  // Lists of other lengths have the same template.
  CHECK(different({"brokers: cart, search, ledger", "brokers: cart, search, ledger, mailer"}).size() == 1);
}
