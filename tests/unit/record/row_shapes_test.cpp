// Rows taken by their shape against the general path: the same rows, rejects and counts, whatever comes.
#include "record/row_shapes.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/random.hpp"

using namespace aiops;
using namespace aiops::record;

namespace {

// All that a Reader tells, as text.
struct Told {
  std::vector<std::string> rows, warnings;
  std::string counts;
  std::uint64_t known = 0;
};

std::string hex(double value) { return std::isnan(value) ? "nan" : fmt::format("{:a}", value); }

Told read(const std::string& path, Columns columns, bool shapes, std::size_t block, std::size_t max_series) {
  KeptDiagnostics said;
  Rejects rejects(said);
  columns.raw = true;
  Reader reader({{path}, columns, max_series, block, shapes}, rejects, said);
  Told told;
  while (const Batch* batch = reader.next()) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      std::string row = fmt::format("{} {} {} {} {} {}", reader.where(i).substr(path.size()), batch->line[i],
                                    reader.series().text(batch->series[i]), batch->time[i], batch->flags[i],
                                    static_cast<int>(batch->kind[i]));
      for (std::size_t c = 0; c < batch->value.size(); ++c)
        row += fmt::format(" {} [{}]", hex(batch->value[c][i]), batch->raw[c][i]);
      for (const auto& text : batch->text) row += fmt::format(" ({})", text[i]);
      told.rows.push_back(row);
    }
  }
  const ReaderCounts& c = reader.counts();
  told.counts = fmt::format("{} {} {} {} {} {}", c.rows, c.duplicates, c.backwards, c.missing, c.other,
                            reader.series().evicted());
  told.known = c.known;
  reader.finish();
  told.warnings = said.warnings;
  return told;
}

struct File {
  explicit File(std::string_view bytes) {
    REQUIRE(mkstemp(path) >= 0);
    write_file(path, bytes);
  }
  ~File() { unlink(path); }
  char path[32] = "/tmp/aiops-shapes-XXXXXX";
};

// Returns how many rows were taken by their shape.
std::uint64_t check_same(std::string_view text, const Columns& columns, std::size_t block,
                         std::size_t max_series = 0) {
  const File file(text);
  const Told general = read(file.path, columns, false, block, max_series);
  const Told fast = read(file.path, columns, true, block, max_series);
  CHECK(general.known == 0);
  REQUIRE(general.rows.size() == fast.rows.size());
  for (std::size_t i = 0; i < fast.rows.size(); ++i) REQUIRE(general.rows[i] == fast.rows[i]);
  CHECK(general.warnings == fast.warnings);
  CHECK(general.counts == fast.counts);
  return fast.known;
}

template <std::size_t N>
std::string pick(Random& random, const char* const (&choices)[N]) {
  return choices[random.below(N)];
}

constexpr const char* kValues[] = {"1",
                                   "0.25",
                                   "-3.5",
                                   "17",
                                   "0",
                                   "123456.789",
                                   "0.4612345678901234",
                                   "1e3",
                                   "-2.5E-7",
                                   "99999999",
                                   "100000000",
                                   "12345678.87654321",
                                   "9007199254740993",
                                   "0.00000001"};
constexpr const char* kOdd[] = {
    "",         "null", "NaN", "-0",  "01",    "1.", ".5",   "+4",
    "1e400",    "abc",  "1 ",  "--1", "1.2.3", "1e", "0x10", "123456789012345678901234567890",
    "Infinity", "true", "-",   "{}",  "1e-400"};
constexpr const char* kServices[] = {
    "cart", "a", "", "checkout-service-with-a-long-name-that-takes-more-than-64-bytes-of-the-row",
    "süd",  "x"};
