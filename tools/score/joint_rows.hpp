// Joint scores as rows of the stream.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "added_rows.hpp"
#include "score/joint.hpp"

namespace aiops::tools {

// Makes a line for each joint verdict, in the format of the stream: time, the group's fields, metric and
// value; in CSV the other columns are empty.
class JointRows {
 public:
  // line: without its ending.
  using Write = std::function<void(std::string_view line, const score::Scored& row)>;

  // time: name of the column. explain: with a sentence.
  JointRows(const score::JointOptions& options, std::string time, bool explain, Write write);
  // Before the first row. Throws UsageError for CSV without a column for the metric.
  void begin(record::Format format, std::string_view header);

  score::Joint& scores() { return joint_; }

 private:
  void write(const score::Joint::Verdict& verdict);

  AddedRows rows_;
  bool explain_;
  Write write_;
  score::Joint joint_;
};

}  // namespace aiops::tools
