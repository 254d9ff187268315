#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/random.hpp"
#include "feature/template_header.hpp"
#include "feature/template_miner.hpp"
#include "feature/template_rows.hpp"
#include "feature/template_scan.hpp"
#include "template_support.hpp"

using namespace aiops;
using namespace aiops::feature;

namespace {

// The message with <*> for its values, words as they are, one blank between.
std::string seen(std::string_view message) {
  TemplateScan scan;
  scan_template(message, scan);
  std::string text;
  for (const TemplateToken& token : scan.tokens) {
    text += text.empty() ? "" : " ";
    text += token.value() ? "<*>" : std::string(message.substr(token.begin, token.end - token.begin));
    if (token.flags & TemplateToken::kNoValue) text += "=";
  }
  return text;
}

std::vector<std::string> texts(const std::vector<std::string>& messages) {
  TemplateMiner miner;
  return texts(miner, messages);
}

std::size_t different(const std::vector<std::string>& found) {
  return std::set<std::string>(found.begin(), found.end()).size();
}

std::vector<std::string> many(const std::string& before, const std::string& behind) {
  std::vector<std::string> messages;
  for (const char* name : {"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"})
    messages.push_back(before + name + behind);
  return messages;
}

}  // namespace

TEST_CASE("what is a value is told by what text is") {
  CHECK(seen("took 20.58 seconds to build") == "took <*> to build");
  CHECK(seen("from 10.0.0.7:8080 to [::ffff:10.1.2.3]") == "from <*> to <*>");
  CHECK(seen("MAC 5c:50:15:36:bc:03 seen") == "MAC <*> seen");
  CHECK(seen("open /var/log/app.log: Input/output error") == "open <*> Input/output error");
  CHECK(seen("copy C:\\Windows\\Temp to share") == "copy <*> to share");
  CHECK(seen("GET https://shop.example.com/cart?x=a failed") == "GET <*> failed");
  CHECK(seen("mail to bob@example.com bounced") == "mail to <*> bounced");
  CHECK(seen("resolve ns.example.com now") == "resolve <*> now");
  CHECK(seen("loaded org.example.shop.Cart twice") == "loaded <*> twice");
  CHECK(seen("org.example.shop.CartException: empty") == "org.example.shop.CartException empty");
  CHECK(seen("at Wed Jun 15 04:06:18 2005 UTC it May begin") == "at <*> <*> <*> <*> <*> it May begin");
  CHECK(seen("ready is true, parent null") == "ready is <*> parent <*>");
  CHECK(seen("uid=0 tty=ssh user = bob name=\"View Lock\" done") == "uid <*> tty <*> user <*> name <*> done");
  CHECK(seen("logname= ruser= rhost=10.0.0.1") == "logname= ruser= rhost <*>");
  CHECK(seen("a == b => c") == "a b c");
  CHECK(seen("device 'tty' is gone, can't open") == "device <*> is gone can't open");
  CHECK(seen("{\"user\":\"alice\",\"n\":3}") == "user <*> n <*>");
  CHECK(seen("enabled......1") == "enabled <*>");
  CHECK(seen("id 6f1c2a5e-98a1-4b3a-8d15-d1b7ea2b4a4d, mask ffffffff") == "id <*> mask <*>");
}

TEST_CASE("of a message of several lines the indented ones are not looked at") {
  CHECK(seen("java.lang.Oops: no\n\tat a.b.C(C.java:3)\n\tat d.e.F(F.java)\nCaused by: other") ==
        "java.lang.Oops no Caused by other");
  CHECK(texts({"Oops: no\n\tat a.b\n\tat c.d\n"})[0] == "Oops: no\n");
}

TEST_CASE("any bytes are taken, and long messages looked at as far as it goes") {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  TemplateScan scan;
  for (std::size_t i = 0; i < all.size(); ++i) scan_template(std::string_view(all).substr(i), scan);
  std::string text(10 << 20, 'x');
  scan_template(text, scan);
  CHECK(scan.tokens.size() == 1);
  for (std::size_t i = 0; i < text.size(); i += 7) text[i] = ' ';
  scan_template(text, scan);
  CHECK(scan.tokens.size() == kTemplateTokens);
  CHECK(scan.tokens.back().end <= kTemplateBytes);
}

