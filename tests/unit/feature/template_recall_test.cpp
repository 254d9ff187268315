// Messages recalled against messages scanned: the same tokens at the same places, whatever stands there.
#include "feature/template_recall.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <string>
#include <tuple>
#include <vector>

#include "base/random.hpp"
#include "feature/template_rows.hpp"

using namespace aiops;
using namespace aiops::feature;

namespace {

constexpr const char* kWords[] = {
    "request", "of",   "user", "bad", "cafe", "deadbeef", "x",  "jetty",   "B",     "Jan", "Wed", "KB",
    "ms",      "true", "null", "is",  "f",    "\xc3\xa4", "Ab", "org.a.B", "can't", "-",   "+"};
constexpr const char* kBetween[] = {" ",   " ", " ", "=", ":", "::", "://", ".",  "..", ",",  "\"",
                                    "'",   "(", "]", "/", "-", "_",  "@",   "\\", "\t", "\n", "\n\t",
                                    " = ", "|", "~", "",  "#", "%",  "`",   "*",  "[:"};

template <std::size_t N>
const char* pick(Random& random, const char* const (&choices)[N]) {
  return choices[random.below(N)];
}

std::string number(Random& random) {
  std::string text;
  switch (random.below(6)) {
    case 0:
      return fmt::format("{:x}", random.below(0xFFFFFFFF));
    case 1:
      return fmt::format("{:X}", random.below(0xFFFF));
    case 2:
      return fmt::format("{}", random.below(100));
    case 3:
      for (std::uint32_t size = 1 + random.below(40); text.size() < size;)
        text.push_back("0123456789abcdefgzAFGZ"[random.below(22)]);
      return text;
    default:
      return fmt::format("{}", random.below(2'000'000'000));
  }
}

// '#' stands for numbers.
std::string form(Random& random) {
  std::string text;
  for (std::uint32_t parts = 1 + random.below(16); parts > 0; --parts) {
    text += random.below(2) == 0 ? "\x01" : pick(random, kWords);
    text += pick(random, kBetween);
  }
  return text;
}

std::string filled(Random& random, const std::string& form) {
  std::string text;
  for (const char c : form) c == '\x01' ? void(text += number(random)) : text.push_back(c);
  return text;
}

using Place = std::tuple<std::uint32_t, std::uint32_t, std::uint8_t, std::uint64_t>;

std::vector<Place> places(const TemplateScan& scan) {
  std::vector<Place> all;
  for (const TemplateToken& token : scan.tokens)
    all.emplace_back(token.begin, token.end, token.flags, token.hash);
  return all;
}

}  // namespace

TEST_CASE("a message that is recalled has the tokens that a scan of it finds") {
  Random random(11);
  std::uint64_t recalled = 0;
  for (int round = 0; round < 300; ++round) {
    TemplateRecall recall;
    std::vector<std::string> forms;
    for (int i = 0; i < 5; ++i) forms.push_back(form(random));
    for (int i = 0; i < 200; ++i) {
      const std::string message = filled(random, forms[random.below(5)]);
      const std::string padded = message + "9z:=\"'-. 0aF g7 ." + std::string(16, 'x');
      const std::string_view text(padded.data(), message.size());
      TemplateScan scan;
      scan_template(text, scan);
      std::vector<std::uint16_t> ends;
      const std::uint32_t kind = recall.find(text, ends);
      if (kind == TemplateRecall::kNone) {
        CHECK(ends.empty());
        recall.learn(text, scan, 1);
        continue;
      }
      ++recalled;
      TemplateRecall::Known& known = recall.at(kind);
      CAPTURE(message);
      REQUIRE(known.scan.pattern == scan.pattern);
      REQUIRE(known.scan.skeleton == scan.skeleton);
      TemplateScan found = known.scan;
      for (std::size_t token = 0; token < found.tokens.size(); ++token)
        std::tie(found.tokens[token].begin, found.tokens[token].end) =
            TemplateRecall::stretch(known, token, ends.data());
      REQUIRE(places(found) == places(scan));
    }
  }
  CHECK(recalled > 20'000);  // else nothing was compared
}

TEST_CASE("what is too long or different each time is not recalled, and memory stays") {
  TemplateRecall recall;
  TemplateScan scan;
  std::vector<std::uint16_t> ends;
  const std::string longest = std::string(TemplateRecall::kLongest, 'a') + std::string(16, ' ');
  for (const std::size_t size : {TemplateRecall::kLongest, TemplateRecall::kLongest + 1}) {
    const std::string text = std::string(size, 'a') + std::string(16, ' ');
    scan_template({text.data(), size}, scan);
    recall.learn({text.data(), size}, scan, 1);
    CHECK((recall.find({text.data(), size}, ends) != TemplateRecall::kNone) ==
          (size == TemplateRecall::kLongest));
  }
  CHECK(recall.find({longest.data(), 0}, ends) == TemplateRecall::kNone);
  // A word that is different each time: no more kinds than there is room for, and room is made.
  Random random(2);
  for (int i = 0; i < 60'000; ++i) {
    std::string text = "user ";
    for (int at = 0; at < 20; ++at) text.push_back(static_cast<char>('g' + random.below(19)));
    const std::size_t size = text.size();
    text.append(16, ' ');
    scan_template({text.data(), size}, scan);
    recall.learn({text.data(), size}, scan, 1);
    if (i % 1000 == 0) recall.make_room();
  }
  recall.clear();
  ends.clear();
  CHECK(recall.find({longest.data(), 10}, ends) == TemplateRecall::kNone);
  CHECK(ends.empty());
}

namespace {

// What is written of messages that stand in their rows, or apart from them, where nothing can be recalled.
std::string written(const std::vector<std::string>& messages, std::size_t block, bool in_rows) {
  TemplateOptions options;
  options.max_patterns = 200;  // so that patterns are forgotten, too
  TemplateMiner miner(options);
  record::Sink sink(record::Sink::Memory{});
  TemplateRows rows(miner, sink, {"template_id", "template", "parameters", "merged_from"});
  rows.begin(record::Format::ndjson, "", "\n");
  std::vector<std::string> lines;
  lines.reserve(messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    std::string& line = lines.emplace_back("{\"message\":\"" + messages[i] + "\"}");
    const std::size_t size = line.size();
    line.append(16, '\0');
    const std::string_view row(line.data(), size);
    rows.add(row, in_rows ? row.substr(12, messages[i].size()) : std::string_view(messages[i]));
    if (i % block == block - 1) rows.write();
  }
  rows.write();
  return sink.buffer();
}

}  // namespace

TEST_CASE("rows come out the same whether their messages are recalled or scanned") {
  Random random(8);
  constexpr const char* kNames[] = {"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"};
  std::vector<std::string> messages;
  for (int i = 0; i < 6000; ++i) {
    const std::string name =
        random.below(4) == 0 ? fmt::format("n{}x", random.below(3)) : pick(random, kNames);
    switch (random.below(5)) {
      case 0:
        messages.push_back("session opened for user " + name + " after " + number(random) + " ms");
        break;
      case 1:
        messages.push_back("disk /dev/sd" + number(random) + " of " + name + " is full (" + number(random) +
                           ")");
        break;
      case 2:
        messages.push_back(
            "gr\xc3\xbc\xc3\x9f"
            "e an " +
            name + ", " + number(random));
        break;
      case 3:
        messages.push_back(number(random) + " started");
        break;
      default: {
        std::string word;
        for (int at = 0; at < 6; ++at) word.push_back(static_cast<char>('g' + random.below(9)));
        messages.push_back("part " + word + " of the whole is " + number(random) + " now");
      }
    }
  }
  for (const std::size_t block : {1, 7, 500, 6000})
    CHECK(written(messages, block, true) == written(messages, block, false));
}
