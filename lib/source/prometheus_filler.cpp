#include "source/prometheus_filler.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::source {
namespace {

// A number whose text can be passed on as it is: one of JSON, and without exponent it is never too large.
bool is_plain(std::string_view value) {
  if (value.size() >= kNumberChars) return false;
  const char* p = value.data();
  const char* const end = p + value.size();
  const auto digits = [&p, end] {
    const char* const from = p;
    while (p != end && *p >= '0' && *p <= '9') ++p;
    return p - from;
  };
  if (p != end && *p == '-') ++p;
  const bool zero = p != end && *p == '0';
  const auto whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (p != end && *p == '.' && (++p, digits()) == 0) return false;
  return p == end;
}

}  // namespace

void PrometheusFiller::series(Labels& labels) {
  key_ = key_of(labels);
  derived_.clear();
  previous_histogram_ = kNoTime;
  start(key_);
}

void PrometheusFiller::start(record::SeriesKey key) {
  SampleSeries& series = book_.find(asked_.part, std::move(key));
  if (series.answer == asked_.answer) {
    throw UsageError(
        fmt::format("the query {} gives several series that are told apart by their metric's name alone, "
                    "such as {}; give each metric a query of its own",
                    asked_.metric, printable(series.key.text())));
  }
  series.answer = asked_.answer;
  frame_.start_series(series);
  previous_ = kNoTime;
}

void PrometheusFiller::sample(Nanos time, std::string_view value) {
  if (time <= previous_) throw JsonError("the samples of a series are not in the order of time", false);
  previous_ = time;
  if (time <= asked_.after) return;
  if (asked_.steps != nullptr) check_time(time);
  if (is_plain(value)) return frame_.add(time, value);
  double number = 0;
  switch (parse_number(value, number)) {
    case Number::ok:
      text_.clear();
      append_shortest(text_, number);
      return frame_.add(time, text_);
    case Number::missing:
      return frame_.add(time, {});
    default:
      throw JsonError(fmt::format("{} is no value of a sample", printable(value)), false);
  }
}

void PrometheusFiller::derive() {
  const auto add = [this](const std::string& suffix) {
    derived_.push_back({key_, {}});
    derived_.back().key.set(field::kMetric, asked_.metric + suffix);
  };
  add("_count");
  add("_sum");
  add("_avg");
  if (asked_.quantiles == nullptr) return;
  for (const double q : *asked_.quantiles) {
    add("");
    text_.clear();
    append_shortest(text_, q);
    auto& fields = derived_.back().key.fields;
    fields.emplace_back("labels.quantile", text_);
    // Behind service and metric stand labels, sorted.
    const auto labels = std::find_if(fields.begin(), fields.end(),
                                     [](const auto& f) { return f.first.starts_with("labels."); });
    std::sort(labels, fields.end());
  }
}

void PrometheusFiller::histogram(Nanos time, const NativeHistogram& histogram) {
  if (time <= previous_histogram_)
    throw JsonError("the histograms of a series are not in the order of time", false);
  previous_histogram_ = time;
  if (time <= asked_.after) return;
  if (asked_.steps != nullptr) check_time(time);
  if (derived_.empty()) derive();
  derived_[0].samples.emplace_back(time, histogram.count);
  derived_[1].samples.emplace_back(time, histogram.sum);
  derived_[2].samples.emplace_back(time,
                                   histogram.count > 0 ? histogram.sum / histogram.count : std::nan(""));
  for (std::size_t i = 3; i < derived_.size(); ++i)
    derived_[i].samples.emplace_back(time, quantile_of((*asked_.quantiles)[i - 3], histogram.buckets));
}

void PrometheusFiller::end_of_series() {
  for (Derived& derived : derived_) {
    start(std::move(derived.key));
    for (const auto& [time, value] : derived.samples) {
      text_.clear();
      append_shortest(text_, value);
      frame_.add(time, text_);
    }
  }
  derived_.clear();
}

record::SeriesKey PrometheusFiller::key_of(Labels& labels) const {
  std::sort(labels.begin(), labels.end());
  const auto value_of = [&labels](std::string_view name) -> std::string_view {
    for (const auto& [label, value] : labels) {
      if (label == name) return value;
    }
    return {};
  };
  record::SeriesKey key;
  std::string_view used;
  for (const std::string& name : asked_.service_labels) {
    const std::string_view service = value_of(name);
    if (service.empty()) continue;
    key.fields.emplace_back(field::kService, service);
    used = name;
    break;
  }
  key.fields.emplace_back(field::kMetric, asked_.metric);
  for (const auto& [label, value] : labels) {
    if (label == "__name__" || label == used || value.empty()) continue;
    const bool taken = label == "environment" && !asked_.environment.empty();
    key.fields.emplace_back((taken ? "labels.exported_" : "labels.") + label, value);
  }
  if (!asked_.environment.empty()) {
    key.fields.emplace_back("labels.environment", std::string(asked_.environment));
    const auto is_label = [](const auto& field) { return field.first.starts_with("labels."); };
    std::sort(std::find_if(key.fields.begin(), key.fields.end(), is_label), key.fields.end());
  }
  return key;
}

void PrometheusFiller::check_time(Nanos time) const {
  const Steps& steps = *asked_.steps;
  if (time >= steps.first && time <= steps.last() && (time - steps.first) % steps.step == 0) return;
  throw JsonError(
      fmt::format("a sample at {} was not asked for; does a cache in front of the server move the times of "
                  "a query?",
                  format_time(time)),
      false);
}

}  // namespace aiops::source
