#include "source/syslog.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdint>

#include "base/number.hpp"
#include "base/text.hpp"
#include "source/log_text.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::size_t kBsdTime = 15;  // characters of "Oct 11 22:14:15"

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The next word, and the blank behind it, taken from rest; "-" is "".
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return word == "-" ? std::string_view() : word;
}

// "<34>" from the front of rest; -1 if there is none.
int take_priority(std::string_view& rest) {
  if (!rest.starts_with('<')) return -1;
  const std::size_t end = rest.substr(0, 5).find('>');
  if (end == std::string_view::npos || end < 2) return -1;
  int priority = 0;
  for (const char c : rest.substr(1, end - 1)) {
    if (!is_digit(c)) return -1;
    priority = priority * 10 + (c - '0');
  }
  if (priority > 191) return -1;
  rest.remove_prefix(end + 1);
  return priority;
}

// "Oct 11 22:14:15" or "Oct  1 22:14:15"
bool is_bsd_time(std::string_view text) {
  if (text.size() < kBsdTime || text[3] != ' ' || text[6] != ' ' || text[9] != ':' || text[12] != ':')
    return false;
  const std::size_t month = kMonths.find(text.substr(0, 3));
  return month != std::string_view::npos && month % 3 == 0 && (is_digit(text[4]) || text[4] == ' ') &&
         is_digit(text[5]) && is_digit(text[7]);
}

}  // namespace

std::string_view severity_of_syslog(int severity) {
  static constexpr std::array<std::string_view, 8> kNames = {"FATAL", "FATAL", "FATAL", "ERROR",
                                                             "WARN",  "INFO",  "INFO",  "DEBUG"};
  return severity >= 0 && severity < 8 ? kNames[static_cast<std::size_t>(severity)] : std::string_view();
}

Nanos SyslogScanner::bsd_time(std::string_view text) {
  const std::size_t month = kMonths.find(text.substr(0, 3)) / 3 + 1;
  const auto in_year = [&](int year) {
    return parse_time(fmt::format("{:04}-{:02}-{}{}T{}Z", year, month, text[4] == ' ' ? '0' : text[4],
                                  text[5], text.substr(7, 8)));
  };
  if (year_ != 0) return in_year(year_).value_or(kNoTime);
  guessed_ = true;
  const Nanos latest = now() + kDay;
  int year = static_cast<int>(parse_int(format_time(latest).substr(0, 4)).value_or(1970));
  // Eight years back there was a 29th of February.
  for (const int oldest = year - 8; year >= oldest; --year) {
    const auto time = in_year(year);
    if (time && *time <= latest) return *time;
  }
  return kNoTime;
}

const char* SyslogScanner::scan(std::string_view line, SyslogLine& out) {
  out = SyslogLine();
  text_.clear();
  out.priority = take_priority(line);
  if (out.priority >= 0 && line.starts_with("1 ")) return scan_5424(line.substr(2), out);
  return scan_3164(line, out);
}

const char* SyslogScanner::scan_5424(std::string_view rest, SyslogLine& out) {
  const std::string_view time = take_word(rest);
  if (time.empty()) {
    return "no time: the message came without one, and what wrote it down gave it none";
  }
  out.time = time.size() > 10 && time[10] == 'T' ? parse_time(time).value_or(kNoTime) : kNoTime;
  if (out.time == kNoTime) return "the time is none of RFC 5424, as in 2026-01-31T12:00:00.5Z";
  out.host = take_word(rest);
  out.app = take_word(rest);
  out.pid = take_word(rest);
  out.message_id = take_word(rest);
  if (rest.starts_with('[')) {
    if (const char* wrong = scan_data(rest, out)) return wrong;
  } else if (rest == "-") {
    rest = {};
  } else if (rest.starts_with("- ")) {
    rest.remove_prefix(2);
  } else {
    return "cut short: where the structured data of RFC 5424 stands, there is neither [ nor -";
  }
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  out.message = rest;
  return nullptr;
}

// [ID NAME="VALUE" …][ID …] and the blank behind.
const char* SyslogScanner::scan_data(std::string_view& rest, SyslogLine& out) {
  constexpr const char* kBroken = "the structured data is broken: expected [ID NAME=\"VALUE\" …]";
  text_.reserve(2 * rest.size() + 16);  // so that views into it stay
  while (rest.starts_with('[')) {
    rest.remove_prefix(1);
    const std::size_t id_end = rest.find_first_of(" ]");
    if (id_end == std::string_view::npos || id_end == 0) return kBroken;
    std::string_view id = rest.substr(0, id_end);
    id = id.substr(0, id.find('@'));  // without the enterprise number
    rest.remove_prefix(id_end);
    while (rest.starts_with(' ')) {
      rest.remove_prefix(1);
      const std::size_t equals = rest.find("=\"");
      if (equals == std::string_view::npos || equals == 0) return kBroken;
      if (text_.size() + id.size() + 1 + rest.size() > text_.capacity()) return kBroken;
      const std::size_t name = text_.size();
      text_.append(id).append(1, '.').append(rest.substr(0, equals));
      const std::size_t value = text_.size();
      std::size_t at = equals + 2;
      for (; at < rest.size() && rest[at] != '"'; ++at) {
        if (rest[at] == '\\' && at + 1 < rest.size() &&
            (rest[at + 1] == '"' || rest[at + 1] == '\\' || rest[at + 1] == ']')) {
          ++at;
        }
        text_ += rest[at];
      }
      if (at == rest.size()) return kBroken;
      rest.remove_prefix(at + 1);
      const std::string_view all = text_;
      out.data.emplace_back(all.substr(name, value - name), all.substr(value));
    }
    if (!rest.starts_with(']')) return kBroken;
    rest.remove_prefix(1);
  }
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  return nullptr;
}

const char* SyslogScanner::scan_3164(std::string_view rest, SyslogLine& out) {
  if (is_bsd_time(rest)) {
    out.time = bsd_time(rest);
    rest.remove_prefix(kBsdTime);
  } else {  // rsyslog and others write it with a year, a fraction and a zone
    const std::string_view time = rest.substr(0, rest.find(' '));
    if (time.size() > 10 && time[10] == 'T')
      out.time = parse_log_time(time, TimeUnit::automatic).value_or(kNoTime);
    rest.remove_prefix(time.size());
  }
  if (out.time == kNoTime)
    return "no time of syslog, as in \"Oct 11 22:14:15\" or 2026-01-31T12:00:00.5+01:00, where one is "
           "expected";
  if (!rest.starts_with(' ')) return "nothing behind the time";
  rest.remove_prefix(1);
  out.host = take_word(rest);
  // The tag ends at what is no letter, digit or one of _ - . /: "sshd[321]: ", "kernel: ", "su: "
  const std::size_t end = rest.find_first_of(":[ ");
  if (end != std::string_view::npos && end != 0) {
    std::string_view behind = rest.substr(end);
    std::string_view pid;
    if (behind.starts_with('[')) {
      const std::size_t close = behind.find(']');
      if (close != std::string_view::npos) {
        pid = behind.substr(1, close - 1);
        behind.remove_prefix(close + 1);
      }
    }
    if (behind.starts_with(':')) {  // else it is the message's first word
      out.app = rest.substr(0, end);
      out.pid = pid;
      rest = behind.substr(1);
      if (rest.starts_with(' ')) rest.remove_prefix(1);
    }
  }
  out.message = rest;
  return nullptr;
}

}  // namespace aiops::source
