#include "source/prometheus_answer.hpp"

#include <fmt/core.h>

#include <cmath>
#include <iterator>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

void read_labels(JsonReader& reader, Labels& labels) {
  labels.clear();
  std::string name;
  reader.enter_object();
  while (reader.next_key(name)) labels.emplace_back(name, reader.string());
}

void give(const JsonReader::Pair& pair, AnswerHandler& handler) {
  const Nanos time = answer_time(pair.number);
  if (time == kNoTime) throw JsonError(fmt::format("{} is no time", printable(pair.number)), false);
  handler.sample(time, pair.string);
}

double number_of(std::string_view text) {
  double value = 0;
  const Number kind = parse_number(text, value);
  if (kind == Number::ok) return value;
  if (text == "+Inf") return HUGE_VAL;
  if (text == "-Inf") return -HUGE_VAL;
  if (kind == Number::missing && text == "NaN") return value;
  throw JsonError(fmt::format("{} is no number of a histogram", printable(text)), false);
}

// [rule, "lower", "upper", "count"]
NativeBucket read_bucket(JsonReader& reader) {
  NativeBucket bucket;
  double* const numbers[] = {nullptr, &bucket.lower, &bucket.upper, &bucket.count};
  std::size_t i = 0;
  for (reader.enter_array(); reader.next_item(); ++i) {
    if (i >= std::size(numbers) || numbers[i] == nullptr) {
      reader.skip();
    } else {
      *numbers[i] = number_of(reader.scalar());
    }
  }
  if (i < std::size(numbers)) throw JsonError("a bucket of a histogram without bounds and count", false);
  return bucket;
}

// [time, {"count": "…", "sum": "…", "buckets": […]}]
void read_histogram(JsonReader& reader, AnswerHandler& handler) {
  reader.enter_array();
  if (!reader.next_item()) throw JsonError("a histogram without a time", false);
  const Nanos time = answer_time(reader.number());
  if (time == kNoTime || !reader.next_item()) throw JsonError("a histogram without time and value", false);
  NativeHistogram histogram;
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "count") {
      histogram.count = number_of(reader.scalar());
    } else if (key == "sum") {
      histogram.sum = number_of(reader.scalar());
    } else if (key == "buckets" && reader.peek() == '[') {
      reader.enter_array();
      while (reader.next_item()) histogram.buckets.push_back(read_bucket(reader));
    } else {
      reader.skip();
    }
  }
  if (reader.next_item()) throw JsonError("a histogram with more than time and value", false);
  handler.histogram(time, histogram);
}

// One element of a vector or a matrix.
void read_series(JsonReader& reader, AnswerHandler& handler) {
  Labels labels;
  std::string key;
  bool named = false;
  const auto need_name = [&] {
    if (!named) throw JsonError("a series' values come before its name", false);
  };
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "metric") {
      read_labels(reader, labels);
      handler.series(labels);
      named = true;
    } else if (key == "values") {
      need_name();
      reader.enter_array();
      while (reader.next_item()) give(reader.pair(), handler);
    } else if (key == "value") {
      need_name();
      give(reader.pair(), handler);
    } else if (key == "histograms") {
      need_name();
      reader.enter_array();
      while (reader.next_item()) read_histogram(reader, handler);
    } else if (key == "histogram") {
      need_name();
      read_histogram(reader, handler);
    } else {
      reader.skip();
    }
  }
  if (named) handler.end_of_series();
}

// "result": an array of series, or a scalar, which is one point itself.
void read_result(JsonReader& reader, AnswerHandler& handler) {
  if (reader.peek() == 'n') return reader.skip();  // null: no series
  reader.enter_array();
  if (!reader.next_item()) return;
  if (reader.peek() == '{') {
    do read_series(reader, handler);
    while (reader.next_item());
    return;
  }
  const Nanos time = answer_time(reader.number());
  if (time == kNoTime || !reader.next_item()) throw JsonError("a scalar without time and value", false);
  Labels none;
  handler.series(none);
  handler.sample(time, reader.string());
  if (reader.next_item()) throw JsonError("a scalar with more than time and value", false);
}

