#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/number.hpp"

namespace aiops {
namespace {

constexpr std::array<std::int64_t, 19> kPower10 = [] {
  std::array<std::int64_t, 19> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}();

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Days from 1970-01-01 in the proleptic Gregorian calendar, and back
// (Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and civil_from_days).
std::int64_t days_from_civil(int year, int month, int day) {
  year -= month <= 2;
  const int era = (year >= 0 ? year : year - 399) / 400;
  const int year_of_era = year - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return static_cast<std::int64_t>(era) * 146097 + day_of_era - 719468;
}

struct Civil {
  int year, month, day;
};

Civil civil_from_days(std::int64_t days) {
  days += 719468;
  const auto era = static_cast<int>((days >= 0 ? days : days - 146096) / 146097);
  const auto day_of_era = static_cast<int>(days - static_cast<std::int64_t>(era) * 146097);
  const int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int shifted = (5 * day_of_year + 2) / 153;  // months from March
  const int month = shifted + (shifted < 10 ? 3 : -9);
  return {year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

int days_in_month(int year, int month) {
  constexpr std::array<int, 13> kDays = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month)];
}

// days * 86400 + seconds, with a fraction from 0 to 999,999,999 ns; nullopt outside of the range.
std::optional<Nanos> instant(std::int64_t seconds, std::int64_t fraction) {
  // Beneath 0 the fraction is taken off the next second, so that the first nanoseconds of the range do not
  // overflow.
  if (seconds < 0 && fraction > 0) {
    ++seconds;
    fraction -= kSecond;
  }
  Nanos result = 0;
  if (__builtin_mul_overflow(seconds, kSecond, &result) ||
      __builtin_add_overflow(result, fraction, &result) || result == kNoTime) {
    return std::nullopt;
  }
  return result;
}

// Reads a text from the left. A step that fails leaves ok false, and the steps after it do nothing of
// meaning.
struct Cursor {
  const char* p;
  const char* end;
  bool ok = true;

  bool at_end() const { return p == end; }
  bool next_is(char c) const { return p != end && *p == c; }

  bool skip(char c) {
    if (!next_is(c)) return false;
    ++p;
    return true;
  }
  void expect(char c) { ok = skip(c) && ok; }

  int digits(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i, ++p) {
      if (p == end || !is_digit(*p)) {
        ok = false;
        return 0;
      }
      value = value * 10 + (*p - '0');
    }
    return value;
  }

  // The digits of a fraction of a second, at least one; those past the ninth are cut.
  std::int64_t fraction() {
    std::int64_t value = 0;
    std::size_t used = 0;
    for (; p != end && is_digit(*p); ++p, ++used) {
      if (used < 9) value = value * 10 + (*p - '0');
    }
    ok = ok && used > 0;
    return used < 9 ? value * kPower10[9 - used] : value;
  }

