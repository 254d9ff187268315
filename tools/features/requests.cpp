#include "feature/request_rows.hpp"

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
  std::vector<std::string> keys;  // CSV: those that the input has as columns
  for (const auto& name : columns.by) {
    if (std::find(input_columns.begin(), input_columns.end(), name) != input_columns.end())
      keys.push_back(name);
  }
  std::unique_ptr<feature::RequestRowWriter> rows;
  feature::RequestWindows windows({window.duration, options.lateness, options.zero},
                                  [&](Nanos start, std::uint32_t key, const feature::RequestRow& row) {
                                    rows->write(start, reader.series().key(key), row);
                                  });
  reader.on_block([&] { sink.flush(); });
  reader.on_evict([&](record::SeriesId id) { windows.flush(id); });
  std::uint64_t others = 0;
  while (const record::Batch* batch = reader.next()) {
    if (!rows) {
      rows = std::make_unique<feature::RequestRowWriter>(sink, reader.format(), keys);
      rows->header();
    }
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
