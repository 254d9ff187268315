#include "source/text_log.hpp"

#include "base/text.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kWords = 4;  // a level stands among so many words behind the time

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Length of "2026-01-31T12:00:00.123+01:00" at the front, with its fraction and zone if it has them; 0: none.
std::size_t time_length(std::string_view line) {
  static constexpr std::string_view kForm = "0000-00-00 00:00:00";
  if (line.size() < kForm.size()) return 0;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool fits = kForm[i] == '0'   ? is_digit(line[i])
                      : kForm[i] == ' ' ? line[i] == ' ' || line[i] == 'T'
                                        : line[i] == kForm[i];
    if (!fits) return 0;
  }
  std::size_t at = kForm.size();
  const auto digits = [&] {
    while (at < line.size() && is_digit(line[at])) ++at;
  };
  if (at + 1 < line.size() && (line[at] == '.' || line[at] == ',') && is_digit(line[at + 1])) {
    ++at;
    digits();
  }
  if (at < line.size() && line[at] == 'Z') return at + 1;
  if (at + 2 < line.size() && (line[at] == '+' || line[at] == '-') && is_digit(line[at + 1])) {
    ++at;
    digits();
    if (at + 1 < line.size() && line[at] == ':' && is_digit(line[at + 1])) {
      ++at;
      digits();
    }
  }
  return at;
}

// In lower case it may be a word of a sentence: there it counts only where nothing but a level can stand.
bool is_level(std::string_view word, bool any_case) {
  for (const std::string_view level :
       {"TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "SEVERE", "NOTICE", "FINE",
        "FINER", "FINEST", "CONFIG", "OFF"}) {
    if (word.size() != level.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < word.size(); ++i)
      same = same && (any_case ? word[i] & ~0x20 : word[i]) == level[i];
    if (same) return true;
  }
  return false;
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void skip_blanks(std::string_view& rest) {
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
}

// The next word, or what stands in brackets, without them.
std::string_view take(std::string_view& rest, bool& bracketed) {
  skip_blanks(rest);
  bracketed = rest.starts_with('[');
  const std::size_t end = bracketed ? rest.find(']') : rest.find_first_of(" \t");
  if (bracketed && end != std::string_view::npos) {
    const std::string_view word = trim(rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
    return word;
  }
  bracketed = false;
  const std::size_t stop = rest.find_first_of(" \t");
  const std::string_view word = rest.substr(0, stop);
  rest.remove_prefix(word.size());
  return word;
}

// "65f1c0ffee…-00f067aa0ba902b7": Spring Boot's correlation of a trace.
bool take_trace(std::string_view word, TextLine& out) {
  const std::size_t dash = word.find('-');
  if (dash == std::string_view::npos || dash < 16 || word.size() - dash - 1 != 16) return false;
  if (!is_hex(word.substr(0, dash)) || !is_hex(word.substr(dash + 1))) return false;
  out.trace_id = word.substr(0, dash);
  out.span_id = word.substr(dash + 1);
  return true;
}

// Behind "---": [application] [thread] [trace-span] logger : message
void scan_spring(std::string_view rest, TextLine& out) {
  std::string_view brackets[3];
  std::size_t count = 0;
  for (skip_blanks(rest); rest.starts_with('['); skip_blanks(rest)) {
    bool bracketed = false;
    const std::string_view word = take(rest, bracketed);
    if (!bracketed) break;
    if (!take_trace(word, out) && count < 3 && !word.empty()) brackets[count++] = word;
  }
  if (count > 1) out.application = brackets[0];
  if (count > 0) out.thread = brackets[count > 1 ? 1 : 0];
  const std::size_t colon = rest.find(" : ");
  if (colon == std::string_view::npos) {
    const bool empty = rest.ends_with(" :");
    if (empty) out.logger = trim(rest.substr(0, rest.size() - 2));
    out.message = empty ? std::string_view() : rest;
    return;
  }
  out.logger = trim(rest.substr(0, colon));
  out.message = rest.substr(colon + 3);
}

// Behind the level of other layouts: "[thread] logger - message", "logger - message", "message"
void scan_layout(std::string_view rest, TextLine& out) {
  skip_blanks(rest);
  if (out.thread.empty() && rest.starts_with('[')) {
    bool bracketed = false;
    std::string_view behind = rest;
    const std::string_view word = take(behind, bracketed);
    if (bracketed && !word.empty()) {
      out.thread = word;
      rest = behind;
      skip_blanks(rest);
    }
  }
  for (const std::string_view mark : {" - ", " : ", ": "}) {
    const std::size_t at = rest.find(mark);
    if (at == std::string_view::npos) continue;
    const std::string_view name = trim(rest.substr(0, at));
    if (name.empty() || name.find_first_of(" \t") != std::string_view::npos)
      continue;  // words of the message
    out.logger = name;
    out.message = rest.substr(at + mark.size());
    return;
  }
  if (rest.starts_with("- ")) rest.remove_prefix(2);
  if (rest.starts_with(": ")) rest.remove_prefix(2);
  out.message = rest;
}

}  // namespace

bool begins_with_time(std::string_view line) { return time_length(line) != 0; }

bool scan_timed_line(std::string_view line, TextLine& out) {
  if (scan_text_line(line, out)) return true;
  out = TextLine();
  const std::size_t length = time_length(line);
  out.time = line.substr(0, length);
  out.message = trim(line.substr(length));
  return length != 0;
}

bool scan_text_line(std::string_view line, TextLine& out) {
  out = TextLine();
  const std::size_t length = time_length(line);
  if (length == 0) return false;
  out.time = line.substr(0, length);
  std::string_view rest = line.substr(length);
  for (std::size_t i = 0; i < kWords; ++i) {
    bool bracketed = false;
    const std::string_view word = take(rest, bracketed);
    if (word.empty() && rest.empty()) return false;
    if (is_level(word, i == 0 || bracketed)) {
      out.level = word;
      break;
    }
    if (word == "-" || word == "|") continue;
    (bracketed ? out.thread : out.logger) = word;
  }
  if (out.level.empty()) return false;
  std::string_view behind = rest;
  bool bracketed = false;
  const std::string_view pid = take(behind, bracketed);
  skip_blanks(behind);
  if (behind.starts_with("---") && !pid.empty()) {
    out.pid = pid;
    scan_spring(behind.substr(3), out);
  } else if (!out.logger.empty()) {  // Python's "name - LEVEL - message"
    skip_blanks(rest);
    for (const std::string_view mark : {"- ", ": ", "| "}) {
      if (rest.starts_with(mark)) rest.remove_prefix(mark.size());
    }
    out.message = rest;
  } else {
    scan_layout(rest, out);
  }
  return true;
}

}  // namespace aiops::source
