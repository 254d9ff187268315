// Log records as they came, and evidence between them as score records, in the input's format.
//
// In CSV, where all records have the same columns, those that evidence has and the input has not are appended
// to the header; they are empty in the rows of the log, as are columns of the log in the rows of evidence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "record/reader.hpp"
#include "record/writer.hpp"
#include "score/log_evidence.hpp"

namespace aiops::tools {

class LogFindings {
 public:
  // model: the name that each finding has. time: the column that times stand in, in CSV.
  LogFindings(record::Sink& sink, std::string model, std::string time);
  // Before the first record.
  void begin(record::Format format, std::string_view header, std::string_view line_ending);
  void pass(std::string_view line);
  void write(const score::LogFinding& finding);

 private:
  // What a finding has: a name and a text, as it stands in the output.
  using Fields = std::vector<std::pair<std::string_view, std::string>>;
  Fields fields(const score::LogFinding& finding) const;

  record::Sink& sink_;
  const std::string model_, time_;
  bool csv_ = false, begun_ = false;
  std::vector<std::string> columns_;  // of CSV
  std::string behind_;                // the line of the log
};

}  // namespace aiops::tools
