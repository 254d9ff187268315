// Puts the samples of an answer into a frame: labels become series keys, values are checked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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
  };

  // All references must outlive the filler.
  PrometheusFiller(const Asked& asked, SeriesBook& book, SampleFrame& frame)
      : asked_(asked), book_(book), frame_(frame) {}

  // Throws UsageError for two series with the same key.
  void series(Labels& labels) override;
  // Throws JsonError for a time that was not asked for and for what is no number; FrameFull.
  void sample(Nanos time, std::string_view value) override;

 private:
  record::SeriesKey key_of(Labels& labels) const;
  void check_time(Nanos time) const;

  Asked asked_;
  SeriesBook& book_;
  SampleFrame& frame_;
  Nanos previous_ = kNoTime;
  std::string text_;
};

}  // namespace aiops::source
