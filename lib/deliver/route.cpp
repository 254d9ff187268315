#include "deliver/route.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::deliver {
namespace {

constexpr std::size_t kLongest = 1000;  // of a value that a regular expression sees: its recursion is deep
constexpr int kDayMinutes = 24 * 60;
constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

std::tm local(Nanos time) {
  const std::time_t seconds = static_cast<std::time_t>(time / kSecond - (time % kSecond < 0));
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

int day_of(std::string_view name) {
  for (int i = 0; i < 7; ++i) {
    if (name == kDays[i]) return i;
  }
  throw UsageError(
      fmt::format("\"{}\" is no day; expected Mon, Tue, Wed, Thu, Fri, Sat or Sun", printable(name, 40)));
}

// "Sat,Sun" or "Mon-Fri" as bits.
unsigned days_of(std::string_view text) {
  unsigned days = 0;
  for (const std::string& part : split(text, ',')) {
    const std::size_t dash = part.find('-');
    const int first = day_of(std::string_view(part).substr(0, dash));
    const int last = dash == std::string::npos ? first : day_of(std::string_view(part).substr(dash + 1));
    for (int day = first;; day = (day + 1) % 7) {
      days |= 1u << day;
      if (day == last) break;
    }
  }
  return days;
}

}  // namespace

Condition Condition::parse(std::string_view text) {
  const std::size_t at = text.find_first_of("=!");
  const auto wrong = [&](const std::string& what) {
    throw UsageError(fmt::format("\"{}\": {}; expected e.g. severity=critical or service=~\"shop-.*\"",
                                 printable(text), what));
  };
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) wrong("no condition");
  Condition condition;
  condition.text_ = trim(text);
  condition.field_ = trim(text.substr(0, at));
  condition.negated_ = text[at] == '!';
  std::string_view rest = text.substr(at + 1);
  bool expression = text[at] == '=' && rest.starts_with('~');
  if (condition.negated_) {
    if (!rest.starts_with('=') && !rest.starts_with('~')) wrong("\"!\" without = or ~");
    expression = rest.starts_with('~');
  }
  if (expression || condition.negated_) rest.remove_prefix(1);
  std::string value(trim(rest));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  if (!expression) {
    condition.values_.push_back(std::move(value));
    return condition;
  }
  try {
    condition.expression_.emplace(value, std::regex::ECMAScript);
  } catch (const std::regex_error& error) {
    wrong(fmt::format("no regular expression ({})", error.what()));
  }
  return condition;
}

Condition Condition::one_of(std::string field, std::vector<std::string> values) {
  Condition condition;
  condition.text_ = fmt::format("{}={}", field, join(values, "|"));
  condition.field_ = std::move(field);
  condition.values_ = std::move(values);
  return condition;
}

bool Condition::matches(const Incident& incident) const {
  std::vector<std::string_view> found = incident.values_of(field_);
  if (found.empty()) found.emplace_back();  // what is absent is empty
  const bool any = std::any_of(found.begin(), found.end(), [this](std::string_view value) {
    if (!expression_) return std::find(values_.begin(), values_.end(), value) != values_.end();
    return std::regex_match(std::string(value.substr(0, kLongest)), *expression_);
  });
  return any != negated_;
}

bool matches_all(const std::vector<Condition>& conditions, const Incident& incident) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Condition& condition) { return condition.matches(incident); });
}

int parse_time_of_day(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    const auto hours = parse_int(text.substr(0, colon)), minutes = parse_int(text.substr(colon + 1));
    if (hours && minutes && text.size() - colon == 3 && *hours >= 0 && *minutes >= 0 && *minutes < 60 &&
        *hours * 60 + *minutes <= kDayMinutes) {
      return static_cast<int>(*hours * 60 + *minutes);
    }
  }
  throw UsageError(fmt::format("\"{}\" is no time of the day; expected e.g. 08:00", printable(text, 40)));
}

Nanos last_time_of_day(int minutes, Nanos now) {
  std::tm parts = local(now);
  for (int back = 0;; ++back) {
    std::tm day = parts;
    day.tm_mday -= back;
    day.tm_hour = minutes / 60;
    day.tm_min = minutes % 60;
    day.tm_sec = 0;
    day.tm_isdst = -1;
    const Nanos time = static_cast<Nanos>(std::mktime(&day)) * kSecond;
    if (time <= now) return time;
  }
}

QuietHours QuietHours::parse(std::string_view text) {
  QuietHours quiet;
  std::string_view hours = trim(text);
  quiet.days_ = 127;
  if (const std::size_t blank = hours.find(' '); blank != std::string_view::npos) {
    quiet.days_ = days_of(hours.substr(0, blank));
    hours = trim(hours.substr(blank));
  }
  const std::size_t dash = hours.find('-');
  if (dash == std::string_view::npos) {
    throw UsageError(fmt::format("\"{}\" are no hours; expected e.g. 22:00-07:00 or Sat,Sun 00:00-24:00",
                                 printable(text, 40)));
  }
  quiet.from_ = parse_time_of_day(hours.substr(0, dash));
  quiet.until_ = parse_time_of_day(hours.substr(dash + 1));
  return quiet;
}

bool QuietHours::contains(Nanos time) const {
  const std::tm parts = local(time);
  const int minute = parts.tm_hour * 60 + parts.tm_min;
  const bool today = days_ >> parts.tm_wday & 1, yesterday = days_ >> (parts.tm_wday + 6) % 7 & 1;
  if (from_ < until_) return today && minute >= from_ && minute < until_;
  return (today && minute >= from_) || (yesterday && minute < until_);
}

bool Route::is_quiet(Nanos now) const {
  return std::any_of(quiet.begin(), quiet.end(),
                     [now](const QuietHours& hours) { return hours.contains(now); });
}

std::string Route::group_of(const Incident& incident) const {
  if (group_by.empty()) return incident.id;
  std::string group;
  for (const std::string& name : group_by) {
    // Of several services the first, where it began, names the group.
    const std::vector<std::string_view> values = incident.values_of(name);
    group += json_string(values.empty() ? std::string_view() : values.front());
  }
  return group;
}

}  // namespace aiops::deliver
