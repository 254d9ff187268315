// Answers of the Prometheus HTTP API, read as a stream.
//
// Format: https://prometheus.io/docs/prometheus/latest/querying/api/ ; VictoriaMetrics, Mimir and Thanos
// answer in the same way and with further members, which are passed over.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "source/json_reader.hpp"
#include "source/quantile.hpp"

namespace aiops::source {

using Labels = std::vector<std::pair<std::string, std::string>>;

// A sample of a native histogram.
struct NativeHistogram {
  double count = 0, sum = 0;
  std::vector<NativeBucket> buckets;
};

// Takes the samples of an answer: a series, then its samples in time order, then the next series.
class AnswerHandler {
 public:
  virtual ~AnswerHandler() = default;
  virtual void series(Labels& labels) = 0;
  // value as the server wrote it: a number, NaN, +Inf or -Inf.
  virtual void sample(Nanos time, std::string_view value) = 0;
  // A series may have samples of either kind, in the order of time for each kind.
  virtual void histogram(Nanos, const NativeHistogram&) {}
  virtual void end_of_series() {}
};

// What an answer says besides the samples.
struct Answer {
  std::string status, error_type, error;  // status: "success" or "error"
  std::vector<std::string> warnings, infos;
  bool partial = false;  // VictoriaMetrics: some of its storage did not answer
};

// Reads a whole answer to query or query_range: matrix, vector or scalar. Throws JsonError.
Answer read_answer(JsonReader& reader, AnswerHandler& handler);

// Reads an answer whose data is an array of strings (label values). Throws JsonError.
Answer read_strings(JsonReader& reader, std::vector<std::string>& strings);

// Reads an answer whose data is an array of objects of texts (series). Throws JsonError.
Answer read_label_sets(JsonReader& reader, const std::function<void(Labels& labels)>& take);

// What is known of a metric.
struct MetricMetadata {
  std::string type, unit, help;
};
// Reads an answer to metadata: an object of arrays. Of several descriptions of a metric the first counts.
// Throws JsonError.
Answer read_metadata(JsonReader& reader, std::map<std::string, MetricMetadata>& metrics);

// Seconds with a fraction, as in an answer. kNoTime if it is none.
Nanos answer_time(std::string_view text);

}  // namespace aiops::source