constexpr const char* kTimes[] = {"2026-01-31T12:00:00Z",
                                  "2026-01-31T12:00:00.500Z",
                                  "2026-01-31 12:00:01",
                                  "2026-01-31T12:00:02+01:00",
                                  "1769860800",
                                  "1769860800.5",
                                  "1769860800000",
                                  "2026-13-31T12:00:00Z",
                                  "2026-01-31T12:00:00.5",
                                  "yesterday",
                                  "-5",
                                  "01769860800",
                                  "20260131",
                                  "1769860800.",
                                  ""};

// Rows of a few layouts; odd: also such as cannot be read.
struct Stream {
  Stream(std::uint64_t seed, bool odd_rows) : random(seed), odd(odd_rows) {}

  std::string value() { return odd && random.below(8) == 0 ? pick(random, kOdd) : pick(random, kValues); }
  std::string time() {
    if (random.below(4) == 0) step = random.below(odd ? static_cast<std::uint32_t>(std::size(kTimes)) : 3);
    if (random.below(4) != 0) return kTimes[step];
    return format_time((1'769'860'800 + static_cast<Nanos>(++clock)) * kSecond);
  }

  std::string json() {
    static constexpr const char* kForms[] = {
        R"({{"timestamp":"{0}","service":"{1}","metric":"{2}","value":{3}}})",
        R"({{"timestamp":{0},"service":"{1}","metric":"{2}","value":{3}}})",
        R"({{"value":{3},"timestamp":"{0}","service":"{1}","metric":"{2}","labels":{{"pod":"{1}","n":{4}}}}})",
        R"( {{ "service" : "{1}", "timestamp" : "{0}", "value" : "{3}", "metric":"m{4}" }} )",
        R"({{"timestamp":"{0}","service":"{1}","metric":"\"{2}\\","value":{3},"delta":{6},"labels":{{"a":"{2}"}}}})",
        R"({{"timestamp":"{0}","service":"{1}","metric":"{2}","value":1,"value":{3},"labels.pod":"p{4}"}})",
        R"({{"timestamp":"{0}","message":"{1}","value":{3},"service":"{2}"}})",
        R"({{"timestamp":"{0}","service":"{1}","metric":"{2}","value":{3},"trace_id":"{5}"}})",
        R"({{"timestamp":"{0}","service":"{1}","metric":"{2}"}})"};
    return fmt::format(fmt::runtime(kForms[form]), time(), pick(random, kServices), random.below(3), value(),
                       random.below(2), random.below(1'000'000), value());
  }

  std::string csv() {
    static constexpr const char* kForms[] = {"{0},{1},{2},{3},{6},{5}", "\"{0}\",{1},\"{2}\",\"{3}\",{4},{5}",
                                             "{0},\"a,{1}\",{2},{3},{4},{5}",
                                             "{0},\"{1}\"\"\n\",{2},{3},{4},{5}", "{0},{1},{2},{3},{4}"};
    return fmt::format(fmt::runtime(kForms[form % std::size(kForms)]), time(), pick(random, kServices),
                       random.below(3), value(), random.below(2), random.below(3), value());
  }

  std::string text(bool is_json, std::size_t rows) {
    std::string out = is_json ? "" : "timestamp,service,metric,value,delta,labels.pod\n";
    form = random.below(odd ? 9 : 6);
    const std::string ending = random.below(4) == 0 ? "\r\n" : "\n";
    for (std::size_t i = 0; i < rows; ++i) {
      if (random.below(50) == 0) form = random.below(9);
      std::string row = is_json ? json() : csv();
      if (odd && random.below(12) == 0 && !row.empty()) {
        const std::size_t at = random.below(static_cast<std::uint32_t>(row.size()));
        static constexpr const char* kBytes[] = {"\"",   "\\", "{", "}", ",",  ":",  "\x01",
                                                 "\xff", "0",  "-", " ", "\n", "\r", "\t"};
        random.below(2) == 0 ? row.erase(at, 1 + random.below(4)) : row.insert(at, pick(random, kBytes));
      }
      out += row + (random.below(20) == 0 ? "\n" : ending);
    }
    if (random.below(2) == 0) out.pop_back();  // the last line's end is missing
    return out;
  }

  Random random;
  bool odd;
  std::size_t form = 0, step = 0;
  std::uint32_t clock = 0;
};

}  // namespace

