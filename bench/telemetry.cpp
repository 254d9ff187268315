#include "telemetry.hpp"

#include <fmt/core.h>

#include <array>
#include <cmath>
#include <numeric>

#include "base/number.hpp"
#include "feature/rolling.hpp"

namespace aiops::bench {
namespace {

constexpr std::array kMetrics = {"cpu_usage",     "memory_usage", "latency_p50",     "latency_p95",
                                 "latency_p99",   "request_rate", "error_rate",      "disk_io_read",
                                 "disk_io_write", "net_rx_bytes", "net_tx_bytes",    "gc_pause_ms",
                                 "thread_count",  "queue_depth",  "cache_hit_ratio", "db_connections",
                                 "open_fds",      "restarts",     "saturation",      "heap_used_mb"};

struct Scale {
  double size;
  double steps;  // a value is a multiple of 1 / steps
};
constexpr std::array<Scale, 5> kScales = {{{1, 1e4}, {0.01, 1e6}, {100, 1e4}, {1000, 1e4}, {50'000, 1e2}}};

constexpr Nanos kStart = 1'795'168'800 * kSecond;  // 2026-11-20T10:00:00Z
constexpr Nanos kStep = 15 * kSecond;

double next_deviation(double deviation, Random& random) { return 0.9 * deviation + 0.1 * random.normal(); }

double wave(std::size_t step, double phase) {
  return 0.5 + 0.2 * std::sin(static_cast<double>(step) / 240 + phase);
}

}  // namespace

Telemetry::Telemetry(std::size_t series, record::Format format, Order order)
    : format_(format), order_(order), series_(series), sequence_(series) {
  std::iota(sequence_.begin(), sequence_.end(), 0u);
  for (std::size_t i = 0; i < series; ++i) {
    const std::size_t service = i / kMetrics.size();
    const char* metric = kMetrics[i % kMetrics.size()];
    series_[i].phase = static_cast<double>(i);
    series_[i].name = format == record::Format::csv
                          ? fmt::format(",svc-{},{},", service, metric)
                          : fmt::format(R"(","service":"svc-{}","metric":"{}","value":)", service, metric);
  }
}

std::string Telemetry::header() const {
  return format_ == record::Format::csv ? "timestamp,service,metric,value\n" : "";
}

void Telemetry::record(std::string& out, std::string_view time, std::size_t index) {
  Series& series = series_[index];
  const Scale scale = kScales[index % kScales.size()];
  series.deviation = next_deviation(series.deviation, random_);
  const double value = std::abs(scale.size * (wave(step_, series.phase) + series.deviation));
  if (format_ == record::Format::ndjson) out += R"({"timestamp":")";
  out += time;
  out += series.name;
  append_shortest(out, std::round(value * scale.steps) / scale.steps);
  out += format_ == record::Format::ndjson ? "}\n" : "\n";
}

void Telemetry::step(std::string& out) {
  const std::string time = format_time(kStart + static_cast<Nanos>(step_) * kStep);
  if (order_ == Order::shuffled) {
    for (std::size_t i = sequence_.size(); i > 1; --i)
      std::swap(sequence_[i - 1], sequence_[random_.below(static_cast<std::uint32_t>(i))]);
  }
  for (const std::uint32_t index : sequence_) record(out, time, index);
  ++step_;
}

std::string telemetry(std::size_t series, std::size_t steps, record::Format format, Order order) {
  Telemetry source(series, format, order);
  std::string out = source.header();
  for (std::size_t i = 0; i < steps; ++i) source.step(out);
  return out;
}

std::vector<float> feature_matrix(std::size_t rows) {
  std::vector<float> matrix;
  matrix.reserve(rows * 5);
  Random random(2);
  feature::Rolling rolling({});
  double deviation = 0;
  for (std::size_t step = 0; matrix.size() < rows * 5; ++step) {
    deviation = next_deviation(deviation, random);
    double value = wave(step, 0) + deviation;
    if (random.below(1000) == 0) value += random.normal();
    const feature::Features f = rolling.update(static_cast<Nanos>(step) * kStep, value);
    if (step == 0) continue;  // has no delta and no deviation yet
    for (const double number : {value, f.delta, f.mean, f.std, f.zscore})
      matrix.push_back(static_cast<float>(number));
  }
  return matrix;
}

}  // namespace aiops::bench
