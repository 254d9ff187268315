// Answers of the Prometheus HTTP API, read as a stream.
//
// Format: https://prometheus.io/docs/prometheus/latest/querying/api/ ; VictoriaMetrics, Mimir and Thanos
// answer in the same way and with further members, which are passed over.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "source/json_reader.hpp"

namespace aiops::source {

using Labels = std::vector<std::pair<std::string, std::string>>;

// Takes the samples of an answer: a series, then its samples in time order, then the next series.
class AnswerHandler {
 public:
  virtual ~AnswerHandler() = default;
  virtual void series(Labels& labels) = 0;
  // value as the server wrote it: a number, NaN, +Inf or -Inf.
  virtual void sample(Nanos time, std::string_view value) = 0;
};

// What an answer says besides the samples.
struct Answer {
  std::string status, error_type, error;  // status: "success" or "error"
  std::vector<std::string> warnings, infos;
  std::uint64_t histograms = 0;  // native histogram samples, which were passed over
  bool partial = false;          // VictoriaMetrics: some of its storage did not answer
};

// Reads a whole answer to query or query_range: matrix, vector or scalar. Throws JsonError.
Answer read_answer(JsonReader& reader, AnswerHandler& handler);

// Reads an answer whose data is an array of strings (label values). Throws JsonError.
Answer read_strings(JsonReader& reader, std::vector<std::string>& strings);

// Seconds with a fraction, as in an answer. kNoTime if it is none.
Nanos answer_time(std::string_view text);

}  // namespace aiops::source
