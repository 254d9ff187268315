// Reading instants.
#include <array>
#include <bit>
#include <cstring>
#include <ctime>

#include "base/time.hpp"

namespace aiops {
namespace {

constexpr std::array<std::int64_t, 19> kPower10 = [] {
  std::array<std::int64_t, 19> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = 10 * powers[i - 1];
  return powers;
}();

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Days from 1970-01-01 in the proleptic Gregorian calendar, for years from 0
// (Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
std::int64_t days_from_civil(int year, int month, int day) {
  year -= month <= 2;  // years begin in March, so that the leap day is the last
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

bool is_date(int year, int month, int day) {
  if (month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return true;
  constexpr std::array<int, 13> kDays = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[static_cast<std::size_t>(month)] + (month == 2 && leap);
}

// In this file kNoTime says that there is none: it costs less to return than an optional.

// Seconds from 1970 and a fraction from 0 to 999,999,999 ns; kNoTime outside of the range.
Nanos instant(std::int64_t seconds, std::int64_t fraction) {
  // Beneath 0 the fraction is taken off the next second, so that the first nanoseconds of the range do not
  // overflow.
  if (seconds < 0 && fraction > 0) {
    ++seconds;
    fraction -= kSecond;
  }
  Nanos result = 0;
  if (__builtin_mul_overflow(seconds, kSecond, &result) ||
      __builtin_add_overflow(result, fraction, &result)) {
    return kNoTime;
  }
  return result;
}

static_assert(std::endian::native == std::endian::little, "a text's first byte is the lowest");

constexpr std::uint64_t eight_bytes(const char* text) {
  std::uint64_t bytes = 0;
  for (int i = 7; i >= 0; --i) bytes = bytes << 8 | static_cast<unsigned char>(text[i]);
  return bytes;
}

// Eight characters of a form, in which 0 stands for any digit.
struct Form {
  explicit constexpr Form(const char* text) : characters(eight_bytes(text)) {
    for (int i = 0; i < 8; ++i) digits |= text[i] == '0' ? 0xFFull << (8 * i) : 0;
  }
  // The values of text's digits, and 0 elsewhere. What does not fit the form leaves bits in wrong.
  std::uint64_t read(std::uint64_t text, std::uint64_t& wrong) const {
    const std::uint64_t values = text ^ characters;
    const std::uint64_t above_9 = (values | (values + 0x0606060606060606u)) & 0xF0F0F0F0F0F0F0F0u;
    wrong |= above_9 | (values & ~digits);
    return values;
  }
  std::uint64_t characters, digits = 0;
};

std::uint64_t load8(const char* text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  return bytes;
}

// The number that the two digits at a byte form, when every byte is 10 * itself + the next.
int pair_at(std::uint64_t pairs, int byte) { return static_cast<int>(pairs >> (8 * byte) & 0xFF); }

// Reads "YYYY-MM-DDTHH:MM:SSZ" or "YYYY-MM-DDTHH:MM:SS.mmmZ", the forms that most machines write, eight
// characters at a time; kNoTime for all that needs a closer look.
Nanos parse_common(std::string_view text) {
  constexpr Form kDate("0000-00-"), kClock("00T00:00"), kSeconds(":00Z\0\0\0\0"), kMillis(":00.000Z");
  const char* const p = text.data();
  std::uint64_t wrong = 0;
  const std::uint64_t date = kDate.read(load8(p), wrong);
  const std::uint64_t clock = kClock.read(load8(p + 8), wrong);
  const std::uint64_t rest =
      text.size() == 24 ? kMillis.read(load8(p + 16), wrong) : kSeconds.read(load8(p + 12) >> 32, wrong);
  if (wrong != 0) return kNoTime;
  const std::uint64_t date_pairs = date * 10 + (date >> 8);
  const std::uint64_t clock_pairs = clock * 10 + (clock >> 8);
  const std::uint64_t rest_pairs = rest * 10 + (rest >> 8);
  const int year = pair_at(date_pairs, 0) * 100 + pair_at(date_pairs, 2);
  const int month = pair_at(date_pairs, 5), day = pair_at(clock_pairs, 0);
  const int hour = pair_at(clock_pairs, 3), minute = pair_at(clock_pairs, 6), second = pair_at(rest_pairs, 1);
  const int milliseconds = pair_at(rest, 4) * 100 + pair_at(rest_pairs, 5);
  if (year < 1678 || year > 2261 || !is_date(year, month, day) || hour > 23 || minute > 59 || second > 59) {
    return kNoTime;
  }
  const std::int64_t seconds =
      days_from_civil(year, month, day) * 86'400 + hour * 3600 + minute * 60 + second;
  return seconds * kSecond + milliseconds * kMillisecond;
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

Nanos parse_calendar(std::string_view text) {
  Cursor cursor{text.data(), text.data() + text.size()};
  const int year = cursor.digits(4);
  cursor.expect('-');
  const int month = cursor.digits(2);
  cursor.expect('-');
  const int day = cursor.digits(2);
  if (!cursor.ok || !is_date(year, month, day)) return kNoTime;
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
  if (!cursor.ok || !cursor.at_end() || hour > 23 || minute > 59 || second > 60) return kNoTime;
  const std::int64_t seconds = midnight + hour * 3600 + minute * 60 + second - offset;
  // Leap seconds are put at the end of a day in UTC, nowhere else.
  if (second == 60 && seconds % 86'400 != 0) return kNoTime;
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

// The number times 10^shift, cut to an integer; kNoTime if that does not fit.
Nanos scaled(const Digits& number, int shift) {
  const std::int64_t size = number.used == 0 ? 0 : number.whole + shift;
  if (size > 19) return kNoTime;
  std::int64_t value = 0;
  for (int i = 0; i < size; ++i) {
    const int digit = i < number.used ? number.digit[static_cast<std::size_t>(i)] - '0' : 0;
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value)) {
      return kNoTime;
    }
  }
  return number.negative ? -value : value;
}

// The unit of an epoch number by its magnitude.
Nanos unit_of(std::int64_t whole) {
  if (whole < 100'000'000'000) return kSecond;
  if (whole < 100'000'000'000'000) return kMillisecond;
  return whole < 100'000'000'000'000'000 ? kMicrosecond : 1;
}

// Reads "DIGITS" or "DIGITS.DIGITS" of at most 18 and 9 digits, as most epoch numbers are; kNoTime for all
// that needs a closer look.
Nanos parse_common_epoch(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  std::uint64_t digits = 0;  // wraps if there are too many
  for (; p != end && is_digit(*p); ++p) digits = digits * 10 + static_cast<unsigned>(*p - '0');
  if (p == text.data() || p - text.data() > 18) return kNoTime;
  const auto whole = static_cast<std::int64_t>(digits);
  std::int64_t fraction = 0;
  const Nanos unit = unit_of(whole);
  if (p != end) {
    const char* const first = ++p;
    if (p[-1] != '.' || p == end || end - p > 9) return kNoTime;
    for (; p != end && is_digit(*p); ++p) fraction = fraction * 10 + (*p - '0');
    if (p != end) return kNoTime;
    fraction = fraction * kPower10[static_cast<std::size_t>(9 - (end - first))] * unit / kSecond;
  }
  Nanos result = 0;
  if (__builtin_mul_overflow(whole, unit, &result) || __builtin_add_overflow(result, fraction, &result)) {
    return kNoTime;
  }
  return result;
}

Nanos parse_epoch(std::string_view text, TimeUnit unit) {
  if (unit == TimeUnit::automatic) {
    if (const Nanos time = parse_common_epoch(text); time != kNoTime) return time;
  }
  Digits number;
  if (!read_digits(text, number)) return kNoTime;
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

Nanos add_held(Nanos a, Nanos b) {
  Nanos sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<Nanos>::min() : std::numeric_limits<Nanos>::max();
}

Nanos subtract_held(Nanos a, Nanos b) {
  Nanos difference;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b > 0 ? std::numeric_limits<Nanos>::min() : std::numeric_limits<Nanos>::max();
}

std::optional<Nanos> parse_time(std::string_view text, TimeUnit unit) {
  Nanos time = kNoTime;
  if (text.size() <= 4 || text[4] != '-' || !is_digit(text[3])) {
    time = parse_epoch(text, unit);
  } else {
    if (text.size() == 24 || text.size() == 20) time = parse_common(text);
    if (time == kNoTime) time = parse_calendar(text);
  }
  return time == kNoTime ? std::nullopt : std::optional(time);
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
