// Rows that are left out of training because they were scored anomalous.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostics.hpp"
#include "record/reader.hpp"

namespace aiops::train {

// Instants of series, read from files of scores. Owns what it holds: 8 bytes an instant.
class Exclusions {
 public:
  // Reads score records (NDJSON or CSV, as aiops-score writes them): a row with alert = 1 or score >= 1 is
  // excluded. columns: how the training input names series and times (by, time, time_unit, values, named_by,
  // split_values). Throws InputError if a file cannot be read, or if none of its records has a score or an
  // alert.
  void read(const std::vector<std::string>& files, const record::Columns& columns, Diagnostics& diagnostics);

  // series: SeriesKey::text().
  bool contains(const std::string& series, Nanos time) const;
  bool empty() const { return times_.empty(); }
  // How many rows were excluded by the files.
  std::uint64_t count() const { return count_; }

 private:
  std::unordered_map<std::string, std::vector<Nanos>> times_;  // sorted
  std::uint64_t count_ = 0;
};

}  // namespace aiops::train
