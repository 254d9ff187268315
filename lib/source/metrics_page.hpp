// From what a target shows to samples: counters become rates per second, histograms become averages and
// quantiles.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "source/exposition.hpp"
#include "source/quantile.hpp"
#include "source/samples.hpp"

namespace aiops::source {

struct PageOptions {
  // Counters as NAME:rate, per second since the scrape before. What counts less than before began anew at 0.
  // false: as they stand.
  bool rates = true;
  bool buckets = false;           // the buckets of histograms too
  std::vector<double> quantiles;  // NAME{quantile="0.99"} of histograms, of what came since the scrape before
  std::string service;            // of series whose labels name none
  std::vector<std::string> service_labels{"service", "job", "application"};
  std::vector<std::pair<std::string, std::string>> constants;  // labels of all series that have none such
};

// One target; one thread.
class MetricsPage : private Exposition::Receiver {
 public:
  MetricsPage(PageOptions options, std::size_t part) : options_(std::move(options)), part_(part) {}

  // Reads one page: take() its bytes between begin() and end(). A page whose end() was not called counts as
  // if it had not been there, once the frame is rewound. Throws FrameFull.
  void begin(Nanos time, bool open_metrics, SeriesBook& book, SampleFrame& frame);
  void take(std::string_view bytes) { exposition_->take(bytes); }
  // False if the page is not complete. problem() holds what could not be read of it.
  bool end();

  // Adds a sample of a series that is not on the page, as `up`.
  void add(std::string_view metric, Nanos time, double value, SeriesBook& book, SampleFrame& frame);

  std::uint64_t wrong_lines() const { return wrong_; }
  // The first lines that could not be read, to stand behind a name: ":12: what is wrong".
  const std::vector<std::string>& problems() const { return problems_; }
  std::uint64_t samples() const { return samples_; }  // that were read

  static constexpr std::size_t kShown = 10;

 private:
  using LabelList = std::vector<std::pair<std::string, std::string>>;
  // A counter as it was read last, and before; by the number of the page.
  struct Counter {
    double value = 0, before = 0;
    Nanos time = kNoTime, time_before = kNoTime;
    std::uint64_t page = 0;
  };
  struct Growth {
    double value = 0;
    Nanos time = 0;  // 0: not known, there was no page before
  };
  struct Histogram {
    std::string name;
    LabelList labels;
    Nanos time = kNoTime;
    std::vector<CumulativeBucket> buckets;
    double count = 0, sum = 0;
    bool has_count = false, has_sum = false, grown = true;
  };

  void sample(ExpositionSample& sample) override;
  void wrong(std::uint64_t line, std::string_view text, const std::string& what) override;
  void emit(const std::string& metric, const LabelList& labels, Nanos time, double value,
            std::string_view text);
  Growth grow(const std::string& name, const LabelList& labels, Nanos time, double value);
  void counter(const ExpositionSample& sample, Nanos time);
  void part_of_histogram(ExpositionSample& sample, Nanos time);
  void conclude(const Histogram& histogram);
  void forget();
  record::SeriesKey key_of(std::string_view metric, const LabelList& labels) const;

  PageOptions options_;
  std::size_t part_;
  std::unique_ptr<Exposition> exposition_;
  SeriesBook* book_ = nullptr;
  SampleFrame* frame_ = nullptr;
  Nanos time_ = kNoTime;
  std::uint64_t page_ = 0, complete_ = 0;  // this page, and the last one that was complete
  std::unordered_map<std::string, Counter> counters_;
  std::map<std::string, Histogram> histograms_;  // of this page
  std::uint64_t wrong_ = 0, samples_ = 0;
  std::vector<std::string> problems_;
  std::string duplicate_;
};

}  // namespace aiops::source