void read_list(JsonReader& reader, std::vector<std::string>& list) {
  if (reader.peek() == 'n') return reader.skip();
  reader.enter_array();
  while (reader.next_item()) list.emplace_back(reader.string());
}

// The members that every answer has; `data` is read by the caller.
template <class Data>
Answer read_envelope(JsonReader& reader, Data&& data) {
  Answer answer;
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "status") {
      answer.status = reader.scalar();
    } else if (key == "data") {
      data(answer);
    } else if (key == "error") {
      answer.error = reader.scalar();
    } else if (key == "errorType") {
      answer.error_type = reader.scalar();
    } else if (key == "warnings") {
      read_list(reader, answer.warnings);
    } else if (key == "infos") {
      read_list(reader, answer.infos);
    } else if (key == "isPartial") {
      answer.partial = reader.scalar() == "true";
    } else {
      reader.skip();
    }
  }
  reader.finish();
  if (answer.status.empty())
    throw JsonError("there is no member \"status\" as in an answer of Prometheus", false);
  return answer;
}

}  // namespace

Answer read_answer(JsonReader& reader, AnswerHandler& handler) {
  return read_envelope(reader, [&](Answer&) {
    if (reader.peek() != '{') return reader.skip();
    std::string key, type;
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key == "resultType") {
        type = reader.string();
        if (type == "string") throw JsonError("the query gives a text, not numbers", false);
      } else if (key == "result") {
        read_result(reader, handler);
      } else {
        reader.skip();
      }
    }
  });
}

Answer read_strings(JsonReader& reader, std::vector<std::string>& strings) {
  return read_envelope(reader, [&](Answer&) { read_list(reader, strings); });
}

Answer read_label_sets(JsonReader& reader, const std::function<void(Labels& labels)>& take) {
  return read_envelope(reader, [&](Answer&) {
    if (reader.peek() != '[') return reader.skip();
    Labels labels;
    reader.enter_array();
    while (reader.next_item()) {
      read_labels(reader, labels);
      take(labels);
    }
  });
}

Answer read_metadata(JsonReader& reader, std::map<std::string, MetricMetadata>& metrics) {
  return read_envelope(reader, [&](Answer&) {
    if (reader.peek() != '{') return reader.skip();
    std::string name, key;
    reader.enter_object();
    while (reader.next_key(name)) {
      MetricMetadata found;
      reader.enter_array();
      for (bool first = true; reader.next_item(); first = false) {
        MetricMetadata one;
        reader.enter_object();
        while (reader.next_key(key)) {
          if (key == "type") {
            one.type = reader.scalar();
          } else if (key == "unit") {
            one.unit = reader.scalar();
          } else if (key == "help") {
            one.help = reader.scalar();
          } else {
            reader.skip();
          }
        }
        if (first) found = std::move(one);
      }
      metrics.emplace(name, std::move(found));
    }
  });
}

Nanos answer_time(std::string_view text) {
  std::int64_t seconds = 0;
  std::size_t i = 0;
  for (; i < text.size() && i < 18 && text[i] >= '0' && text[i] <= '9'; ++i)
    seconds = seconds * 10 + (text[i] - '0');
  if (i == 0 || i > 9 + 1) return parse_time(text, TimeUnit::seconds).value_or(kNoTime);
  Nanos time = seconds * kSecond;
  if (i == text.size()) return seconds > 9'000'000'000 ? kNoTime : time;
  if (text[i] != '.') return parse_time(text, TimeUnit::seconds).value_or(kNoTime);
  Nanos unit = kSecond;
  while (++i < text.size()) {
    if (text[i] < '0' || text[i] > '9') return parse_time(text, TimeUnit::seconds).value_or(kNoTime);
    unit /= 10;
    time += (text[i] - '0') * unit;
  }
  return seconds > 9'000'000'000 ? kNoTime : time;
}

}  // namespace aiops::source
