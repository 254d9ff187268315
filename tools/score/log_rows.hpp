// Log records with templates: passed on as they are, with evidence between them as score records.
#pragma once

#include <string>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "record/reader.hpp"
#include "score/log_evidence.hpp"

namespace aiops::tools {

struct LogScoring {
  std::string models;  // "": none was asked for; the default is taken if it is one of logs
  std::string state, output, fail_on;
  std::string time;  // the field that times stand in
  Nanos window = kMinute;
  score::LogOptions options;
};

// Scores to the end of the reader's input, whose columns are score::log_columns().
Status score_logs(const LogScoring& scoring, record::Reader& reader, Diagnostics& diagnostics);

}  // namespace aiops::tools
