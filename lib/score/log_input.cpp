#include "score/log_input.hpp"

#include <algorithm>

#include "record/json_row.hpp"

namespace aiops::score {
namespace {

enum Text : std::size_t { kId, kTemplate, kMessage, kSeverity, kTrace, kParameters, kMergedFrom, kMetric };

// The texts of a list in CSV, with ';' between them, or of a JSON array, which was checked when the row was
// read; of other members nothing.
void read_list(std::string_view list, bool csv, std::vector<std::string>& out) {
  out.clear();
  while (csv && !list.empty()) {
    const std::size_t end = std::min(list.find(';'), list.size());
    out.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at] != '"') continue;
    const std::size_t begin = ++at;
    while (at < list.size() && list[at] != '"') at += list[at] == '\\' ? 2 : 1;
    out.emplace_back();
    record::unescape(list.substr(begin, std::min(at, list.size()) - begin), out.back());
  }
}

}  // namespace

bool have_templates(const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), field::kTemplateId) != names.end();
}

bool log_finding(const record::Batch& batch, std::size_t row, LogLine& line, std::string_view& metric) {
  metric = batch.text[kMetric][row];
  if (!metric.starts_with("log_") || batch.text[kId][row].empty()) return false;
  line.id = batch.text[kId][row];
  return true;
}

bool is_sample(const record::Batch& batch, std::size_t row) {
  return batch.kind[row] == record::Kind::sample && !batch.text[kMetric][row].empty();
}

record::Columns log_columns(record::Columns base) {
  base.by = {std::string(field::kService)};
  base.by_required = false;
  base.values.clear();
  base.value_required = false;
  base.split_values = false;
  base.appended.clear();
  base.texts.clear();
  for (const std::string_view name :
       {field::kTemplateId, field::kTemplate, field::kMessage, field::kSeverityText, field::kTraceId,
        field::kParameters, field::kMergedFrom, field::kMetric})
    base.texts.emplace_back(name);
  return base;
}

bool log_line(const record::Batch& batch, std::size_t row, const record::SeriesTable& series, bool csv,
              LogLine& line) {
  // Evidence has a metric: it is told of templates, and is no line of the log.
  if (!batch.text[kMetric][row].empty() || batch.kind[row] != record::Kind::log ||
      batch.text[kId][row].empty() || batch.time[row] == kNoTime)
    return false;
  line.time = batch.time[row];
  line.service = series.key(batch.series[row]).get(field::kService);
  line.id = batch.text[kId][row];
  line.text = batch.text[kTemplate][row];
  line.message = batch.text[kMessage][row];
  line.severity = batch.text[kSeverity][row];
  line.trace = batch.text[kTrace][row];
  read_list(batch.text[kParameters][row], csv, line.parameters);
  read_list(batch.text[kMergedFrom][row], csv, line.merged_from);
  return true;
}

}  // namespace aiops::score
