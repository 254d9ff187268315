// Rows of samples: read with record::Reader, in series order and shuffled, beside simdjson on demand; and
// features appended to them.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "feature/rolling.hpp"
#include "record/reader.hpp"
#include "record/writer.hpp"
#include "telemetry.hpp"

namespace aiops::bench {
namespace {

constexpr std::size_t kSeries = 1000, kSteps = 100, kRows = kSeries * kSteps;

// A file without a name; goes with the program.
struct File {
  explicit File(const std::string& text) : file(std::tmpfile()) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
  }
  std::string path() const { return "/dev/fd/" + std::to_string(fileno(file)); }
  std::FILE* file;
};

// Samples in that format and order, as text and as a file.
struct Input {
  std::string text;
  File file{text};
};

const Input& input(record::Format format, Order order) {
  static std::map<std::pair<record::Format, Order>, std::unique_ptr<Input>> inputs;
  auto& slot = inputs[{format, order}];
  if (!slot) slot.reset(new Input{telemetry(kSeries, kSteps, format, order)});
  return *slot;
}

void count(benchmark::State& state, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

void read_records(benchmark::State& state, record::Format format, Order order) {
  const Input& in = input(format, order);
  KeptDiagnostics diagnostics;
  for (auto _ : state) {
    record::Rejects rejects(diagnostics);
    record::ReaderOptions options;
    options.files = {in.file.path()};
    record::Reader reader(options, rejects, diagnostics);
    double sum = 0;
    while (const record::Batch* batch = reader.next())
      for (const double value : batch->value[0]) sum += value;
    benchmark::DoNotOptimize(sum);
  }
  count(state, in.text.size());
}

// Takes out the same four fields of each row and checks no more than that takes; does not read the time, nor
// find the series.
void read_simdjson(benchmark::State& state) {
  const simdjson::padded_string text(input(record::Format::ndjson, Order::same).text);
  simdjson::ondemand::parser parser;
  parser.threaded = false;
  for (auto _ : state) {
    simdjson::ondemand::document_stream documents = parser.iterate_many(text);
    double sum = 0;
    for (auto document : documents) {
      simdjson::ondemand::object row = document.get_object();
      for (const char* name : {"timestamp", "service", "metric"})
        sum += static_cast<double>(std::string_view(row.find_field(name)).size());
      sum += double(row.find_field("value"));
    }
    benchmark::DoNotOptimize(sum);
  }
  count(state, text.size());
}

void compute_features(benchmark::State& state) {
  Random random(1);
  std::vector<double> values(kRows);
  for (double& value : values) value = random.normal();
  for (auto _ : state) {
    std::vector<feature::Rolling> states(kSeries, feature::Rolling({}));
    double sum = 0;
    for (std::size_t i = 0; i < kRows; ++i)
      sum += states[i % kSeries].update(static_cast<Nanos>(i), values[i]).mean;
    benchmark::DoNotOptimize(sum);
  }
  count(state, kRows * sizeof(double));
}

void append_features(benchmark::State& state) {
  Random random(1);
  record::Sink sink("/dev/null");
  record::Appender out(sink, {"delta", "rolling_mean", "rolling_std", "zscore"});
  out.begin(record::Format::ndjson, "", "\n");
  std::vector<double> values(kRows);
  for (double& value : values) value = random.normal();
  const std::string row =
      R"({"timestamp":"2026-11-20T10:00:00Z","service":"svc-0","metric":"cpu_usage","value":0.4613})";
  for (auto _ : state) {
    for (const double value : values) {
      out.start(row);
      for (int i = 1; i <= 4; ++i) out.number6(value * i);
      out.end();
    }
  }
  count(state, kRows * row.size());
}

BENCHMARK_CAPTURE(read_records, ndjson, record::Format::ndjson, Order::same);
BENCHMARK_CAPTURE(read_records, ndjson_shuffled, record::Format::ndjson, Order::shuffled);
BENCHMARK_CAPTURE(read_records, csv, record::Format::csv, Order::same);
BENCHMARK_CAPTURE(read_records, csv_shuffled, record::Format::csv, Order::shuffled);
BENCHMARK(read_simdjson);
BENCHMARK(compute_features);
BENCHMARK(append_features);

}  // namespace
}  // namespace aiops::bench
