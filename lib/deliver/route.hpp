// Which incident is told to whom, and when: matchers, routes, quiet hours.
#pragma once

#include <cstddef>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/incident.hpp"

namespace aiops::deliver {

// A condition on an incident: FIELD=VALUE, !=, =~ or !~ (a regular expression for the whole value, ECMAScript
// syntax; the value may stand in quotes). FIELD: severity, state, id, title, service, labels.NAME or NAME. An
// incident has several services: = and =~ want any of them, != and !~ none.
class Condition {
 public:
  // Throws UsageError that shows what is wrong with the text.
  static Condition parse(std::string_view text);
  // FIELD is one of these.
  static Condition one_of(std::string field, std::vector<std::string> values);

  bool matches(const Incident& incident) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_, field_;
  bool negated_ = false;
  std::vector<std::string> values_;  // with a regular expression: none
  std::optional<std::regex> expression_;
};

bool matches_all(const std::vector<Condition>& conditions, const Incident& incident);

// A time of the day in which nothing is told; local time of the machine (TZ).
class QuietHours {
 public:
  // "22:00-07:00", or with days: "Sat,Sun 00:00-24:00", "Mon-Fri 18:00-08:00"; hours over midnight belong to
  // the day on which they begin. Throws UsageError.
  static QuietHours parse(std::string_view text);
  bool contains(Nanos time) const;

 private:
  int from_ = 0, until_ = 0;  // minutes of the day
  unsigned days_ = 0;         // bit 0: Sunday
};

// "08:00" as minutes of the day. Throws UsageError.
int parse_time_of_day(std::string_view text);

// The latest instant, not after `now`, at which it was so late (local time).
Nanos last_time_of_day(int minutes, Nanos now);

struct Route {
  std::vector<Condition> conditions;  // all must match; none: every incident
  std::vector<std::size_t> receivers;
  bool more = false;                  // whether the routes behind it are looked at as well
  std::vector<std::string> group_by;  // fields; empty: each incident is told by itself
  Nanos group_wait = 0;               // the first message of a group waits so long for others
  Nanos repeat = 4 * kHour;           // what is open and not acknowledged is told again; 0: never
  std::optional<Nanos> update_interval;
  std::vector<QuietHours> quiet;
  std::optional<int> digest;  // minutes of the day: one message a day, and nothing else

  bool is_quiet(Nanos now) const;
  // The same for incidents that go into one message; the incident's id without group_by.
  std::string group_of(const Incident& incident) const;
};

}  // namespace aiops::deliver
