#include "joint_rows.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::tools {

JointRows::JointRows(const score::JointOptions& options, std::string time, Write write)
    : time_(std::move(time)),
      write_(std::move(write)),
      joint_(options, [this](const auto& verdict) { this->write(verdict); }) {}

void JointRows::begin(record::Format format, std::string_view header) {
  csv_ = format == record::Format::csv;
  if (!csv_) return;
  columns_ = split(header, ',');
  if (std::find(columns_.begin(), columns_.end(), field::kMetric) == columns_.end()) {
    throw UsageError(
        "--joint: expected rows with the column metric, which tells the members of a group apart");
  }
}

void JointRows::write(const score::Joint::Verdict& verdict) {
  line_.clear();
  if (csv_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line_ += ',';
      append_csv_field(line_, cell(verdict, columns_[i]));
    }
  } else {
    line_ = "{";
    append_json_string(line_, time_);
    line_ += ":\"" + format_time(verdict.time) + '"';
    record::append_json_members(line_, verdict.key);
    line_ += ",\"value\":";
    append_6(line_, verdict.value);
    line_ += '}';
  }
  write_(line_, verdict.scored);
}

std::string JointRows::cell(const score::Joint::Verdict& verdict, const std::string& column) const {
  if (column == time_) return format_time(verdict.time);
  if (column != field::kValue) return std::string(verdict.key.get(column));
  std::string text;
  append_6(text, verdict.value);
  return text;
}

}  // namespace aiops::tools
