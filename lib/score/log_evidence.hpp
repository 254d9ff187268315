// Evidence in a log: templates that are new, that surge, that go silent, values that were never seen where
// there were few, and templates that come in another order, or whose end is missing.
//
// Lines are counted in windows of time; a window closes when a line comes that is `lateness` behind its end.
// Then each template of each service is judged against what was known before, and after that the window
// becomes part of it: without a history it is learned as the stream goes. What was too much is not learned
// for kUnlearned windows, so that an incident does not become usual at once. Of one kind and service at most
// kMost are told a window. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "model/log_history.hpp"
#include "score/severity.hpp"

namespace aiops::score {

struct LogOptions {
  Nanos lateness = 5 * kSecond;
  Nanos refractory = 10 * kMinute;  // of a service's template: no further alert
  double critical_score = 2.0;
  // A request has ended when it had no line for so long.
  Nanos trace_timeout = 30 * kSecond;
  std::size_t most_traces = 100'000;  // that are open
  bool learn = true;
};

// A line. The views live during add() alone.
struct LogLine {
  Nanos time = kNoTime;
  std::string_view service, id, text, message, severity, trace;
  std::vector<std::string> parameters;
  std::vector<std::string> merged_from;  // ids
};

struct LogFinding {
  enum class Kind : std::uint8_t { unknown, surge, silent, value, order };
  Kind kind = Kind::unknown;
  Nanos time = kNoTime;
  std::string service, id, text, message, severity, trace;
  std::vector<std::string> parameters, reasons;
  double value = 0, expected = 0, p_value = 1, score = 0;
  bool alert = false;
  Severity level = Severity::normal;
};
std::string_view metric_of(LogFinding::Kind kind);  // "log_new", …

class LogEvidence {
 public:
  using Give = std::function<void(const LogFinding&)>;

  // history: what is known, and learned on. Lives as long as this.
  LogEvidence(model::LogHistory& history, LogOptions options, Give give);

  void add(const LogLine& line);
  // Closes what is open: at the end of the input.
  void finish();

  std::uint64_t late() const { return late_; }  // lines for windows that had closed, counted in the next
  std::uint64_t alerts() const { return alerts_; }
  std::uint64_t unlearned() const { return unlearned_; }  // lines of templates that there was no room for
  Severity worst_alert() const { return worst_; }

  static constexpr std::size_t kMost = 10;
  static constexpr std::uint32_t kUnlearned = 10;
  // The probability at which the score is 1 is 10 to the minus this.
  static constexpr double kSurprise = 3;
  // Findings with less are not told.
  static constexpr double kLeastScore = 0.5;

 private:
  struct Counted {
    std::uint64_t lines = 0;
    Nanos first = kNoTime, last = kNoTime;
    std::string text, message, severity, trace;
    std::vector<std::string> parameters;
    // Places and values, or the template that followed, that were never seen before; with the first line.
    struct Novel {
      std::uint64_t times = 0;
      double p_value = 1;
      Nanos time = kNoTime;
      std::string message, trace, expected;
      double share = 0;  // that it had of all, where it was seen
    };
    std::map<std::pair<std::size_t, std::string>, Novel> novel;
  };
  struct Window {
    std::map<std::string, std::unordered_map<std::string, Counted>> services;
  };
  struct Trace {
    std::string key;                   // trace id, or "service NAME"
    std::string service, id, message;  // of its last line
    Nanos last = kNoTime;
  };
  using Traces = std::list<Trace>;  // the longest idle first

  Window& window_of(Nanos time);
  void merge(const std::string& from, const std::string& into);
  void values(model::LogTemplate& known, const LogLine& line, Counted& counted);
  void follow(const LogLine& line, Window& window);
  void end_traces(Nanos before);
  void end_trace(Traces::iterator trace, std::string_view next, std::string_view service, Window& window,
                 Nanos time);
  std::string text_of(const std::string& id) const;
  void close(std::int64_t index);
  void judge(const std::string& name, model::LogService& service,
             std::unordered_map<std::string, Counted>& counted);
  void judge_novel(const std::string& name, const std::string& id, Counted& counted,
                   std::vector<LogFinding>& found);
  void learn(model::LogTemplate& known, const Counted& counted, bool too_many);
  void silent(const std::string& name, model::LogService& service, Nanos time);
  void tell(std::vector<LogFinding>& found, model::LogService& service);

  model::LogHistory& history_;
  const LogOptions options_;
  Give give_;
  std::map<std::int64_t, Window> open_;
  std::int64_t closed_ = INT64_MIN;  // windows up to here have closed
  Nanos newest_ = kNoTime;
  Traces traces_;
  std::unordered_map<std::string, Traces::iterator> by_trace_;
  std::uint64_t late_ = 0, alerts_ = 0, unlearned_ = 0;
  std::size_t templates_ = 0;
  Severity worst_ = Severity::normal;
};

}  // namespace aiops::score
