#include "source/sample_writer.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kLabelPrefix = "labels.";

}  // namespace

void SampleWriter::set_columns(std::vector<std::string> labels, bool write_header) {
  columns_ = std::move(labels);
  columns_known_ = true;
  if (!write_header) return;
  std::string& out = sink_.buffer();
  out += fmt::format("{},{},{},{}", field::kTimestamp, field::kService, field::kMetric, field::kValue);
  for (const std::string& label : columns_) {
    out += ',';
    append_csv_field(out, std::string(kLabelPrefix) + label);
  }
  out += '\n';
  sink_.written();
}

void SampleWriter::prepare(SampleSeries& series) const {
  if (format_ == record::Format::csv) return prepare_csv(series);
  const std::string_view service = series.key.get(field::kService);
  series.head = "\",";
  if (!service.empty()) {
    series.head += fmt::format("\"{}\":", field::kService);
    append_json_string(series.head, service);
    series.head += ',';
  }
  series.head += fmt::format("\"{}\":", field::kMetric);
  append_json_string(series.head, series.key.get(field::kMetric));
  series.head += fmt::format(",\"{}\":", field::kValue);
  std::string labels;
  for (const auto& [name, value] : series.key.fields) {
    if (!name.starts_with(kLabelPrefix)) continue;
    labels += labels.empty() ? '{' : ',';
    append_json_string(labels, std::string_view(name).substr(kLabelPrefix.size()));
    labels += ':';
    append_json_string(labels, value);
  }
  series.tail = labels.empty() ? "}\n" : fmt::format(",\"{}\":{}}}}}\n", field::kLabels, labels);
}

void SampleWriter::prepare_csv(SampleSeries& series) const {
  for (const auto& [name, value] : series.key.fields) {
    if (name.starts_with(kLabelPrefix) &&
        std::find(columns_.begin(), columns_.end(), name.substr(kLabelPrefix.size())) == columns_.end()) {
      throw BackendError(
          fmt::format("{} has the label {}, for which the CSV has no column, for no series had it before; "
                      "write NDJSON (--format ndjson), or name all labels with --csv-labels",
                      printable(series.key.text()), printable(name.substr(kLabelPrefix.size()))));
    }
  }
  series.head = ",";
  append_csv_field(series.head, series.key.get(field::kService));
  series.head += ',';
  append_csv_field(series.head, series.key.get(field::kMetric));
  series.head += ',';
  series.tail.clear();
  for (const std::string& label : columns_) {
    series.tail += ',';
    append_csv_field(series.tail, series.key.get(std::string(kLabelPrefix) + label));
  }
  series.tail += '\n';
}

void SampleWriter::write(SampleSeries& series, Nanos time, std::string_view value) {
  if (series.tail.empty()) prepare(series);
  if (time != time_) {
    time_ = time;
    time_text_ = format_ == record::Format::csv ? "" : fmt::format("{{\"{}\":\"", field::kTimestamp);
    append_time(time_text_, time);
  }
  if (value.empty() && format_ != record::Format::csv) value = "null";
  std::string& out = sink_.buffer();
  out += time_text_;
  out += series.head;
  out += value;
  out += series.tail;
  sink_.written();
}

}  // namespace aiops::source
