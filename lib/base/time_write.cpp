// Printing instants.
#include <array>
#include <cstring>

#include "base/time.hpp"

namespace aiops {
namespace {

struct Civil {
  unsigned year, month, day;
};

// The date of a day counted from 0000-03-01 in the proleptic Gregorian calendar
// (Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
Civil civil_from_days(unsigned days) {
  const unsigned era = days / 146'097;  // of 400 years
  const unsigned day_of_era = days % 146'097;
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;  // months from March
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

constexpr auto kTwoDigits = [] {
  std::array<char, 200> digits{};
  for (std::size_t i = 0; i < 100; ++i) {
    digits[2 * i] = static_cast<char>('0' + i / 10);
    digits[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return digits;
}();

void put_two(char* out, unsigned value) {
  std::memcpy(out, &kTwoDigits[2 * static_cast<std::size_t>(value)], 2);
}

void put_three(char* out, unsigned value) {
  *out = static_cast<char>('0' + value / 100);
  put_two(out + 1, value % 100);
}

}  // namespace

char* write_time(char* out, Nanos time) {
  if (time == kNoTime) return out;
  constexpr std::int64_t kMarchOfYear0 =
      -719'468;  // in days from 1970; all that is counted from there is positive
  std::int64_t seconds = time / kSecond;
  auto fraction = static_cast<std::int32_t>(time % kSecond);
  if (fraction < 0) {
    --seconds;
    fraction += static_cast<std::int32_t>(kSecond);
  }
  const auto shifted = static_cast<std::uint64_t>(seconds - kMarchOfYear0 * 86'400);
  const Civil date = civil_from_days(static_cast<unsigned>(shifted / 86'400));
  const auto second_of_day = static_cast<unsigned>(shifted % 86'400);

  std::memcpy(out, "0000-00-00T00:00:00.000000000Z", kTimeChars);
  put_two(out, date.year / 100);
  put_two(out + 2, date.year % 100);
  put_two(out + 5, date.month);
  put_two(out + 8, date.day);
  put_two(out + 11, second_of_day / 3600);
  put_two(out + 14, second_of_day / 60 % 60);
  put_two(out + 17, second_of_day % 60);
  int size = 19;
  if (fraction != 0) {
    const auto nanos = static_cast<unsigned>(fraction);
    put_three(out + 20, nanos / 1'000'000);
    put_three(out + 23, nanos / 1000 % 1000);
    put_three(out + 26, nanos % 1000);
    size = nanos % 1'000'000 == 0 ? 23 : nanos % 1000 == 0 ? 26 : 29;
  }
  out[size] = 'Z';
  return out + size + 1;
}

void append_time(std::string& out, Nanos time) {
  // Written in place: to copy what was just written in small pieces would wait for it.
  const std::size_t before = out.size();
  out.resize(before + kTimeChars);
  out.resize(static_cast<std::size_t>(write_time(out.data() + before, time) - out.data()));
}

std::string format_time(Nanos time) {
  std::string out;
  append_time(out, time);
  return out;
}

}  // namespace aiops
