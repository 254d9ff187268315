// The injector as a whole, by what must hold of its output whatever was injected.
#include "inject/injector.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "../base/support.hpp"
#include "base/number.hpp"
#include "base/random.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"

using namespace aiops;
using namespace aiops::inject;

namespace {

struct Result {
  std::string output, labels;
  std::vector<Injected> injected;
  std::vector<std::string> warnings;
  Status status;
};

Result inject_into(const std::string& input, InjectOptions options, std::size_t block = 256 * 1024,
                   record::ReaderOptions reader = {}) {
  const ScratchFolder folder;
  write_file(folder / "in", input);
  if (!options.labels.empty()) options.labels = (folder / options.labels).string();
  reader.block = block;
  RepeatableInput repeatable({(folder / "in").string()}, 1 << 20);
  KeptDiagnostics diagnostics;
  record::Rejects rejects(diagnostics);
  record::Sink sink((folder / "out").string());
  Injector injector(reader, options, repeatable, diagnostics);
  Result result;
  result.status = injector.run(sink, rejects);
  sink.close();
  result.output = read_file(folder / "out");
  if (!options.labels.empty()) result.labels = read_file(options.labels);
  result.injected = injector.injected();
  result.warnings = diagnostics.warnings;
  return result;
}

InjectOptions options_of(std::vector<Anomaly> kinds, std::int64_t count, std::uint64_t seed = 1) {
  InjectOptions options;
  options.placement.kinds = std::move(kinds);
  options.placement.count = count;
  options.placement.seed = seed;
  return options;
}

std::vector<Anomaly> sample_kinds() {
  return {Anomaly::spike,    Anomaly::dip,       Anomaly::level_shift, Anomaly::drift,
          Anomaly::variance, Anomaly::flat_line, Anomaly::gap};
}

// Three series in turn: one with two decimals around 100, one of counts, one around 0.
std::string samples(bool csv, int steps = 600) {
  std::string text = csv ? "timestamp,service,metric,value\n" : "";
  Random random(42);
  for (int i = 0; i < steps; ++i) {
    const auto time = format_time(1'767'225'600 * kSecond + i * 15 * kSecond);
    const double values[] = {std::round(10000 + 300 * random.normal()) / 100,
                             static_cast<double>(random.below(60)),
                             std::round(1000 * random.normal()) / 1000};
    const char* names[] = {"cpu", "requests", "balance"};
    for (int s = 0; s < 3; ++s) {
      text += csv ? fmt::format("{},cart,{},{}\n", time, names[s], values[s])
                  : fmt::format(
                        "{{\"timestamp\":\"{}\", \"service\":\"cart\",\"metric\":\"{}\",\"value\": {}}}\n",
                        time, names[s], values[s]);
    }
  }
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  auto lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

// Line and truth of an output line in which truth was appended.
std::pair<std::string, std::string> without_truth(const std::string& line, bool csv) {
  const auto at = csv ? line.rfind(',') : line.rfind(",\"truth\":\"");
  if (csv) return {line.substr(0, at), line.substr(at + 1)};
  return {line.substr(0, at) + "}", line.substr(at + 10, line.size() - at - 12)};
}

double value_of(const std::string& line, bool csv) {
  double value = 0;
  const auto at = csv ? line.rfind(',') + 1 : line.rfind(": ") + 2;
  parse_number(std::string_view(line).substr(at, line.size() - at - (csv ? 0 : 1)), value);
  return value;
}

}  // namespace

TEST_CASE("without anomalies every byte stays") {
  auto options = options_of({Anomaly::spike}, 0);
  options.truth.clear();
  for (const bool csv : {false, true}) CHECK(inject_into(samples(csv), options).output == samples(csv));
  const std::string odd =
      "\xEF\xBB\xBFtimestamp,note,value\r\n1,\"a\r\nb\",0012345678901234567890\r\n2,\"\",\r\n";
  CHECK(inject_into(odd, options).output == odd);
}

TEST_CASE("labels match the rows that changed, and what changed looks like the series") {
  for (const bool csv : {false, true}) {
    const auto before = lines_of(samples(csv));
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const auto result = inject_into(samples(csv), options_of(sample_kinds(), 14, seed));
      const auto after = lines_of(result.output);
      REQUIRE(after.size() == before.size());
      REQUIRE(result.injected.size() == 14);
      std::size_t labelled = 0, changed = 0, expected = 0;
      for (const auto& one : result.injected) expected += static_cast<std::size_t>(one.rows);
      for (std::size_t i = csv ? 1 : 0; i < after.size(); ++i) {
        const auto [line, truth] = without_truth(after[i], csv);
        labelled += !truth.empty();
        changed += line != before[i];
        if (line == before[i]) continue;
        CHECK_FALSE(truth.empty());
        const double value = value_of(line, csv);
        CHECK(std::isnan(value) == (truth == "gap"));
        const bool counts = line.find("requests") != line.npos;
        if (counts && truth != "gap") {
          CHECK(value >= 0);
          CHECK(value == std::round(value));
        }
      }
      CHECK(labelled == expected);
      // A held, drifting or noisy value may by chance be the one that stood there.
      CHECK(changed > labelled * 9 / 10);
    }
  }
}

TEST_CASE("spikes stand out by the magnitude that was asked for") {
  auto options = options_of({Anomaly::spike}, 10);
  options.only = {record::Matcher::parse("cpu")};
  options.placement.magnitude = 20;
  const auto before = lines_of(samples(false)), after = lines_of(inject_into(samples(false), options).output);
  int spikes = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto [line, truth] = without_truth(after[i], false);
    if (truth.empty()) continue;
    ++spikes;
    CHECK(line.find("cpu") != line.npos);
    // The series is normal with a standard deviation of 3; the estimate from at most 256 values strays by
    // some tenths.
    CHECK(value_of(line, false) - value_of(before[i], false) == doctest::Approx(60).epsilon(0.35));
  }
  CHECK(spikes == 10);
}

