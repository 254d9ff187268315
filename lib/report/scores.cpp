#include "report/scores.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>

#include "base/text.hpp"

namespace aiops::report {
namespace {

enum Value : std::size_t { kValue, kScore, kLevel, kAlert, kExpected, kLower, kUpper };
enum Text : std::size_t { kSeverity, kStatus, kReasons, kTruth };

record::ReaderOptions with_score_columns(record::ReaderOptions options, const std::string& prefix) {
  record::Columns& columns = options.columns;
  if (columns.values.size() != 1) {
    throw UsageError("--value takes one field here: a report shows the value that was scored");
  }
  for (std::string_view name :
       {field::kScore, field::kLevel, field::kAlert, field::kExpected, field::kLower, field::kUpper}) {
    columns.values.push_back(prefix + std::string(name));
  }
  for (std::string_view name : {field::kSeverity, field::kStatus, field::kReasons}) {
    columns.texts.push_back(prefix + std::string(name));
  }
  columns.texts.emplace_back(field::kTruth);
  columns.value_required = false;
  columns.split_values = false;
  return options;
}

}  // namespace

Severity parse_severity(std::string_view name) {
  if (name == "critical") return Severity::critical;
  return name == "high" ? Severity::high : Severity::normal;
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return "critical";
    case Severity::high:
      return "high";
    case Severity::normal:
      break;
  }
  return "normal";
}

std::vector<std::string> split_reasons(std::string_view text) {
  std::vector<std::string> reasons;
  text = trim(text);
  if (text.starts_with('[')) {
    simdjson::dom::parser parser;
    simdjson::dom::array list;
    if (!parser.parse(text.data(), text.size()).get(list)) {
      for (const auto item : list) {
        std::string_view reason;
        if (!item.get(reason)) reasons.emplace_back(reason);
      }
      return reasons;
    }
  }
  for (const std::string& part : split(text, ';')) {
    if (const std::string_view trimmed = trim(part); !trimmed.empty()) reasons.emplace_back(trimmed);
  }
  return reasons;
}

ScoreReader::ScoreReader(record::ReaderOptions options, const std::string& prefix, record::Rejects& rejects,
                         Diagnostics& diagnostics)
    : value_(options.columns.values.empty() ? "" : options.columns.values.front()),
      reader_(with_score_columns(std::move(options), prefix), rejects, diagnostics) {}

Slot ScoreReader::slot_of(record::SeriesId id, bool first) {
  if (id >= slots_.size()) slots_.resize(id + 1);
  if (first) {
    slots_[id] = static_cast<Slot>(series_.size());
    record::SeriesKey key = reader_.series().key(id);
    // As aiops-score names the series that it makes of a column.
    if (value_ != field::kValue && key.get(field::kMetric).empty()) key.set(field::kMetric, value_);
    std::string text = key.text();
    series_.push_back({std::move(key), std::move(text)});
  }
  return slots_[id];
}

void ScoreReader::read(const std::function<void(Slot, const ScoreRow&)>& take) {
  ScoreRow row;
  while (const record::Batch* batch = reader_.next()) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const std::uint8_t flags = batch->flags[i];
      if (flags & record::Row::kOther) continue;
      const Slot slot = slot_of(batch->series[i], flags & record::Row::kFirst);
      if (flags & record::Row::kPass) continue;
      row.time = batch->time[i];
      row.value = batch->value[kValue][i];
      row.score = batch->value[kScore][i];
      row.level = batch->value[kLevel][i];
      row.expected = batch->value[kExpected][i];
      row.lower = batch->value[kLower][i];
      row.upper = batch->value[kUpper][i];
      row.alert = batch->value[kAlert][i] > 0;
      row.severity = parse_severity(batch->text[kSeverity][i]);
      row.status = batch->text[kStatus][i];
      row.reasons = batch->text[kReasons][i];
      row.truth = batch->text[kTruth][i];
      ++rows_;
      valued_ += !std::isnan(row.value);
      scored_ += std::isfinite(row.score) || std::isfinite(row.level) || !row.status.empty();
      take(slot, row);
    }
  }
  if (rows_ > 0 && scored_ == 0) {
    throw InputError(
        fmt::format("none of {} has a score or a status: pass them through aiops-score first, or "
                    "name what stands before the fields with --prefix",
                    count(rows_, "row")));
  }
  if (rows_ > 0 && valued_ == 0 && value_ != field::kValue) {
    throw InputError(
        fmt::format("no row has a number in the field \"{}\" that --value names", printable(value_)));
  }
}

}  // namespace aiops::report
