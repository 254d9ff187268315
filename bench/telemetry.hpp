// Telemetry made up for measuring: the same bytes on every machine.
//
// Services of 20 metrics each, a sample of every series each 15 seconds. A value wanders (an autoregressive
// process) around a slow wave; metrics differ in scale and in the number of decimals, as those of real
// services do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "record/reader.hpp"

namespace aiops::bench {

enum class Order {
  same,      // every step has its series in the same order
  shuffled,  // every step has them in an order of its own
};

class Telemetry {
 public:
  // series >= 1; format ndjson or csv.
  Telemetry(std::size_t series, record::Format format, Order order);

  // The CSV header, "" for NDJSON.
  std::string header() const;
  // Appends the next step: a record of every series.
  void step(std::string& out);

 private:
  struct Series {
    std::string name;  // the bytes of a record from behind the time to before the value
    double phase, deviation = 0;
  };
  void record(std::string& out, std::string_view time, std::size_t index);

  record::Format format_;
  Order order_;
  std::vector<Series> series_;
  std::vector<std::uint32_t> sequence_;
  std::size_t step_ = 0;
  Random random_{1};
};

// `steps` steps at once, with the header.
std::string telemetry(std::size_t series, std::size_t steps, record::Format format, Order order);

// The five features (value, delta, rolling mean and deviation, z-score) of one long series, row-major: rows ×
// 5, all finite. A value in a thousand is far off, so that there is something to find.
std::vector<float> feature_matrix(std::size_t rows);

}  // namespace aiops::bench
