#include "source/logfmt.hpp"

namespace aiops::source {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// A quoted value's escapes, as Go's strconv.Quote and JSON write them; \u only as far as ASCII needs it.
void unescape(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (const char c = text[++i]) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case '"':
      case '\\':
        out += c;
        break;
      default:
        out += '\\';
        out += c;
    }
  }
}

// The closing quote's place, from behind the opening one; npos if there is none.
std::size_t closing_quote(std::string_view line, std::size_t at) {
  for (; at < line.size(); ++at) {
    if (line[at] == '\\') {
      ++at;
    } else if (line[at] == '"') {
      return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace

const char* LogfmtLine::scan(std::string_view line) {
  pairs_.clear();
  used_ = words_ = 0;
  std::size_t at = 0;
  for (;;) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) break;
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at]) && line[at] != '=' && line[at] != '"') ++at;
    const std::string_view key = line.substr(begin, at - begin);
    if (at < line.size() && line[at] == '"') return "a quote stands where the name of a field is expected";
    if (at == line.size() || line[at] != '=') {
      ++words_;
      continue;
    }
    if (key.empty()) return "a = without the name of a field in front of it";
    ++at;
    if (at == line.size() || line[at] != '"') {
      const std::size_t value = at;
      while (at < line.size() && !is_blank(line[at])) ++at;
      pairs_.emplace_back(key, line.substr(value, at - value));
      continue;
    }
    const std::size_t end = closing_quote(line, at + 1);
    if (end == std::string_view::npos) return "a quote is not closed";
    std::string_view value = line.substr(at + 1, end - at - 1);
    if (value.find('\\') != std::string_view::npos) {
      if (used_ == unescaped_.size()) unescaped_.emplace_back();
      unescape(value, unescaped_[used_]);
      value = unescaped_[used_++];
    }
    pairs_.emplace_back(key, value);
    at = end + 1;
    if (at < line.size() && !is_blank(line[at])) return "text stands behind a closing quote";
  }
  return pairs_.empty() ? "no key=value pair" : nullptr;
}

}  // namespace aiops::source
