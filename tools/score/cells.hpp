// The fields that aiops-score appends.
#pragma once

#include <string>
#include <string_view>

#include "record/writer.hpp"
#include "score/scorer.hpp"

namespace aiops::tools {

// Writes one field of a row; the table says how.
struct Cell {
  const std::string& name;
  void (*write)(record::Appender& out, const score::Scored& row, std::string_view model);
};

// Throws UsageError for a name that is none.
Cell cell_for(const std::string& name);

}  // namespace aiops::tools
