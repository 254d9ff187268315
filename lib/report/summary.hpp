// The summary for a terminal: a line a series, worst first.
#pragma once

#include <string>
#include <vector>

#include "report/overview.hpp"

namespace aiops::report {

struct SummaryOptions {
  int width = 100;  // characters a line, at least 40
  bool colour = false;
  std::size_t top = 0;  // so many series; 0: all
};

// The whole text, totals last. Columns give way as the width shrinks: first the sparkline's length and the
// time's date, then whole columns; a name is cut last.
std::string summary_text(const Overview& overview, const std::vector<SeriesName>& names,
                         const SummaryOptions& options);

}  // namespace aiops::report
