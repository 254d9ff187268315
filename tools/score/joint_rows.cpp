#include "joint_rows.hpp"

#include "base/error.hpp"
#include "record/fields.hpp"
#include "score/explain.hpp"

namespace aiops::tools {

JointRows::JointRows(const score::JointOptions& options, std::string time, bool explain, Write write)
    : rows_(std::move(time)),
      explain_(explain),
      write_(std::move(write)),
      joint_(options, [this](const auto& verdict) { this->write(verdict); }) {}

void JointRows::begin(record::Format format, std::string_view header) {
  rows_.begin(format, header);
  if (rows_.lacks(field::kMetric)) {
    throw UsageError(
        "--joint: expected rows with the column metric, which tells the members of a group apart");
  }
}

void JointRows::write(const score::Joint::Verdict& verdict) {
  const std::string_view line = rows_.line(verdict.key, verdict.time, verdict.value);
  if (!explain_) return write_(line, verdict.scored);
  score::Scored row = verdict.scored;
  row.explanation = score::explain(verdict.key, verdict.value, verdict.time, row);
  write_(line, row);
}

}  // namespace aiops::tools
