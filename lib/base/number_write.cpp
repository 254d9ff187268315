// Printing numbers. The common cases avoid the library's general algorithm; each says why it gives the same
// digits.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/number.hpp"

namespace aiops {
namespace {

constexpr double kIntegersInFull = 1e15;  // below, integers are written without an exponent
constexpr double kLeastFixed = 1e-5;      // below, numbers are written with one

// The powers of ten that a double holds exactly.
constexpr std::array<double, 23> kPower10 = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                             1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Three decimal digits each, the first in the lowest byte.
constexpr auto kThreeDigits = [] {
  std::array<std::uint32_t, 1000> digits{};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    digits[i] = ('0' + i / 100) | ('0' + i / 10 % 10) << 8 | ('0' + i % 10) << 16;
  }
  return digits;
}();

// Six decimal digits of number < 1,000,000, the first in the lowest byte; the two highest bytes are 0.
std::uint64_t six_digits(std::uint32_t number) {
  return kThreeDigits[number / 1000] | static_cast<std::uint64_t>(kThreeDigits[number % 1000]) << 24;
}

// How many of the six digits stand before the trailing zeros; at least 1.
int used_digits(std::uint64_t digits) {
  return 1 + ((std::countl_zero((digits ^ 0x303030303030u) | 1) ^ 63) >> 3);
}

// True and written if value is an integer that is written in full.
bool write_integer(char*& out, double value) {
  if (!(std::abs(value) < kIntegersInFull)) return false;
  const auto integer = static_cast<std::int64_t>(value);
  if (static_cast<double>(integer) != value) return false;
  out = std::to_chars(out, out + kNumberChars, integer).ptr;
  return true;
}

// True and written if value has at most six decimals and fifteen digits, as most that people measure have. Of
// all decimals with so few digits only one reads back as value, so it is the shortest.
bool write_six_decimals(char*& out, double value) {
  const double absolute = std::abs(value);
  if (!(absolute >= kLeastFixed && absolute < 1e9)) return false;
  const double millionths = std::nearbyint(absolute * 1e6);
  if (millionths / 1e6 != absolute)
    return false;  // one correctly rounded operation, as reading the text would do
  const auto integer = static_cast<std::uint64_t>(millionths);
  *out = '-';
  out += value < 0;
  out = std::to_chars(out, out + kNumberChars, integer / 1'000'000).ptr;
  const std::uint64_t digits = six_digits(static_cast<std::uint32_t>(integer % 1'000'000));
  *out++ = '.';
  std::memcpy(out, &digits, 8);
  out += used_digits(digits);
  return true;
}

}  // namespace

char* write_shortest(char* out, double value) {
  if (!std::isfinite(value)) return out;
  const bool negative_zero = value == 0 && std::signbit(value);
  if (!negative_zero && (write_integer(out, value) || write_six_decimals(out, value))) return out;
  const double absolute = std::abs(value);
  const auto format = value == 0 || (absolute >= kLeastFixed && absolute < kIntegersInFull)
                          ? std::chars_format::fixed
                          : std::chars_format::scientific;
  return std::to_chars(out, out + kNumberChars, value, format).ptr;
}

void append_shortest(std::string& out, double value) {
  char buffer[kNumberChars];
  out.append(buffer, write_shortest(buffer, value));
}

