#include "source/log_text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

constexpr std::array<std::string_view, 6> kSeverities = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};

struct Spelling {
  std::string_view text;  // lower case
  int severity;           // index into kSeverities
};

// Log4j, Logback, syslog (RFC 5424), java.util.logging, Python, Go, .NET, glog; pino's and bunyan's numbers.
constexpr Spelling kSpellings[] = {{"info", 2},
                                   {"error", 4},
                                   {"warn", 3},
                                   {"debug", 1},
                                   {"trace", 0},
                                   {"fatal", 5},
                                   {"warning", 3},
                                   {"err", 4},
                                   {"critical", 5},
                                   {"notice", 2},
                                   {"crit", 5},
                                   {"alert", 5},
                                   {"emerg", 5},
                                   {"emergency", 5},
                                   {"panic", 5},
                                   {"dpanic", 5},
                                   {"severe", 4},
                                   {"information", 2},
                                   {"informational", 2},
                                   {"verbose", 0},
                                   {"fine", 1},
                                   {"finer", 0},
                                   {"finest", 0},
                                   {"config", 1},
                                   {"i", 2},
                                   {"e", 4},
                                   {"w", 3},
                                   {"d", 1},
                                   {"t", 0},
                                   {"f", 5},
                                   {"10", 0},
                                   {"20", 1},
                                   {"30", 2},
                                   {"40", 3},
                                   {"50", 4},
                                   {"60", 5}};

// "error2" is OpenTelemetry's finer grade of ERROR: the digit 2 to 4 is left off.
std::string_view without_grade(std::string_view text) {
  if (text.size() >= 5 && text.back() >= '2' && text.back() <= '4') text.remove_suffix(1);
  return text;
}

int month_of(const char* p) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (std::size_t month = 0; month < 12; ++month) {
    if (std::memcmp(kMonths.data() + 3 * month, p, 3) == 0) return static_cast<int>(month) + 1;
  }
  return 0;
}

