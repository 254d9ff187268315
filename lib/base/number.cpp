#include "base/number.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace aiops {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// The powers of ten that a double holds exactly.
constexpr std::array<double, 23> kPower10 = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                             1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

bool is_missing(std::string_view text) {
  for (const std::string_view word : {"", "null", "na", "n/a", "none"}) {
    if (equals_ignoring_case(text, word)) return true;
  }
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  for (const std::string_view word : {"nan", "inf", "infinity"}) {
    if (equals_ignoring_case(text, word)) return true;
  }
  return false;
}

// What the text of a number says: mantissa * 10^exponent, as far as 64 bits hold it.
struct Decimal {
  std::uint64_t mantissa = 0;
  int exponent = 0;
  bool negative = false;
  bool exact = true;  // mantissa holds all digits
};

constexpr int kExponentLimit = 100'000;

// Reads digits into the mantissa and returns where they end; first_exponent is what a digit adds to the
// exponent.
const char* read_digits(const char* p, const char* end, int digit_exponent, Decimal& decimal) {
  constexpr std::uint64_t kFull = (std::numeric_limits<std::uint64_t>::max() - 9) / 10;
  for (; p != end && is_digit(*p); ++p) {
    if (decimal.mantissa > kFull) {
      // No room: what follows only moves the point.
      decimal.exact = false;
      if (digit_exponent == 0 && decimal.exponent < kExponentLimit) ++decimal.exponent;
    } else {
      decimal.mantissa = decimal.mantissa * 10 + static_cast<unsigned>(*p - '0');
      decimal.exponent += digit_exponent;
    }
  }
  return p;
}

// Reads sign, digits, point and exponent; false if the text is no number.
bool read_decimal(std::string_view text, Decimal& decimal) {
  const char* p = text.data();
  const char* const end = p + text.size();
  if (p != end && (*p == '-' || *p == '+')) decimal.negative = *p++ == '-';
  const char* const first = p;
  p = read_digits(p, end, 0, decimal);
  auto digits = p - first;
  if (p != end && *p == '.') {
    const char* const fraction = ++p;
    p = read_digits(p, end, -1, decimal);
    digits += p - fraction;
  }
  if (digits == 0) return false;
  if (p == end) return true;
  if (*p != 'e' && *p != 'E') return false;
  if (++p == end) return false;
  const bool small = *p == '-';
  if (*p == '-' || *p == '+') ++p;
  if (p == end) return false;
  int exponent = 0;
  for (; p != end && is_digit(*p); ++p) exponent = std::min(exponent * 10 + (*p - '0'), 10 * kExponentLimit);
  decimal.exponent += small ? -exponent : exponent;
  return p == end;
}

Number convert_slowly(std::string_view text, const Decimal& decimal, double& value) {
  if (text.front() == '+') text.remove_prefix(1);
  double read = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), read);
  if (result.ec == std::errc::result_out_of_range || std::isinf(read)) {
    // Out of range at which end? A mantissa that is not 0 is between 1 and 2^64.
    if (decimal.mantissa != 0 && decimal.exponent > 0) {
      value = kMissing;
      return Number::too_large;
    }
    read = decimal.negative ? -0.0 : 0.0;
  } else if (result.ec != std::errc() || result.ptr != text.data() + text.size()) {
    value = kMissing;
    return Number::not_a_number;
  }
  value = read;
  return Number::ok;
}

}  // namespace

Number parse_number(std::string_view text, double& value) {
  Decimal decimal;
  if (!read_decimal(text, decimal)) {
    value = kMissing;
    return is_missing(text) ? Number::missing : Number::not_a_number;
  }
  // Both factors are exact, so the one operation rounds correctly (Clinger, PLDI 1990).
  if (decimal.exact && decimal.mantissa <= (1ull << 53) && std::abs(decimal.exponent) <= 22) {
    const double mantissa = static_cast<double>(static_cast<std::int64_t>(decimal.mantissa));
    const double absolute =
        decimal.exponent < 0 ? mantissa / kPower10[-decimal.exponent] : mantissa * kPower10[decimal.exponent];
    value = decimal.negative ? -absolute : absolute;
    return Number::ok;
  }
  return convert_slowly(text, decimal, value);
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && is_digit(text[1])) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

namespace {

constexpr double kIntegersInFull = 1e15;

// True and written if value is an integer that is written in full.
bool write_integer(char*& out, double value) {
  if (!(std::abs(value) < kIntegersInFull)) return false;
  const auto integer = static_cast<std::int64_t>(value);
  if (static_cast<double>(integer) != value) return false;
  out = std::to_chars(out, out + kNumberChars, integer).ptr;
  return true;
}

}  // namespace

char* write_shortest(char* out, double value) {
  if (!std::isfinite(value)) return out;
  if (!(value == 0 && std::signbit(value)) && write_integer(out, value)) return out;
  const double absolute = std::abs(value);
  const auto format = value == 0 || (absolute >= 1e-5 && absolute < kIntegersInFull)
                          ? std::chars_format::fixed
                          : std::chars_format::scientific;
  return std::to_chars(out, out + kNumberChars, value, format).ptr;
}

