#include "train/feedback.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "model/store.hpp"
#include "support.hpp"
#include "train/read_card.hpp"
#include "train/train.hpp"

using namespace aiops;
using namespace aiops::train;

namespace {

record::SeriesKey key(std::string_view text) { return record::SeriesKey::parse(text); }

std::string refused(const std::string& text) {
  const Scratch scratch;
  KeptDiagnostics said;
  Feedback feedback;
  try {
    feedback.read({scratch.file("feedback.csv", text)}, {}, said);
  } catch (const InputError& error) {
    const std::string what = error.what();
    return what.substr(what.find("feedback.csv"));
  }
  return "";
}

// 400 rows of noise of the series cpu and mem; rows 100 to 109 of cpu are at 50.
std::string rows() {
  std::string text = "timestamp,service,metric,value\n";
  Random random(4);
  for (int i = 0; i < 400; ++i) {
    for (const char* metric : {"cpu", "mem"}) {
      const bool high = *metric == 'c' && i >= 100 && i < 110;
      text += std::to_string(1'700'000'000 + 60 * i) + ",cart," + metric + "," +
              std::to_string(high ? 50.0 : 10 + random.normal()) + "\n";
    }
  }
  return text;
}

std::string at(int row) { return std::to_string(1'700'000'000 + 60 * row); }

bool said_of(const std::vector<std::string>& lines, std::string_view text) {
  for (const std::string& line : lines) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

struct Runs {
  Scratch scratch;
  TrainOptions options;
  KeptDiagnostics said;

  Runs() {
    options.models = (scratch.path / "m").string();
    options.input.files = {scratch.file("rows.csv", rows())};
    options.fit.detector = "isolation-forest";
    options.fit.parameters.isolation_forest.trees = 10;
    options.promote = Promote::always;
  }
  void train(const std::string& feedback) {
    options.feedback.clear();
    if (!feedback.empty()) options.feedback = {scratch.file("feedback.csv", feedback)};
    train::train(options, said);
  }
  model::Expected expected(const char* series) const {
    const model::Store store(options.models);
    const model::Bundle bundle = model::Bundle::open(store.path(*store.current()) / model::kBundleFile);
    return model::Expected::parse(bundle.expected(*bundle.find(series)));
  }
  std::string card() const {
    const model::Store store(options.models);
    return store.card(*store.current());
  }
};

}  // namespace

TEST_CASE("feedback: labels with a verdict, of series by their fields or by a selector") {
  const Scratch scratch;
  KeptDiagnostics said;
  Feedback feedback;
  feedback.read(
      {scratch.file("a.csv",
                    "service,metric,start,end,kind,verdict,selector\n"
                    "cart,cpu,100,200,spike,expected,\n"
                    ",cpu,300,,,missed,\n"
                    ",,400,500,,expected,\"{service=~\"\"c.*\"\"}\"\n"),
       scratch.file("b.ndjson", "{\"start\":\"600\",\"verdict\":\"missed\",\"service\":\"web\"}\n")},
      {}, said);
  CHECK(feedback.expected() == 2);
  CHECK(feedback.missed() == 2);
  Feedback::OfSeries of = feedback.of(key("cpu{service=\"cart\"}"));
  REQUIRE(of.expected.size() == 2);
  CHECK(of.expected[0].end == 200 * kSecond);
  REQUIRE(of.missed.size() == 1);
  CHECK(of.missed[0].start == 300 * kSecond);
  CHECK(of.missed[0].end == 300 * kSecond);
  of = feedback.of(key("mem{service=\"shop\"}"));
  CHECK(of.expected.empty());
  CHECK(of.missed.empty());
  CHECK(feedback.unused() == 1);  // web
}

TEST_CASE("feedback that cannot be read is refused, with file and line") {
  CHECK(refused("metric,start,end\ncpu,1,2\n") ==
        "feedback.csv: its first record has no field verdict; --feedback expects labels with start, end and "
        "verdict");
  CHECK(refused("metric,start,end,verdict\ncpu,1,2,maybe\n").find("feedback.csv:2: verdict \"maybe\"") == 0);
  CHECK(refused("metric,start,end,verdict\ncpu,2,1,missed\n") == "feedback.csv:2: it ends before it starts");
  CHECK(refused("metric,start,end,verdict\ncpu,1,soon,missed\n") ==
        "feedback.csv:2: end \"soon\" is not a time");
  CHECK(refused("metric,start,end,verdict\ncpu,soon,2,missed\n").find("1 row could not be read") !=
        std::string::npos);
  CHECK(refused("metric,start,verdict,selector\n,1,missed,cpu{\n").find("feedback.csv:2: ") == 0);
}

TEST_CASE("what was missed is left out of training and counted; it is as if it had been excluded") {
  Runs runs;
  runs.train("metric,start,end,verdict\ncpu," + at(100) + "," + at(109) + ",missed\n");
  CHECK(runs.card().find(
            "\"feedback\": {\"expected\": 0, \"missed\": 1, \"missed_rows\": 10, \"episodes_known\": 0}") !=
        std::string::npos);
  const std::string bundle = read_file(model::Store(runs.options.models).path(1) / model::kBundleFile);
  // The same by --exclude.
  std::string scores = "timestamp,service,metric,value,score,alert\n";
  for (int i = 100; i < 110; ++i) scores += at(i) + ",cart,cpu,50,3,1\n";
  runs.options.exclude = {runs.scratch.file("scores.csv", scores)};
  runs.train("");
  CHECK(read_file(model::Store(runs.options.models).path(2) / model::kBundleFile) == bundle);
}

TEST_CASE("what was expected is remembered by later versions, until it is forgotten") {
  Runs runs;
  runs.train("metric,start,end,verdict\ncpu," + at(100) + "," + at(109) + ",expected\nnone,1,2,expected\n");
  CHECK(runs.said.warnings.back() == "--feedback: 1 interval of series that are not in the history");
  model::Expected expected = runs.expected("cpu{service=\"cart\"}");
  REQUIRE(expected.episodes.size() == 1);
  CHECK(expected.episodes[0].length() == 9 * kMinute);
  REQUIRE(expected.episodes[0].ranges.size() == 1);
  // 50 + 0.1 (50 - 10), and about 10 - 2.3.
  CHECK(expected.episodes[0].ranges[0].high == doctest::Approx(54).epsilon(0.01));
  CHECK(expected.episodes[0].ranges[0].low == doctest::Approx(7.7).epsilon(0.1));
  CHECK(runs.expected("mem{service=\"cart\"}").episodes.empty());
  runs.train("");
  CHECK(runs.expected("cpu{service=\"cart\"}").episodes == expected.episodes);
  CHECK(runs.card().find(
            "\"feedback\": {\"expected\": 0, \"missed\": 0, \"missed_rows\": 0, \"episodes_known\": 1}") !=
        std::string::npos);
  // An interval without a row of the series says nothing of it, and takes nothing away.
  runs.train("metric,start,end,verdict\ncpu,5,6,expected\n");
  CHECK(runs.expected("cpu{service=\"cart\"}").episodes == expected.episodes);
  runs.options.forget_expected = true;
  runs.train("");
  CHECK(runs.expected("cpu{service=\"cart\"}").episodes.empty());
}

TEST_CASE("times of the calendar are as if they had been excluded") {
  Runs runs;
  runs.options.calendar = runs.scratch.file(
      "calendar.csv", "start,end,selector\n" + at(100) + "," + at(110) + ",cpu\n2020-01-01,2020-01-02,\n");
  runs.train("");
  CHECK(runs.card().find("\"in_calendar\": 10,") != std::string::npos);
  CHECK(said_of(runs.said.infos, "10 rows in times of the calendar left out"));
  const std::string bundle = read_file(model::Store(runs.options.models).path(1) / model::kBundleFile);
  runs.options.calendar.clear();
  runs.train("metric,start,end,verdict\ncpu," + at(100) + "," + at(109) + ",missed\n");
  CHECK(read_file(model::Store(runs.options.models).path(2) / model::kBundleFile) == bundle);
}
