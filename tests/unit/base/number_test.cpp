#include "base/number.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "base/random.hpp"
#include "support.hpp"

namespace aiops {
namespace {

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

double parsed(std::string_view text) {
  double value = 0;
  REQUIRE_MESSAGE(parse_number(text, value) == Number::ok, text);
  return value;
}

Number outcome(std::string_view text) {
  double value = 0;
  const Number result = parse_number(text, value);
  if (result != Number::ok) CHECK(std::isnan(value));
  return result;
}

std::string shortest(double value) {
  std::string out;
  append_shortest(out, value);
  CHECK(out.size() < kNumberChars);
  return out;
}

std::string six(double value) {
  std::string out;
  append_6(out, value);
  CHECK(out.size() < kNumberChars);
  return out;
}

// Numbers of many kinds: any bits, any size, close to a tie of the sixth digit, exactly on one, around a
// power of ten.
double random_number(Random& random) {
  switch (random.below(5)) {
    case 0:
      return std::bit_cast<double>(random.next());
    case 1:
      return (random.uniform() - 0.5) * std::pow(10, static_cast<int>(random.below(44)) - 18);
    case 2:
      return (random.below(1'000'000) + 0.5) * std::pow(10, static_cast<int>(random.below(38)) - 20);
    case 3:
      return (random.below(2'000'000) + 0.5) / std::ldexp(1, static_cast<int>(random.below(20)));
    default:
      break;
  }
  double value = std::pow(10, static_cast<int>(random.below(40)) - 18);
  for (std::uint32_t i = random.below(4); i > 0; --i) value = std::nextafter(value, 0);
  return random.below(2) == 0 ? value : std::nextafter(value, 1e300);
}

// value with 6 digits as printf says it, in the form that write_6 promises.
std::string six_by_printf(double value) {
  if (value == 0) return "0";
  char text[400];
  if (std::abs(value) >= 1e6 && std::abs(value) < 1e15 && value == std::trunc(value)) {
    std::snprintf(text, sizeof text, "%.0f", value);
    return text;
  }
  std::snprintf(text, sizeof text, "%.5e", value);
  const std::string scientific = text;
  const auto mark = scientific.find('e');
  const int exponent = std::atoi(scientific.c_str() + mark + 1);
  const bool fixed = exponent >= -5 && exponent <= 5;
  if (fixed) std::snprintf(text, sizeof text, "%.*f", 5 - exponent, value);
  std::string digits = fixed ? std::string(text) : scientific.substr(0, mark);
  if (digits.find('.') != std::string::npos) digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return fixed ? digits : digits + scientific.substr(mark);
}

}  // namespace

TEST_CASE("numbers read and print as CPython's do") {
  const auto rows = vectors("numbers.csv");  // made by make-vectors.py beside it
  REQUIRE(rows.size() == 800);
  for (const auto& row : rows) {
    CAPTURE(row[0]);
    const double value = parsed(row[0]);
    CHECK(bits(value) == std::strtoull(row[1].c_str(), nullptr, 16));
    CHECK(shortest(value) == row[2]);
    CHECK(six(value) == row[3]);
  }
}

TEST_CASE("parse_number takes every usual way to write a decimal number") {
  CHECK(parsed("0") == 0);
  CHECK(bits(parsed("-0")) == bits(-0.0));
  CHECK(bits(parsed("-0.000e5")) == bits(-0.0));
  CHECK(parsed(".5") == 0.5);
  CHECK(parsed("5.") == 5);
  CHECK(parsed("-.5e1") == -5);
  CHECK(parsed("+1") == 1);
  CHECK(parsed("+1.5E+2") == 150);
  CHECK(parsed("1e-2") == 0.01);
  CHECK(parsed("007") == 7);
  CHECK(parsed("9007199254740993") == 9007199254740992.0);  // 2^53 + 1: a tie, to even
  CHECK(parsed("9223372036854775808") == 0x1p63);
  CHECK(parsed("18446744073709551615") == 0x1p64);
  CHECK(parsed("18446744073709551616") == 0x1p64);
  CHECK(parsed("0.30000000000000004") == 0.1 + 0.2);
  CHECK(parsed("1e22") == 1e22);
  CHECK(parsed("1e23") == 1e23);
}

TEST_CASE("parse_number reaches both ends of the range") {
  CHECK(parsed("1.7976931348623157e308") == std::numeric_limits<double>::max());
  CHECK(parsed("1.7976931348623158e308") == std::numeric_limits<double>::max());
  CHECK(outcome("1.7976931348623159e308") == Number::too_large);
  CHECK(outcome("1e400") == Number::too_large);
  CHECK(outcome("-1e400") == Number::too_large);
  CHECK(outcome("1e99999999999999999999") == Number::too_large);
  CHECK(outcome(std::string(400, '9')) == Number::too_large);
  CHECK(parsed("2.2250738585072011e-308") == 0x0.fffffffffffffp-1022);  // the largest subnormal
  CHECK(parsed("4.9e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(bits(parsed("1e-400")) == bits(0.0));
  CHECK(bits(parsed("-1e-99999999999999999999")) == bits(-0.0));
  CHECK(parsed("0e99999999999999999999") == 0);
  CHECK(parsed(std::string(400, '0') + "1") == 1);
  CHECK(parsed("0." + std::string(400, '0') + "1e401") == 1);
  CHECK(parsed("1" + std::string(400, '0') + "e-400") == 1);
}

TEST_CASE("parse_number tells what is missing from what is no number") {
  for (const char* text : {"", "null", "NULL", "NaN", "nan", "-nan", "+NaN", "Inf", "+Inf", "-inf",
                           "Infinity", "-INFINITY", "NA", "N/A", "None"}) {
    CAPTURE(text);
    CHECK(outcome(text) == Number::missing);
  }
  for (const char* text : {" ",   "-",     "+",    ".",       "-.",    "e5",    ".e5", "1e",  "1e+",
                           "1e-", "1.2.3", "1,5",  " 1",      "1 ",    "--1",   "+-1", "-+1", "0x10",
                           "1f",  "1e5.",  "nanx", "infinit", "+null", "1_000", "٣",   "true"}) {
    CAPTURE(text);
    CHECK(outcome(text) == Number::not_a_number);
  }
  CHECK(outcome(std::string_view("1\0", 2)) == Number::not_a_number);
}

TEST_CASE("parse_number agrees with strtod on random texts") {
  Random random(1);
  for (int i = 0; i < 200'000; ++i) {
    const double value = random_number(random);
    if (!std::isfinite(value)) continue;
    char text[400];
    const int precision = static_cast<int>(random.below(25));
    if (i % 2 == 0) {
      std::snprintf(text, sizeof text, "%.*e", precision, value);
    } else {
      std::snprintf(text, sizeof text, "%.*f", precision, std::fmod(value, 1e25));
    }
    const double expected = std::strtod(text, nullptr);
    double got = 0;
    const Number result = parse_number(text, got);
    const bool same = std::isinf(expected) ? result == Number::too_large
                                           : result == Number::ok && bits(got) == bits(expected);
    if (!same) FAIL("wrongly read: " << text);
  }
}

TEST_CASE("parse_number reads every length with the point at every place, and no byte beside the text") {
  Random random(6);
  for (std::size_t size = 1; size <= 24; ++size) {
    for (std::size_t point = 0; point <= size; ++point) {  // at size there is none
      for (int i = 0; i < 50; ++i) {
        std::string text;
        for (std::size_t at = 0; at < size; ++at) {
          text += at == point ? '.' : static_cast<char>('0' + random.below(i == 0 ? 1 : 10));
        }
        if (text == ".") continue;
        if (i % 2 == 1) text.insert(0, "-");
        const std::vector<char> exact(text.begin(), text.end());  // address sanitizer watches its ends
        double got = 0;
        const Number result = parse_number({exact.data(), exact.size()}, got);
        if (result != Number::ok || bits(got) != bits(std::strtod(text.c_str(), nullptr)))
          FAIL("read wrongly: " << text);
        // Any other character spoils it.
        text[random.below(static_cast<std::uint32_t>(text.size()))] = "/:x \xb0,"[random.below(6)];
        if (parse_number(text, got) != Number::not_a_number) FAIL("should be refused: " << text);
      }
    }
  }
}

TEST_CASE("what write_shortest prints reads back as the same float") {
  CHECK(shortest(0) == "0");
  CHECK(shortest(-0.0) == "-0");
  CHECK(shortest(100000) == "100000");
  CHECK(shortest(-123456789012345) == "-123456789012345");
  CHECK(shortest(1e15) == "1e+15");
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(0.0001) == "0.0001");
  CHECK(shortest(0.00001) == "0.00001");
  CHECK(shortest(0.000001) == "1e-06");
  CHECK(shortest(5e-324) == "5e-324");
  CHECK(shortest(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  CHECK(shortest(-std::nextafter(1e-5, 1)) == "-0.000010000000000000003");
  for (const double value : {HUGE_VAL, -HUGE_VAL, std::nan("")}) CHECK(shortest(value).empty());

  Random random(2);
  for (int i = 0; i < 200'000; ++i) {
    const double value = random_number(random);
    if (!std::isfinite(value)) continue;
    char text[kNumberChars];
    const std::string_view written(text, static_cast<std::size_t>(write_shortest(text, value) - text));
    double back = 0;
    if (parse_number(written, back) != Number::ok || bits(back) != bits(value))
      FAIL("does not read back: " << written);
  }
}

TEST_CASE("write_6 keeps six digits and no trailing zeros") {
  CHECK(six(0) == "0");
  CHECK(six(-0.0) == "0");
  CHECK(six(1) == "1");
  CHECK(six(-12.5) == "-12.5");
  CHECK(six(1.0 / 3) == "0.333333");
  CHECK(six(2.0 / 3) == "0.666667");
  CHECK(six(100) == "100");
  CHECK(six(123456.5) == "123456");  // a tie in binary too, so to even, as printf
  CHECK(six(123457.5) == "123458");
  CHECK(six(0.1234565) == "0.123456");  // the float lies below the tie
  CHECK(six(999999.4) == "999999");
  CHECK(six(999999.5) == "1e+06");
  CHECK(six(1234567.25) == "1.23457e+06");
  CHECK(six(1234567) == "1234567");
  CHECK(six(-999999999999999) == "-999999999999999");
  CHECK(six(1e15) == "1e+15");
  CHECK(six(0.0000123456789) == "0.0000123457");
  CHECK(six(0.00001) == "0.00001");
  CHECK(six(0.00000999999999) == "0.00001");
  CHECK(six(0.00000999999) == "9.99999e-06");
  CHECK(six(1.5e-7) == "1.5e-07");
  CHECK(six(5e-324) == "4.94066e-324");
  CHECK(six(-1.7976931348623157e308) == "-1.79769e+308");
  for (const double value : {HUGE_VAL, -HUGE_VAL, std::nan("")}) CHECK(six(value).empty());
}

TEST_CASE("write_6 rounds as printf does") {
  Random random(3);
  for (int i = 0; i < 300'000; ++i) {
    const double value = random_number(random);
    if (!std::isfinite(value)) continue;
    char text[kNumberChars];
    const std::string_view written(text, static_cast<std::size_t>(write_6(text, value) - text));
    const std::string expected = six_by_printf(value);
    if (written != expected) FAIL("got " << written << ", expected " << expected);
  }
}

TEST_CASE("parse_int takes 64 bits and nothing else") {
  CHECK(parse_int("0") == 0);
  CHECK(parse_int("-17") == -17);
  CHECK(parse_int("+17") == 17);
  CHECK(parse_int("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_int("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  for (const char* text :
       {"", "-", "+", "+-1", "--1", "9223372036854775808", "1.0", "1e3", " 1", "1 ", "x"}) {
    CAPTURE(text);
    CHECK(parse_int(text) == std::nullopt);
  }
}

TEST_CASE("text_6 is what append_6 writes, and nothing where there is no number") {
  CHECK(text_6(123456.789) == "123457");
  CHECK(text_6(-0.5) == "-0.5");
  CHECK(text_6(std::numeric_limits<double>::infinity()).empty());
}

}  // namespace aiops