TEST_CASE("the same seed gives the same bytes, whatever the blocks") {
  const auto options = options_of(sample_kinds(), 14, 3);
  const auto whole = inject_into(samples(true), options).output;
  for (const std::size_t block : {64, 1000, 4096}) {
    CHECK(inject_into(samples(true), options, block).output == whole);
  }
  CHECK(inject_into(samples(true), options_of(sample_kinds(), 14, 4)).output != whole);
}

TEST_CASE("nothing is injected before --after, in the warm-up, or in what was not chosen") {
  auto options = options_of({Anomaly::level_shift, Anomaly::spike}, 6);
  options.only = {record::Matcher::parse("service=cart"), record::Matcher::parse("none")};
  options.warmup = 50;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    options.placement.seed = seed;
    options.after = seed % 2 ? kNoTime : 1'767'225'600 * kSecond + 200 * 15 * kSecond;
    for (const auto& one : inject_into(samples(false), options).injected) {
      CHECK(one.start >= 1'767'225'600 * kSecond + (seed % 2 ? 50 : 200) * 15 * kSecond);
    }
  }
  options.only = {record::Matcher::parse("service=other")};
  CHECK_THROWS_WITH_AS(inject_into(samples(false), options),
                       "--only: no series matches; there is for example cpu{service=\"cart\"}", UsageError);
}

TEST_CASE("the file of labels names series, first and last row, and kind") {
  auto options = options_of({Anomaly::gap}, 2, 5);
  options.labels = "labels.csv";
  options.placement.length = Length::parse("1m");
  const auto result = inject_into(samples(true), options);
  const auto labels = lines_of(result.labels);
  REQUIRE(labels.size() == 3);
  CHECK(labels[0] == "service,metric,start,end,kind");
  for (std::size_t i = 1; i < labels.size(); ++i) {
    const auto cells = split(labels[i], ',');
    REQUIRE(cells.size() == 5);
    CHECK(cells[0] == "cart");
    CHECK(*parse_time(cells[3]) - *parse_time(cells[2]) == 45 * kSecond);  // four rows, 15 s apart
    CHECK(cells[4] == "gap");
    CHECK(result.output.find(cells[2] + ",cart," + cells[1] + ",,gap\n") != result.output.npos);
    CHECK(result.output.find(cells[3] + ",cart," + cells[1] + ",,gap\n") != result.output.npos);
  }
}

TEST_CASE("columns of labels: usual fields first, then others, then labels by name; rows by time") {
  Injected one{Anomaly::spike, {}, 2 * kSecond, 3 * kSecond, 2}, two{Anomaly::dip, {}, kSecond, kSecond, 1};
  one.series.fields = {{"labels.z", "1,5"}, {"region", "x"}, {"metric", "cpu"}};
  two.series.fields = {{"service", "a"}, {"labels.b", "2"}};
  CHECK(labels_csv({one, two}) ==
        "service,metric,region,labels.b,labels.z,start,end,kind\n"
        "a,,,2,,1970-01-01T00:00:01Z,1970-01-01T00:00:01Z,dip\n"
        ",cpu,x,,\"1,5\",1970-01-01T00:00:02Z,1970-01-01T00:00:03Z,spike\n");
}

