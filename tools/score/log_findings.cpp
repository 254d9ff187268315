#include "log_findings.hpp"

#include <algorithm>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"
#include "record/row_fields.hpp"

namespace aiops::tools {
namespace {

// What evidence has, in its order.
constexpr std::string_view kFields[] = {
    field::kTimestamp,  field::kService,  field::kMetric,  field::kTemplateId,   field::kTemplate,
    field::kValue,      field::kExpected, field::kMessage, field::kSeverityText, field::kTraceId,
    field::kParameters, field::kScore,    field::kLevel,   field::kAlert,        field::kSeverity,
    field::kStatus,     field::kPValue,   field::kModel,   field::kReasons};

std::string json_list(const std::vector<std::string>& values) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) append_json_string(out += i == 0 ? "" : ",", values[i]);
  return out += ']';
}

}  // namespace

LogFindings::LogFindings(record::Sink& sink, std::string model, std::string time)
    : sink_(sink), model_(std::move(model)), time_(std::move(time)) {}

void LogFindings::begin(record::Format format, std::string_view header, std::string_view line_ending) {
  if (begun_) return;
  begun_ = true;
  csv_ = format == record::Format::csv;
  behind_ = csv_ ? line_ending : "\n";
  if (!csv_) return;
  columns_ = record::field_names(header);
  std::string& out = sink_.buffer();
  out += header;
  std::string commas;
  for (const std::string_view name : kFields) {
    const std::string_view column = name == field::kTimestamp ? std::string_view(time_) : name;
    if (std::find(columns_.begin(), columns_.end(), column) != columns_.end()) continue;
    columns_.emplace_back(column);
    commas += ',';
    append_csv_field(out += ',', column);
  }
  out += behind_;
  behind_ = commas + behind_;
  sink_.written();
}

void LogFindings::pass(std::string_view line) {
  std::string& out = sink_.buffer();
  out += line;
  out += behind_;
  sink_.written();
}

LogFindings::Fields LogFindings::fields(const score::LogFinding& finding) const {
  Fields fields;
  const auto text = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    fields.emplace_back(name, "");
    csv_ ? append_csv_field(fields.back().second, value) : append_json_string(fields.back().second, value);
  };
  const auto list = [&](std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    csv_ ? text(name, join(values, ";")) : void(fields.emplace_back(name, json_list(values)));
  };
  const auto number = [&](std::string_view name, double value) {
    fields.emplace_back(name, "");
    append_6(fields.back().second, value);
  };
  std::string time;
  append_time(time, finding.time);
  text(csv_ ? std::string_view(time_) : field::kTimestamp, time);
  text(field::kService, finding.service);
  text(field::kMetric, score::metric_of(finding.kind));
  text(field::kTemplateId, finding.id);
  text(field::kTemplate, finding.text);
  number(field::kValue, finding.value);
  number(field::kExpected, finding.expected);
  text(field::kMessage, finding.message);
  text(field::kSeverityText, finding.severity);
  text(field::kTraceId, finding.trace);
  list(field::kParameters, finding.parameters);
  number(field::kScore, finding.score);
  number(field::kLevel, finding.score);
  fields.emplace_back(field::kAlert, finding.alert ? "1" : "0");
  text(field::kSeverity, score::severity_name(finding.level));
  text(field::kStatus, "ok");
  number(field::kPValue, finding.p_value);
  text(field::kModel, model_);
  list(field::kReasons, finding.reasons);
  return fields;
}

void LogFindings::write(const score::LogFinding& finding) {
  const Fields found = fields(finding);
  std::string& out = sink_.buffer();
  if (csv_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) out += ',';
      const auto field =
          std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.first == columns_[i]; });
      if (field != found.end()) out += field->second;
    }
    out.append(behind_, behind_.find_first_not_of(','));
  } else {
    for (std::size_t i = 0; i < found.size(); ++i) {
      out += i == 0 ? "{\"" : ",\"";
      out += found[i].first;
      out += "\":";
      out += found[i].second;
    }
    out += "}\n";
  }
  sink_.written();
}

}  // namespace aiops::tools
