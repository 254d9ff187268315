#include "source/elasticsearch_buckets.hpp"

#include <fmt/core.h>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

// null, "NaN" and "Infinity" are missing.
double number_of(JsonReader& reader) {
  double number;
  return parse_number(reader.scalar(), number) == Number::ok ? number : RequestBucket::kMissing;
}

std::uint64_t whole(JsonReader& reader) {
  const std::string_view text = reader.number();
  const auto number = parse_int(text);
  if (!number || *number < 0) {
    throw JsonError(fmt::format("expected a count, found {}", printable(text)), false);
  }
  return static_cast<std::uint64_t>(*number);
}

// {"time":1767225600000,"service":"cart","method":null,…}
void read_key(JsonReader& reader, RequestGroup& group) {
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    const bool text = reader.peek() == '"';
    const std::string_view value = reader.scalar();
    if (key == "time") {
      const auto time = parse_int(value);
      if (!time) throw JsonError(fmt::format("expected a time, found {}", printable(value)), false);
      group.start = *time * kMillisecond;
    } else if (text || value != "null") {
      (key == "service" ? group.service : key == "method" ? group.method : group.endpoint) = value;
    }
  }
}

void read_durations(JsonReader& reader, RequestBucket& bucket) {
  std::string key;
  double population = RequestBucket::kMissing;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "min") {
      bucket.min = number_of(reader);
    } else if (key == "max") {
      bucket.max = number_of(reader);
    } else if (key == "avg") {
      bucket.mean = number_of(reader);
    } else if (key == "variance") {
      population = number_of(reader);
    } else if (key == "variance_sampling") {
      bucket.variance = number_of(reader);
    } else {
      reader.skip();
    }
  }
  // Before version 7.7 there is none with n - 1.
  const double n = static_cast<double>(bucket.documents);
  if (bucket.variance != bucket.variance && n > 1) bucket.variance = population * n / (n - 1);
}

// {"values":[{"key":50.0,"value":12.5}]}
double read_median(JsonReader& reader) {
  double median = RequestBucket::kMissing;
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key != "values") {
      reader.skip();
      continue;
    }
    reader.enter_array();
    while (reader.next_item()) {
      reader.enter_object();
      while (reader.next_key(key)) key == "value" ? void(median = number_of(reader)) : reader.skip();
    }
  }
  return median;
}

// The one member of {"doc_count":5} or {"value":5} that counts.
std::uint64_t read_count(JsonReader& reader) {
  std::uint64_t count = 0;
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    key == "doc_count" || key == "value" ? void(count = whole(reader)) : reader.skip();
  }
  return count;
}

void read_bucket(JsonReader& reader, RequestBucket& bucket) {
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "key") {
      read_key(reader, bucket.group);
    } else if (key == "doc_count") {
      bucket.documents = whole(reader);
    } else if (key == "durations") {
      read_durations(reader, bucket);
    } else if (key == "median") {
      bucket.median = read_median(reader);
    } else if (key == "statuses") {
      bucket.statuses = read_count(reader);
    } else if (key == "failed") {
      bucket.failed = read_count(reader);
    } else {
      reader.skip();
    }
  }
  if (bucket.group.start == kNoTime || bucket.documents == 0) {
    throw JsonError("a bucket without a time or without documents", false);
  }
}

}  // namespace

void RequestBuckets::read(JsonReader& reader) {
  buckets.clear();
  after.clear();
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key != "groups") {
      reader.skip();
      continue;
    }
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key == "after_key") {
        after = reader.raw();
      } else if (key == "buckets") {
        reader.enter_array();
        while (reader.next_item()) read_bucket(reader, buckets.emplace_back());
      } else {
        reader.skip();
      }
    }
  }
}

}  // namespace aiops::source