// "17/May/2015:10:05:03 +0000", with a fraction after the seconds or without, as RFC 3339; "" if it is not
// that.
std::string rfc3339_of_access_time(std::string_view text) {
  if (text.size() < 20 || text[2] != '/' || text[6] != '/' || text[11] != ':') return {};
  const int month = month_of(text.data() + 3);
  if (month == 0) return {};
  std::string made(text.substr(7, 4));
  made += '-';
  made += static_cast<char>('0' + month / 10);
  made += static_cast<char>('0' + month % 10);
  made += '-';
  made += text.substr(0, 2);
  made += 'T';
  made += text.substr(12);
  return made;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void escape_bytes(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789ABCDEF";
  out.clear();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

std::string_view normal_severity(std::string_view text) {
  char lower[16];
  const std::string_view plain = without_grade(text);
  if (plain.empty() || plain.size() > sizeof lower) return text;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    lower[i] = plain[i] >= 'A' && plain[i] <= 'Z' ? static_cast<char>(plain[i] + 32) : plain[i];
  }
  const std::string_view key(lower, plain.size());
  for (const Spelling& spelling : kSpellings) {
    if (spelling.text == key) return kSeverities[static_cast<std::size_t>(spelling.severity)];
  }
  return text;
}

std::vector<std::string> error_spellings() {
  std::vector<std::string> all;
  const auto add = [&all](std::string text) {
    if (std::find(all.begin(), all.end(), text) == all.end()) all.push_back(std::move(text));
  };
  for (const Spelling& spelling : kSpellings) {
    if (spelling.severity < 4) continue;
    for (const std::string_view grade : {"", "2", "3", "4"}) {
      std::string text = std::string(spelling.text) + std::string(grade);
      if (!grade.empty() && without_grade(text) == text) continue;
      add(text);
      const auto upper = [](char& c) { c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
      upper(text.front());
      add(text);
      for (char& c : text) upper(c);
      add(text);
    }
  }
  return all;
}

std::string_view severity_of_number(std::int64_t number) {
  if (number < 1 || number > 24) return {};
  return kSeverities[static_cast<std::size_t>((number - 1) / 4)];
}

std::string_view severity_of_status(std::int64_t status) {
  return status >= 500 ? kSeverities[4] : status >= 400 ? kSeverities[3] : kSeverities[2];
}

std::string_view endpoint_of(std::string_view target) {
  const auto path_of = [](std::string_view text) {
    const auto stop = std::find_if(text.begin(), text.end(), [](char c) { return c == '?' || c == '#'; });
    return text.substr(0, static_cast<std::size_t>(stop - text.begin()));
  };
  if (target.starts_with('/')) return path_of(target);
  const std::size_t scheme = target.find("://");
  const std::size_t stop = target.find_first_of("/?#");
  if (scheme != std::string_view::npos && scheme + 1 == stop) {  // the first slash is the scheme's
    target.remove_prefix(scheme + 3);
    const std::size_t path = target.find_first_of("/?#");
    if (path == std::string_view::npos || target[path] != '/') return "/";
    target.remove_prefix(path);
  }
  return path_of(target);
}

std::optional<Nanos> parse_log_time(std::string_view text, TimeUnit unit) {
  text = trim(text);
  if (const auto time = parse_time(text, unit)) return time;
  std::string made = rfc3339_of_access_time(text);
  if (made.empty()) {
    if (text.size() < 16 || text[4] != '-') return std::nullopt;
    made = text;
  }
  if (made.size() > 19 && made[19] == ',') made[19] = '.';
  for (const std::string_view zone : {" UTC", " GMT", "UTC", "GMT", " Z"}) {
    if (made.size() > zone.size() && made.ends_with(zone)) {
      made.replace(made.size() - zone.size(), zone.size(), "Z");
      break;
    }
  }
  const std::size_t sign = made.find_last_of("+-");
  if (sign != std::string::npos && sign >= 16) {
    // "+0100" and "+01" become "+01:00"; a blank before it goes.
    if (made.size() == sign + 5 && is_digit(made[sign + 3])) made.insert(sign + 3, 1, ':');
    if (made.size() == sign + 3) made += ":00";
    if (made[sign - 1] == ' ') made.erase(sign - 1, 1);
  }
  return parse_time(made, unit);
}

namespace {

struct UnitName {
  std::string_view text;
  TimeUnit unit;
};

constexpr UnitName kUnits[] = {{"ms", TimeUnit::milliseconds},      {"us", TimeUnit::microseconds},
                               {"\u00b5s", TimeUnit::microseconds}, {"\u03bcs", TimeUnit::microseconds},
                               {"ns", TimeUnit::nanoseconds},       {"s", TimeUnit::seconds}};

// The power of ten that makes milliseconds of a unit.
int shift_of(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::seconds:
      return 3;
    case TimeUnit::microseconds:
      return -3;
    case TimeUnit::nanoseconds:
      return -6;
    default:
      return 0;
  }
}

Duration scaled(std::string_view number, int shift, double& value) {
  char text[64];
  const bool exponent = std::any_of(number.begin(), number.end(), [](char c) { return (c | 32) == 'e'; });
  const bool plain = !exponent && number.size() + 4 < sizeof text;
  double factor = 1;
  if (plain && shift != 0) {
    std::memcpy(text, number.data(), number.size());
    std::size_t size = number.size();
    text[size++] = 'e';
    if (shift < 0) text[size++] = '-';
    text[size++] = static_cast<char>('0' + (shift < 0 ? -shift : shift));
    number = {text, size};
  } else {
    for (int i = 0; i < shift; ++i) factor *= 10;
    for (int i = 0; i > shift; --i) factor /= 10;
  }
  const Number read = parse_number(number, value);
  if (read == Number::missing) return Duration::missing;
  if (read != Number::ok) return Duration::bad;
  value *= factor;
  return value < 0 ? Duration::bad : Duration::ok;
}

}  // namespace

Duration parse_log_duration(std::string_view text, TimeUnit unit, double& milliseconds) {
  text = trim(text);
  if (text.empty() || text == "-") return Duration::missing;
  if (is_digit(text.back()) || text.back() == '.') {
    if (unit == TimeUnit::automatic) {
      double ignored;
      return parse_number(text, ignored) == Number::ok ? Duration::ambiguous : Duration::bad;
    }
    return scaled(text, shift_of(unit), milliseconds);
  }
  for (const UnitName& name : kUnits) {
    if (!text.ends_with(name.text)) continue;
    const std::string_view number = trim(text.substr(0, text.size() - name.text.size()));
    if (number.empty() || !is_digit(number.back())) break;
    const Duration read = scaled(number, shift_of(name.unit), milliseconds);
    if (read == Duration::ok) return read;
    break;
  }
  if (const auto nanos = parse_duration(text)) {
    milliseconds = static_cast<double>(*nanos) / 1e6;
    return Duration::ok;
  }
  double ignored;
  return parse_number(text, ignored) == Number::missing ? Duration::missing : Duration::bad;
}

}  // namespace aiops::source
