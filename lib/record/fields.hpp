// Names of fields, one place for all tools. aiops-formats(5) is the table for people.
#pragma once

#include <array>
#include <string_view>

namespace aiops::field {

inline constexpr std::string_view kTimestamp = "timestamp";
inline constexpr std::string_view kService = "service";
inline constexpr std::string_view kMetric = "metric";
inline constexpr std::string_view kValue = "value";
inline constexpr std::string_view kLabels = "labels";
inline constexpr std::string_view kMethod = "method";
inline constexpr std::string_view kEndpoint = "endpoint";
inline constexpr std::string_view kOperation = "operation";
inline constexpr std::string_view kSeverityText = "severity_text";
inline constexpr std::string_view kMessage = "message";
inline constexpr std::string_view kTemplateId = "template_id";
inline constexpr std::string_view kTemplate = "template";
inline constexpr std::string_view kParameters = "parameters";
inline constexpr std::string_view kMergedFrom = "merged_from";
inline constexpr std::string_view kStatusCode = "status_code";
inline constexpr std::string_view kDurationMs = "duration_ms";
inline constexpr std::string_view kTraceId = "trace_id";
inline constexpr std::string_view kSpanId = "span_id";
inline constexpr std::string_view kParentSpanId = "parent_span_id";
inline constexpr std::string_view kKind = "kind";
inline constexpr std::string_view kRecordId = "record_id";
inline constexpr std::string_view kTruth = "truth";

inline constexpr std::string_view kDelta = "delta";
inline constexpr std::string_view kRollingMean = "rolling_mean";
inline constexpr std::string_view kRollingStd = "rolling_std";
inline constexpr std::string_view kZscore = "zscore";

inline constexpr std::string_view kScore = "score";
inline constexpr std::string_view kLevel = "level";
inline constexpr std::string_view kAlert = "alert";
inline constexpr std::string_view kSeverity = "severity";
inline constexpr std::string_view kStatus = "status";
inline constexpr std::string_view kExpected = "expected";
inline constexpr std::string_view kLower = "lower";
inline constexpr std::string_view kUpper = "upper";
inline constexpr std::string_view kPValue = "p_value";
inline constexpr std::string_view kDetector = "detector";
inline constexpr std::string_view kModel = "model";
inline constexpr std::string_view kReasons = "reasons";

// What names a series when --by does not say otherwise, in the order in which it is written. `labels` stands
// for every member of the object (NDJSON) or every column labels.NAME (CSV).
inline constexpr std::array kDefaultKey = {kService, kMetric, kMethod, kEndpoint, kOperation, kLabels};

}  // namespace aiops::field