void append_shortest(std::string& out, double value) {
  char buffer[kNumberChars];
  out.append(buffer, write_shortest(buffer, value));
}

namespace {

// Rounded with the library, written in the form that write_6 promises.
char* write_6_slowly(char* out, double value) {
  char digits[kNumberChars];  // d.ddddde+XX
  const char* const end =
      std::to_chars(digits, digits + kNumberChars, value, std::chars_format::scientific, 5).ptr;
  const char* mark = std::find(static_cast<const char*>(digits), end, 'e');
  const char* last = mark;
  while (last[-1] == '0') --last;
  if (last[-1] == '.') --last;
  out = std::copy(static_cast<const char*>(digits), last, out);
  return std::copy(mark, end, out);
}

// Three decimal digits each, the first in the lowest byte.
constexpr auto kThreeDigits = [] {
  std::array<std::uint32_t, 1000> digits{};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    digits[i] = ('0' + i / 100) | ('0' + i / 10 % 10) << 8 | ('0' + i % 10) << 16;
  }
  return digits;
}();

constexpr int kLeast = -17, kMost = 22;  // 10^(5 - kLeast) and 10^(kMost - 5) are exact

constexpr auto kDecades = [] {
  std::array<double, kMost - kLeast + 2> decades = {1e-17, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12,
                                                    1e-11, 1e-10, 1e-9,  1e-8,  1e-7,  1e-6,
                                                    1e-5,  1e-4,  1e-3,  1e-2,  1e-1};
  for (int i = 0; i <= kMost; ++i) decades[i - kLeast] = kPower10[i];
  decades.back() = 1e23;
  return decades;
}();

struct SixDigits {
  std::uint32_t mantissa;  // 100000 to 999999
  int exponent;            // of its first digit
};

// value rounded to six digits, ties on the exact binary value to even, as printf does. 1e-17 <= value < 1e22.
SixDigits round_to_6(double value) {
  const int binary = static_cast<int>(std::bit_cast<std::uint64_t>(value) >> 52) - 1023;
  int exponent = (binary * 1233) >> 12;  // floor(log10(2^binary)), right for |binary| < 680
  exponent += value >= kDecades[exponent + 1 - kLeast];
  const int shift = 5 - exponent;
  const double power = kPower10[std::abs(shift)];
  const double scaled = shift >= 0 ? value * power : value / power;
  auto mantissa = static_cast<std::uint32_t>(scaled);
  const double rest = scaled - mantissa;  // exact
  // scaled is the correctly rounded product, so it lies on the true one's side of the tie, or on the tie
  // itself; only there the rounding error, which fma gives exactly, decides.
  if (rest > 0.5) {
    ++mantissa;
  } else if (rest == 0.5) [[unlikely]] {
    const double excess =
        shift >= 0 ? std::fma(value, power, -scaled) : -std::fma(mantissa + 0.5, power, -value);
    if (excess > 0 || (excess == 0 && (mantissa & 1) != 0)) ++mantissa;
  }
  if (mantissa == 1'000'000) return {100'000, exponent + 1};
  return {mantissa, exponent};
}

char* write_exponent(char* out, int exponent) {
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
  if (!(absolute >= kDecades[0] && absolute < 1e22)) {
    if (value == 0) {
      *out++ = '0';
      return out;
    }
    return std::isfinite(value) ? write_6_slowly(out, value) : out;
  }
  if (absolute >= 1e6 && write_integer(out, value)) return out;
  *out = '-';
  out += value < 0;
  const auto [mantissa, exponent] = round_to_6(absolute);
  const std::uint64_t digits =
      kThreeDigits[mantissa / 1000] | static_cast<std::uint64_t>(kThreeDigits[mantissa % 1000]) << 24;
  // Digits that are not trailing zeros: the first is never 0.
  const int used = 8 - (std::countl_zero(digits ^ 0x303030303030ull) >> 3);
  if (exponent < 0 && exponent >= -5) {
    std::memcpy(out, "0.000000", 8);
    out += 1 - exponent;
    std::memcpy(out, &digits, 8);
    return out + used;
  }
  const int whole = exponent >= 0 && exponent <= 5 ? exponent + 1 : 1;
  const std::uint64_t mask = (1ull << (8 * whole)) - 1;
  const std::uint64_t pointed =
      (digits & mask) | (digits & ~mask) << 8 | static_cast<std::uint64_t>('.') << (8 * whole);
  std::memcpy(out, &pointed, 8);
  out += used <= whole ? whole : used + 1;
  return exponent < -5 || exponent > 5 ? write_exponent(out, exponent) : out;
}

void append_6(std::string& out, double value) {
  char buffer[kNumberChars];
  out.append(buffer, write_6(buffer, value));
}

}  // namespace aiops
