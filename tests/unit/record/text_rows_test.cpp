// Rows of which a text is asked for, taken by their outline, against the general path: the same rows, rejects
// and counts, whatever comes.
#include "record/text_rows.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "record/reader.hpp"

using namespace aiops;
using namespace aiops::record;

namespace {

struct File {
  explicit File(std::string_view bytes) {
    REQUIRE(mkstemp(path) >= 0);
    write_file(path, bytes);
  }
  ~File() { unlink(path); }
  char path[32] = "/tmp/aiops-outlines-XXXXXX";
};

struct Told {
  std::vector<std::string> rows, warnings;
  std::uint64_t known = 0;
};

Told read(const std::string& path, bool shapes, std::size_t block) {
  KeptDiagnostics said;
  Rejects rejects(said);
  ReaderOptions options{{path}, {}, 0, block, shapes};
  options.columns.time = "";
  options.columns.values.clear();
  options.columns.value_required = false;
  options.columns.texts = {"message"};
  options.columns.series = false;
  options.columns.appended = {"template"};
  Reader reader(options, rejects, said);
  Told told;
  try {
    while (const Batch* batch = reader.next()) {
      for (std::size_t i = 0; i < batch->size(); ++i)
        told.rows.push_back(fmt::format("{} {} {} {} {} {} ({})", reader.where(i).substr(path.size()),
                                        batch->line[i], batch->series[i], batch->time[i], batch->flags[i],
                                        static_cast<int>(batch->kind[i]), batch->text[0][i]));
    }
  } catch (const UsageError& error) {
    told.warnings.push_back(error.what());
  }
  told.rows.push_back(fmt::format("{} {}", reader.counts().rows, reader.counts().other));
  told.known = reader.counts().known;
  reader.finish();
  for (const std::string& warning : said.warnings) told.warnings.push_back(warning);
  return told;
}

// Returns how many rows were taken by their outline.
std::uint64_t check_same(std::string_view text, std::size_t block) {
  const File file(text);
  const Told general = read(file.path, false, block);
  const Told fast = read(file.path, true, block);
  CHECK(general.known == 0);
  REQUIRE(general.rows.size() == fast.rows.size());
  for (std::size_t i = 0; i < fast.rows.size(); ++i) REQUIRE(general.rows[i] == fast.rows[i]);
  CHECK(general.warnings == fast.warnings);
  return fast.known;
}

template <std::size_t N>
const char* pick(Random& random, const char* const (&choices)[N]) {
  return choices[random.below(N)];
}

constexpr const char* kForms[] = {
    R"({{"timestamp":"2026-01-31T12:00:{0}Z","service":"{1}","message":"{2}"}})",
    R"({{"timestamp":{0},"message":"{2}","labels":{{"pod":"{1}","n":[{0},"{1}",true]}},"x":null}})",
    R"( {{ "message" : "{2}" , "n" : {0} , "id": "{1}" }} )",
    R"({{"message":"{1}","message":"{2}","a":{{"message":"{1}"}}}})",
    R"({{"message":{0},"service":"{2}"}})",
    R"({{"service":"{1}","value":{0}}})",
    R"({{"me\u0073sage":"{1}","message":"{2}"}})",
    R"({{"a very long name of a field that takes more bytes than are looked at at once":{0},"message":"{2}"}})"};
constexpr const char* kNumbers[] = {"1",   "-20",    "0.5", "1795000000", "1795000000123456789",
                                    "1e3", "2.5E-7", "0"};
constexpr const char* kOddNumbers[] = {"01", "1.", "-", ".5", "+1", "1e", "0x1", "", "--1", "1 2", "1.2.3"};
constexpr const char* kTexts[] = {
    "request 7 done",
    "a",
    "",
    "exactly sixteen.",
    "a text that is a good deal longer than what is looked at at once, to its end",
    "tab\\there \\\"quoted\\\"",
    "gr\xc3\xbc\xc3\x9f"
    "e",
    "\\u00e4",
    "del \x7f."};

std::string rows(Random& random, bool odd, std::size_t count) {
  std::string out;
  std::uint32_t form = 0;
  const char* const ending = random.below(4) == 0 ? "\r\n" : "\n";
  for (std::size_t i = 0; i < count; ++i) {
    if (random.below(20) == 0) form = random.below(std::size(kForms));
    const char* number = odd && random.below(9) == 0 ? pick(random, kOddNumbers) : pick(random, kNumbers);
    std::string row =
        fmt::format(fmt::runtime(kForms[form]), number, pick(random, kTexts), pick(random, kTexts));
    if (odd && random.below(8) == 0) {
      static constexpr const char* kBytes[] = {"\"", "\\",   "{", "}", ",",  ":",  "\x01", "\xff",
                                               "0",  "\xc3", " ", "-", "\n", "\r", "\t"};
      const std::size_t at = random.below(static_cast<std::uint32_t>(row.size()));
      random.below(2) == 0 ? row.erase(at, 1 + random.below(4)) : row.insert(at, pick(random, kBytes));
    }
    out += row + (random.below(20) == 0 ? "\n" : ending);
  }
  if (random.below(2) == 0) out.pop_back();  // the last line's end is missing
  return out;
}

}  // namespace

TEST_CASE("rows taken by their outline are what the general path makes of them") {
  std::uint64_t known = 0;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    Random random(seed);
    const std::string text = rows(random, seed % 2 == 0, 200);
    INFO(seed);
    known += check_same(text, 200 + random.below(8000));
  }
  CHECK(known > 5000);  // else nothing was compared
}

TEST_CASE("a block may end at any byte of a row with an outline") {
  Random random(5);
  const std::string text = rows(random, false, 25);
  for (std::size_t block = 1; block < 400; block += 3) check_same(text, block);
}

TEST_CASE("a field that is to be appended is found however many rows came before it") {
  std::string text;
  for (int i = 0; i < 50; ++i) text += fmt::format("{{\"n\":{},\"message\":\"{} done\"}}\n", i, i);
  const std::uint64_t known = check_same(text + "{\"template\":1,\"message\":\"a\"}\n", 1 << 12);
  CHECK(known == 49);
}

TEST_CASE("rows with an outline each are not learned without end") {
  TextRows outlines;
  std::string_view line, text;
  for (int i = 0; i < 100'000; ++i) {
    const std::string row = fmt::format("{{\"n{}\":1,\"message\":\"a\"}}", i);
    outlines.learn(row, std::string_view(row).substr(row.size() - 3, 1));
  }
  const std::string last = "{\"n7\":1,\"message\":\"a\"}";
  const std::string padded = last + "\n" + std::string(64, '\0');
  const char* p = padded.data();
  CHECK(outlines.take(p, padded.data() + last.size() + 1, 9, {&line, &text}) == 0);
  for (int i = 0; i < 10'000; ++i)
    outlines.learn(std::string_view(padded).substr(0, last.size()),
                   std::string_view(padded).substr(last.size() - 3, 1));
  CHECK(outlines.take(p, padded.data() + last.size() + 1, 9, {&line, &text}) == 1);
  CHECK(line == last);
  CHECK(text == "a");
}