TEST_CASE("short tokens that are looked at at once are what they are one byte at a time") {
  Random random(3);
  const std::string_view letters = "aZf9g0Fx.:-=/'\"(\xc3 ";
  TemplateScan slow, fast;
  for (int i = 0; i < 200'000; ++i) {
    std::string token;
    const std::uint32_t size = 1 + random.below(15);
    for (std::uint64_t at = 0; at < size; ++at)
      token.push_back(letters[random.below(i % 2 == 0 ? 8 : static_cast<std::uint32_t>(letters.size()))]);
    scan_template(token, slow);  // too near the end of the message to be looked at at once
    scan_template(token + std::string(40, ' '), fast);
    CAPTURE(token);
    REQUIRE(slow.pattern == fast.pattern);
    REQUIRE(slow.tokens.size() == fast.tokens.size());
    for (std::size_t at = 0; at < slow.tokens.size(); ++at) {
      CHECK(slow.tokens[at].begin == fast.tokens[at].begin);
      CHECK(slow.tokens[at].end == fast.tokens[at].end);
      CHECK(slow.tokens[at].flags == fast.tokens[at].flags);
      CHECK(slow.tokens[at].hash == fast.tokens[at].hash);
    }
  }
}

TEST_CASE("headers of raw lines") {
  const auto rest = [](std::string_view line, LineKind kind = LineKind::raw) {
    return line.substr(message_begin(line, kind));
  };
  CHECK(rest("Jan  3 09:00:55 web1 sshd(pam)[199]: session opened") == "session opened");
  CHECK(rest("<34>1 2026-01-31T12:00:00.123Z web1 sshd[199]: session opened") == "session opened");
  CHECK(rest("2026-01-31 12:00:00.123 [main] INFO  c.e.Cart - started") == "started");
  CHECK(rest("2026-01-31 12:00:00,123 - INFO  [a[id=1]/x:C@7] - started") == "started");
  CHECK(rest("2026-01-31T12:00:00.1+01:00  INFO 47 --- [shop] [  main] c.e.Cart    : started") == "started");
  CHECK(rest("260131 120000 148 INFO dfs.Node$Packet: started") == "started");
  CHECK(rest("[Sat Jan 31 12:00:00 2026] [error] no such file") == "no such file");
  CHECK(rest("01-31 12:00:00.811  1702  2395 D Window: shown") == "shown");
  CHECK(rest("20260131-12:00:00:606|Steps|3000|counted 7") == "counted 7");
  CHECK(rest("[10.30 16:49:06] chrome.exe *64 - host:80 open") == "host:80 open");
  CHECK(rest("ERROR could not open") == "could not open");
  CHECK(rest("nothing to see here") == "nothing to see here");
  CHECK(rest("refused ERROR") == "refused ERROR");
  CHECK(rest("") == "");
  // Of a message only what has a clock is a header.
  CHECK(rest("ERROR could not open", LineKind::message) == "ERROR could not open");
  CHECK(rest("10.0.0.1:22 open", LineKind::message) == "10.0.0.1:22 open");
  CHECK(rest("2026-01-31 12:00:00 INFO c.e.Cart: started", LineKind::message) == "started");
}

TEST_CASE("messages with the same words have one template, whatever the values and how many") {
  CHECK(different(texts({"delete [a1, a2] now", "delete [b7] now", "delete [c1, c2, c3] now"})) == 1);
  CHECK(different(texts({"fan ( 3552 **** 3375 ) ok", "fan ( 3552 3550 3375 ) ok"})) == 1);
  CHECK(different(texts({"rhost= user=a", "rhost=10.0.0.1 user=a"})) == 2);
  CHECK(different(texts({"jetty-6.1", "core.812", "jetty-9.4"})) == 2);
}

TEST_CASE("words that differ are values where evidence says so") {
  CHECK(texts(many("Failed password for ", " from 10.0.0.1"))[0] == "Failed password for <*> from <*>");
  CHECK(different(texts(many("session closed for user ", ""))) == 1);
  // A number in the same place.
  CHECK(different(texts({"login (guest) failed again", "login (u17) failed again"})) == 1);
  // States are not values, however many lines say them, and neither are the only words of short messages.
  CHECK(different(texts({"instance a1 started by event", "instance a1 paused by event",
                         "instance a1 resumed by event", "instance a1 stopped by event",
                         "instance a1 created by event"})) == 5);
  CHECK(different(texts(
            {"LOOKING", "FOLLOWING", "LEADING", "START 1", "STOP 1", "KILL 1", "RUN 1", "END 1"})) == 8);
  CHECK(different(texts({"address 0x1", "address space 0x1"})) == 2);
}

TEST_CASE("values are what stood in the place of <*>") {
  TemplateMiner miner;
  texts(miner, many("session closed for user ", " after 3 s"));
  TemplateScan scan;
  const std::string message = "session closed for user zoe after 12 s";
  scan_template(message, scan);
  const auto id = miner.learn(message, scan);
  miner.settle();
  CHECK(miner.at(miner.template_of(id)).text == "session closed for user <*> after <*>");
  REQUIRE(miner.has_changing_words(id));
  std::vector<TemplateMiner::Stretch> stretches;
  miner.values(id, scan, stretches);
  REQUIRE(stretches.size() == 2);
  CHECK(message.substr(stretches[0].first, stretches[0].second - stretches[0].first) == "zoe");
  CHECK(message.substr(stretches[1].first, stretches[1].second - stretches[1].first) == "12 s");
}

