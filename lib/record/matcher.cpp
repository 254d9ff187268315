#include "record/matcher.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <regex>

#include "base/error.hpp"
#include "record/fields.hpp"

namespace aiops::record {

struct Matcher::Condition {
  std::string field;
  std::string value;
  bool negated = false;
  std::shared_ptr<const std::regex> pattern;  // null: equality

  bool holds(const SeriesKey& key) const {
    std::string_view actual = key.get(field);
    if (actual.empty()) actual = key.get("labels." + field);
    const bool equal = pattern ? std::regex_match(actual.begin(), actual.end(), *pattern) : actual == value;
    return equal != negated;
  }
};

namespace {

[[noreturn]] void fail(std::string_view text, std::size_t at, std::string_view expected) {
  throw UsageError(fmt::format(
      "selector \"{}\": expected {} at byte {}; write it like cpu{{service=\"cart\"}} or service=cart", text,
      expected, at + 1));
}

bool name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == ':' || c == '-' || c == '(' || c == ')';
}

std::string read_value(std::string_view text, std::size_t& at) {
  std::string value;
  if (at < text.size() && text[at] == '"') {
    const std::size_t open = at;
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      value.push_back(text[at]);
    }
    if (at == text.size()) fail(text, open, "a closing quote");
    ++at;
  } else {
    while (at < text.size() && text[at] != ',' && text[at] != '}') value.push_back(text[at++]);
  }
  return value;
}

}  // namespace

Matcher Matcher::parse(std::string_view text) {
  Matcher matcher;
  std::size_t at = 0;
  const auto name = [&] {
    const std::size_t begin = at;
    while (at < text.size() && name_char(text[at])) ++at;
    return std::string(text.substr(begin, at - begin));
  };
  const auto add = [&](Condition condition) {
    matcher.conditions_.push_back(std::make_shared<const Condition>(std::move(condition)));
  };
  const auto condition = [&](std::string field) {
    if (field.empty()) fail(text, at, "a field name");
    Condition c{std::move(field), {}, false, nullptr};
    const std::string_view op = text.substr(at, 2);
    const bool regex = op == "=~" || op == "!~";
    c.negated = op.starts_with('!');
    if (!regex && op != "!=" && !op.starts_with('=')) fail(text, at, "one of = != =~ !~");
    at += regex || op == "!=" ? 2 : 1;
    const std::size_t value_at = at;
    c.value = read_value(text, at);
    try {
      if (regex) c.pattern = std::make_shared<const std::regex>(c.value, std::regex::optimize);
    } catch (const std::regex_error&) {
      fail(text, value_at, "a regular expression");
    }
    add(std::move(c));
  };

  std::string first = name();
  if (at == text.size() || text[at] == '{') {
    if (!first.empty()) add({std::string(field::kMetric), first, false, nullptr});
    if (at == text.size()) {
      if (first.empty()) fail(text, at, "a metric or a condition");
      return matcher;
    }
    ++at;
    while (at < text.size() && text[at] != '}') {
      condition(name());
      if (at < text.size() && text[at] == ',') ++at;
    }
    if (at == text.size()) fail(text, at, "'}'");
    ++at;
  } else {
    condition(std::move(first));
    while (at < text.size() && text[at] == ',') {
      ++at;
      condition(name());
    }
  }
  if (at != text.size()) fail(text, at, "the end");
  return matcher;
}

bool Matcher::matches(const SeriesKey& key) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const auto& c) { return c->holds(key); });
}

bool matches_any(const std::vector<Matcher>& matchers, const SeriesKey& key) {
  return matchers.empty() ||
         std::any_of(matchers.begin(), matchers.end(), [&](const Matcher& m) { return m.matches(key); });
}

}  // namespace aiops::record
