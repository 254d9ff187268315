#include "source/prometheus_filler.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::source {
namespace {

// A number whose text can be passed on as it is: one of JSON, and without exponent it is never too large.
bool is_plain(std::string_view value) {
  return value.size() < kNumberChars && value.find_first_of("eE") == std::string_view::npos &&
         is_json_number(value);
}

}  // namespace

void PrometheusFiller::series(Labels& labels) {
  SampleSeries& series = book_.find(asked_.part, key_of(labels));
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
    if (label != "__name__" && label != used && !value.empty())
      key.fields.emplace_back("labels." + label, value);
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