TEST_CASE("rows taken by their shape are what the general path makes of them") {
  std::uint64_t known = 0, seed = 1;
  for (const bool odd : {false, true}) {
    for (const bool json : {true, false}) {
      for (int i = 0; i < 30; ++i) {
        Stream stream(++seed, odd);
        const std::string text = stream.text(json, 300);
        Columns columns;
        if (i % 4 == 1) columns.values = {"value", "delta"};
        if (i % 4 == 2) columns.by = {"service"};
        if (i % 7 == 3) columns.texts = {"labels.pod", "message", "delta", "absent"};
        if (i % 7 == 5) columns.texts = {"trace_id", "labels"};
        if (i % 4 == 3) columns.time_unit = TimeUnit::milliseconds;
        columns.value_required = i % 3 != 0;
        INFO(seed);
        known += check_same(text, columns, 300 + stream.random.below(8000), i % 5 == 4 ? 3 : 0);
      }
    }
  }
  CHECK(known > 1000);  // else nothing was compared
}

TEST_CASE("a block may end at any byte of a row") {
  for (const bool json : {true, false}) {
    Stream stream(7, false);
    const std::string text = stream.text(json, 30);
    for (std::size_t block = 1; block < 300; block += 3) check_same(text, {}, block);
  }
}

TEST_CASE("nearly all rows of a stream of samples are taken by their shape") {
  std::string json, csv = "timestamp,service,metric,value\n";
  for (int step = 0; step < 20; ++step) {
    const std::string time = format_time((1'769'860'800 + 15 * step) * kSecond);
    for (int i = 0; i < 100; ++i) {
      json += fmt::format(
          "{{\"timestamp\":\"{}\",\"service\":\"s{}\",\"metric\":\"cpu\",\"value\":{},\"labels\":{{\"pod\":"
          "\"p{}\"}}}}\n",
          time, i / 7, 0.5 * i, i);
      csv += fmt::format("{},s{},m{},{}\n", time, i / 7, i, 0.25 * step);
    }
  }
  CHECK(check_same(json, {}, 1 << 14) > 1800);
  CHECK(check_same(csv, {}, 1 << 14) > 1800);
}

TEST_CASE("logs and spans, each with a text of its own, are left to the general path") {
  Columns columns;
  columns.values = {"duration_ms"};
  columns.value_required = false;
  std::string logs, spans;
  for (int i = 0; i < 500; ++i) {
    const std::string time = format_time((1'769'860'800 + i) * kSecond);
    logs += fmt::format(R"({{"timestamp":"{}","message":"GET /{}","endpoint":"/","duration_ms":1}})", time,
                        i % 3) +
            "\n";
    spans +=
        fmt::format(R"({{"timestamp":"{}","span_id":"{}","operation":"o","duration_ms":1}})", time, i % 3) +
        "\n";
  }
  CHECK(check_same(logs, columns, 1 << 14) == 0);
  CHECK(check_same(spans, columns, 1 << 14) == 0);
}

TEST_CASE("cells that are two things at once are left to the general path") {
  std::string text;
  for (int i = 0; i < 9; ++i)
    text += fmt::format("{{\"timestamp\":{},\"value\":{}}}\n", 1'769'860'800 + i, i % 3);
  Columns columns;
  columns.by = {"value"};
  CHECK(check_same(text, columns, 1 << 12) == 0);
  columns.by = {"timestamp"};
  CHECK(check_same(text, columns, 1 << 12) == 0);
  columns.by = {};
  columns.values = {"timestamp"};
  CHECK(check_same(text, columns, 1 << 12) == 0);
}

TEST_CASE("missing values and texts that were asked for are part of a shape") {
  std::string json, csv = "timestamp,service,value,severity,reasons\n";
  for (int step = 0; step < 50; ++step) {
    for (int i = 0; i < 40; ++i) {
      const bool odd = (step * 40 + i) % 97 == 0, missing = i % 10 == 0;
      json += fmt::format(
          "{{\"timestamp\":{},\"service\":\"s{}\",\"value\":{},\"severity\":\"{}\",\"reasons\":[{}]}}\n",
          1'769'860'800 + step, i, missing ? "null" : "1.5", odd ? "high" : "normal",
          odd ? fmt::format("\"value={}\"", i) : "");
      csv += fmt::format("{},s{},{},{},{}\n", 1'769'860'800 + step, i, missing ? "" : "1.5",
                         odd ? "high" : "normal", odd ? fmt::format("value={}", i) : "");
    }
  }
  Columns columns;
  columns.texts = {"severity", "reasons", "status"};
  CHECK(check_same(json, columns, 1 << 14) > 1700);
  CHECK(check_same(csv, columns, 1 << 14) > 1700);
}

TEST_CASE("numbers that nobody asked for may differ") {
  std::string json, csv = "timestamp,service,value,delta,id\n";
  for (int i = 0; i < 2000; ++i) {
    json += fmt::format(
        "{{\"timestamp\":{},\"id\":{},\"service\":\"s{}\",\"value\":1.5,\"delta\": "
        "{},\"more\":{{\"n\":{}}}}}\n",
        1'769'860'800 + i / 10, i, i % 10, 0.25 * (i % 7) - 1, i % 3);
    csv += fmt::format("{},s{},1.5,{},{}\n", 1'769'860'800 + i / 10, i % 10, 0.25 * (i % 7), i);
  }
  CHECK(check_same(json, {}, 1 << 14) > 1800);
  CHECK(check_same(csv, {}, 1 << 14) > 1800);
}

TEST_CASE("what is written anew is learned however many odd rows there were between the others") {
  std::string text;
  const auto add = [&](int step, int rows, std::string_view more) {
    for (int i = 0; i < rows; ++i)
      text += fmt::format("{{\"timestamp\":{},\"service\":\"s{}\",\"metric\":\"cpu\",\"value\":1{}}}\n", step,
                          i, more);
  };
  const int odd = 2000, alike = 20;
  for (int step = 1; step <= odd; ++step) {
    add(step, alike, "");
    text +=
        fmt::format("{{\"timestamp\":{},\"service\":\"s\",\"note\":\"{}\",\"metric\":\"cpu\",\"value\":1}}\n",
                    step, step);
  }
  const auto before = check_same(text, {}, 1 << 14);
  CHECK(before > odd * alike * 9 / 10);
  for (int step = odd + 1; step <= odd + 100; ++step) add(step, alike, ",\"unit\":\"s\"");
  CHECK(check_same(text, {}, 1 << 14) > before + 100 * alike * 9 / 10);
}

TEST_CASE("rows that never look alike are not learned without end") {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += fmt::format(
        "{{\"timestamp\":{},\"trace_id\":\"{}\",\"service\":\"a\",\"metric\":\"b\",\"value\":1}}\n", i, i);
  check_same(text, {}, 1 << 14);

  RowShapes shapes(TimeUnit::automatic, 1, 0);
  for (int i = 0; i < 200'000; ++i) {
    const std::string row = fmt::format("1,x{},a,1\n", i);
    const std::string padded = row + std::string(64, '\0');
    const std::string_view line(padded.data(), row.size() - 1);
    std::vector<RowCell> cells(3);
    cells[0] = {line.substr(0, 1), RowCell::Role::time};
    cells[1] = {line.substr(row.size() - 4, 1), RowCell::Role::key};
    cells[2] = {line.substr(row.size() - 2, 1), RowCell::Role::value};
    shapes.learn(Format::csv, line, cells, {0, 1, Kind::sample}, i == 0);
  }
  CHECK(shapes.size() > 100);
  CHECK(shapes.size() < 60'000);  // a fifth of the rows
}
