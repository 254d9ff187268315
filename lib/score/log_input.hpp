// Log records with templates, as they come out of a reader.
#pragma once

#include <string>
#include <vector>

#include "record/reader.hpp"
#include "score/log_evidence.hpp"

namespace aiops::score {

// Whether a record with these fields has a template.
bool have_templates(const std::vector<std::string>& names);

// The columns to read: `base` says how times are read.
record::Columns log_columns(record::Columns base);

// The row of a batch that was read with them, from CSV or NDJSON. False if it is no log record with a time
// and a template.
bool log_line(const record::Batch& batch, std::size_t row, const record::SeriesTable& series, bool csv,
              LogLine& line);

// Whether the row is a sample of a metric.
bool is_sample(const record::Batch& batch, std::size_t row);

// Whether the row is evidence that was found before, of the template line.id.
bool log_finding(const record::Batch& batch, std::size_t row, LogLine& line, std::string_view& metric);

}  // namespace aiops::score
