#include "base/line_journal.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;

namespace {

std::vector<std::string> lines_of(LineJournal& journal) {
  std::vector<std::string> lines;
  journal.read([&](std::string_view line, std::uint64_t number) {
    lines.push_back(std::to_string(number) + ":" + std::string(line));
  });
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("what one process appends, another reads, once") {
  const ScratchFolder scratch;
  LineJournal one(scratch / "j"), other(scratch / "j");
  one.append("a\nb\n");
  CHECK(lines_of(other) == Lines{"1:a", "2:b"});
  other.append("c\n");
  CHECK(lines_of(other) == Lines{"3:c"});
  CHECK(lines_of(one) == Lines{"1:a", "2:b", "3:c"});
  CHECK(lines_of(one).empty());
}

TEST_CASE("a torn line is closed by the next that is appended") {
  const ScratchFolder scratch;
  {
    std::ofstream torn(scratch / "j");
    torn << "whole\n{\"half";
  }
  LineJournal journal(scratch / "j");
  CHECK(lines_of(journal) == Lines{"1:whole"});
  journal.append("next\n");
  CHECK(lines_of(journal) == Lines{"2:{\"half", "3:next"});
}

TEST_CASE("one process at a time may claim it") {
  const ScratchFolder scratch;
  auto one = std::make_unique<LineJournal>(scratch / "j");
  LineJournal other(scratch / "j");
  CHECK(one->claim());
  CHECK_FALSE(other.claim());
  other.append("a\n");  // which keeps nobody from adding to it
  one.reset();
  CHECK(other.claim());
}

TEST_CASE("lines longer than what is read at once") {
  const ScratchFolder scratch;
  LineJournal journal(scratch / "j");
  const std::string line(1'000'000, 'x');
  journal.append(line + "\nb\n");
  CHECK(lines_of(journal) == Lines{"1:" + line, "2:b"});
}

TEST_CASE("a journal on a full disk, or nowhere") {
  LineJournal full("/dev/full");
  CHECK_THROWS_AS(full.append("a\n"), OutputError);
  CHECK(lines_of(full).empty());
  CHECK_THROWS_AS(LineJournal("/no/such/folder/j"), OutputError);
}

TEST_CASE("a file that is something else is told from a damaged journal") {
  const ScratchFolder scratch;
  const auto may = [&](const std::string& content) {
    std::ofstream(scratch / "j", std::ios::binary) << content;
    return LineJournal(scratch / "j").may_hold([](std::string_view line) {
      return line.starts_with("{\"at\"");
    });
  };
  CHECK(may(""));
  CHECK(may("garbage\n{\"at\":1}\n"));
  CHECK(may("{\"at\":1}"));
  CHECK_FALSE(may("a,b\n1,2\n"));
  CHECK_FALSE(may(std::string(1 << 20, '\0')));
  CHECK(LineJournal("/dev/full").may_hold([](std::string_view) { return false; }));
}

TEST_CASE("a journal in a folder has a name there") {
  const ScratchFolder scratch;
  const std::string folder = (scratch / "new").string();
  CHECK(journal_file(folder, "x.journal") == folder);
  CHECK(journal_file(folder + "/", "x.journal") == folder + "/x.journal");
  std::filesystem::create_directory(folder);
  CHECK(journal_file(folder, "x.journal") == folder + "/x.journal");
}

TEST_CASE("a journal is replaced as a whole, and who has the old one open appends to the new one") {
  const ScratchFolder scratch;
  LineJournal ours(scratch / "j"), other(scratch / "j");
  REQUIRE(ours.claim());
  ours.append("a\nb\n");
  other.append("c\n");
  std::vector<std::string> seen;
  const auto take = [&](std::string_view line, std::uint64_t) { seen.emplace_back(line); };
  ours.replace(take, [&] { return "short " + std::to_string(seen.size()) + "\n"; });
  CHECK(seen == Lines{"a", "b", "c"});
  other.append("d\n");
  ours.append("e\n");
  CHECK(lines_of(ours) == Lines{"2:d", "3:e"});
  CHECK(lines_of(other) == Lines{"1:short 3", "2:d", "3:e"});
  // It is still claimed, under its name and for those who had the old one.
  LineJournal late(scratch / "j"), former(scratch / "j");
  CHECK_FALSE(late.claim());
  CHECK_FALSE(other.claim());
  // What fails leaves it as it was.
  CHECK_THROWS_AS(ours.replace(take, []() -> std::string { throw OutputError("no"); }), OutputError);
  ours.append("f\n");
  CHECK(lines_of(late) == Lines{"1:short 3", "2:d", "3:e", "4:f"});
  CHECK_FALSE(std::filesystem::exists(scratch / "j.new"));
}
