// The fields that aiops-score appends.
#pragma once

#include <string>
#include <string_view>

#include "record/writer.hpp"
#include "score/scorer.hpp"

namespace aiops::tools {

// How one field of a row is written: by write, or as the number that `number` gives, to 6 digits.
struct Cell {
  const std::string& name;
  void (*write)(record::Appender& out, const score::Scored& row, std::string_view model);
  double (*number)(const score::Scored& row) = nullptr;
};

// Throws UsageError for a name that is none.
Cell cell_for(const std::string& name);

}  // namespace aiops::tools
