#include "incident/feed.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace aiops::incident {
namespace {

// Values that are series: the value, and the columns of rows of features that say something of causes.
constexpr std::array<std::string_view, 8> kValues = {"value",           "request_count", "error_rate",
                                                     "duration_mean",   "duration_p50",  "duration_p95",
                                                     "duration_median", "self_mean"};
enum Number {
  kFirstNumber = kValues.size(),
  kScoreNumber = kFirstNumber,
  kAlertNumber,
  kExpectedNumber,
  kDurationNumber
};
enum Text {
  kTrace,
  kSpan,
  kParent,
  kOperationText,
  kKindText,
  kStatusText,
  kMessageText,
  kSeverityName,
  kTemplate,
  kTemplateId
};

bool failed(std::string_view status) { return status == "error" || status == "ERROR" || status == "Error"; }

bool is_error_level(std::string_view level) {
  return level == "ERROR" || level == "FATAL" || level == "CRITICAL";
}

}  // namespace

record::Columns Feed::columns(const record::Columns& chosen) {
  record::Columns columns;
  columns.by = chosen.by;
  columns.time = chosen.time;
  columns.time_unit = chosen.time_unit;
  columns.values.assign(kValues.begin(), kValues.end());
  for (const auto name : {field::kScore, field::kAlert, field::kExpected, field::kDurationMs})
    columns.values.emplace_back(name);
  for (const auto name : {field::kTraceId, field::kSpanId, field::kParentSpanId, field::kOperation,
                          field::kKind, field::kStatus, field::kMessage, field::kSeverityText})
    columns.texts.emplace_back(name);
  columns.texts.insert(columns.texts.end(), {"template", "template_id"});
  columns.by_required = columns.value_required = false;
  return columns;
}

void Feed::forget(record::SeriesId id) {
  if (id < slots_.size()) slots_[id].clear();
}

void Feed::take_span(const record::Batch& batch, std::size_t row, Nanos to) {
  SpanRecord span;
  const double duration = batch.value[kDurationNumber][row];
  span.start = batch.time[row];
  span.duration =
      std::isfinite(duration) && duration > 0 ? static_cast<Nanos>(std::min(duration, 1e12) * 1e6) : 0;
  if (add_held(span.start, span.duration) > to) return;
  span.trace_id = batch.text[kTrace][row];
  span.span_id = batch.text[kSpan][row];
  span.parent_span_id = batch.text[kParent][row];
  span.operation = batch.text[kOperationText][row];
  span.kind = batch.text[kKindText][row];
  span.error = failed(batch.text[kStatusText][row]);
  span.service = service_;
  ranker_.add_span(span);
}

void Feed::take_values(const record::Batch& batch, std::size_t row, const record::SeriesKey& key) {
  const record::SeriesId id = batch.series[row];
  if (id >= slots_.size()) slots_.resize(id + 1);
  std::vector<std::uint32_t>& slots = slots_[id];
  for (std::size_t i = 0; i < kValues.size(); ++i) {
    const double value = batch.value[i][row];
    if (!std::isfinite(value)) continue;
    if (slots.empty()) slots.assign(kValues.size(), kUnknown);
    if (slots[i] == kUnknown) {
      record::SeriesKey named = key;
      record::name_by_value(named, kValues[i]);
      slots[i] = ranker_.slot(named);
      if (learner_ != nullptr) learner_->declare(slots[i], named);
    }
    ranker_.add_sample(slots[i], batch.time[row], value);
    if (learner_ != nullptr && batch.time[row] <= learn_until_)
      learner_->add(slots[i], batch.time[row], value);
  }
}

void Feed::take_alert(const record::Batch& batch, std::size_t row, const record::SeriesKey& key) {
  record::SeriesKey named = key;
  if (const auto id = batch.text[kTemplateId][row]; !id.empty()) named.set("template_id", id);
  const double value = batch.value[0][row], expected = batch.value[kExpectedNumber][row];
  ranker_.add_alert(named, batch.time[row], is_log_evidence(key.get(field::kMetric)) ? value : 1,
                    value < expected);
}

void Feed::take(const record::Batch& batch, std::size_t row, const record::SeriesTable& series, Nanos to) {
  if (batch.time[row] > to) return;
  const record::SeriesKey& key = series.key(batch.series[row]);
  const std::string_view metric = key.get(field::kMetric);
  if (batch.value[kAlertNumber][row] > 0) take_alert(batch, row, key);
  if (is_log_evidence(metric)) {
    const std::string_view message = batch.text[kMessageText][row];
    return ranker_.add_log(key, batch.time[row], batch.value[kScoreNumber][row],
                           message.empty() ? batch.text[kTemplate][row] : message);
  }
  if (batch.kind[row] == record::Kind::span) {
    service_ = key.get(field::kService);
    return take_span(batch, row, to);
  }
  if (batch.kind[row] == record::Kind::log)
    return ranker_.add_message(key.get(field::kService), batch.time[row],
                               is_error_level(batch.text[kSeverityName][row]));
  if (batch.kind[row] == record::Kind::sample) take_values(batch, row, key);
}

}  // namespace aiops::incident
