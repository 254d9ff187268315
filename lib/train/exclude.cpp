#include "train/exclude.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace aiops::train {

void Exclusions::read(const std::vector<std::string>& files, const record::Columns& columns,
                      Diagnostics& diagnostics) {
  for (const std::string& file : files) {
    record::ReaderOptions options;
    options.files = {file};
    options.columns.by = columns.by;
    options.columns.time = columns.time;
    options.columns.time_unit = columns.time_unit;
    if (columns.split_values) {
      // Rows of several value columns were scored as sample lines, which have the column's name in the
      // metric.
      if (!columns.by.empty())
        options.columns.by.insert(options.columns.by.begin(), std::string(field::kMetric));
    } else {
      options.columns.named_by = columns.values.size() == 1 ? columns.values.front() : columns.named_by;
    }
    options.columns.values = {std::string(field::kScore), std::string(field::kAlert)};
    options.columns.value_required = false;
    record::Rejects rejects(diagnostics);
    record::Reader reader(options, rejects, diagnostics);
    const std::vector<std::string> names = reader.peek();
    const bool scores = std::any_of(names.begin(), names.end(), [](const std::string& name) {
      return name == field::kScore || name == field::kAlert;
    });
    if (!scores && !names.empty()) {
      throw InputError(
          fmt::format("{}: its first record has neither score nor alert; --exclude expects what "
                      "aiops-score wrote",
                      file));
    }
    while (const record::Batch* batch = reader.next()) {
      for (std::size_t i = 0; i < batch->size(); ++i) {
        const bool anomalous = batch->value[0][i] >= 1 || batch->value[1][i] >= 1;
        if (!anomalous || batch->time[i] == kNoTime) continue;
        times_[reader.series().text(batch->series[i])].push_back(batch->time[i]);
        ++count_;
      }
    }
    if (reader.finish() != Status::done) {
      throw InputError(
          fmt::format("{}: lines that could not be read; without them, anomalies would be taken for "
                      "what is usual",
                      file));
    }
  }
  for (auto& [series, times] : times_) std::sort(times.begin(), times.end());
}

bool Exclusions::contains(const std::string& series, Nanos time) const {
  const auto found = times_.find(series);
  return found != times_.end() && std::binary_search(found->second.begin(), found->second.end(), time);
}

}  // namespace aiops::train
