// A series' name, and the table that gives each series a small number.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace aiops::record {

using SeriesId = std::uint32_t;

// The key fields of a series, in canonical order (service, metric, method, endpoint, operation, then
// labels.NAME sorted by name; with --by, the order given). Fields that a record does not have, or has empty,
// are left out. Where the value column is not `value`, it stands in the metric: alone where the record names
// no metric, else as "metric.column".
struct SeriesKey {
  std::vector<std::pair<std::string, std::string>> fields;

  // The value of one field, "" if it has none.
  std::string_view get(std::string_view name) const;
  void set(std::string_view name, std::string_view value);

  // As Prometheus writes it: cpu{service="cart",pod="a"}. The metric stands in front, `labels.` is left off,
  // values are escaped as in the exposition format. Used everywhere a series is shown or stored.
  std::string text() const;

  // Reads text() back. Throws InputError. (method, endpoint, operation and service are fields, other names
  // labels.)
  static SeriesKey parse(std::string_view text);

  bool operator==(const SeriesKey&) const = default;
};

// Puts the value column into the metric: alone where there is none, "metric.column" otherwise, and nothing
// where the column is `value` and there is a metric.
void name_by_value(SeriesKey& key, std::string_view column);

// Appends the key as members of a JSON object, each with a comma before it:
// ,"service":"cart","labels":{"pod":"a"}.
void append_json_members(std::string& out, const SeriesKey& key);

// Series by number: dense, from 0. With a limit, numbers of evicted series are used again.
class SeriesTable {
 public:
  // max_series 0: no limit.
  explicit SeriesTable(std::size_t max_series = 0) : limit_(max_series) {}

  std::size_t size() const { return keys_.size(); }  // numbers given so far; states are arrays of this size
  const SeriesKey& key(SeriesId id) const { return keys_[id].key; }
  const std::string& text(SeriesId id) const { return keys_[id].text; }

  // True if `key` is new and there is no room: evict first.
  bool full() const { return limit_ != 0 && ids_.size() >= limit_; }
  // The number of a series; a new one if it has none yet. Precondition for a new one: !full().
  SeriesId intern(const SeriesKey& key);
  bool contains(const SeriesKey& key) const { return ids_.count(key.text()) != 0; }

  // Evicts the longest idle series (at least one, at most 1/64 of the table) and returns their numbers.
  // last_used: when a series was, on any clock.
  std::vector<SeriesId> evict(const std::function<std::uint64_t(SeriesId)>& last_used);
  std::uint64_t evicted() const { return evicted_; }

 private:
  struct Entry {
    SeriesKey key;
    std::string text;
    bool used = false;
  };
  std::size_t limit_;
  std::vector<Entry> keys_;
  std::vector<SeriesId> free_;
  std::unordered_map<std::string, SeriesId> ids_;
  std::uint64_t evicted_ = 0;
};

}  // namespace aiops::record