  // Seconds east of UTC: Z, or a sign with hh, hhmm or hh:mm.
  int offset() {
    if (skip('Z') || skip('z')) return 0;
    const bool west = next_is('-');
    if (!west && !next_is('+')) ok = false;
    if (!ok) return 0;
    ++p;
    const int hours = digits(2);
    const int minutes = at_end() ? 0 : (skip(':'), digits(2));
    ok = ok && hours < 24 && minutes < 60;
    const int seconds = (hours * 60 + minutes) * 60;
    return west ? -seconds : seconds;
  }
};

std::optional<Nanos> parse_calendar(std::string_view text) {
  Cursor cursor{text.data(), text.data() + text.size()};
  const int year = cursor.digits(4);
  cursor.expect('-');
  const int month = cursor.digits(2);
  cursor.expect('-');
  const int day = cursor.digits(2);
  if (!cursor.ok || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
    return std::nullopt;
  const std::int64_t midnight = days_from_civil(year, month, day) * 86'400;
  if (cursor.at_end()) return instant(midnight, 0);

  if (!cursor.skip('T') && !cursor.skip('t')) cursor.expect(' ');
  const int hour = cursor.digits(2);
  cursor.expect(':');
  const int minute = cursor.digits(2);
  int second = 0;
  std::int64_t fraction = 0;
  if (cursor.skip(':')) {
    second = cursor.digits(2);
    if (cursor.skip('.') || cursor.skip(',')) fraction = cursor.fraction();
  }
  const int offset = cursor.at_end() ? 0 : cursor.offset();
  if (!cursor.ok || !cursor.at_end() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t seconds = midnight + hour * 3600 + minute * 60 + second - offset;
  // Leap seconds are put at the end of a day in UTC, nowhere else.
  if (second == 60 && seconds % 86'400 != 0) return std::nullopt;
  return instant(seconds, fraction);
}

// The digits of a decimal number without the point, and how many of them stand before it.
struct Digits {
  static constexpr int kMost = 40;  // what lies behind is less than a nanosecond, or out of range
  std::array<char, kMost> digit{};
  int used = 0;
  std::int64_t whole = 0;  // may be negative, or more than used: zeros are missing
  bool negative = false;
};

// Reads [sign] digits [. digits] [e [sign] digits]; false if the text is anything else.
bool read_digits(std::string_view text, Digits& number) {
  Cursor cursor{text.data(), text.data() + text.size()};
  number.negative = cursor.skip('-');
  if (!number.negative) cursor.skip('+');
  bool in_fraction = false;
  bool any = false;  // a digit since the start, or since the point
  for (; !cursor.at_end(); ++cursor.p) {
    const char c = *cursor.p;
    if (c == '.' && any && !in_fraction) {
      in_fraction = true;
      any = false;
      continue;
    }
    if (!is_digit(c)) break;
    any = true;
    const bool leading_zero = number.used == 0 && c == '0';
    if (!leading_zero && number.used < Digits::kMost)
      number.digit[static_cast<std::size_t>(number.used++)] = c;
    if (leading_zero ? in_fraction : !in_fraction) number.whole += in_fraction ? -1 : 1;
  }
  if (!any) return false;
  if (cursor.skip('e') || cursor.skip('E')) {
    const bool small = cursor.skip('-');
    if (!small) cursor.skip('+');
    std::int64_t exponent = cursor.digits(1);
    for (; !cursor.at_end() && is_digit(*cursor.p); ++cursor.p) {
      if (exponent < 1'000'000) exponent = exponent * 10 + (*cursor.p - '0');
    }
    number.whole += small ? -exponent : exponent;
  }
  return cursor.ok && cursor.at_end();
}

// The number times 10^shift, cut to an integer; nullopt if that does not fit.
std::optional<std::int64_t> scaled(const Digits& number, int shift) {
  const std::int64_t size = number.used == 0 ? 0 : number.whole + shift;
  if (size > 19) return std::nullopt;
  std::int64_t value = 0;
  for (int i = 0; i < size; ++i) {
    const int digit = i < number.used ? number.digit[static_cast<std::size_t>(i)] - '0' : 0;
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value)) {
      return std::nullopt;
    }
  }
  return number.negative ? -value : value;
}

std::optional<Nanos> parse_epoch(std::string_view text, TimeUnit unit) {
  Digits number;
  if (!read_digits(text, number)) return std::nullopt;
  if (unit == TimeUnit::automatic) {
    // 1e11 is the first number with 12 digits before the point.
    unit = number.used == 0 || number.whole <= 11 ? TimeUnit::seconds
           : number.whole <= 14                   ? TimeUnit::milliseconds
           : number.whole <= 17                   ? TimeUnit::microseconds
                                                  : TimeUnit::nanoseconds;
  }
  constexpr std::array<int, 5> kShift = {0, 9, 6, 3, 0};
  return scaled(number, kShift[static_cast<std::size_t>(unit)]);
}

}  // namespace

std::optional<Nanos> parse_time(std::string_view text, TimeUnit unit) {
  if (text.size() > 4 && text[4] == '-' && is_digit(text[3])) return parse_calendar(text);
  return parse_epoch(text, unit);
}

void append_time(std::string& out, Nanos time) {
  if (time == kNoTime) return;
  std::int64_t days = time / kDay;
  std::int64_t rest = time % kDay;
  if (rest < 0) {
    --days;
    rest += kDay;
  }
  const Civil date = civil_from_days(days);
  const auto seconds = static_cast<int>(rest / kSecond);
  auto fraction = static_cast<int>(rest % kSecond);
  char buffer[] = "0000-00-00T00:00:00.000000000Z";
  const auto put = [&buffer](int at, int width, int value) {
    for (int i = at + width - 1; i >= at; --i, value /= 10) buffer[i] = static_cast<char>('0' + value % 10);
  };
  put(0, 4, date.year);
  put(5, 2, date.month);
  put(8, 2, date.day);
  put(11, 2, seconds / 3600);
  put(14, 2, seconds / 60 % 60);
  put(17, 2, seconds % 60);
  std::size_t size = 19;
  if (fraction != 0) {
    int width = 9;
    for (; fraction % 1000 == 0; fraction /= 1000) width -= 3;
    put(20, width, fraction);
    size = static_cast<std::size_t>(20 + width);
  }
  buffer[size] = 'Z';
  out.append(buffer, size + 1);
}

std::string format_time(Nanos time) {
  std::string out;
  append_time(out, time);
  return out;
}

namespace {

struct Unit {
  std::string_view name;
  Nanos length;
};

constexpr std::array<Unit, 8> kUnits = {{{"w", 7 * kDay},
                                         {"d", kDay},
                                         {"h", kHour},
                                         {"m", kMinute},
                                         {"s", kSecond},
                                         {"ms", kMillisecond},
                                         {"us", kMicrosecond},
                                         {"ns", 1}}};

// "DIGITS" or "DIGITS.DIGITS" times length, cut to nanoseconds.
std::optional<Nanos> multiply(std::string_view number, Nanos length) {
  const auto point = number.find('.');
  const auto whole = parse_int(number.substr(0, point));
  Nanos result = 0;
  if (!whole || __builtin_mul_overflow(*whole, length, &result)) return std::nullopt;
  if (point == std::string_view::npos) return result;
  // 18 digits of the fraction: the 19th is less than a nanosecond even of a week.
  const std::string_view digits = number.substr(point + 1).substr(0, 18);
  const auto numerator = parse_int(digits);
  if (!numerator || number.find('.', point + 1) != std::string_view::npos) return std::nullopt;
  const auto fraction = static_cast<__int128>(*numerator) * length / kPower10[digits.size()];
  if (__builtin_add_overflow(result, static_cast<Nanos>(fraction), &result)) return std::nullopt;
  return result;
}

// A number and its unit from the start of text, which is moved behind them.
std::optional<Nanos> parse_part(std::string_view& text) {
  const auto number_end = text.find_first_not_of("0123456789.");
  if (number_end == std::string_view::npos) return std::nullopt;
  const auto unit_end = std::min(text.find_first_of("0123456789.", number_end), text.size());
  const std::string_view number = text.substr(0, number_end);
  const std::string_view name = text.substr(number_end, unit_end - number_end);
  text.remove_prefix(unit_end);
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return multiply(number, unit.length);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Nanos> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  Nanos total = 0;
  while (!text.empty()) {
    const auto part = parse_part(text);
    if (!part || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
  }
  return total;
}

std::string format_duration(Nanos duration) {
  if (duration == 0) return "0s";
  std::string out = duration < 0 ? "-" : "";
  auto left = duration < 0 ? 0 - static_cast<std::uint64_t>(duration) : static_cast<std::uint64_t>(duration);
  for (std::size_t i = 1; i < kUnits.size();
       ++i) {  // days are the largest: "14d" is easier to read than "2w"
    const auto length = static_cast<std::uint64_t>(kUnits[i].length);
    if (left >= length) out.append(std::to_string(left / length)).append(kUnits[i].name);
    left %= length;
  }
  return out;
}

std::optional<Nanos> parse_time_or_relative(std::string_view text, Nanos now) {
  std::string_view offset = text;
  if (offset.starts_with("now")) offset.remove_prefix(3);
  if (offset.empty()) return text.empty() ? std::nullopt : std::optional(now);
  const bool back = offset.front() == '-';
  if (back || offset.front() == '+') {
    if (const auto duration = parse_duration(offset.substr(1))) {
      Nanos result = 0;
      const bool overflow = back ? __builtin_sub_overflow(now, *duration, &result)
                                 : __builtin_add_overflow(now, *duration, &result);
      return overflow || result == kNoTime ? std::nullopt : std::optional(result);
    }
  }
  return parse_time(text);
}

Nanos now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

}  // namespace aiops
