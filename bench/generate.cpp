// bench-generate ndjson|csv|shuffled-ndjson|shuffled-csv SERIES STEPS > FILE   samples
// bench-generate matrix ROWS > FILE                                            rows × 5 features, 32-bit
// floats
// bench-generate access LINES > FILE                                           an access log
#include <fmt/core.h>
#include <unistd.h>

#include <exception>

#include "access_log.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/number.hpp"
#include "telemetry.hpp"

namespace aiops::bench {
namespace {

std::size_t read_count(std::string_view text) {
  const auto count = parse_int(text);
  if (!count || *count < 1)
    throw UsageError(fmt::format("\"{}\" is not a count; expected a whole number from 1", text));
  return static_cast<std::size_t>(*count);
}

void write(std::string_view bytes) { write_all(STDOUT_FILENO, bytes, "standard output"); }

void write_matrix(std::size_t rows) {
  const std::vector<float> matrix = feature_matrix(rows);
  write({reinterpret_cast<const char*>(matrix.data()), matrix.size() * sizeof(float)});
}

void write_samples(std::string_view what, std::size_t series, std::size_t steps) {
  const Order order = what.starts_with("shuffled-") ? Order::shuffled : Order::same;
  Telemetry source(series, what.ends_with("csv") ? record::Format::csv : record::Format::ndjson, order);
  std::string out = source.header();
  for (std::size_t i = 0; i < steps; ++i) {
    source.step(out);
    write(out);
    out.clear();
  }
}

void write_access_log(std::size_t lines) {
  AccessLog source;
  std::string out;
  for (std::size_t i = 1; i <= lines; ++i) {
    source.line(out);
    if (i % 1000 != 0 && i != lines) continue;
    write(out);
    out.clear();
  }
}

void run(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "matrix" && argc == 3) return write_matrix(read_count(argv[2]));
  if (what == "access" && argc == 3) return write_access_log(read_count(argv[2]));
  const bool samples =
      what == "ndjson" || what == "csv" || what == "shuffled-ndjson" || what == "shuffled-csv";
  if (!samples || argc != 4)
    throw UsageError(
        "expected ndjson|csv|shuffled-ndjson|shuffled-csv SERIES STEPS, matrix ROWS, or access LINES");
  write_samples(what, read_count(argv[2]), read_count(argv[3]));
}

}  // namespace
}  // namespace aiops::bench

int main(int argc, char** argv) {
  try {
    aiops::bench::run(argc, argv);
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench-generate: {}\n", e.what());
    return 2;
  }
}