TEST_CASE("log records: bursts of latency and of errors") {
  std::string logs;
  Random random(1);
  for (int i = 0; i < 400; ++i) {
    logs += fmt::format(
        "{{\"timestamp\":\"{}\",\"service\":\"cart\",\"severity_text\":\"INFO\",\"message\":\"done\","
        "\"method\":\"GET\","
        "\"endpoint\":\"/a\",\"status_code\":200,\"duration_ms\":{:.1f},\"trace_id\":\"{}\"}}\n",
        format_time(i * kSecond / 4), 10 + random.uniform(), i);
  }
  auto options = options_of({Anomaly::latency, Anomaly::errors}, 4);
  options.labels = "labels.csv";
  options.truth = "truth";
  options.placement.length = Length::parse("5s");
  const auto result = inject_into(logs, options);
  const auto before = lines_of(logs), after = lines_of(result.output);
  int slow = 0, failed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto [line, truth] = without_truth(after[i], false);
    if (truth.empty()) {
      CHECK(line == before[i]);
    } else if (truth == "errors") {
      ++failed;
      auto expected = before[i];
      expected.replace(expected.find("INFO"), 4, "ERROR");
      expected.replace(expected.find(":200"), 4, ":500");
      CHECK(line == expected);
    } else {
      ++slow;
      CHECK(line != before[i]);
      CHECK(line.find("\"severity_text\":\"INFO\"") != line.npos);
      CHECK(line.ends_with(fmt::format(",\"trace_id\":\"{}\"}}", i)));
    }
  }
  CHECK(failed == 40);
  CHECK(slow == 40);
  CHECK(result.labels.starts_with("service,method,endpoint,start,end,kind\ncart,GET,/a,"));
}

TEST_CASE("log records without the fields to change are an error that says so") {
  const std::string logs = "{\"timestamp\":1,\"message\":\"hello\"}\n";
  CHECK_THROWS_WITH_AS(
      inject_into(logs, options_of({Anomaly::latency}, 1)),
      "no log record has a field duration_ms to change; the other kinds of anomaly go into values",
      InputError);
  CHECK_THROWS_AS(inject_into(logs, options_of({Anomaly::spike}, 1)), InputError);
  CHECK_THROWS_AS(inject_into("", options_of({Anomaly::spike}, 1)), InputError);
}

TEST_CASE("wide rows become samples, and these are changed") {
  std::string wide = "timestamp,a,b\n";
  for (int i = 0; i < 100; ++i) wide += fmt::format("{},{},{}\n", i, i % 7, i % 5);
  record::ReaderOptions reader;
  reader.columns.values = {"a", "b"};
  reader.columns.split_values = true;
  const auto result = inject_into(wide, options_of({Anomaly::gap}, 2), 256 * 1024, reader);
  const auto lines = lines_of(result.output);
  CHECK(lines.size() == 201);
  std::size_t gaps = 0;
  for (const auto& line : lines) gaps += line.ends_with(",,gap");
  CHECK(gaps == 20);
}

TEST_CASE("a record of another kind among wide rows is passed on") {
  record::ReaderOptions reader;
  reader.columns.values = {"a", "b"};
  reader.columns.split_values = true;
  const std::string log = R"({"timestamp":1,"message":"hi"})";
  auto options = options_of({Anomaly::spike}, 0);
  options.truth.clear();
  const auto result =
      inject_into("{\"timestamp\":1,\"a\":1,\"b\":2}\n" + log + "\n", options, 256 * 1024, reader);
  const auto lines = lines_of(result.output);
  REQUIRE(lines.size() == 3);
  CHECK(lines[2] == log);
}

TEST_CASE("rows out of order and rows that cannot be read take no anomaly; the latter are told once") {
  auto text = samples(true);
  text += "2020-01-01T00:00:00Z,cart,cpu,1\nnonsense\n";
  const auto result = inject_into(text, options_of({Anomaly::spike}, 3));
  CHECK(result.status == Status::input);
  CHECK(result.output.ends_with("2020-01-01T00:00:00Z,cart,cpu,1,\n"));
  int told = 0;
  for (const auto& warning : result.warnings) told += warning.find(":1803: ") != warning.npos;
  CHECK(told == 1);
}

TEST_CASE("a dip that cannot be seen is left out of stream and labels, and told") {
  std::string text = "timestamp,value\n";
  for (int i = 0; i < 400; ++i) text += fmt::format("{},{}\n", i, i < 370 ? 100 + i % 2 : 0);
  auto options = options_of({Anomaly::dip}, 1);
  options.after = 375 * kSecond;
  options.labels = "labels.csv";
  options.truth.clear();
  const auto result = inject_into(text, options);
  CHECK(result.output == text);
  CHECK(result.labels == "start,end,kind\n");
  CHECK(result.warnings ==
        std::vector<std::string>{"1 anomaly left out: no room for a dip where a series that is never "
                                 "negative stood near 0"});
}

TEST_CASE("a record that has the field truth already is refused") {
  CHECK_THROWS_AS(inject_into("timestamp,value,truth\n1,2,\n", options_of({Anomaly::spike}, 0)), UsageError);
}

TEST_CASE("a stop leaves the output incomplete and says so") {
  request_stop();
  const auto result = inject_into(samples(true), options_of({Anomaly::spike}, 3));
  request_stop(false);
  CHECK(result.status == Status::interrupted);
}
