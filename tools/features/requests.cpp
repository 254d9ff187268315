#include "feature/requests.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "feature/rolling.hpp"
#include "features.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

bool is_error(double status, std::string_view severity) {
  if (std::isfinite(status)) return status >= 500;
  return severity == "ERROR" || severity == "FATAL";
}

// Writes feature rows in the format of what was read. NDJSON has the key that a record has; CSV a column for
// each key field that the input has as a column.
class RequestRows {
 public:
  RequestRows(record::Sink& sink, record::Reader& reader, const record::Columns& columns)
      : sink_(sink), reader_(reader), columns_(columns) {}

  void header(const std::vector<std::string>& input_columns) {
    if (reader_.format() != record::Format::csv) return;
    for (const auto& name : columns_.by)
      if (std::find(input_columns.begin(), input_columns.end(), name) != input_columns.end())
        keys_.push_back(name);
    std::string& out = sink_.buffer();
    out += field::kTimestamp;
    for (const auto& name : keys_) append_csv_field(out += ',', name);
    for (const auto name : feature::kRequestFeatures) append_csv_field(out += ',', name);
    out += '\n';
  }

  void row(Nanos start, record::SeriesId key, const feature::RequestRow& row) {
    std::string& out = sink_.buffer();
    const record::SeriesKey& series = reader_.series().key(key);
    const bool csv = reader_.format() == record::Format::csv;
    out += csv ? "" : "{\"timestamp\":\"";
    append_time(out, start);
    if (csv) {
      for (const auto& name : keys_) append_csv_field(out += ',', series.get(name));
    } else {
      out += '"';
      record::append_json_members(out, series);
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += csv ? "," : fmt::format(",\"{}\":", feature::kRequestFeatures[i]);
      std::isfinite(row[i]) ? append_6(out, row[i]) : void(out += csv ? "" : "null");
    }
    out += csv ? "\n" : "}\n";
    sink_.written();
  }

 private:
  record::Sink& sink_;
  record::Reader& reader_;
  const record::Columns& columns_;
  std::vector<std::string> keys_;
};

}  // namespace

Status request_features(const FeaturesOptions& options, record::Reader& reader, Diagnostics& diagnostics) {
  const feature::Window window = feature::Window::parse(options.window.empty() ? "1m" : options.window);
  if (window.duration == 0)
    throw UsageError("--window: request windows are of time; expected a duration such as 1m");
  record::Columns columns = options.input.reader_options().columns;
  columns.values = {std::string(field::kDurationMs), std::string(field::kStatusCode)};
  columns.texts = {std::string(field::kSeverityText)};
  columns.split_values = false;
  columns.value_required = false;
  if (columns.by.empty()) {
    columns.by = {std::string(field::kService), std::string(field::kMethod), std::string(field::kEndpoint)};
    columns.by_required = false;
  }
  const std::vector<std::string> input_columns = reader.peek();
  if (!input_columns.empty()) reader.set_columns(columns);

  record::Sink sink(options.output.output);
  RequestRows rows(sink, reader, columns);
  feature::RequestWindows windows(
      {window.duration, options.lateness, options.zero},
      [&](Nanos start, std::uint32_t key, const feature::RequestRow& row) { rows.row(start, key, row); });
  reader.on_block([&] { sink.flush(); });
  reader.on_evict([&](record::SeriesId id) { windows.flush(id); });
  std::uint64_t others = 0;
  bool begun = false;
  while (const record::Batch* batch = reader.next()) {
    if (!begun) rows.header(input_columns);
    begun = true;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const double duration = batch->value[0][i], status = batch->value[1][i];
      if (std::isnan(duration)) {
        ++others;
        continue;
      }
      windows.add(batch->series[i],
                  {batch->time[i], duration, std::isfinite(status) ? static_cast<int>(status) : 0,
                   is_error(status, batch->text[0][i])});
    }
  }
  windows.flush();
  sink.close();
  if (others)
    diagnostics.info(fmt::format("{} without duration_ms, not counted as requests", count(others, "record")));
  if (windows.late())
    diagnostics.warn(
        fmt::format("{} came after the window closed and {} not counted; a larger --lateness waits longer",
                    count(windows.late(), "request"), windows.late() == 1 ? "is" : "are"));
  return reader.finish();
}

}  // namespace aiops::tools
