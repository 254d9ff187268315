// What a target shows at /metrics: the text format 0.0.4 of Prometheus and OpenMetrics 1.0, line by line.
//
// Formats: https://prometheus.io/docs/instrumenting/exposition_formats/ and
// https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md ; names in quotes, as
// Prometheus 3 writes them, too. Exemplars are passed over.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace aiops::source {

// What a sample is of its family.
enum class MetricPart {
  value,    // of a gauge, or of a metric without a type
  counter,  // grows until it begins anew
  bucket,   // of a histogram; its label le is the bound
  count,    // of a histogram or summary, a counter
  sum,      // of these, a counter
  quantile,
  created,  // when a counter began
};

struct ExpositionSample {
  std::string_view name;    // as it stands, with _total, _bucket, …
  std::string_view family;  // without these
  MetricPart part = MetricPart::value;
  std::vector<std::pair<std::string, std::string>> labels;  // in the order in which they stand
  double value = 0;                                         // NaN and infinities too
  std::string_view text;                                    // of the value
  Nanos time = kNoTime;                                     // where the target gives one
};

class Exposition {
 public:
  class Receiver {
   public:
    virtual ~Receiver() = default;
    // Valid during the call.
    virtual void sample(ExpositionSample& sample) = 0;
    // A line that cannot be read; what follows is read all the same.
    virtual void wrong(std::uint64_t line, std::string_view text, const std::string& what) = 0;
  };

  Exposition(bool open_metrics, Receiver& receiver) : open_metrics_(open_metrics), receiver_(receiver) {}

  // The next bytes, cut anywhere.
  void take(std::string_view bytes);
  // The end. True if it is complete: OpenMetrics ends with # EOF.
  bool finish();

  static constexpr std::size_t kLongestLine = std::size_t{1} << 20;

 private:
  void line(std::string_view text);
  void comment(std::string_view text);
  bool sample(std::string_view text);
  bool labels(std::string_view& text);
  bool quoted(std::string_view& text, std::string& out);
  bool number(std::string_view text);
  bool time(std::string_view text);
  void classify();
  bool fail(std::string what);

  bool open_metrics_;
  Receiver& receiver_;
  std::map<std::string, std::string, std::less<>> types_;  // of families
  std::string rest_;                                       // of a line that goes on
  std::uint64_t number_ = 0;
  bool too_long_ = false, ended_ = false;
  ExpositionSample sample_;
  std::string name_, error_;
};

}  // namespace aiops::source
