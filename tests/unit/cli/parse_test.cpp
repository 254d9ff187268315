// What people type, right and wrong.
#include <doctest/doctest.h>

#include "fixture.hpp"

using aiops::cli::test::Outcome;
using aiops::cli::test::Tool;
using Texts = std::vector<std::string>;

namespace {

// What one wrong command line says, without the tool's name and the pointer to --help.
std::string complaint(const Texts& arguments, bool with_subcommand = false) {
  Tool tool(with_subcommand);
  const Outcome outcome = tool(arguments);
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(tool.runs + tool.lists == 0);
  const std::string before = "aiops-score: ";
  REQUIRE(outcome.err.starts_with(before));
  const std::size_t see = outcome.err.rfind(" (see aiops-score");
  REQUIRE(see != std::string::npos);
  CHECK(outcome.err.ends_with(" --help)\n"));
  return outcome.err.substr(before.size(), see - before.size());
}

}  // namespace

TEST_CASE("options in each of their spellings reach their targets") {
  Tool tool;
  const Outcome outcome = tool({"--window=1h30m", "--contamination", "0.25", "-f", "--count",
                                "9223372036854775807", "--unit", "ns", "a.csv", "--models=", "-"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(tool.window == 90 * aiops::kMinute);
  CHECK(tool.contamination == 0.25);
  CHECK(tool.number == INT64_MAX);
  CHECK(tool.unit == "ns");
  CHECK(tool.follow);
  CHECK(tool.models.empty());  // "--models=" is the empty text and does not eat the next word
  CHECK(tool.files == Texts{"a.csv", "-"});
  CHECK(tool.runs == 1);
}

TEST_CASE("repeated options and lists collect in order; an option's value may begin with a dash") {
  Tool tool;
  CHECK(tool({"--query", "a=x", "--by", "a,b", "--query=b=-1h", "--by", "c", "--query", "-5m"}).status == 0);
  CHECK(tool.queries == Texts{"a=x", "b=-1h", "-5m"});
  CHECK(tool.by == Texts{"a", "b", "c"});
}

TEST_CASE("a repeated option replaces its default") {
  std::vector<std::string> fields{"score", "level"};
  aiops::cli::Command command("aiops-x", "x");
  command.option("--fields", "NAMES", fields, "Fields.").list = true;
  command.run([](aiops::Diagnostics&) { return aiops::Status::done; });
  CHECK(aiops::cli::test::run(command, {"--fields", "alert", "--fields", "model"}).status == 0);
  CHECK(fields == Texts{"alert", "model"});
}

TEST_CASE("words: brackets are no list, and behind -- everything is a word") {
  Tool tool;
  CHECK(tool({"[a,b].csv", "--", "--count", "-x"}).status == 0);
  CHECK(tool.files == Texts{"[a,b].csv", "--count", "-x"});
  CHECK(tool.number == 5);
}

TEST_CASE("a slip is met with what was probably meant") {
  CHECK(complaint({"--windw", "5m"}) == "--windw: no such option; did you mean --window?");
  CHECK(complaint({"--windw=5m"}) == "--windw: no such option; did you mean --window?");
  CHECK(complaint({"--zzz"}) == "--zzz: no such option");
  CHECK(complaint({"-z"}) == "-z: no such option");
  CHECK(complaint({"--unit", "n"}).starts_with("--unit: \"n\" is none of auto, ms, ns"));
  CHECK(complaint({"lst"}, true) == "lst: no such file or subcommand; did you mean list?");
}

TEST_CASE("a bad value says what was expected") {
  CHECK(complaint({"--window", "abc"}) ==
        "--window: \"abc\" is not a duration; expected e.g. 90s, 5m, 1h30m");
  CHECK(complaint({"--window", "60"}) == "--window: \"60\" has no unit; expected e.g. 60s, 60m");
  CHECK(complaint({"--contamination", "7"}) ==
        "--contamination: 7 is out of range; expected a number from 0 to 0.5");
  CHECK(complaint({"--contamination", "x"}) ==
        "--contamination: \"x\" is not a number; expected a number from 0 to 0.5");
  CHECK(complaint({"--contamination", "nan"}) ==
        "--contamination: \"nan\" is not a number; expected a number from 0 to 0.5");
  CHECK(complaint({"--contamination", "1e400"}) ==
        "--contamination: \"1e400\" is not a number; expected a number from 0 to 0.5");
  CHECK(complaint({"--count", "0"}) == "--count: 0 is out of range; expected a whole number of at least 1");
  CHECK(complaint({"--count", "1.5"}) ==
        "--count: \"1.5\" is not a whole number; expected a whole number of at least 1");
  CHECK(complaint({"--count", "9223372036854775808"}) ==
        "--count: \"9223372036854775808\" is not a whole number; expected a whole number of at least 1");
  CHECK(complaint({"--by", "a,,b"}) ==
        "--by: \"a,,b\" has an empty part; expected names with commas between");
  CHECK(complaint({"--by", ""}) == "--by: \"\" has an empty part; expected names with commas between");
  CHECK(complaint({"--follow=maybe"}) == "--follow: \"maybe\" is neither true nor false");
  CHECK(complaint({"--count", "\x1b[31m"}) ==
        "--count: \"\\x1b[31m\" is not a whole number; expected a whole number of at least 1");
}

TEST_CASE("a custom option's error that begins with \"expected\" gets the value in front") {
  aiops::cli::Command command("aiops-x", "x");
  command.custom(
      "--size", "S", [](const std::string&) { throw aiops::UsageError("expected a size"); }, "Size.");
  command.run([](aiops::Diagnostics&) { return aiops::Status::done; });
  const Outcome outcome = aiops::cli::test::run(command, {"--size", "big"});
  CHECK(outcome.err == "aiops-x: --size: \"big\": expected a size (see aiops-x --help)\n");
}

TEST_CASE("missing and surplus parts") {
  CHECK(complaint({"--window"}) == "--window: its value is missing");
  CHECK(complaint({"--window", "--follow"}) == "--window: DURATION missing (\"--follow\" follows)");
  CHECK(complaint({"--window", "1m", "--window", "2m"}) == "--window: given 2 times, but it takes one value");
  CHECK(complaint({"list"}, true) == "--models DIR missing");
  CHECK(complaint({"list", "--models", "m", "x"}, true) == "x: one argument too many");
  CHECK(complaint({"list", "--models", "m", "--", "-x"}, true) == "-x: one argument too many");
}

TEST_CASE("an option on the wrong side of the subcommand is told, not ignored") {
  CHECK(complaint({"--all", "list"}, true) ==
        "--all: an option of aiops-score list; write it after \"list\"");
  CHECK(complaint({"--models", "m", "list"}, true) == "--models: write it after \"list\"");
  CHECK(complaint({"--count", "3", "list", "--models", "m"}, true) ==
        "--count: not an option of aiops-score list");
  CHECK(complaint({"a.csv", "list", "--models", "m"}, true) == "a.csv: stands before the subcommand list");
}

TEST_CASE("subcommands run in place of the tool; common options may stand on either side") {
  Tool tool(true);
  CHECK(tool({"--quiet", "list", "--models", "m", "--verbose"}).status == 0);
  CHECK(tool.lists == 1);
  CHECK(tool.runs == 0);
  CHECK(tool.models == "m");
}

TEST_CASE("a tool that is a frame for its subcommands wants one") {
  aiops::cli::Command command("aiops-collect", "collect");
  for (const char* name : {"prometheus", "files"}) {
    auto part = std::make_unique<aiops::cli::Command>(name, "x");
    part->run([](aiops::Diagnostics&) { return aiops::Status::done; });
    command.add(std::move(part));
  }
  CHECK(aiops::cli::test::run(command, {}).err ==
        "aiops-collect: subcommand missing; expected one of prometheus, files (see aiops-collect --help)\n");
}

TEST_CASE("a frame's misspelled subcommand") {
  aiops::cli::Command command("aiops-collect", "collect");
  auto part = std::make_unique<aiops::cli::Command>("prometheus", "x");
  part->run([](aiops::Diagnostics&) { return aiops::Status::done; });
  command.add(std::move(part));
  const Outcome outcome = aiops::cli::test::run(command, {"promtheus", "--url", "x"});
  CHECK(outcome.status == 2);
  CHECK(outcome.err.starts_with("aiops-collect: promtheus: no such subcommand; did you mean prometheus?"));
}