TEST_CASE("ids stay, and merging is told") {
  TemplateMiner miner;
  const std::string first = "Failed password for root from 10.0.0.1";
  TemplateScan scan;
  scan_template(first, scan);
  const auto id = miner.learn(first, scan);
  miner.settle();
  const std::uint64_t hash = miner.at(miner.template_of(id)).hash;
  const auto other = many("Failed password for ", " from 10.0.0.1");
  texts(miner, other);
  CHECK(miner.at(miner.template_of(id)).hash == hash);
  const auto merged = miner.take_merged();
  REQUIRE(!merged.empty());
  for (const auto& [from, into] : merged) CHECK(from != hash);
  CHECK(miner.take_merged().empty());
}

TEST_CASE("what was learned goes on from its bytes") {
  TemplateMiner miner;
  auto messages = many("Failed password for ", " from 10.0.0.1");
  messages.insert(messages.end(), {"disk sda1 is full", "started", "rhost= user=a"});
  texts(miner, messages);
  const std::string bytes = miner.save();
  TemplateMiner again;
  again.load(bytes, "state");
  CHECK(again.save() == bytes);
  messages.push_back("Failed password for zoe from 10.0.0.2");
  CHECK(texts(again, messages) == texts(miner, messages));
  CHECK(texts(again, messages).back() == "Failed password for <*> from <*>");
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, bytes.size() / 2, bytes.size() - 1}) {
    TemplateMiner broken;
    CHECK_THROWS_AS(broken.load(std::string_view(bytes).substr(0, size), "state"), InputError);
  }
  std::string damaged = bytes;
  damaged[bytes.size() / 2] ^= 1;
  TemplateMiner broken;
  CHECK_THROWS_AS(broken.load(damaged, "state"), InputError);
}

TEST_CASE("when each message is another, memory stays bounded and what is often is kept") {
  TemplateOptions options;
  options.max_patterns = 400;
  TemplateMiner miner(options);
  TemplateScan scan;
  const auto learn = [&](const std::string& message) {
    scan_template(message, scan);
    return miner.learn(message, scan);
  };
  const std::string usual = "request completed in 3 ms";
  const std::uint64_t hash = miner.at(miner.template_of(learn(usual))).hash;
  std::string word = "aaaaa";
  for (int i = 0; i < 20'000; ++i) {
    for (int at = 0; ++word[static_cast<std::size_t>(at)] > 'z'; ++at)
      word[static_cast<std::size_t>(at)] = 'a';
    learn(word + " nonsense " + std::string(word.rbegin(), word.rend()));
    if (i % 10 == 0) learn(usual);
    if (miner.full()) {
      miner.settle();
      miner.make_room();
    }
    REQUIRE(miner.size() <= 402);
  }
  CHECK(miner.overflowed() == 0);
  CHECK(miner.forgotten() > 0);
  CHECK(miner.at(miner.template_of(learn(usual))).hash == hash);
  for (int i = 0; i < 1000; ++i)
    learn("x" + std::string(1 + i % 26, 'y') + std::string(1 + i / 26, 'z') + " word");
  CHECK(miner.overflowed() > 0);
  CHECK(miner.at(TemplateMiner::kOverflow).text == "<*>");
}

TEST_CASE("templates are forgotten at the same message, however many come at once") {
  const auto forgotten = [](int at_once) {
    TemplateOptions options;
    options.max_patterns = 100;
    TemplateMiner miner(options);
    record::Sink sink(record::Sink::Memory{});
    TemplateRows rows(miner, sink, {"template_id", "template", "parameters", "merged_from"});
    rows.begin(record::Format::ndjson, "", "\n");
    std::deque<std::string> lines;
    for (int i = 0; i < 900; ++i) {
      std::string word = std::to_string(i);
      for (char& c : word) c = static_cast<char>(c - '0' + 'a');
      const std::string& message = lines.emplace_back("x" + word + " word y" + word);
      const std::string& line = lines.emplace_back("{\"message\":\"" + message + "\"}");
      rows.add(line, message);
      if (i % at_once == 0) rows.write();
    }
    rows.write();
    CHECK(miner.overflowed() == 0);
    return std::pair(miner.forgotten(), sink.buffer());
  };
  const auto one = forgotten(1);
  CHECK(one.first > 0);
  for (const int at_once : {7, 64, 1000}) CHECK(forgotten(at_once) == one);
}
