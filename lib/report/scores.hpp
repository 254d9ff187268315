// Score records in: what every report reads, a row at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "record/reader.hpp"

namespace aiops::report {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

enum class Severity : std::uint8_t { normal, high, critical };
Severity parse_severity(std::string_view name);  // normal where it is none of the three
std::string_view severity_name(Severity severity);

// One scored record. Numbers that the record does not have are NaN. Texts live until the next row.
struct ScoreRow {
  Nanos time = 0;
  double value = kMissing, score = kMissing, level = kMissing;
  double expected = kMissing, lower = kMissing, upper = kMissing;
  bool alert = false;
  Severity severity = Severity::normal;
  std::string_view status, truth;
  std::string_view reasons;  // as it came: a JSON array or text separated by ";"
};

// The single reasons out of a record's text, a JSON array of strings or ";"-separated.
std::vector<std::string> split_reasons(std::string_view text);

// A series as the report knows it. Numbers are dense and never used twice, also where the reader evicts.
struct SeriesName {
  record::SeriesKey key;
  std::string text;
};
using Slot = std::uint32_t;

// Reads score records and numbers their series. Owns the reader; one thread.
class ScoreReader {
 public:
  // options.columns.values: the value column (one); the fields of scores are looked for under prefix + name.
  // Throws UsageError for more than one value column.
  ScoreReader(record::ReaderOptions options, const std::string& prefix, record::Rejects& rejects,
              Diagnostics& diagnostics);

  // Hands on every row that was scored or could have been; rows out of order and other kinds of records are
  // counted by the reader and left out. Throws what Reader::next throws, and InputError where rows came and
  // none has a score (they did not pass aiops-score), or the value
  // column that was asked for has no number.
  void read(const std::function<void(Slot, const ScoreRow&)>& take);

  const std::vector<SeriesName>& series() const { return series_; }
  std::uint64_t rows() const { return rows_; }
  // Says what the reader counted; the status so far.
  Status finish() { return reader_.finish(); }

 private:
  Slot slot_of(record::SeriesId id, bool first);
  std::string value_;
  record::Reader reader_;
  std::vector<SeriesName> series_;
  std::vector<Slot> slots_;  // by SeriesId
  std::uint64_t rows_ = 0, scored_ = 0, valued_ = 0;
};

}  // namespace aiops::report