namespace {

// The sizes that write_6 rounds itself: from 10^kLeast to below 10^kMost the power of ten that brings six
// digits before the point is exact.
constexpr int kLeast = -17, kMost = 22;

constexpr auto kDecades = [] {
  std::array<double, kMost - kLeast + 1> decades = {1e-17, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12,
                                                    1e-11, 1e-10, 1e-9,  1e-8,  1e-7,  1e-6,
                                                    1e-5,  1e-4,  1e-3,  1e-2,  1e-1};
  for (int i = 0; i <= kMost; ++i) decades[i - kLeast] = kPower10[i];
  return decades;
}();

struct SixDigits {
  std::uint32_t mantissa;  // 100000 to 999999
  int exponent;            // of its first digit
};

// What to take off a value's digits, which were rounded up as scaled lies on a tie: scaled is the correctly
// rounded result, so the exact one lies on the tie too or so close that only the rounding error, which fma
// gives exactly, tells the side. A true tie goes to the even digit.
[[gnu::noinline, gnu::cold]] std::uint32_t tie_correction(double value, double power, bool multiplied,
                                                          double scaled, std::uint32_t mantissa) {
  const double excess = multiplied ? std::fma(value, power, -scaled) : std::fma(-scaled, power, value);
  return excess < 0 || (excess == 0 && (mantissa & 1) != 0) ? 1 : 0;
}

// value rounded to six digits, ties of the exact binary value to even, as printf does. 1e-17 <= value < 1e22.
SixDigits round_to_6(double value) {
  const int binary = static_cast<int>(std::bit_cast<std::uint64_t>(value) >> 52) - 1023;
  int exponent = (binary * 1233) >> 12;  // floor(log10(2^binary)), right for -57 <= binary <= 73
  exponent += value >= kDecades[exponent + 1 - kLeast];
  const int shift = 5 - exponent;
  const double power = kPower10[std::abs(shift)];
  const double scaled = shift >= 0 ? value * power : value / power;
  const double raised =
      scaled + 0.5;  // exact, or both sides of the next power of two agree on the integer part
  auto mantissa = static_cast<std::uint32_t>(raised);
  if (raised == mantissa) [[unlikely]]
    mantissa -= tie_correction(value, power, shift >= 0, scaled, mantissa);
  if (mantissa == 1'000'000) return {100'000, exponent + 1};
  return {mantissa, exponent};
}

// Rounded by the library, without trailing zeros.
[[gnu::noinline, gnu::cold]] char* write_6_slowly(char* out, double value) {
  char text[kNumberChars];  // d.ddddde+XX
  const char* const end =
      std::to_chars(text, text + kNumberChars, value, std::chars_format::scientific, 5).ptr;
  const char* const mark = std::find(static_cast<const char*>(text), end, 'e');
  const char* last = mark;
  while (last[-1] == '0') --last;
  if (last[-1] == '.') --last;
  out = std::copy(static_cast<const char*>(text), last, out);
  return std::copy(mark, end, out);
}

// Where the point goes among six digits, by the exponent of the first.
struct Layout {
  std::uint64_t before;              // mask of the digits before the point
  std::uint64_t point;               // '.' at its byte, or 0 where "0.000" is written ahead of the digits
  std::array<std::uint8_t, 7> size;  // [digits in use]: characters in all, without an exponent
  std::uint8_t ahead;                // characters of "0.000"
};

constexpr int kLeastFixedExponent = -5, kMostFixedExponent = 5;  // others are written behind an 'e'

constexpr auto kLayouts = [] {
  std::array<Layout, kMost - kLeast + 1> layouts{};
  for (int exponent = kLeast; exponent <= kMost; ++exponent) {
    Layout& layout = layouts[exponent - kLeast];
    const bool fixed = exponent >= kLeastFixedExponent && exponent <= kMostFixedExponent;
    const int whole =
        fixed ? std::max(0, exponent + 1) : 1;  // digits before the point, which are written even if 0
    layout.before = whole == 0 ? ~0ull : (1ull << (8 * whole)) - 1;
    layout.point = whole == 0 ? 0 : static_cast<std::uint64_t>('.') << (8 * whole);
    layout.ahead = static_cast<std::uint8_t>(whole == 0 ? 1 - exponent : 0);
    for (int used = 1; used <= 6; ++used) {
      const int size = whole == 0 ? layout.ahead + used : used > whole ? used + 1 : whole;
      layout.size[used] = static_cast<std::uint8_t>(size);
    }
  }
  return layouts;
}();

[[gnu::noinline]] char* write_exponent(char* out, int exponent) {
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  exponent = std::abs(exponent);
  *out++ = static_cast<char>('0' + exponent / 10);
  *out++ = static_cast<char>('0' + exponent % 10);
  return out;
}

}  // namespace

char* write_6(char* out, double value) {
  const double absolute = std::abs(value);
  if (!(absolute >= kDecades.front() && absolute < kDecades.back())) [[unlikely]] {
    if (value != 0) return std::isfinite(value) ? write_6_slowly(out, value) : out;
    *out++ = '0';
    return out;
  }
  if (absolute >= 1e6 && write_integer(out, value)) return out;
  *out = '-';
  out += value < 0;
  const auto [mantissa, exponent] = round_to_6(absolute);
  const Layout& layout = kLayouts[exponent - kLeast];
  const std::uint64_t digits = six_digits(mantissa);
  const std::uint64_t text = (digits & layout.before) | layout.point | (digits & ~layout.before) << 8;
  constexpr std::array kAhead = {'0', '.', '0', '0', '0', '0', '0', '0'};
  std::memcpy(out, kAhead.data(), kAhead.size());
  std::memcpy(out + layout.ahead, &text, 8);
  out += layout.size[used_digits(digits)];
  if (exponent >= kLeastFixedExponent && exponent <= kMostFixedExponent) return out;
  return write_exponent(out, exponent);
}

void append_6(std::string& out, double value) {
  char buffer[kNumberChars];
  out.append(buffer, write_6(buffer, value));
}

std::string text_6(double value) {
  std::string out;
  append_6(out, value);
  return out;
}

}  // namespace aiops
