#include "source/metrics_page.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"
#include "source/json_reader.hpp"

namespace aiops::source {
namespace {

constexpr std::uint64_t kIdlePages = 10;  // after which a counter that is not shown any more is forgotten

std::string number_text(double value) {
  std::string text;
  append_shortest(text, value);
  return text;
}

std::string identity(std::string_view name, const std::vector<std::pair<std::string, std::string>>& labels) {
  std::string text(name);
  for (const auto& [label, value] : labels)
    text += '\n' + label + '\n' + std::to_string(value.size()) + ':' + value;
  return text;
}

}  // namespace

void MetricsPage::begin(Nanos time, bool open_metrics, SeriesBook& book, SampleFrame& frame) {
  exposition_ = std::make_unique<Exposition>(open_metrics, static_cast<Exposition::Receiver&>(*this));
  book_ = &book;
  frame_ = &frame;
  time_ = time;
  ++page_;
  histograms_.clear();
  wrong_ = samples_ = 0;
  problems_.clear();
}

bool MetricsPage::end() {
  const bool whole = exposition_->finish();
  if (!whole) return false;
  for (const auto& [name, histogram] : histograms_) conclude(histogram);
  complete_ = page_;
  if (page_ % kIdlePages == 0) forget();
  return true;
}

void MetricsPage::forget() {
  std::erase_if(counters_, [this](const auto& entry) { return entry.second.page + kIdlePages < page_; });
}

void MetricsPage::wrong(std::uint64_t line, std::string_view text, const std::string& what) {
  ++wrong_;
  if (problems_.size() < kShown) {
    std::string problem = line == 0 ? ": " : fmt::format(":{}: ", line);
    problem += what;
    if (!text.empty()) problem += ": " + printable(text, 80);
    problems_.push_back(std::move(problem));
  }
}

void MetricsPage::sample(ExpositionSample& sample) {
  ++samples_;
  std::sort(sample.labels.begin(), sample.labels.end());
  const Nanos time = sample.time == kNoTime ? time_ : sample.time;
  switch (sample.part) {
    case MetricPart::created:
      return;
    case MetricPart::counter:
      return counter(sample, time);
    case MetricPart::bucket:
    case MetricPart::count:
    case MetricPart::sum:
      return part_of_histogram(sample, time);
    default:
      return emit(std::string(sample.name), sample.labels, time, sample.value, sample.text);
  }
}

// Enters a counter, and tells how much it has grown since the last complete page.
MetricsPage::Growth MetricsPage::grow(const std::string& name, const LabelList& labels, Nanos time,
                                      double value) {
  Counter& counter = counters_[identity(name, labels)];
  if (counter.page != 0 && counter.page <= complete_) {
    counter.before = counter.value;
    counter.time_before = counter.time;
  }
  counter.value = value;
  counter.time = time;
  counter.page = page_;
  if (counter.time_before == kNoTime || time <= counter.time_before) return {};
  const double growth = value >= counter.before ? value - counter.before : value;
  return {growth, time - counter.time_before};
}

void MetricsPage::counter(const ExpositionSample& sample, Nanos time) {
  if (!options_.rates) return emit(std::string(sample.name), sample.labels, time, sample.value, sample.text);
  const Growth growth = grow(std::string(sample.name), sample.labels, time, sample.value);
  if (growth.time == 0) return;
  const double rate = growth.value / (static_cast<double>(growth.time) / 1e9);
  emit(std::string(sample.name) + ":rate", sample.labels, time, rate, number_text(rate));
}

void MetricsPage::part_of_histogram(ExpositionSample& sample, Nanos time) {
  double bound = 0;
  LabelList labels = sample.labels;
  if (sample.part == MetricPart::bucket) {
    const auto le =
        std::find_if(labels.begin(), labels.end(), [](const auto& label) { return label.first == "le"; });
    if (le == labels.end()) return;
    if (parse_number(le->second, bound) != Number::ok) bound = HUGE_VAL;
    labels.erase(le);
    if (options_.buckets) counter(sample, time);
    if (options_.quantiles.empty()) return;
  } else {
    counter(sample, time);
  }
  Histogram& histogram = histograms_[identity(sample.family, labels)];
  if (histogram.name.empty()) {
    histogram.name = sample.family;
    histogram.labels = labels;
    histogram.time = time;
  }
  double value = sample.value;
  if (options_.rates) {
    // Under a name of its own: the counter itself has been entered above.
    const Growth growth = grow(std::string(sample.name) + " of", sample.labels, time, value);
    histogram.grown = histogram.grown && growth.time != 0;
    value = growth.value;
  }
  if (sample.part == MetricPart::bucket) {
    histogram.buckets.push_back({bound, value});
  } else if (sample.part == MetricPart::count) {
    histogram.count = value;
    histogram.has_count = true;
  } else {
    histogram.sum = value;
    histogram.has_sum = true;
  }
}

void MetricsPage::conclude(const Histogram& histogram) {
  if (!histogram.grown) return;
  if (histogram.has_count && histogram.has_sum && options_.rates) {
    const double average = histogram.count > 0 ? histogram.sum / histogram.count : std::nan("");
    emit(histogram.name + "_avg", histogram.labels, histogram.time, average, number_text(average));
  }
  if (histogram.buckets.empty()) return;
  std::vector<CumulativeBucket> buckets = histogram.buckets;
  std::sort(buckets.begin(), buckets.end(), [](const auto& a, const auto& b) { return a.upper < b.upper; });
  for (const double q : options_.quantiles) {
    LabelList labels = histogram.labels;
    labels.emplace_back("quantile", number_text(q));
    std::sort(labels.begin(), labels.end());
    const double value = quantile_of(q, buckets);
    emit(histogram.name, labels, histogram.time, value, number_text(value));
  }
}

void MetricsPage::emit(const std::string& metric, const LabelList& labels, Nanos time, double value,
                       std::string_view text) {
  SampleSeries& series = book_->find(part_, key_of(metric, labels));
  if (series.answer == page_) {
    wrong(0, "", fmt::format("{} stands twice; the first counts", printable(series.key.text())));
    return;
  }
  series.answer = page_;
  if (series.last != kNoTime && time <= series.last)
    return;  // the target says that it is the sample of before
  frame_->start_series(series);
  if (!std::isfinite(value)) return frame_->add(time, {});
  const bool plain = is_json_number(text) && text.find_first_of("eE") == std::string_view::npos &&
                     text.size() < kNumberChars;
  frame_->add(time, plain ? std::string(text) : number_text(value));
}

void MetricsPage::add(std::string_view metric, Nanos time, double value, SeriesBook& book,
                      SampleFrame& frame) {
  frame.start_series(book.find(part_, key_of(metric, {})));
  frame.add(time, number_text(value));
}

record::SeriesKey MetricsPage::key_of(std::string_view metric, const LabelList& labels) const {
  const auto value_of = [&labels](std::string_view name) -> std::string_view {
    for (const auto& [label, value] : labels) {
      if (label == name) return value;
    }
    return {};
  };
  record::SeriesKey key;
  std::string_view used, service = options_.service;
  for (const std::string& name : options_.service_labels) {
    if (value_of(name).empty()) continue;
    service = value_of(name);
    used = name;
    break;
  }
  if (!service.empty()) key.fields.emplace_back(field::kService, service);
  key.fields.emplace_back(field::kMetric, metric);
  LabelList all;
  for (const auto& label : labels) {
    if (label.first != used && !label.second.empty()) all.push_back(label);
  }
  for (const auto& constant : options_.constants) {
    if (value_of(constant.first).empty()) all.push_back(constant);
  }
  std::sort(all.begin(), all.end());
  for (auto& [name, value] : all) key.fields.emplace_back("labels." + name, value);
  return key;
}

}  // namespace aiops::source
