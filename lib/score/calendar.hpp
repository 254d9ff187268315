// Times in which nothing alerts and nothing is learned: maintenance, holidays, load tests.
//
// Read from CSV (columns start, end, and as one likes selector and name) or from iCalendar (RFC 5545): the
// events' DTSTART with DTEND or DURATION, in UTC, with a time zone that the system knows (TZID), or floating
// (taken for UTC); days without a time; RRULE with FREQ=DAILY or WEEKLY (BYDAY), INTERVAL, COUNT and UNTIL.
// An event's selector is its property X-AIOPS-SELECTOR; without one it counts for every series.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "record/matcher.hpp"

namespace aiops::score {

class Calendar {
 public:
  struct Time {
    Nanos start, end;  // start <= t < end
  };
  struct Entry {
    Time time;
    std::vector<record::Matcher> series;  // empty: every series
    std::string name;
  };

  // Throws InputError "file:line: what" for what cannot be read, UsageError for a file that cannot be opened.
  static Calendar read(const std::string& path);
  // The same from memory.
  static Calendar parse(std::string_view text, const std::string& name);

  // The times that count for a series, sorted.
  std::vector<Time> times_of(const record::SeriesKey& series) const;
  static bool contains(const std::vector<Time>& times, Nanos time);

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace aiops::score
