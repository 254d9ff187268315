#include "feature/template_header.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "feature/template_words.hpp"

namespace aiops::feature {
namespace {

constexpr std::size_t kLookedAt = 400;  // bytes of a line in which a header may stand
constexpr int kMostWords = 10;          // of them before a level

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool blank(char c) { return c == ' ' || c == '\t'; }

std::string_view bare(std::string_view word) {
  constexpr std::string_view kWrapping = "[](){}<>|:,-";
  while (!word.empty() && kWrapping.find(word.front()) != std::string_view::npos) word.remove_prefix(1);
  while (!word.empty() && kWrapping.find(word.back()) != std::string_view::npos) word.remove_suffix(1);
  return word;
}

bool is_level(std::string_view word) {
  constexpr std::array<std::string_view, 19> kLevels = {
      "ALERT", "CRIT", "CRITICAL", "DEBUG",  "EMERG", "ERR",     "ERROR", "FAILURE", "FATAL", "FINE",
      "INFO",  "NOTE", "NOTICE",   "SEVERE", "TRACE", "VERBOSE", "WARN",  "WARNING", "PANIC"};
  return std::find(kLevels.begin(), kLevels.end(), word) != kLevels.end();
}

bool is_any_level(std::string_view word) {
  std::string upper(word.substr(0, 12));
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return is_level(upper);
}

// A token of digits and what stands in dates and times: "2026-01-31T12:00:00.5Z", "12:00:00,123", "081109".
bool is_time(std::string_view word) {
  int digits = 0;
  for (const char c : word) {
    if (digit(c)) {
      ++digits;
    } else if (std::string_view("-:./,TZ+_").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return digits >= 2;
}

// "12:00", or "2026-01-31": numbers alone may be anything.
bool has_clock(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? text[i] : ' '; };
  for (std::size_t i = 0; i + 4 < text.size(); ++i) {
    if (i > 0 && (digit(at(i - 1)) || at(i - 1) == '.')) continue;
    const bool two = digit(at(i)) && digit(at(i + 1));
    if (two && at(i + 2) == ':' && digit(at(i + 3)) && digit(at(i + 4)) && !digit(at(i + 5))) return true;
    if (two && digit(at(i + 2)) && digit(at(i + 3)) && (at(i + 4) == '-' || at(i + 4) == '/') &&
        digit(at(i + 5)) && digit(at(i + 6)) && (at(i + 7) == '-' || at(i + 7) == '/'))
      return true;
  }
  return false;
}

class Header {
 public:
  explicit Header(std::string_view line) : line_(line.substr(0, kLookedAt)) {}

  // The end of the header; the dates and times of it end at times_end().
  std::size_t end() {
    skip_priority();
    if (skip_columns()) return times_end_ = at_;
    skip_times();
    times_end_ = at_;
    const bool level = skip_level();
    if (!timed_ && !level) return 0;
    if (!level && skip_program()) return at_;
    for (int i = 0; i < 4 && skip_decoration(); ++i) {
    }
    skip_logger();
    for (int i = 0; i < 2 && skip_decoration(); ++i) {
    }
    return at_;
  }

  std::size_t times_end() const { return times_end_; }

 private:
  // The word at a place, and where the one behind it begins.
  std::string_view word(std::size_t at, std::size_t& next) const {
    const std::size_t begin = at;
    while (at < line_.size() && !blank(line_[at])) ++at;
    const std::string_view found = line_.substr(begin, at - begin);
    while (at < line_.size() && blank(line_[at])) ++at;
    next = at;
    return found;
  }

  void skip_priority() {  // "<34>1 " of syslog
    if (line_.empty() || line_[0] != '<') return;
    std::size_t at = 1;
    while (at < line_.size() && digit(line_[at])) ++at;
    if (at > 1 && at < line_.size() && line_[at] == '>') at_ = at + 1;
  }

  // "time|component|pid|message"
  bool skip_columns() {
    std::size_t at = at_;
    int fields = 0;
    for (std::size_t i = at_; i < line_.size() && fields < 3; ++i) {
      if (blank(line_[i]) && fields > 0) break;
      if (line_[i] != '|') continue;
      if (fields == 0 && !is_time(bare(line_.substr(at_, line_.find_first_of(" |", at_) - at_))))
        return false;
      at = i + 1;
      ++fields;
    }
    if (fields < 2) return false;
    at_ = at;
    return true;
  }

  // Dates and times; between two of them a host or a label may stand.
  void skip_times() {
    std::size_t at = at_;
    int between = 0;
    for (int i = 0; i < kMostWords && at < line_.size(); ++i) {
      std::size_t next = at;
      const std::string_view text = bare(word(at, next));
      std::size_t behind = next;
      const bool name = is_date_name(text) && (timed_before_ || has_digit(bare(word(next, behind))) ||
                                               is_date_name(bare(word(next, behind))));
      const bool time = is_time(text) && (between == 0 || timed_ || timed_before_ || text.size() >= 8) &&
                        next < line_.size();
      if (time && (timed_ || text.size() >= 4 || timed_before_)) timed_ = true;
      if (name) timed_before_ = true;
      if (time || name) {
        at_ = next;
        between = 0;
      } else if (++between > 1) {
        break;
      }
      at = next;
    }
  }
  static bool has_digit(std::string_view text) { return std::any_of(text.begin(), text.end(), digit); }

  bool skip_level() {
    std::size_t at = at_;
    for (int i = 0; i < kMostWords && at < line_.size(); ++i) {
      std::size_t next = at;
      const std::string_view whole = word(at, next), text = bare(whole);
      const bool near = timed_ && i < 2 && (i == 0 || whole.front() == '[');
      const bool letter_level = timed_ && text.size() == 1 && whole.size() == 1 && next > at &&
                                std::string_view("VDIWEF").find(text[0]) != std::string_view::npos;
      if (next >= line_.size()) return false;
      if (is_level(text) || (near && is_any_level(text)) || letter_level) {
        // "ERROR: x" within a message is none; at the line's beginning it is one.
        if (!timed_ && i > 5) return false;
        if (whole.ends_with(':') && i > 1) return false;
        at_ = next;
        tagged_ = letter_level;
        return true;
      }
      if (whole.ends_with(':') && !is_time(bare(whole)))
        return false;  // the program: what follows is the message
      at = next;
    }
    return false;
  }

  // "host program[pid]:", behind the time.
  bool skip_program() {
    std::size_t at = at_;
    for (int i = 0; i < 3 && at < line_.size(); ++i) {
      std::size_t next = at;
      const std::string_view text = word(at, next);
      if (text.ends_with(':') && text.size() > 1 && next < line_.size() &&
          (i > 0 || text.find('[') != std::string_view::npos)) {
        at_ = next;
        return true;
      }
      if (text == "-") return false;
      at = next;
    }
    return false;
  }

  // A thread or an id in brackets, numbers, and what stands between the parts.
  bool skip_decoration() {
    if (at_ >= line_.size()) return false;
    std::size_t next = at_;
    const std::string_view text = word(at_, next);
    if (next >= line_.size()) return false;
    divided_ = text.find_first_not_of("-|:") == std::string_view::npos;
    if (divided_) return at_ = next, true;
    if (is_time(text) && line_.substr(next).starts_with("---")) return at_ = next, true;  // a pid
    if (text.front() != '[') return false;
    int depth = 0;
    for (std::size_t i = at_; i < line_.size(); ++i) {
      depth += line_[i] == '[';
      depth -= line_[i] == ']';
      if (depth != 0) continue;
      ++i;
      while (i < line_.size() && line_[i] == ':') ++i;
      if (i >= line_.size() || !blank(line_[i])) return false;
      while (i < line_.size() && blank(line_[i])) ++i;
      return at_ = i, true;
    }
    return false;
  }

  // "org.example.Class:", "name - ", "name : ", "module.name [".
  void skip_logger() {
    std::size_t next = at_, behind = 0;
    const std::string_view text = word(at_, next);
    if (text.empty() || next >= line_.size() || !letter(text.front())) return;
    std::string_view after = word(next, behind);
    if (timed_ && !divided_ && after.starts_with('*')) {  // "program.exe *64 - "
      next = behind;
      after = word(next, behind);
    }
    const bool dotted = text.find_first_of(".$/") < text.size() - 1;
    const bool colon = text.ends_with(':') && text.size() > 1;
    const bool divided = (after == "-" && !divided_) || (after == ":" && dotted) ||
                         (dotted && after.starts_with('[') && !colon);
    if (colon ? dotted || tagged_ : divided) at_ = next;
  }

  std::string_view line_;
  std::size_t at_ = 0, times_end_ = 0;
  bool timed_ = false, timed_before_ = false, tagged_ = false, divided_ = false;
};

}  // namespace

std::size_t message_begin(std::string_view line, LineKind kind) {
  if (line.empty()) return 0;
  if (kind == LineKind::message) {
    const char first = line.front();
    const bool may = digit(first) || first == '[' || first == '<' || first == '-' ||
                     (line.size() > 3 && line[3] == ' ' && is_date_name(line.substr(0, 3)));
    if (!may || !has_clock(line.substr(0, 64))) return 0;
  }
  Header header(line);
  const std::size_t end = header.end();
  if (kind == LineKind::message && !has_clock(line.substr(0, header.times_end()))) return 0;
  return end;
}

}  // namespace aiops::feature
