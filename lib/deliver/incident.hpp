// What an incident record says, as far as it is told to people. aiops-formats(5) specifies the record.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace aiops::deliver {

enum class State { open, acknowledged, resolved };

std::string_view name_of(State state);

struct Incident {
  struct Member {
    std::string service, metric, labels;  // labels: {pod="a"}, "" without
    Nanos onset = kNoTime, until = kNoTime;
    double value, expected, score;  // NaN: not known
    std::vector<std::string> reasons;
  };
  struct Cause {
    std::string service, metric, fault;
    double score;  // NaN: not known
    std::vector<std::string> why;
  };
  struct Log {
    Nanos time = kNoTime;
    std::string service, severity, message;
  };
  struct Template {
    std::string service, metric, text;  // metric: log_new, log_surge, …
    double value, expected;
  };
  struct Trace {
    std::string id, why, service, operation;
    double duration_ms;
  };
  struct Change {
    Nanos time = kNoTime;
    std::string service, kind, what;
  };

  std::string json;  // the whole record, on one line
  std::string id, title, severity, by, why, merged_into;
  State state = State::open;
  std::int64_t revision = 0;
  bool numbered = false;    // the record has a revision of its own
  Nanos arrived = kNoTime;  // when it came, by our clock
  Nanos timestamp = kNoTime, start = kNoTime, opened = kNoTime, end = kNoTime;
  std::vector<std::string> services;  // in order of onset
  std::vector<Member> members;
  std::vector<Cause> causes;  // the best first
  std::vector<Log> logs;
  std::vector<Template> templates;
  std::vector<Trace> traces;
  std::vector<Change> changes;
  std::map<std::string, std::string> labels;

  // What the fields of a matcher mean: severity, state, id, title, service (any of them), labels.NAME or
  // NAME.
  std::vector<std::string_view> values_of(std::string_view field) const;
};

using IncidentPtr = std::shared_ptr<const Incident>;

// True for "high" and above "high"; unknown words are "high".
int rank_of_severity(std::string_view severity);

enum class LineKind { incident, other, bad };

// Reads records of a stream. One thread.
class IncidentReader {
 public:
  IncidentReader();
  ~IncidentReader();

  // other: a record of another kind, which is not for us. bad: what() says why. A field that has another type
  // than it should is as if it were not there; without id, or with a state that is none, nothing can be told.
  LineKind read(std::string_view line, Incident& incident);
  const std::string& what() const { return what_; }

  static constexpr std::size_t kMaxId = 64;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::string what_;
};

}  // namespace aiops::deliver
