// An incident: anomalies that belong together, and what is known of them. aiops-formats(5) specifies the
// record.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "incident/cause.hpp"
#include "record/series.hpp"
#include "score/severity.hpp"

namespace aiops::incident {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

enum class State : std::uint8_t { open, acknowledged, resolved };
std::string_view state_name(State state);

// A series that takes part.
struct Member {
  record::SeriesKey series;
  std::string name;       // series as text
  Nanos onset = kNoTime;  // its first row over the threshold …
  Nanos until = kNoTime;  // … and its last one
  score::Severity severity = score::Severity::normal;
  // The highest score, and of the row that was farthest off what was expected (where that is not known, of
  // the one with the highest score); NaN where the record did not have it.
  double value = kNone, expected = kNone, lower = kNone, upper = kNone, score = kNone, p_value = kNone;
  // The range at its onset, before a detector learned from the trouble. Not in the record.
  double usual_lower = kNone, usual_upper = kNone;
  std::vector<std::string> reasons;       // of that row, at most kMostReasons
  std::string template_id, log_template;  // log evidence: of which template
  std::string message;                    // log evidence: an example line
  static constexpr std::size_t kMostReasons = 5;
};

// A log line, or the first of many that are alike.
struct LogLine {
  Nanos time = kNoTime;
  std::string service, severity_text, message, template_id, trace_id;
  std::uint64_t count = 1;  // lines like it around the incident
};

struct TraceExample {
  std::string trace_id, why;  // "failed" or "slowest"
  double duration_ms = kNone;
  std::string service, operation;
  Nanos time = kNoTime;
};

struct Incident {
  std::string id;  // [A-Za-z0-9._-], at most 64 characters: fit for URLs, file names and dedup keys
  State state = State::open;
  std::uint64_t revision = 0;  // counts what was told: 1 is the first
  Nanos updated = kNoTime;     // data time of this revision
  std::string title;
  score::Severity severity = score::Severity::high;
  Nanos start = kNoTime;   // first sign
  Nanos opened = kNoTime;  // data time at which the rule was met
  Nanos end = kNoTime;     // last sign; kNoTime while it lasts
  Nanos closed = kNoTime;  // data time at which it was resolved; not in the record of one that lasts
  std::vector<std::string> services;  // in order of onset
  std::vector<Member> members;        // in order of onset
  std::uint64_t left_out = 0;         // further members that were not kept
  std::vector<Cause> causes;          // best first
  std::vector<LogLine> logs;          // by time
  std::vector<TraceExample> traces;
  std::vector<Change> changes;  // before the first sign, newest first
  std::vector<std::pair<std::string, std::string>> labels;
  std::string by, why;  // who changed the state last, and what they said
  std::string verdict;  // of an operator: "", "confirmed" or "false-alarm"
  Cause confirmed;      // verdict confirmed: what it was; service "" where nobody said
  std::uint64_t reopened = 0;
  std::string merged_into;  // id of the incident that this one became a part of

  bool lasts() const { return state != State::resolved; }
  bool fleet_wide() const;
  const Member* find(std::string_view series) const;
};

inline constexpr std::size_t kLongestId = 64;
// The id for an incident that began so: the same each time that the same data are read.
std::string make_id(Nanos start, std::string_view service, std::string_view series);

// What it is in one line, made of what is known: "cart: error_rate 0.055, expected 0; 3 services, 7 metrics".
std::string make_title(const Incident& incident);

// A number for people: three digits that count, thousands in full, and 0 for what is nothing beside `beside`.
std::string figure(double value, double beside = 0);

// True for a text that may be an id: what comes from a command line is looked up and shown.
bool is_id(std::string_view text);

}  // namespace aiops::incident
