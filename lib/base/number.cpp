// Reading numbers.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/number.hpp"

namespace aiops {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// The integers and the powers of ten that a double holds exactly: one operation on both rounds correctly
// (Clinger, PLDI 1990).
constexpr std::int64_t kExactIntegers = 1ll << 53;
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

// Reads what most texts are: digits, perhaps with a sign and a point, short enough for the mantissa to need
// no care. False for all that needs a closer look.
bool read_short(std::string_view text, double& value) {
  if (text.size() > 18) return false;
  const char* p = text.data();
  const char* const end = p + text.size();
  const bool negative = p != end && *p == '-';
  p += negative;
  const char* const first = p;
  std::int64_t mantissa = 0;
  for (; p != end && is_digit(*p); ++p) mantissa = mantissa * 10 + (*p - '0');
  std::ptrdiff_t decimals = 0;
  if (p != end) {
    if (*p != '.') return false;
    const char* const fraction = ++p;
    for (; p != end && is_digit(*p); ++p) mantissa = mantissa * 10 + (*p - '0');
    decimals = p - fraction;
    if (p - first == 1) return false;  // the point alone
  }
  if (p != end || p == first || mantissa > kExactIntegers) return false;
  const double absolute = static_cast<double>(mantissa) / kPower10[static_cast<std::size_t>(decimals)];
  value = negative ? -absolute : absolute;
  return true;
}

}  // namespace

Number parse_number(std::string_view text, double& value) {
  if (read_short(text, value)) return Number::ok;
  Decimal decimal;
  if (!read_decimal(text, decimal)) {
    value = kMissing;
    return is_missing(text) ? Number::missing : Number::not_a_number;
  }
  if (decimal.exact && decimal.mantissa <= std::uint64_t{kExactIntegers} &&
      std::abs(decimal.exponent) <= 22) {
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

}  // namespace aiops
