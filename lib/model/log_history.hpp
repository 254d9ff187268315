// What is known of a log: for each service its templates, how many lines each has a window of time, the
// values that stand in places where there are few, and which template follows which.
//
// Time is counted in windows in which the stream had a line at all: a pause of the whole stream is nobody's
// silence. Probabilities come from what was counted itself (the share of windows, of values), never from an
// assumed distribution; beyond all that was seen they fall with the distance. Memory: some 300 bytes a
// template and service, and 32 values of at most 64 bytes a place. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"

namespace aiops::model {

// The values that were seen in one place.
class LogValues {
 public:
  // The probability of a value that was never seen, by Good and Turing: the share of those that came once.
  // 1 where there are too many different values, or too few in all, to tell.
  double novelty(std::string_view value) const;
  void add(std::string_view value);
  // Share of a value that was seen, of all.
  double share(std::string_view value) const;
  std::uint64_t total() const { return total_; }
  std::vector<std::string> most_frequent(std::size_t count) const;

  void save(std::string& out) const;
  void load(class LogReader& in);

 private:
  static constexpr std::size_t kMost = 32, kMostBytes = 64;
  static constexpr std::uint64_t kLeast = 30;  // values from which on something can be told
  std::map<std::string, std::uint64_t, std::less<>> seen_;
  std::uint64_t total_ = 0;
  bool open_ = false;  // there are more than kMost
};

struct LogTemplate {
  static constexpr std::size_t kPlaces = 12;

  std::string text, example, severity;
  std::uint64_t lines = 0;
  Nanos first = kNoTime, last = kNoTime;
  std::uint64_t born = 0;         // the service's number of windows when it was first seen
  std::uint64_t active = 0;       // windows with a line
  std::uint64_t last_window = 0;  // of those, the last, by the stream's number
  std::uint64_t longest_gap = 0;  // windows from one to the next
  std::uint64_t most = 0;         // lines in a window
  std::uint32_t in_row = 0;       // windows at the end that were too many, and not learned
  bool silent = false;            // told, until it comes again
  Nanos last_alert = kNoTime;
  std::vector<LogValues> places;  // of parameters; empty once their number was seen to change
  bool places_differ = false;
  LogValues next;  // the template that follows in the same trace, by id; "" for none
};

struct LogService {
  std::uint64_t windows = 0;  // in which the stream had a line, since the service was first seen
  std::uint64_t births = 0;   // windows with a template that was new, behind the first kLeastWindows
  std::unordered_map<std::string, LogTemplate> templates;  // by id
};

struct LogHistory {
  // Windows that a service is observed before anything is told of it.
  static constexpr std::uint64_t kLeastWindows = 15;
  static constexpr std::size_t kMostTemplates = 100'000;  // of all services

  Nanos window = kMinute;
  std::uint64_t windows = 0;  // of the stream
  std::uint64_t lines = 0;
  std::map<std::string, LogService> services;

  std::size_t templates() const;
  // A template was merged into another: the other goes on with what is known of both.
  void merge(const std::string& from, const std::string& into);

  // Probabilities of what a window shows; `service` as it was before the window.
  static double new_template(const LogService& service, std::uint64_t lines);
  static double surge(const LogService& service, const LogTemplate& known, std::uint64_t lines);
  static double silence(const LogTemplate& known, std::uint64_t now);

  // Layout (log_history.cpp): magic, then all of it, then a checksum. The same history gives the same bytes.
  std::string save() const;
  // Throws InputError with `name` in front.
  static LogHistory load(std::string_view bytes, std::string_view name);
  // Whether the bytes are of a history at all, and not of a bundle.
  static bool is_one(std::string_view bytes);
};

}  // namespace aiops::model
