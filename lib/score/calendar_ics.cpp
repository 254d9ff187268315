#include "score/calendar_ics.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::score {
namespace {

constexpr int kLongestYears = 20;
constexpr std::size_t kMostTimes = 20'000;

struct Property {
  std::string name, value;
  std::map<std::string, std::string> parameters;
  std::string where;
};

// A time as the calendar writes it: a civil day, seconds of the day, and the zone that they are in.
struct Local {
  std::int64_t day = 0, second = 0;  // day: since 1970-01-01
  bool date_only = false;
  std::string zone;  // "": UTC
};

[[noreturn]] void fail(const Property& property, std::string_view what) {
  throw InputError(fmt::format("{}: {} {}", property.where, property.name, what));
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}

// Sets the zone for the C library while it lives: at the start of a tool there is one thread.
class Zone {
 public:
  explicit Zone(const std::string& name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", (":" + name).c_str(), 1);
    tzset();
  }
  ~Zone() {
    before_ ? setenv("TZ", before_->c_str(), 1) : unsetenv("TZ");
    tzset();
  }
  Zone(const Zone&) = delete;

 private:
  std::optional<std::string> before_;
};

Nanos instant(const Local& local) {
  const std::int64_t seconds = local.day * 86'400 + local.second;
  if (local.zone.empty()) return seconds * kSecond;
  const std::time_t as_utc = seconds;
  std::tm civil{};
  gmtime_r(&as_utc, &civil);
  civil.tm_isdst = -1;
  const Zone zone(local.zone);
  return static_cast<Nanos>(mktime(&civil)) * kSecond;
}

Local time_of(const Property& property, std::string_view text) {
  Local local;
  const auto digits = [&](std::size_t at, std::size_t count) {
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
      if (i >= text.size() || text[i] < '0' || text[i] > '9') {
        fail(property, fmt::format("{} is no time: expected 20260131 or 20260131T120000Z", printable(text)));
      }
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year(digits(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(digits(4, 2))),
                                         std::chrono::day(static_cast<unsigned>(digits(6, 2)))};
  if (!date.ok()) fail(property, fmt::format("{} is no day", printable(text)));
  local.day = std::chrono::sys_days(date).time_since_epoch().count();
  local.date_only = text.size() == 8;
  if (!local.date_only) {
    if (text[8] != 'T')
      fail(property, fmt::format("{} is no time: expected 20260131T120000Z", printable(text)));
    local.second = digits(9, 2) * 3600 + digits(11, 2) * 60 + digits(13, 2);
  }
  const auto zone = property.parameters.find("TZID");
  if (zone != property.parameters.end() && !text.ends_with('Z')) {
    local.zone = zone->second;
    std::error_code ignored;
    if (local.zone.find("..") != std::string::npos ||
        !std::filesystem::exists("/usr/share/zoneinfo/" + local.zone, ignored)) {
      fail(property, fmt::format("has the time zone {}, which this machine does not know; write the times in "
                                 "UTC, or install tzdata",
                                 printable(local.zone)));
    }
  }
  return local;
}

// P1D, PT2H30M, P1W (RFC 5545, 3.3.6).
Nanos duration_of(const Property& property) {
  const std::string_view text = property.value;
  Nanos sum = 0;
  std::size_t i = text.starts_with("+") ? 1 : 0;
  if (i >= text.size() || text[i] != 'P') fail(property, "is no duration: expected such as PT2H30M or P1D");
  std::int64_t number = -1;
  for (++i; i < text.size(); ++i) {
    const char c = text[i];
    if (c == 'T') continue;
    if (c >= '0' && c <= '9' && number < 1'000'000) {
      number = std::max<std::int64_t>(0, number) * 10 + (c - '0');
      continue;
    }
    const Nanos unit = c == 'W'   ? 7 * kDay
                       : c == 'D' ? kDay
                       : c == 'H' ? kHour
                       : c == 'M' ? kMinute
                       : c == 'S' ? kSecond
                                  : 0;
    if (unit == 0 || number < 0) fail(property, "is no duration: expected such as PT2H30M or P1D");
    sum += number * unit;
    number = -1;
  }
  return sum;
}

struct Rule {
  bool weekly = false;
  std::int64_t interval = 1, count = 0;  // count 0: no limit
  Nanos until = std::numeric_limits<Nanos>::max();
  std::vector<int> weekdays;  // 0: Monday
};

Rule rule_of(const Property& property) {
  Rule rule;
  bool frequency = false;
  for (const std::string& part : split(property.value, ';')) {
    const std::size_t sign = part.find('=');
    const std::string key = upper(part.substr(0, sign));
    const std::string value = sign == std::string::npos ? "" : upper(part.substr(sign + 1));
    const auto number = [&] {
      const auto read = parse_int(value);
      if (!read || *read < 1 || *read > 100'000)
        fail(property, fmt::format("has {}={}", key, printable(value)));
      return *read;
    };
    if (key == "FREQ" && (value == "DAILY" || value == "WEEKLY")) {
      frequency = true;
      rule.weekly = value == "WEEKLY";
    } else if (key == "INTERVAL") {
      rule.interval = number();
    } else if (key == "COUNT") {
      rule.count = number();
    } else if (key == "UNTIL") {
      const Local until = time_of(property, value);
      rule.until = instant(until) + (until.date_only ? kDay - 1 : 0);
    } else if (key == "BYDAY") {
      constexpr std::string_view kDays[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
      for (const std::string& day : split(value, ',')) {
        const auto found = std::find(std::begin(kDays), std::end(kDays), day);
        if (found == std::end(kDays)) fail(property, fmt::format("has the day {}", printable(day)));
        rule.weekdays.push_back(static_cast<int>(found - std::begin(kDays)));
      }
    } else if (key != "WKST") {
      fail(property, fmt::format("has {}, which is not known here: expected FREQ=DAILY or WEEKLY, INTERVAL, "
                                 "COUNT, UNTIL and BYDAY; write such times as events of their own",
                                 printable(part)));
    }
  }
  if (!frequency) fail(property, "has no FREQ=DAILY or FREQ=WEEKLY");
  return rule;
}

int weekday(std::int64_t day) { return static_cast<int>(((day + 3) % 7 + 7) % 7); }  // 1970-01-01: a Thursday

class Event {
 public:
  void take(const Property& property) {
    if (property.name == "DTSTART") start_ = time_of(property, property.value);
    if (property.name == "DTEND") end_ = time_of(property, property.value);
    if (property.name == "DURATION") duration_ = duration_of(property);
    if (property.name == "RRULE") rule_ = rule_of(property);
    if (property.name == "SUMMARY") name_ = property.value;
    if (property.name == "EXDATE") {
      for (const std::string& text : split(property.value, ',')) {
        left_out_.push_back(instant(time_of(property, text)));
      }
    }
    if (property.name == "X-AIOPS-SELECTOR") {
      try {
        series_.push_back(record::Matcher::parse(property.value));
      } catch (const UsageError& error) {
        fail(property, error.what());
      }
    }
  }

  void finish(const std::string& where, std::vector<Calendar::Entry>& entries) const {
    if (!start_) throw InputError(where + ": an event without DTSTART");
    const Nanos first = instant(*start_);
    Nanos length = start_->date_only ? kDay : 0;  // RFC 5545, 3.6.1
    if (duration_) length = *duration_;
    if (end_) length = instant(*end_) - first;
    if (length <= 0) throw InputError(where + ": an event that ends before it begins, or has no length");
    const std::size_t before = entries.size();
    std::int64_t given = 0;
    for (std::int64_t offset = 0; offset < kLongestYears * 366; ++offset) {
      Local at = *start_;
      at.day += offset;
      if (offset > 0 && (!rule_ || !takes_place(at.day))) {
        if (!rule_) break;
        continue;
      }
      const Nanos begins = instant(at);
      if (rule_ && (begins > rule_->until || (rule_->count > 0 && given >= rule_->count))) break;
      ++given;
      if (std::find(left_out_.begin(), left_out_.end(), begins) != left_out_.end()) continue;
      entries.push_back({{begins, begins + length}, series_, name_});
      if (entries.size() - before > kMostTimes) throw InputError(where + ": an event that repeats too often");
    }
  }

 private:
  bool takes_place(std::int64_t day) const {
    const std::int64_t passed = day - start_->day;
    if (!rule_->weekly) {
      const bool wanted = rule_->weekdays.empty() || std::find(rule_->weekdays.begin(), rule_->weekdays.end(),
                                                               weekday(day)) != rule_->weekdays.end();
      return wanted && passed % rule_->interval == 0;
    }
    const std::int64_t week = (passed + weekday(start_->day)) / 7;  // weeks begin on Monday
    if (week % rule_->interval != 0) return false;
    if (rule_->weekdays.empty()) return weekday(day) == weekday(start_->day);
    return std::find(rule_->weekdays.begin(), rule_->weekdays.end(), weekday(day)) != rule_->weekdays.end();
  }

  std::optional<Local> start_, end_;
  std::optional<Nanos> duration_;
  std::optional<Rule> rule_;
  std::vector<Nanos> left_out_;
  std::vector<record::Matcher> series_;
  std::string name_;
};

// NAME;PARAMETER=VALUE:VALUE
Property property_of(const std::string& line, std::string where) {
  Property property;
  property.where = std::move(where);
  bool quoted = false;
  std::size_t colon = 0;
  while (colon < line.size() && (quoted || line[colon] != ':')) quoted ^= line[colon++] == '"';
  const std::vector<std::string> head = split(std::string_view(line).substr(0, colon), ';');
  property.name = upper(head[0]);
  for (std::size_t i = 1; i < head.size(); ++i) {
    const std::size_t sign = head[i].find('=');
    if (sign == std::string::npos) continue;
    std::string value = head[i].substr(sign + 1);
    std::erase(value, '"');
    property.parameters[upper(head[i].substr(0, sign))] = value;
  }
  if (colon < line.size()) property.value = line.substr(colon + 1);
  return property;
}

}  // namespace

std::vector<Calendar::Entry> read_icalendar(std::string_view text, const std::string& name) {
  std::vector<Calendar::Entry> entries;
  std::optional<Event> event;
  std::string line, where;
  int alarms = 0;  // parts within an event have properties of their own
  const auto take = [&] {
    if (line.empty()) return;
    const Property property = property_of(line, where);
    const std::string kind = upper(trim(property.value));
    if (property.name == "BEGIN" && kind == "VEVENT") {
      event.emplace();
    } else if (property.name == "END" && kind == "VEVENT" && event) {
      event->finish(where, entries);
      event.reset();
    } else if (event && property.name == "BEGIN") {
      ++alarms;
    } else if (event && property.name == "END") {
      --alarms;
    } else if (event && alarms == 0) {
      event->take(property);
    }
  };
  std::size_t number = 0;
  for (std::string raw : split(text, '\n')) {
    ++number;
    if (raw.ends_with('\r')) raw.pop_back();
    if (!raw.empty() && (raw[0] == ' ' || raw[0] == '\t')) {  // a line goes on
      line += raw.substr(1);
      continue;
    }
    take();
    line = std::move(raw);
    where = fmt::format("{}:{}", name, number);
  }
  take();
  if (event) throw InputError(fmt::format("{}: ends within an event", name));
  return entries;
}

}  // namespace aiops::score
