// Puts the samples of an answer into a frame: labels become series keys, values are checked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "source/prometheus_answer.hpp"
#include "source/samples.hpp"

namespace aiops::source {

class PrometheusFiller : public AnswerHandler {
 public:
  struct Asked {
    std::size_t part;
    const std::string& metric;                       // the name of the samples
    const std::vector<std::string>& service_labels;  // the first that a series has becomes its service
    const Steps* steps;                              // nullptr: samples may stand at any time
    std::uint64_t answer;                            // number of the answer, another for each
    const std::vector<double>* quantiles = nullptr;  // of native histograms
    Nanos after = kNoTime;                           // samples at this time or before are passed over
    std::string_view environment = {};               // a label of all series; "": none
  };

  // All references must outlive the filler.
  PrometheusFiller(const Asked& asked, SeriesBook& book, SampleFrame& frame)
      : asked_(asked), book_(book), frame_(frame) {}

  // Throws UsageError for two series with the same key.
  void series(Labels& labels) override;
  // Throws JsonError for a time that was not asked for and for what is no number; FrameFull.
  void sample(Nanos time, std::string_view value) override;
  // A native histogram becomes series of their own: NAME_count, NAME_sum, NAME_avg, NAME{quantile="…"}.
  void histogram(Nanos time, const NativeHistogram& histogram) override;
  void end_of_series() override;

 private:
  struct Derived {
    record::SeriesKey key;
    std::vector<std::pair<Nanos, double>> samples;
  };
  void start(record::SeriesKey key);
  void derive();
  record::SeriesKey key_of(Labels& labels) const;
  void check_time(Nanos time) const;

  Asked asked_;
  SeriesBook& book_;
  SampleFrame& frame_;
  Nanos previous_ = kNoTime;
  std::string text_;
  record::SeriesKey key_;         // of the series that is being read
  std::vector<Derived> derived_;  // of its histograms: count, sum, average, quantiles
  Nanos previous_histogram_ = kNoTime;
};

}  // namespace aiops::source
